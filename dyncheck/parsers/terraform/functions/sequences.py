"""List functions, over lists that may be partly known."""

from __future__ import annotations

from typing import Any, Final

from dyncheck.parsers.terraform.conditions import joined, opaque, same
from dyncheck.parsers.terraform.convert import kind_of, to_string, unify
from dyncheck.parsers.terraform.functions.calling import OPEN, PARTS, Function
from dyncheck.parsers.terraform.operators import arithmetic
from dyncheck.parsers.terraform.tfvalues import (
    MAX_ELEMENTS,
    TOO_LARGE,
    Invalid,
    TerraformSet,
    TypedList,
    all_reasons,
    check_size,
    invalid,
    map_arms,
    never_empty,
    same_kind,
    spread,
)
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, Choice, OpenList, Unknown


def _items(value: Any) -> list[Any] | None:
    """The elements of one known arm of an argument that must be a list; None where it is not known."""
    if value is ABSENT:
        return []
    return list(value) if isinstance(value, list) else None


def concat(*arguments: Any) -> Any:
    """``concat``: what is not known opens the list."""
    results: list[Any] = []
    because: frozenset[str] = frozenset()
    if not arguments:
        return invalid("at least one list is required")
    for argument in arguments:
        if isinstance(argument, OpenList):
            results.extend(argument.items)
            because |= argument.because
            continue
        items = spread(argument, _items)
        if items is None:
            error = _not_a_list(argument)
            if error is not None:
                return error
            because |= all_reasons((argument,))
            continue
        results.extend(items)
        if len(results) > MAX_ELEMENTS:
            return TOO_LARGE
    if because:
        return OpenList(tuple(results), because)
    return TypedList(results) if all(isinstance(item, TypedList) for item in arguments) else results


def _not_a_list(value: Any) -> Invalid | None:
    if isinstance(value, Invalid):
        return value
    if isinstance(value, (Unknown, Choice, OpenList)):
        return None
    return invalid(f"all arguments must be lists, but have {kind_of(value)}")


def _flatten(value: Any) -> Any:
    if not isinstance(value, (list, OpenList)):
        if type(value) is Choice:
            return map_arms(_flatten, value)
        return Unknown(value.because) if isinstance(value, Unknown) else invalid("a list is required")
    check_size(value)
    results: list[Any] = []
    because: frozenset[str] = frozenset()
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, OpenList):
            because |= item.because
            stack.extend(reversed(item.items))
        elif isinstance(item, Unknown) and not never_empty(item):
            # What is not known may itself be a list, even an empty one.
            because |= item.because
        elif type(item) is Choice and _may_hold_list(item):
            arms = spread(item, _flat_arm)
            if arms is None:
                because |= all_reasons((item,))
            else:
                stack.extend(reversed(arms))
        else:
            results.append(item)
        if len(results) > MAX_ELEMENTS or len(stack) > 10 * MAX_ELEMENTS:
            return TOO_LARGE
    return OpenList(tuple(results), because) if because else results


def _may_hold_list(value: Any) -> bool:
    if type(value) is Choice:
        return _may_hold_list(value.if_true) or _may_hold_list(value.if_false)
    return isinstance(value, (list, OpenList)) or (isinstance(value, Unknown) and not never_empty(value))


def _flat_arm(arm: Any) -> list[Any] | None:
    if isinstance(arm, OpenList) or (isinstance(arm, Unknown) and not never_empty(arm)):
        return None
    items = _items(arm)
    return [arm] if items is None else items


def _chunk(items: list[Any], size: Any) -> Any:
    if not isinstance(size, int) or size < 0:
        return invalid("the size of a chunk must be a whole number from 0")
    items = unify(items)
    step = size or max(len(items), 1)
    return TypedList(TypedList(items[start : start + step]) for start in range(0, len(items), step))


def _compact(value: Any) -> Any:
    if not isinstance(value, (list, OpenList)):
        if type(value) is Choice:
            return map_arms(_compact, value)
        return Unknown(value.because) if isinstance(value, Unknown) else invalid("a list is required")
    results: list[Any] = []
    because = value.because if isinstance(value, OpenList) else frozenset()
    for item in value.items if isinstance(value, OpenList) else value:
        kept = map_arms(lambda arm: ABSENT if arm is None or arm == "" else arm, to_string(item))
        if isinstance(kept, Invalid):
            return kept
        if kept is ABSENT:
            continue
        if isinstance(kept, Unknown) and not never_empty(kept):
            kept = _unless_blank(kept)
        results.append(kept)
    return OpenList(tuple(results), because) if because else TypedList(results)


