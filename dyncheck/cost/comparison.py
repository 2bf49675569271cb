"""A saved estimate (the JSON of ``dyncheck cost``) against the one at hand, and how much more is too much. Pure, but
for reading the file."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from dyncheck.cost.estimate import Estimate, cents, weakest
from dyncheck.cost.nodes import MOST, read_bytes
from dyncheck.cost.total import Total
from dyncheck.cost.units import ZERO, exact
from dyncheck.cost.wording import bounded, money
from dyncheck.errors import ConfigError
from dyncheck.model import Certainty
from dyncheck.reports.wording import visible


class SavedAmount(msgspec.Struct, frozen=True):
    """A range of US dollars a month."""

    low: Decimal
    high: Decimal


class SavedTable(msgspec.Struct, frozen=True):
    """A table or cluster of a saved estimate."""

    address: str
    monthly_cost_usd: SavedAmount
    stack: str = ""
    certainty: Certainty = "list"
    unpriced: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What it cost."""
        amount = self.monthly_cost_usd
        return bounded((amount.low, amount.high), self.certainty, partial=bool(self.unpriced))


class SavedPrices(msgspec.Struct, frozen=True):
    """The prices of a saved estimate: of a book, as of a day."""

    date: str
    as_of: str
    currency: Literal["USD"]


class SavedEstimate(msgspec.Struct, frozen=True):
    """What is read of a saved estimate."""

    schema: Literal["dyncheck-cost/1"]
    total: SavedAmount
    prices: SavedPrices | None = None
    tables: tuple[SavedTable, ...] = ()
    certainty: Certainty = "list"
    partial: bool = False


class Limit(msgspec.Struct, frozen=True):
    """How much more is allowed: so many dollars a month, or so many percent."""

    amount: Decimal
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.amount} %" if self.percent else money(exact(self.amount))

    def allows(self, before: Decimal, now: Decimal) -> bool:
        """Whether a total may rise from one to the other."""
        if now <= before:
            return True
        if self.percent:
            return (now - before) * 100 <= before * self.amount
        return now - before <= self.amount


def parse_limit(text: str) -> Limit:
    """``25`` dollars or ``10%``. Raises ValueError."""
    match = re.fullmatch(r"\s*\$?([0-9]+(?:\.[0-9]+)?)\s*(%?)\s*", text)
    if match is None:
        raise ValueError(f"{text!r} is neither dollars (25) nor a percentage (10%)")
    limit = Limit(Decimal(match.group(1)), bool(match.group(2)))
    if limit.amount > MOST:
        raise ValueError(f"{text[:40]!r} is more than {MOST:,}")
    return limit


def load_saved(path: Path) -> SavedEstimate:
    """A saved estimate. Raises ConfigError."""
    try:
        saved = msgspec.json.decode(read_bytes(path, "saved estimate"), type=SavedEstimate)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not a saved estimate (dyncheck cost --save): {error}", path=str(path)) from None
    amounts = (saved.total, *(table.monthly_cost_usd for table in saved.tables))
    if not all(value.is_finite() and abs(value) <= MOST for amount in amounts for value in (amount.low, amount.high)):
        raise ConfigError(f"not a saved estimate: an amount is no finite number, or more than {MOST:,}", path=str(path))
    if any(amount.low > amount.high for amount in amounts):
        raise ConfigError("not a saved estimate: the least of an amount is more than its most", path=str(path))
    return saved


def changes(saved: SavedEstimate, total: Total, prices_of: datetime.date) -> list[str]:
    """What became dearer or cheaper, table by table, the largest change first; then the total, in words.

    ``prices_of``: the day of the book that the total is by.
    """
    before = {(table.stack, table.address): table for table in saved.tables}
    now = {(item.stack, item.address): item for item in total.estimates}
    moved: list[tuple[Decimal, str]] = []
    sure: set[Certainty] = set()
    for key in before.keys() | now.keys():
        old, new = before.get(key), now.get(key)
        sides = [item for item in (old, new) if item is not None]
        least, most = (old.monthly_cost_usd.low, old.monthly_cost_usd.high) if old else ZERO
        if old is None and new is not None:
            moved.append((new.amount[1], f"{_named(key)}: new, {_text(new)}"))
        elif new is None and old is not None:
            moved.append((-most, f"{_named(key)}: gone, was {old.text}"))
        elif old is not None and new is not None and ((least, most) != new.amount or old.text != _text(new)):
            text = f"{_named(key)}: {old.text} before, {_text(new)} now"
            moved.append((new.amount[1] - most, text))
        else:
            continue
        sure.update(item.certainty for item in sides)
    ordered = [text for _, text in sorted(moved, key=lambda pair: (-abs(pair[0]), pair[1]))]
    rise = total.amount[1] - saved.total.high
    word = "more" if rise > 0 else "less"
    difference = f" ({money(exact(abs(rise)), weakest(sure))} {word})" if cents(rise) else ""
    was = bounded((saved.total.low, saved.total.high), saved.certainty, partial=saved.partial)
    now_costs = bounded(total.amount, total.certainty, partial=total.partial)
    dated = _of_other_prices(saved.prices, (str(prices_of), str(total.day or prices_of)))
    return [*ordered, *dated, f"total: {was} before, {now_costs} now{difference}"]


def exceeds(saved: SavedEstimate, total: Total, limit: Limit) -> bool:
    """Whether the least or the most that everything can cost rises by more than the limit."""
    low, high = total.amount
    return not (limit.allows(saved.total.low, low) and limit.allows(saved.total.high, high))


def _of_other_prices(saved: SavedPrices | None, now: tuple[str, str]) -> list[str]:
    """A sentence where the prices of two estimates are not those of the same day."""
    if saved is None or (then := (saved.date, saved.as_of)) == now:
        return []
    was, is_now = (
        f"prices of {date}" if date == day else f"prices as of {day} by the book of {date}" for date, day in (then, now)
    )
    return [visible(f"the saved estimate is by {was}, this one by {is_now}: a part of the change may be theirs")]


def _text(estimate: Estimate) -> str:
    return bounded(estimate.amount, estimate.certainty, partial=bool(estimate.unpriced))


def _named(key: tuple[str, str]) -> str:
    stack, address = key
    return visible(f"{stack}: {address}" if stack not in ("", ".") else address)
