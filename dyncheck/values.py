"""The three-valued layer: values that are known, unknown with a reason, partly known, or a choice.

A parser never guesses. What it can work out is a plain Python value; what it cannot is :class:`Unknown`, whose
reasons are stable, short and in the user's own terms (``var.kms_key_arn``, ``parameter Stage``). A list of which some
elements are known is an :class:`OpenList`. An undecided condition with known arms is a :class:`Choice`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from typing import Any, Final, NoReturn, TypeVar, Union

import msgspec

from dyncheck.scenarios import Condition

T = TypeVar("T")

MAX_CHOICE_DEPTH: Final = 6
"""Nesting of choices beyond which :func:`lift` answers Unknown: the arms would double at each level."""


class Unknown(msgspec.Struct, frozen=True):
    """A value that cannot be known here.

    ``because`` names what would have to be known. ``symbol`` is the identity of the value where it has one (the full
    address ``module.m["a"].aws_dynamodb_table.t.name``, or a template over such: ``table/${…}``): two unknowns with the
    same symbol are the same value, which is how attachments find their table although its name is not known.
    """

    because: frozenset[str]
    symbol: str | None = None

    def __bool__(self) -> NoReturn:
        raise TypeError("an Unknown is neither true nor false")


def unknown(*reasons: str, symbol: str | None = None) -> Unknown:
    """An Unknown because of the given reasons."""
    return Unknown(frozenset(reasons), symbol)


class OpenList(msgspec.Struct, frozen=True):
    """A list that may hold more than the known ``items``: ``because`` says what hides the rest."""

    items: tuple[Any, ...]
    because: frozenset[str]

    def __bool__(self) -> NoReturn:
        raise TypeError("an OpenList is neither empty nor not")


class Choice(msgspec.Struct, frozen=True):
    """An undecided condition with its two arms, which may be choices themselves."""

    condition: Condition
    if_true: Any
    if_false: Any

    def __bool__(self) -> NoReturn:
        raise TypeError("a Choice is neither true nor false")


class Absent(enum.Enum):
    """The type of :data:`ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""An arm of a choice that means "no such element or property" (``AWS::NoValue``, a ``dynamic`` block not made)."""

Value = Union[T, Unknown, Choice]
"""A T, or not known, or known once a condition is."""

ListValue = Union[tuple[T, ...], OpenList, Unknown, Choice]
"""A list of T; its elements may be unknown or choices (with ABSENT arms) too."""


def is_known(value: object) -> bool:
    """Whether the value itself is known (its elements may not be)."""
    return not isinstance(value, (Unknown, OpenList, Choice))


def reasons(values: Iterable[object]) -> frozenset[str]:
    """The union of the reasons of those values that are not known."""
    found: set[str] = set()
    for value in values:
        if isinstance(value, (Unknown, OpenList)):
            found |= value.because
        elif isinstance(value, Choice):
            found |= value.condition.because
    return frozenset(found)


def lift(function: Callable[[Any], Any], value: Any, depth: int = 0) -> Any:
    """Apply a function of a plain value to any value: unknown stays unknown, a choice is mapped arm by arm.

    An Unknown loses its symbol, for the result is another value. ABSENT is passed through.
    """
    if isinstance(value, Unknown):
        return value if value.symbol is None else Unknown(value.because)
    if isinstance(value, Choice):
        if depth >= MAX_CHOICE_DEPTH:
            return Unknown(reasons([value]))
        return choose(
            value.condition, lift(function, value.if_true, depth + 1), lift(function, value.if_false, depth + 1)
        )
    if value is ABSENT or isinstance(value, OpenList):
        return value
    return function(value)


def choose(condition: Condition, if_true: Any, if_false: Any) -> Any:
    """A choice, or the arm itself where both arms are the same known value."""
    if type(if_true) is type(if_false) and if_true == if_false and not isinstance(if_true, Unknown):
        return if_true
    return Choice(condition, if_true, if_false)


_LEAVES: Final = frozenset({str, bool, int, float, type(None), Unknown, Condition})
"""What nothing undecided is inside of."""
_EMPTY: Final[tuple[()]] = ()


def conditions_in(value: object) -> frozenset[Condition]:
    """Every undecided condition anywhere inside a value: structs, tuples, lists, dictionaries and choices."""
    found: set[Condition] = set()
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        kind = item.__class__
        parts: Iterable[Any] = ()
        if kind is Choice:
            found.add(item.condition)
            parts = item.if_true, item.if_false
        elif kind is tuple or kind is list:
            parts = item
        elif kind is OpenList:
            parts = item.items
        elif kind is dict:
            parts = item.values()
        elif kind not in _LEAVES and issubclass(kind, msgspec.Struct):
            parts = _parts(kind)(item)
        # Most of a table is empty or plain: that is left out here, where it is cheap.
        stack += [part for part in parts if part.__class__ not in _LEAVES and part is not _EMPTY]
    return frozenset(found)


@cache
def _parts(kind: type[msgspec.Struct]) -> Callable[[Any], Iterable[Any]]:
    """What a struct is made of, its places apart."""
    names = [name for name in kind.__struct_fields__ if name != "locations"]
    return attrgetter(*names) if len(names) > 1 else lambda item: [getattr(item, name) for name in names]


def resolve(value: Any, scenario: dict[Condition, bool]) -> Any:
    """The value under a scenario: choices decided, absent elements left out. Unchanged parts are shared."""
    if isinstance(value, Choice):
        if value.condition not in scenario:
            return Unknown(value.condition.because)
        return resolve(value.if_true if scenario[value.condition] else value.if_false, scenario)
    if isinstance(value, OpenList):
        return OpenList(_resolve_items(value.items, scenario), value.because)
    if isinstance(value, tuple):
        return _resolve_items(value, scenario)
    if isinstance(value, list):
        return list(_resolve_items(tuple(value), scenario))
    if isinstance(value, dict):
        resolved = {key: resolve(item, scenario) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not ABSENT}
    if isinstance(value, msgspec.Struct) and not isinstance(value, (Unknown, Condition)):
        changed = {}
        for name in value.__struct_fields__:
            if name == "locations":
                continue
            old = getattr(value, name)
            new = resolve(old, scenario)
            if new is not old and new != old:
                changed[name] = None if new is ABSENT else new
        return msgspec.structs.replace(value, **changed) if changed else value
    return value


def _resolve_items(items: tuple[Any, ...], scenario: dict[Condition, bool]) -> tuple[Any, ...]:
    resolved = (resolve(item, scenario) for item in items)
    return tuple(item for item in resolved if item is not ABSENT)
