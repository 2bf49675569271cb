"""What every suppression must keep to: a reason where one is required, and a last day that is near enough."""

from __future__ import annotations

import datetime

import msgspec


class Terms(msgspec.Struct, frozen=True):
    """The terms of a scan. ``today``: the day on which it is made; the others as in Settings."""

    today: datetime.date
    require_reason: bool = False
    max_days: int | None = None

    def refusal(self, reason: str | None, until: datetime.date | None) -> str | None:
        """Why a suppression does not count, in one line; None when it may."""
        if self.require_reason and not (reason or "").strip():
            return "a suppression needs a reason here (require_reason)"
        if self.max_days is None:
            return None
        days = "1 day" if self.max_days == 1 else f"{self.max_days:,} days"
        if until is None:
            return f"a suppression needs a last day here, at most {days} away (max_days)"
        if (until - self.today).days > self.max_days:
            return f"{until} is more than {days} away (max_days)"
        return None

    def expired(self, until: datetime.date | None) -> bool:
        """Whether the last day of a suppression has passed."""
        return until is not None and until < self.today
