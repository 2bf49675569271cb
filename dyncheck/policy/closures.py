"""Operators as closures. Each has a short way for what is known, and leaves the rest to :mod:`.operations`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from dyncheck.policy.frames import Closure, Frame, spend
from dyncheck.policy.functions import Function, matching_steps
from dyncheck.policy.operations import (
    TEXTS,
    EvaluationError,
    add,
    bounded_text,
    divide,
    equal,
    field_of,
    is_in,
    merged,
    minus,
    multiply,
    negate,
    ordering,
    remainder,
    subtract,
    type_name,
    undecided,
)
from dyncheck.policy.patterns import Machine
from dyncheck.values import Choice, OpenList, Unknown

Fetch = Callable[[Any], Any]

_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
}
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def truth(value: Any, wanted: str = "bool") -> Unknown:
    """A value that is not of the type that is wanted: the Unknown that it stands for, or an EvaluationError."""
    unknown = undecided(value)
    if unknown is None:
        raise EvaluationError(f"{type_name(value)} is not a {wanted}")
    return unknown


def constant(value: Any) -> Closure:
    """Always the same value."""
    return lambda frame: value


def fetched(slot: int, fetch: Fetch, fields: list[str]) -> Closure:
    """A path of model fields. ``fetch`` fails where something on the way is not known; then it goes step by step."""

    def path(frame: Frame) -> Any:
        try:
            return fetch(frame[slot])
        except AttributeError:
            value = frame[slot]
            for field in fields:
                value = field_of(value, field)
            return value

    return path


def applied(function: Callable[[Any, Any], Any], left: Closure, right: Closure) -> Closure:
    """A function of two values."""
    return lambda frame: function(left(frame), right(frame))


def arithmetic(sign: str, left: Closure, right: Closure) -> Closure:
    """``-``, ``*``, ``/`` or ``%``."""
    return applied(_ARITHMETIC[sign], left, right)


def ordered(sign: str, left: Closure, right: Closure) -> Closure:
    """``<``, ``<=``, ``>`` or ``>=``."""
    compare, otherwise = _ORDERS[sign], ordering(sign)

    def order(frame: Frame) -> Any:
        one, other = left(frame), right(frame)
        if one.__class__ is int and other.__class__ is int:
            return compare(one, other)
        return otherwise(one, other)

    return order


def addition(operands: list[Closure]) -> Closure:
    """A chain of ``+``; the elements of lists count as steps."""

    def added(frame: Frame) -> Any:
        values = [operand(frame) for operand in operands]
        if TEXTS.issuperset(map(type, values)):
            return bounded_text("".join(values))
        total = values[0]
        _weigh(frame, total)
        for value in values[1:]:
            _weigh(frame, value)
            total = add(total, value)
        return total

    return added


def _weigh(frame: Frame, value: Any) -> None:
    """Count the elements of a list as steps."""
    if isinstance(value, tuple):
        spend(frame, len(value))
    elif isinstance(value, OpenList):
        spend(frame, len(value.items))


def equality(left: Closure, right: Closure, same: bool) -> Closure:
    """``==`` (``same``) or ``!=`` of two values."""

    def compared(frame: Frame) -> Any:
        one, other = left(frame), right(frame)
        kind = one.__class__
        if kind is other.__class__:
            if kind is str or kind is int:
                return (one == other) is same
            if kind is tuple and TEXTS.issuperset(map(type, one)) and TEXTS.issuperset(map(type, other)):
                spend(frame, len(one))
                return (one == other) is same
        _weigh(frame, one)
        _weigh(frame, other)
        found = equal(one, other)
        return found if same else negate(found)

    return compared


def equality_of_fields(left: tuple[int, Fetch], right: tuple[int, Fetch], otherwise: Closure, same: bool) -> Closure:
    """:func:`equality` of two model fields, which is what most loops do. ``otherwise``: the long way."""
    left_slot, left_fetch = left
    right_slot, right_fetch = right

    def compared(frame: Frame) -> Any:
        try:
            one, other = left_fetch(frame[left_slot]), right_fetch(frame[right_slot])
        except AttributeError:
            return otherwise(frame)
        if one.__class__ is str and other.__class__ is str:
            return (one == other) is same
        return otherwise(frame)

    return compared


def equality_to(left: Closure, value: Any, same: bool) -> Closure:
    """``==`` or ``!=`` of a value and a constant."""
    kind, other = value.__class__, not same

    def compared(frame: Frame) -> Any:
        found = left(frame)
        if found.__class__ is kind:
            return same if found == value else other
        result = equal(found, value)
        return result if same else negate(result)

    return compared


def field_equality_to(field: tuple[int, Fetch], value: Any, otherwise: Closure, same: bool) -> Closure:
    """:func:`equality_to` of a model field: the commonest expression of all."""
    slot, fetch = field
    kind, other = value.__class__, not same

    def compared(frame: Frame) -> Any:
        try:
            found = fetch(frame[slot])
        except AttributeError:
            return otherwise(frame)
        if found.__class__ is kind:
            return same if found == value else other
        return otherwise(frame)

    return compared


def nullness(operand: Closure, same: bool) -> Closure:
    """``== null`` or ``!= null``."""
    other = not same

    def compared(frame: Frame) -> Any:
        value = operand(frame)
        if value is None:
            return same
        if value.__class__ is Unknown or value.__class__ is Choice:
            return merged((value,))
        return other

    return compared


def membership(left: Closure, right: Closure) -> Closure:
    """``in``."""

    def contained(frame: Frame) -> Any:
        item, container = left(frame), right(frame)
        _weigh(frame, container)
        if item.__class__ is str and container.__class__ is tuple and item in container:
            return True
        return is_in(item, container)

    return contained


def negation(operand: Closure) -> Closure:
    """``!``."""

    def negated(frame: Frame) -> Any:
        value = operand(frame)
        if value is True:
            return False
        return True if value is False else negate(value)

    return negated


def negative(operand: Closure) -> Closure:
    """``-``."""
    return lambda frame: minus(operand(frame))


def all_of(operands: list[Closure]) -> Closure:
    """``&&``."""
    first, *others = operands

    def conjunction(frame: Frame) -> Any:
        value = first(frame)
        if value is False:
            return False
        unknown = None if value is True else [truth(value)]
        for operand in others:
            value = operand(frame)
            if value is False:
                return False
            if value is not True:
                unknown = [truth(value)] if unknown is None else [*unknown, truth(value)]
        return True if unknown is None else merged(unknown)

    return conjunction


def any_of(operands: list[Closure]) -> Closure:
    """``||``."""
    first, *others = operands

    def disjunction(frame: Frame) -> Any:
        value = first(frame)
        if value is True:
            return True
        unknown = None if value is False else [truth(value)]
        for operand in others:
            value = operand(frame)
            if value is True:
                return True
            if value is not False:
                unknown = [truth(value)] if unknown is None else [*unknown, truth(value)]
        return False if unknown is None else merged(unknown)

    return disjunction


def conditional(test: Closure, yes: Closure, no: Closure) -> Closure:
    """``test ? yes : no``; branches that are equal are known although the test is not."""

    def chosen(frame: Frame) -> Any:
        value = test(frame)
        if value is True:
            return yes(frame)
        if value is False:
            return no(frame)
        unknown = truth(value)
        one, other = yes(frame), no(frame)
        _weigh(frame, one)
        return one if equal(one, other) is True else merged((unknown, one, other))

    return chosen


def called(function: Function, arguments: list[Closure]) -> Closure:
    """A function of the language; unknown arguments make its value unknown."""
    implementation, cost = function.implementation, function.cost
    if not function.strict:
        only = arguments[0]
        return lambda frame: implementation(only(frame))

    def call(frame: Frame) -> Any:
        values = [argument(frame) for argument in arguments]
        for value in values:
            if value.__class__ is Unknown or value.__class__ is Choice:
                return merged(values)
        if cost is not None:
            spend(frame, cost(*values))
        return implementation(*values)

    return call


def matching(subject: Closure, machine: Machine) -> Closure:
    """A text against a pattern that is known beforehand."""

    def matches(frame: Frame) -> Any:
        text = subject(frame)
        if text.__class__ is str:
            spend(frame, matching_steps(text, machine))
            return machine.found_in(text)
        return Unknown(truth(text, "string").because)

    return matches


def presence(owner: Closure, field: str) -> Closure:
    """``has(owner.field)``: whether a key exists, or a model field is not null; unknown where that is not known."""

    def present(frame: Frame) -> Any:
        holder = owner(frame)
        unknown = undecided(holder)
        if unknown is not None:
            return Unknown(unknown.because)
        if holder.__class__ is dict:
            there = is_in(field, holder)
            return there if there is not True else _is_decided(holder[field])
        value = field_of(holder, field)
        return False if value is None else _is_decided(value)

    return present


def _is_decided(value: Any) -> Any:
    unknown = undecided(value)
    return True if unknown is None else Unknown(unknown.because)
