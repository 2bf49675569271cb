"""Type conversion functions. An unknown that is converted to a string, number or bool keeps its symbol."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from dyncheck.parsers.terraform.convert import kind_of, to_bool, to_number, to_string, unify
from dyncheck.parsers.terraform.functions.calling import OPEN, Function
from dyncheck.parsers.terraform.symbols import unknown_call
from dyncheck.parsers.terraform.tfvalues import (
    Invalid,
    OpenMap,
    TerraformSet,
    TypedList,
    TypedMap,
    all_reasons,
    assume,
    check_size,
    force,
    invalid,
    map_arms,
    may_be_absent,
    pick,
)
from dyncheck.values import ABSENT, MAX_CHOICE_DEPTH, Choice, OpenList, Unknown, unknown


def make_set(items: Iterable[Any]) -> Any:
    """A set of elements that are there: distinct, strings and numbers in order.

    Elements that are not known may or may not equal others: the set is then open, and holds the certain ones.
    """
    items = list(items)
    check_size(items)
    for position, item in enumerate(items):
        if type(item) is Choice:
            return _set_of_choice(items, position)
    known: list[Any] = []
    hidden: list[Unknown] = []
    seen: set[Any] = set()
    symbols: set[str] = set()
    for item in items:
        if isinstance(item, Unknown):
            if item.symbol is None or item.symbol not in symbols:
                hidden.append(item)
                symbols.update({item.symbol} if item.symbol is not None else ())
        elif isinstance(item, (str, int, float)):
            mark = (isinstance(item, bool), item)
            if mark not in seen:
                seen.add(mark)
                known.append(item)
        elif not any(type(item) is type(other) and item == other for other in known):
            known.append(item)
    kinds = {type(item) for item in known}
    if kinds <= {str} or kinds <= {int, float} or kinds == {bool}:
        known.sort()
    if not hidden:
        return TerraformSet(known)
    if not known and len(hidden) == 1:
        return TerraformSet(hidden)
    return OpenList(tuple(known) if known else (hidden[0],), all_reasons(hidden))


def _set_of_choice(items: list[Any], position: int) -> Any:
    conditions = {item.condition for item in items if type(item) is Choice}
    if len(conditions) > MAX_CHOICE_DEPTH:
        certain = make_set(item for item in items if type(item) is not Choice)
        because = all_reasons(item for item in items if type(item) is Choice)
        if isinstance(certain, OpenList):
            return OpenList(certain.items, certain.because | because)
        return OpenList(tuple(certain), because)
    condition = items[position].condition
    arms = []
    for truth in (True, False):
        arm = (assume(item, condition, truth) for item in items)
        arms.append(make_set(item for item in arm if item is not ABSENT))
    return pick(condition, arms[0], arms[1])


def to_set(value: Any) -> Any:
    """``toset``."""
    value = force(value)
    if isinstance(value, TerraformSet) or value is None:
        return value
    if isinstance(value, list):
        return make_set(unify(value))
    if isinstance(value, OpenList):
        certain = make_set(unify([item for item in value.items if not may_be_absent(item)]))
        items = certain.items if isinstance(certain, OpenList) else tuple(certain) if isinstance(certain, list) else ()
        return OpenList(items, value.because | all_reasons(value.items))
    return _same_or_invalid(value, to_set, "set")


def to_list(value: Any) -> Any:
    """``tolist``."""
    value = force(value)
    if isinstance(value, (TypedList, OpenList)) or value is None:
        return value
    if isinstance(value, list):
        return TypedList(unify(value))
    return _same_or_invalid(value, to_list, "list")


def to_map(value: Any) -> Any:
    """``tomap``."""
    value = force(value)
    if isinstance(value, (TypedMap, OpenMap)) or value is None:
        return value
    if isinstance(value, dict):
        return TypedMap(zip(value, unify(list(value.values())), strict=True))
    return _same_or_invalid(value, to_map, "map")


def _same_or_invalid(value: Any, convert: Callable[[Any], Any], wanted: str) -> Any:
    if isinstance(value, Invalid):
        return value
    if isinstance(value, Unknown):
        return unknown_call(f"to{wanted}", (value,))
    if type(value) is Choice:
        return map_arms(convert, value)
    return invalid(f"a {wanted} is required, but have {kind_of(value)}")


def _scalar(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def converted(value: Any) -> Any:
        if isinstance(value, OpenList):
            return invalid("a single value is required, but have list")
        return convert(value)

    return converted


def _identity(value: Any) -> Any:
    return value


def _is_sensitive(value: Any) -> Any:
    return unknown("issensitive()")


TABLE: Final[dict[str, Function]] = {
    "ephemeralasnull": Function(_identity, "A", needs=OPEN),
    "issensitive": Function(_is_sensitive, "A", needs=OPEN),
    "nonsensitive": Function(_identity, "A", needs=OPEN),
    "sensitive": Function(_identity, "A", needs=OPEN),
    "tobool": Function(_scalar(to_bool), "A", needs=OPEN),
    "tolist": Function(to_list, "A", needs=OPEN),
    "tomap": Function(to_map, "A", needs=OPEN),
    "tonumber": Function(_scalar(to_number), "A", needs=OPEN),
    "toset": Function(to_set, "A", needs=OPEN),
    "tostring": Function(_scalar(to_string), "A", needs=OPEN),
}
