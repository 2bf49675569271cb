"""Functions that decide: which argument has a value, how many elements there are, whether one is among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dyncheck.parsers.terraform.conditions import any_of, as_value, condition_of, equals, joined, same
from dyncheck.parsers.terraform.convert import kind_of, to_bool, to_string
from dyncheck.parsers.terraform.functions.calling import OPEN, Function
from dyncheck.parsers.terraform.symbols import unknown_call
from dyncheck.parsers.terraform.tfvalues import (
    Invalid,
    OpenMap,
    all_reasons,
    check_size,
    force,
    invalid,
    map_arms,
    may_be_absent,
    never_empty,
    split_absent,
)
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, Choice, OpenList, Unknown


def _coalesce(*arguments: Any) -> Any:
    return _first_of(_as_one_type(list(arguments)), _is_blank, "coalesce")


def _as_one_type(arguments: list[Any]) -> list[Any]:
    if any(isinstance(argument, str) for argument in arguments):
        return [to_string(item) if isinstance(item, (bool, int, float)) else item for item in arguments]
    return arguments


def _coalesce_list(*arguments: Any) -> Any:
    return _first_of([force(argument) for argument in arguments], _is_empty_list, "coalescelist")


def _is_blank(value: Any) -> bool | None:
    if isinstance(value, Unknown):
        return False if never_empty(value) else None
    return value is None or value == ""


def _is_empty_list(value: Any) -> bool | None:
    if isinstance(value, list):
        if all(may_be_absent(item) for item in value):
            return None if value else True
        return False
    if isinstance(value, OpenList):
        return False if any(not may_be_absent(item) for item in value.items) else None
    return None


def _first_of(arguments: list[Any], is_blank: Callable[[Any], bool | None], name: str) -> Any:
    """The first argument that is not blank; Unknown from the first on of which that cannot be said."""
    for position, argument in enumerate(arguments):
        if type(argument) is Choice:
            rest = arguments[position + 1 :]
            return map_arms(lambda arm: _first_of([arm, *rest], is_blank, name), argument)  # noqa: B023
        blank = is_blank(argument)
        if blank is False:
            return argument
        if blank is None:
            rest = arguments[position:]
            return unknown_call(name, _until_certain(rest, is_blank))
    return invalid("no argument has a value")


def _until_certain(arguments: list[Any], is_blank: Callable[[Any], bool | None]) -> list[Any]:
    for position, argument in enumerate(arguments):
        if type(argument) is not Choice and is_blank(argument) is False:
            return arguments[: position + 1]
    return arguments


def _length(value: Any) -> Any:
    if isinstance(value, str):
        from dyncheck.parsers.terraform.functions.strings import clusters

        return len(clusters(value))
    if isinstance(value, list):
        return split_absent(value, len)
    if isinstance(value, dict):
        return split_absent(list(value.values()), len)
    if isinstance(value, (OpenList, OpenMap)):
        return Unknown(value.because | all_reasons((value,)))
    if isinstance(value, Unknown):
        return unknown_call("length", (value,))
    if type(value) is Choice:
        return map_arms(lambda arm: _length(force(arm)), value)
    return invalid(f"a list, map or string is required, but have {kind_of(value)}")


def _contains(items: Any, value: Any) -> Any:
    if type(items) is Choice:
        return map_arms(lambda arm: _contains(arm, value), items)
    if type(value) is Choice:
        return map_arms(lambda arm: _contains(items, arm), value)
    if isinstance(items, Unknown):
        return unknown_call("contains", (items, value))
    check_size(items)
    is_open = isinstance(items, OpenList)
    if not is_open and not isinstance(items, list):
        return invalid(f"a list is required, but have {kind_of(items)}")
    certain: list[Any] = []
    for item in items.items if is_open else items:
        if type(item) is Choice:
            certain.append(_contained(item, value))
        else:
            certain.append(same(item, value, str))
    truth = any_of(certain)
    if isinstance(truth, bool) and (truth or not is_open):
        return truth
    if truth is None or is_open:
        return unknown_call("contains", (items, value))
    return as_value(truth)


def _contained(item: Choice, value: Any) -> Any:
    """Whether an undecided element equals a value: decided, on a condition, or None for "cannot say"."""
    equal = map_arms(lambda arm: False if arm is ABSENT else equals(arm, value, lambda: ""), item)
    if isinstance(equal, bool):
        return equal
    return condition_of(equal, lambda: "") if type(equal) is Choice else None


def _every_true(value: Any) -> Any:
    return _over_truths(value, deciding=False, name="alltrue")


def _any_true(value: Any) -> Any:
    return _over_truths(value, deciding=True, name="anytrue")


def _over_truths(value: Any, *, deciding: bool, name: str) -> Any:
    if type(value) is Choice:
        return map_arms(lambda arm: _over_truths(arm, deciding=deciding, name=name), value)
    if isinstance(value, Unknown):
        return unknown_call(name, (value,))
    if not isinstance(value, (list, OpenList)):
        return invalid(f"a list is required, but have {kind_of(value)}")
    undecided: list[Condition] = []
    hidden = isinstance(value, OpenList)
    for item in value.items if isinstance(value, OpenList) else value:
        truth = map_arms(lambda arm: (not deciding) if arm is ABSENT else to_bool(arm), item)
        if isinstance(truth, Invalid):
            return truth
        if truth is deciding:
            return deciding
        if truth is None:
            # A null counts as false, which decides alltrue and is nothing to anytrue.
            if not deciding:
                return False
            continue
        if truth is not (not deciding):
            found = condition_of(truth, lambda: f"an element of {name}()") if not isinstance(truth, bool) else None
            hidden = hidden or found is None
            if found is not None:
                undecided.append(found)
    if hidden:
        return unknown_call(name, (value,))
    return as_value(joined(undecided, every=not deciding)) if undecided else not deciding


TABLE: Final[dict[str, Function]] = {
    "alltrue": Function(_every_true, "l", needs=OPEN),
    "anytrue": Function(_any_true, "l", needs=OPEN),
    "coalesce": Function(_coalesce, rest="A", needs=OPEN),
    "coalescelist": Function(_coalesce_list, rest="a", needs=OPEN),
    "contains": Function(_contains, "lA", needs=OPEN),
    "length": Function(_length, "a", needs=OPEN),
}
