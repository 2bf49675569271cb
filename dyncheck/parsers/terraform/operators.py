"""Arithmetic over three-valued operands. Numbers are exact where they are whole and decimal where they are not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from dyncheck.parsers.terraform.convert import to_number, whole
from dyncheck.parsers.terraform.symbols import unknown_call
from dyncheck.parsers.terraform.tfvalues import TOO_LARGE, Invalid, all_reasons, assume, force, invalid, pick
from dyncheck.values import MAX_CHOICE_DEPTH, Choice, Unknown

Number = int | float

MAX_BITS: Final = 1_024
"""Whole numbers are not built beyond this many bits; Terraform itself keeps 512."""


def _decimal(operation: Callable[[Any, Any], Any], left: Number, right: Number) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return operation(left, right)
    from decimal import Decimal

    return whole(float(operation(Decimal(repr(left)), Decimal(repr(right)))))


def _divide(left: Number, right: Number) -> Any:
    if right == 0:
        return invalid("division by zero")
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return whole(left / right)


def _modulo(left: Number, right: Number) -> Any:
    if right == 0:
        return invalid("division by zero")
    if isinstance(left, int) and isinstance(right, int):
        remainder = abs(left) % abs(right)
        return -remainder if left < 0 else remainder
    return whole(math.fmod(left, right))


ARITHMETIC: Final[dict[str, Callable[[Number, Number], Any]]] = {
    "+": lambda left, right: _decimal(lambda a, b: a + b, left, right),
    "-": lambda left, right: _decimal(lambda a, b: a - b, left, right),
    "*": lambda left, right: _decimal(lambda a, b: a * b, left, right),
    "/": _divide,
    "%": _modulo,
}


def lift_pair(function: Callable[[Any, Any], Any], left: Any, right: Any, depth: int = 0) -> Any:
    """Apply a function of two values; equal conditions of both are decided together."""
    side = left if type(left) is Choice else right
    if type(side) is not Choice:
        return function(left, right)
    if depth >= MAX_CHOICE_DEPTH:
        return Unknown(all_reasons((left, right)))
    condition = side.condition
    return pick(
        condition,
        lift_pair(function, assume(left, condition, True), assume(right, condition, True), depth + 1),
        lift_pair(function, assume(left, condition, False), assume(right, condition, False), depth + 1),
    )


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """``left operator right`` for ``+ - * / %``."""
    if type(left) is Choice or type(right) is Choice:
        return lift_pair(lambda a, b: arithmetic(operator, a, b), left, right)
    left, right = to_number(force(left)), to_number(force(right))
    for side in (left, right):
        if isinstance(side, Invalid):
            return side
        if side is None:
            return invalid(f"an operand of {operator} must not be null")
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return unknown_call(operator, (left, right))
    for side in (left, right):
        if isinstance(side, int) and side.bit_length() > MAX_BITS:
            return TOO_LARGE
    try:
        return ARITHMETIC[operator](left, right)
    except (OverflowError, ArithmeticError):
        return TOO_LARGE


def minus(value: Any) -> Any:
    """``-value``."""
    if type(value) is int:
        return -value
    return arithmetic("-", 0, value)
