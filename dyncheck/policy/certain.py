"""What generated functions call: operations that answer where all is known, and else leave the answer to others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn

from dyncheck.policy import operations
from dyncheck.policy.operations import TEXTS
from dyncheck.values import Choice, OpenList, Unknown


class UncertainError(Exception):
    """The closures have to answer."""


def weight(value: Any) -> int:
    """The steps that looking at a value counts for: its elements, where it is a list."""
    if value.__class__ is tuple:
        return len(value)
    return len(value.items) if value.__class__ is OpenList else 0


def _weights(one: Any, other: Any) -> int:
    if one.__class__ is other.__class__ is tuple:
        return len(one) + len(other)
    return weight(one) + weight(other)


def _leave() -> NoReturn:
    raise UncertainError


def _certain(value: Any) -> bool:
    if value.__class__ is not bool:
        raise UncertainError
    return bool(value)


def _same(one: Any, other: Any) -> bool:
    if one.__class__ is other.__class__ is tuple and TEXTS.issuperset(map(type, one + other)):
        return bool(one == other)
    return _certain(operations.equal(one, other))


def _within(item: Any, container: Any) -> bool:
    if item.__class__ is str and container.__class__ is tuple and TEXTS.issuperset(map(type, container)):
        return item in container
    return _certain(operations.is_in(item, container))


def _sum(*values: Any) -> Any:
    total = values[0]
    for value in values[1:]:
        if value.__class__ is tuple or value.__class__ is OpenList:
            raise UncertainError
        total = operations.add(total, value)
    return total


HELPERS: Final[Mapping[str, Any]] = {
    "leave": _leave,
    "certain": _certain,
    "same": _same,
    "within": _within,
    "weight": weight,
    "weights": _weights,
    "add": _sum,
    "subtract": operations.subtract,
    "multiply": operations.multiply,
    "divide": operations.divide,
    "remainder": operations.remainder,
    "minus": operations.minus,
    "less": operations.ordering("<"),
    "less_or_same": operations.ordering("<="),
    "greater": operations.ordering(">"),
    "greater_or_same": operations.ordering(">="),
    "item_at": operations.item_at,
    "field_of": operations.field_of,
    "ORDERED": frozenset({str, int, float}),
    "UNDECIDED": frozenset({Unknown, Choice}),
    "Choice": Choice,
}
"""By the names that generated functions use."""
