"""Literals as infrastructure code writes them, turned into what AWS's API takes: "5" is 5, "true" is true.

Every function maps unknown to unknown and a choice arm by arm; None (null, NoValue) stays None. A literal that cannot
be what the setting wants is Unknown with the reason ``invalid …``, for AWS would refuse it and no verdict is right.
"""

from __future__ import annotations

import math
from typing import Any

from dyncheck.values import Unknown, lift, unknown

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


def to_bool(value: Any) -> Any:
    """A boolean from a boolean or its usual spellings."""

    def convert(plain: Any) -> Any:
        if plain is None or isinstance(plain, bool):
            return plain
        text = str(plain).strip().lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        return unknown(f"invalid boolean {str(plain)[:40]!r}")

    return lift(convert, value)


def to_int(value: Any) -> Any:
    """A whole number from a number or a string of digits."""

    def convert(plain: Any) -> Any:
        if plain is None or (isinstance(plain, int) and not isinstance(plain, bool)):
            return plain
        try:
            number = float(plain) if not isinstance(plain, bool) else None
        except (TypeError, ValueError):
            number = None
        if number is None or not math.isfinite(number) or abs(number) > 1e18 or number != int(number):
            return unknown(f"invalid number {str(plain)[:40]!r}")
        return int(number)

    return lift(convert, value)


def to_number(value: Any) -> Any:
    """A number, whole or not."""

    def convert(plain: Any) -> Any:
        if plain is None or (isinstance(plain, int) and not isinstance(plain, bool)):
            return plain
        try:
            number = float(plain) if not isinstance(plain, bool) else math.nan
        except (TypeError, ValueError):
            number = math.nan
        return number if math.isfinite(number) else unknown(f"invalid number {str(plain)[:40]!r}")

    return lift(convert, value)


def to_str(value: Any) -> Any:
    """A string; numbers and booleans take their canonical spelling. An unknown keeps its symbol."""
    if isinstance(value, Unknown):
        return value

    def convert(plain: Any) -> Any:
        if plain is None or isinstance(plain, str):
            return plain
        if isinstance(plain, bool):
            return "true" if plain else "false"
        if isinstance(plain, float) and plain.is_integer():
            return str(int(plain))
        if isinstance(plain, (int, float)):
            return str(plain)
        return unknown("invalid string")

    return lift(convert, value)
