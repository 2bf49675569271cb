"""Numeric functions."""

from __future__ import annotations

import math
from typing import Any, Final

from dyncheck.parsers.terraform.convert import whole
from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import TOO_LARGE, invalid

Number = int | float

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAX_DIGITS: Final = 400


def _log(number: Number, base: Number) -> Any:
    if number == 0:
        return invalid("the logarithm of zero is infinite")
    return whole(math.log(number) / math.log(base))


def _max(*numbers: Number) -> Any:
    return max(numbers) if numbers else invalid("at least one number is required")


def _min(*numbers: Number) -> Any:
    return min(numbers) if numbers else invalid("at least one number is required")


def _parse_int(text: str, base: Number) -> Any:
    if not isinstance(base, int) or not 2 <= base <= 62:
        return invalid("the base must be a whole number from 2 to 62")
    if len(text) > _MAX_DIGITS:
        return TOO_LARGE
    digits = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if not digits:
        return invalid("an empty string is no number")
    total = 0
    for char in digits:
        # Up to base 36 case does not matter; above, capitals are the digits after the small letters.
        value = _DIGITS.find(char if base > 36 else char.lower())
        if value < 0 and base > 36:
            value = _DIGITS.find(char.lower()) + 26 if char.isascii() and char.isupper() else -1
        if not 0 <= value < base:
            return invalid(f"{text[:40]!r} is no number in base {base}")
        total = total * base + value
    return -total if text.startswith("-") else total


def _pow(number: Number, power: Number) -> Any:
    # Terraform goes through floating point here, too.
    try:
        result = math.pow(number, power)
    except OverflowError:
        return TOO_LARGE
    return whole(result) if math.isfinite(result) else TOO_LARGE


def _signum(number: Number) -> Any:
    if not isinstance(number, int):
        return invalid("a whole number is required")
    return (number > 0) - (number < 0)


TABLE: Final[dict[str, Function]] = {
    "abs": Function(abs, "n"),
    "ceil": Function(math.ceil, "n"),
    "floor": Function(math.floor, "n"),
    "log": Function(_log, "nn"),
    "max": Function(_max, rest="n"),
    "min": Function(_min, rest="n"),
    "parseint": Function(_parse_int, "sn"),
    "pow": Function(_pow, "nn"),
    "signum": Function(_signum, "n"),
}
