"""Arithmetic with undecided values: taking a condition for granted, pairing values, whether something exists at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from dyncheck.parsers.terraform.tfvalues import assume_inside
from dyncheck.scenarios import Atom, Condition, Formula, Not
from dyncheck.values import ABSENT, MAX_CHOICE_DEPTH, Choice, Unknown, choose, reasons

Assumptions = Mapping[Condition, bool]
"""Conditions whose outcome is settled where a value is read: inside a resource that exists only when they hold."""

NONE_ASSUMED: Final[Assumptions] = {}


def assume(value: Any, assumptions: Assumptions) -> Any:
    """The value with the settled conditions decided, inside collections too; other choices stay.

    An unknown that a condition is about is what the condition says: ``enabled = var.on`` where ``var.on ? 1 : 0`` is 1.
    """
    for condition, truth in assumptions.items():
        value = _settled(value, condition.formula, truth)
        value = assume_inside(value, condition, truth)
    return value


def _settled(value: Any, formula: Formula, truth: bool) -> Any:
    if not isinstance(value, Unknown):
        return value
    while isinstance(formula, Not):
        formula, truth = formula.operand, not truth
    if not isinstance(formula, Atom) or formula.subject != value.symbol:
        return value
    if truth:
        return formula.equals
    return not formula.equals if formula.domain == (True, False) else value


def pair(function: Callable[[Any, Any], Any], left: Any, right: Any, depth: int = 0) -> Any:
    """Apply a function of two values arm by arm: equal conditions of both are decided together.

    The function sees plain values and Unknowns. Too many nested conditions give an Unknown.
    """
    for value in (left, right):
        if isinstance(value, Choice):
            if depth >= MAX_CHOICE_DEPTH:
                return Unknown(reasons((left, right)))
            condition = value.condition
            arms = (
                pair(function, assume(left, {condition: truth}), assume(right, {condition: truth}), depth + 1)
                for truth in (True, False)
            )
            return choose(condition, *arms)
    return function(left, right)


def both(left: Any, right: Any) -> Any:
    """Whether two things that may exist both do: ``left and right`` over known, unknown and chosen booleans."""

    def conjunction(one: Any, other: Any) -> Any:
        if one is False or other is False:
            return False
        unknowns = [value for value in (one, other) if isinstance(value, Unknown)]
        return Unknown(reasons(unknowns)) if unknowns else True

    return pair(conjunction, left, right)


def negation(value: Any) -> Any:
    """The opposite of a boolean that may be unknown or a choice."""
    return pair(lambda plain, _: plain if isinstance(plain, Unknown) else not plain, value, None)


def assumptions_of(presence: Any) -> dict[Condition, bool]:
    """The conditions that must have come out one way if the thing exists."""
    found: dict[Condition, bool] = {}
    while isinstance(presence, Choice):
        if presence.if_false is False:
            found[presence.condition] = True
            presence = presence.if_true
        elif presence.if_true is False:
            found[presence.condition] = False
            presence = presence.if_false
        else:
            break
    return found


def presence_of(value: Any) -> Any:
    """Whether a value exists, where the arms of a choice may be ABSENT."""
    if isinstance(value, Choice):
        return choose(value.condition, presence_of(value.if_true), presence_of(value.if_false))
    return value is not ABSENT


def default(value: Any, fallback: Any) -> Any:
    """The value, with null replaced by a fallback in every arm."""
    if isinstance(value, Choice):
        return choose(value.condition, default(value.if_true, fallback), default(value.if_false, fallback))
    return fallback if value is None else value
