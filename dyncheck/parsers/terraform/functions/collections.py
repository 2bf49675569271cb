"""Collection functions, over lists and maps that may be partly known."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final

from dyncheck.parsers.terraform.comprehensions import fill
from dyncheck.parsers.terraform.conditions import any_of, as_value, condition_of, equals, joined, opaque, same
from dyncheck.parsers.terraform.convert import kind_of, to_bool, to_number, unify
from dyncheck.parsers.terraform.functions.calling import OPEN, PARTS, Function
from dyncheck.parsers.terraform.functions.conversions import make_set, to_map, to_set
from dyncheck.parsers.terraform.lookups import candidates, get_index
from dyncheck.parsers.terraform.tfvalues import (
    MAX_ELEMENTS,
    TOO_LARGE,
    Invalid,
    OpenMap,
    TerraformSet,
    TypedList,
    TypedMap,
    all_reasons,
    force,
    invalid,
    map_arms,
    may_be_absent,
    never_empty,
    pick,
    same_kind,
    split_absent,
    spread,
    unknown_call,
)
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, Choice, OpenList, Unknown

# --- sequences ---------------------------------------------------------------------------------------------------


def _items(value: Any) -> list[Any] | None:
    """The elements of one known arm of an argument that must be a list; None where it is not known."""
    if value is ABSENT:
        return []
    return list(value) if isinstance(value, list) else None


def _concat(*arguments: Any) -> Any:
    results: list[Any] = []
    because: frozenset[str] = frozenset()
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
    return TypedList(results) if arguments and all(isinstance(item, TypedList) for item in arguments) else results


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
    step = size or max(len(items), 1)
    return TypedList(TypedList(items[start : start + step]) for start in range(0, len(items), step))


def _coalesce(*arguments: Any) -> Any:
    return _first_of(list(arguments), _is_blank, "coalesce")


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
    return True if value is None else None


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


def _compact(value: Any) -> Any:
    if not isinstance(value, (list, OpenList)):
        if type(value) is Choice:
            return map_arms(_compact, value)
        return Unknown(value.because) if isinstance(value, Unknown) else invalid("a list is required")
    results: list[Any] = []
    because = value.because if isinstance(value, OpenList) else frozenset()
    for item in value.items if isinstance(value, OpenList) else value:
        kept = map_arms(lambda arm: ABSENT if arm is None or arm == "" or arm is ABSENT else arm, item)
        if kept is ABSENT:
            continue
        if isinstance(kept, Unknown) and not never_empty(kept):
            kept = _unless_blank(kept)
        results.append(kept)
    return OpenList(tuple(results), because) if because else TypedList(results)


def _unless_blank(value: Unknown) -> Any:
    """An unknown element that is dropped when it turns out null or empty."""
    if isinstance(value, Invalid) or value.symbol is None:
        return Choice(opaque("an element is empty", value.because), ABSENT, value)
    blanks = [same(value, blank, str) for blank in (None, "")]
    conditions = [blank for blank in blanks if isinstance(blank, Condition)]
    return Choice(joined(conditions, every=False), ABSENT, value)


def _distinct(items: list[Any]) -> Any:
    seen: list[Any] = []
    because: frozenset[str] = frozenset()
    for item in items:
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


def _length(value: Any) -> Any:
    if isinstance(value, str):
        import unicodedata

        return len(unicodedata.normalize("NFC", value))
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


def _match_keys(values: list[Any], keys: list[Any], wanted: list[Any]) -> Any:
    if len(values) != len(keys):
        return invalid("the lists of values and keys must have the same length")
    return [
        value for value, key in zip(values, keys, strict=True) if any(same(key, one, str) is True for one in wanted)
    ]


def _one(items: list[Any]) -> Any:
    if len(items) > 1:
        return invalid("a list of at most one element is required")
    return items[0] if items else None


def _range(*limits: Any) -> Any:
    start, stop, step = (0, limits[0], 1) if len(limits) == 1 else (*limits[:2], limits[2] if len(limits) > 2 else 1)
    if len(limits) < 3 and stop < start:
        step = -1
    if step == 0:
        return invalid("the step must not be zero")
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
    from dyncheck.parsers.terraform.convert import to_string

    strings = [to_string(item) for item in items]
    if any(not isinstance(item, str) for item in strings):
        return invalid("a list of strings is required")
    return TypedList(sorted(strings))


def _numbers(items: list[Any]) -> list[Any]:
    return [to_number(item) for item in items]


def _sum(items: list[Any]) -> Any:
    from dyncheck.parsers.terraform.operators import arithmetic

    if not items:
        return invalid("the list must not be empty")
    total: Any = 0
    for number in _numbers(items):
        total = arithmetic("+", total, number)
    return total


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


def _transpose(mapping: dict[str, Any]) -> Any:
    turned: dict[str, list[Any]] = {}
    for key in sorted(mapping):
        for item in mapping[key]:
            turned.setdefault(item, []).append(key)
    return TypedMap((key, TypedList(sorted(turned[key]))) for key in sorted(turned))


# --- sets --------------------------------------------------------------------------------------------------------


def _union(*sets: Any) -> Any:
    return to_set(_concat(*sets))


def _intersection(first: list[Any], *others: list[Any]) -> Any:
    common = make_set(unify(list(first)))
    for other in others:
        common = [item for item in common if any(same(item, one, str) is True for one in unify(list(other)))]
    return TerraformSet(common)


def _subtract(first: list[Any], second: list[Any]) -> Any:
    removed = unify(list(second))
    return TerraformSet(
        item for item in make_set(unify(list(first))) if not any(same(item, one, str) is True for one in removed)
    )


def _product(*collections: list[Any]) -> Any:
    if len(collections) < 2:
        return invalid("at least two lists are required")
    total = 1
    for collection in collections:
        total *= len(collection)
    if total > MAX_ELEMENTS:
        return TOO_LARGE
    results = [list(combination) for combination in itertools.product(*collections)]
    return TerraformSet(results) if all(isinstance(item, TerraformSet) for item in collections) else TypedList(results)


# --- maps --------------------------------------------------------------------------------------------------------


def _entries(value: Any) -> list[Any] | None:
    """The entries of one known arm of an argument that must be a map, as pairs; None where it is not known."""
    if value is None or value is ABSENT:
        return []
    return list(value.items()) if isinstance(value, dict) else None


def _merge(*arguments: Any) -> Any:
    merged: dict[str, Any] = {}
    because: frozenset[str] = frozenset()
    for argument in arguments:
        value = force(argument)
        pairs = spread(value, _entries)
        if pairs is not None:
            for pair in pairs:
                for key, entry in _pair_entries(pair):
                    merged[key] = fill(entry, merged.get(key, ABSENT))
            continue
        if isinstance(value, Invalid):
            return value
        if not isinstance(value, (Unknown, OpenMap, Choice)):
            return invalid(f"all arguments must be maps, but have {kind_of(value)}")
        hidden = all_reasons((value,)) if not isinstance(value, OpenMap) else value.because
        # What is not known may override everything that stands before it.
        merged = {key: Unknown(hidden | all_reasons((entry,))) for key, entry in merged.items()}
        because |= hidden
        if isinstance(value, OpenMap):
            merged.update({key: entry for key, entry in value.items.items() if not may_be_absent(entry)})
    if len(merged) > MAX_ELEMENTS:
        return TOO_LARGE
    if because:
        return OpenMap(merged, because)
    kept = {key: entry for key, entry in merged.items() if entry is not ABSENT}
    return TypedMap(kept) if arguments and all(isinstance(item, TypedMap) for item in arguments) else kept


def _pair_entries(pair: Any) -> list[tuple[str, Any]]:
    """A pair that may be absent as entries whose values may be."""
    if type(pair) is not Choice:
        return [] if pair is ABSENT else [pair]
    present = [*_pair_entries(pair.if_true), *_pair_entries(pair.if_false)]
    return [
        (key, pick(pair.condition, value, ABSENT) if pair.if_false is ABSENT else pick(pair.condition, ABSENT, value))
        for key, value in present
    ]


def _keys(value: Any) -> Any:
    if isinstance(value, dict):
        names = [map_arms(lambda arm: ABSENT if arm is ABSENT else key, value[key]) for key in sorted(value)]  # noqa: B023
        return TypedList(names) if isinstance(value, TypedMap) else names
    if isinstance(value, OpenMap):
        certain = [key for key in sorted(value.items) if not may_be_absent(value.items[key])]
        return OpenList(tuple(certain), value.because | all_reasons((value,)))
    return _over_map(value, _keys)


def _values(value: Any) -> Any:
    if isinstance(value, dict):
        items = [value[key] for key in sorted(value)]
        return TypedList(items) if isinstance(value, TypedMap) else items
    if isinstance(value, OpenMap):
        return OpenList(tuple(value.items[key] for key in sorted(value.items)), value.because)
    return _over_map(value, _values)


def _over_map(value: Any, function: Callable[[Any], Any]) -> Any:
    if type(value) is Choice:
        return map_arms(lambda arm: function(force(arm)), value)
    if isinstance(value, Unknown):
        return Unknown(value.because)
    return invalid(f"a map is required, but have {kind_of(value)}")


def _lookup(mapping: Any, key: Any, *default: Any) -> Any:
    if type(mapping) is Choice:
        return map_arms(lambda arm: _lookup(force(arm), key, *default), mapping)
    if type(key) is Choice:
        return map_arms(lambda arm: _lookup(mapping, arm, *default), key)
    if not default:
        return get_index(mapping, key)
    if isinstance(mapping, (Unknown, OpenMap)) and isinstance(key, Unknown):
        return unknown_call("lookup", (mapping, key, *default))
    if isinstance(mapping, OpenMap):
        return mapping.get(key)
    if isinstance(mapping, Unknown):
        return unknown_call("lookup", (mapping, key, *default))
    if not isinstance(mapping, dict):
        return invalid(f"a map is required, but have {kind_of(mapping)}")
    if isinstance(key, Unknown):
        if any(type(entry) is Choice for entry in mapping.values()) or type(default[0]) is Choice:
            return unknown_call("lookup", (mapping, key, *default))
        return candidates(mapping, key, default[0])
    return fill(mapping.get(key, ABSENT), default[0])


def _zip_map(keys: list[Any], values: list[Any]) -> Any:
    if len(keys) != len(values):
        return invalid("keys and values must have the same length")
    hidden = [key for key in keys if isinstance(key, (Unknown, Choice))]
    pairs = {key: value for key, value in zip(keys, values, strict=True) if isinstance(key, str)}
    if hidden:
        because = all_reasons(hidden)
        return OpenMap({key: Unknown(because | all_reasons((value,))) for key, value in pairs.items()}, because)
    return pairs


def _list(*items: Any) -> Any:
    return TypedList(unify(list(items)))


def _map(*items: Any) -> Any:
    if len(items) % 2:
        return invalid("keys and values must come in pairs")
    return to_map(_zip_map(list(items[::2]), list(items[1::2])))


TABLE: Final[dict[str, Function]] = {
    "alltrue": Function(_every_true, "l", needs=OPEN),
    "anytrue": Function(_any_true, "l", needs=OPEN),
    "chunklist": Function(_chunk, "ln", needs=PARTS),
    "coalesce": Function(_coalesce, rest="A", needs=OPEN),
    "coalescelist": Function(_coalesce_list, rest="A", needs=OPEN),
    "compact": Function(_compact, "l", needs=OPEN),
    "concat": Function(_concat, rest="a", needs=OPEN),
    "contains": Function(_contains, "lA", needs=OPEN),
    "distinct": Function(_distinct, "l", needs=PARTS),
    "element": Function(_element, "ln", needs=PARTS),
    "flatten": Function(_flatten, "l", needs=OPEN),
    "index": Function(_index, "lA"),
    "keys": Function(_keys, "m", needs=OPEN),
    "length": Function(_length, "a", needs=OPEN),
    "list": Function(_list, rest="A", needs=PARTS),
    "lookup": Function(_lookup, "msA", required=2, needs=OPEN),
    "map": Function(_map, rest="A", needs=PARTS),
    "matchkeys": Function(_match_keys, "lll"),
    "merge": Function(_merge, rest="A", needs=OPEN),
    "one": Function(_one, "l", needs=PARTS),
    "range": Function(_range, "n", rest="n"),
    "reverse": Function(_reverse, "l", needs=PARTS),
    "setintersection": Function(_intersection, "l", rest="l"),
    "setproduct": Function(_product, rest="l", needs=PARTS),
    "setsubtract": Function(_subtract, "ll"),
    "setunion": Function(_union, rest="l", needs=OPEN),
    "slice": Function(_slice, "lnn", needs=PARTS),
    "sort": Function(_sort, "l"),
    "sum": Function(_sum, "l"),
    "transpose": Function(_transpose, "m"),
    "values": Function(_values, "m", needs=OPEN),
    "zipmap": Function(_zip_map, "ll", needs=PARTS),
}
