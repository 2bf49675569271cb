"""Sums in words: amounts, quantities and lines as people read them, with the marks of what is no list price."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from dyncheck.cost.estimate import CostLine, cents
from dyncheck.cost.units import HOURS_PER_MONTH, Range
from dyncheck.model import Certainty

MARKS: Final[Mapping[Certainty, str]] = MappingProxyType({"list": "", "derived": "~", "assumed": "?"})
"""How a price that is not a list price is marked."""


def money(amount: Range, certainty: Certainty = "list") -> str:
    """A range of dollars: ``$2.85`` or ``$2.85 to $57.00``, marked when a price in it is no list price."""
    low, high = (f"{'-' if value < 0 else ''}${abs(cents(value)):,}" for value in amount)
    return (low if low == high else f"{low} to {high}") + MARKS[certainty]


def bounded(amount: Range, certainty: Certainty, *, partial: bool) -> str:
    """A range of dollars, marked as a lower bound where a part of it is missing."""
    return f"{'≥ ' if partial else ''}{money(amount, certainty)}"


def line_money(line: CostLine) -> str:
    """The amount of a line."""
    return money(line.amount, line.price.certainty)


def exactly(amount: Range, certainty: Certainty = "list") -> str:
    """A range of dollars with all digits: ``$0.0625``."""
    low, high = (f"${max(Decimal(plain(value)), cents(value), key=_digits):,}" for value in amount)
    return (low if low == high else f"{low} to {high}") + MARKS[certainty]


def _digits(value: Decimal) -> int:
    return -int(value.as_tuple().exponent)


def quantity(amount: Range) -> str:
    """A range of units, without needless zeros."""
    low, high = (f"{Decimal(plain(value)):,}" for value in amount)
    return low if low == high else f"{low} to {high}"


def reckoning(line: CostLine, *, all_digits: bool = False) -> str:
    """A line as a sum: ``read capacity: 5 units x 730 hours x $0.00013 = $0.47``, to the cent or with all digits."""
    low, high = (value / HOURS_PER_MONTH for value in line.quantity)
    if line.unit == "unit-hour" and low == low.to_integral_value() and high == high.to_integral_value():
        units = f"{quantity((low, high))} unit{'' if low == high == 1 else 's'} x {HOURS_PER_MONTH} hours"
    else:
        units = f"{quantity(line.quantity)} {line.unit}{'' if line.quantity[0] == line.quantity[1] == 1 else 's'}"
    amount = exactly(line.amount, line.price.certainty) if all_digits else line_money(line)
    return f"{line.what}: {units} x ${plain(line.price.amount)}{MARKS[line.price.certainty]} = {amount}"


def plain(value: Decimal) -> str:
    """An amount without an exponent or needless zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