def _unless_blank(value: Unknown) -> Any:
    """An unknown element that is dropped when it turns out null or empty."""
    if value.symbol is None:
        return Choice(opaque("an element is empty", value.because), ABSENT, value)
    blanks = [same(value, blank, str) for blank in (None, "")]
    conditions = [blank for blank in blanks if isinstance(blank, Condition)]
    return Choice(joined(conditions, every=False), ABSENT, value)


def _distinct(items: list[Any]) -> Any:
    seen: list[Any] = []
    because: frozenset[str] = frozenset()
    for item in unify(items):
        if any(type(item) is type(other) and item == other for other in seen if not _without_identity(other)):
            continue
        if isinstance(item, (Unknown, Choice)) and seen:
            because |= all_reasons((item,))
        seen.append(item)
    if not because:
        return TypedList(seen)
    return OpenList(tuple(item for item in seen if not isinstance(item, (Unknown, Choice))), because)


def _without_identity(value: Any) -> bool:
    return isinstance(value, Unknown) and value.symbol is None


def _element(items: list[Any], position: Any) -> Any:
    if not isinstance(position, int):
        return invalid("the index must be a whole number")
    if not items:
        return invalid("element of an empty list")
    return items[position % len(items)]


def _index(items: list[Any], value: Any) -> Any:
    for position, item in enumerate(items):
        if same(item, value, str) is True:
            return position
    return invalid("item not found")


def _list(*items: Any) -> Any:
    return TypedList(unify(list(items)))


def _one(items: list[Any]) -> Any:
    if len(items) > 1:
        return invalid("a list of at most one element is required")
    return items[0] if items else None


def _range(*limits: Any) -> Any:
    start, stop, step = (0, limits[0], 1) if len(limits) == 1 else (*limits[:2], limits[2] if len(limits) > 2 else 1)
    if len(limits) < 3 and stop < start:
        step = -1
    if step == 0 or (stop - start) * step < 0:
        return invalid("the step does not lead from the start to the end")
    count = (stop - start) / step
    if count > MAX_ELEMENTS:
        return TOO_LARGE
    results = []
    value = start
    while value < stop if step > 0 else value > stop:
        results.append(value)
        value += step
    return TypedList(results)


def _reverse(items: list[Any]) -> Any:
    return TypedList(reversed(items)) if isinstance(items, (TypedList, TerraformSet)) else items[::-1]


def _slice(items: list[Any], start: Any, end: Any) -> Any:
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end <= len(items):
        return invalid("start and end must lie within the list")
    return same_kind(items, items[start:end])


def _sort(items: list[Any]) -> Any:
    strings = [to_string(item) for item in items]
    if any(not isinstance(item, str) for item in strings):
        return invalid("a list of strings is required")
    return TypedList(sorted(strings))


def _sum(items: list[Any]) -> Any:
    if not items:
        return invalid("the list must not be empty")
    total: Any = 0
    for number in items:
        total = arithmetic("+", total, number)
    return total


TABLE: Final[dict[str, Function]] = {
    "chunklist": Function(_chunk, "ln", needs=PARTS),
    "compact": Function(_compact, "l", needs=OPEN),
    "concat": Function(concat, rest="q", needs=OPEN),
    "distinct": Function(_distinct, "l", needs=PARTS),
    "element": Function(_element, "qn", needs=PARTS),
    "flatten": Function(_flatten, "l", needs=OPEN),
    "index": Function(_index, "qA"),
    "list": Function(_list, rest="A", needs=PARTS),
    "one": Function(_one, "l", needs=PARTS),
    "range": Function(_range, "n", rest="n"),
    "reverse": Function(_reverse, "l", needs=PARTS),
    "slice": Function(_slice, "qnn", needs=PARTS),
    "sort": Function(_sort, "l"),
    "sum": Function(_sum, "l"),
}
