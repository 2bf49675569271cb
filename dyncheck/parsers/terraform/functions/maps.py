"""Map functions, over maps that may be partly known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dyncheck.parsers.terraform.comprehensions import fill, hide
from dyncheck.parsers.terraform.conditions import same
from dyncheck.parsers.terraform.convert import kind_of, to_string, unify
from dyncheck.parsers.terraform.functions.calling import OPEN, PARTS, Function
from dyncheck.parsers.terraform.functions.conversions import to_map
from dyncheck.parsers.terraform.lookups import candidates, get_index
from dyncheck.parsers.terraform.symbols import unknown_call
from dyncheck.parsers.terraform.tfvalues import (
    MAX_ELEMENTS,
    TOO_LARGE,
    Invalid,
    OpenMap,
    TypedList,
    TypedMap,
    all_reasons,
    force,
    invalid,
    map_arms,
    may_be_absent,
    pick,
    spread,
)
from dyncheck.values import ABSENT, Choice, OpenList, Unknown


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
        merged = hide(merged, hidden)
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
        return get_index(mapping, key, strict=True)
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
    keys = [to_string(key) for key in keys]
    for key in keys:
        if key is None or isinstance(key, Invalid):
            return key if isinstance(key, Invalid) else invalid("a key must not be null")
    hidden = [key for key in keys if isinstance(key, (Unknown, Choice))]
    pairs = {key: value for key, value in zip(keys, values, strict=True) if isinstance(key, str)}
    if hidden:
        because = all_reasons(hidden)
        return OpenMap({key: Unknown(because | all_reasons((value,))) for key, value in pairs.items()}, because)
    return pairs


def _map(*items: Any) -> Any:
    if len(items) % 2:
        return invalid("keys and values must come in pairs")
    return to_map(_zip_map(list(items[::2]), list(items[1::2])))


def _match_keys(values: list[Any], keys: list[Any], wanted: list[Any]) -> Any:
    if len(values) != len(keys):
        return invalid("the lists of values and keys must have the same length")
    both = unify([*keys, *wanted])
    keys, wanted = both[: len(keys)], both[len(keys) :]
    return [
        value for value, key in zip(values, keys, strict=True) if any(same(key, one, str) is True for one in wanted)
    ]


def _transpose(mapping: dict[str, Any]) -> Any:
    turned: dict[str, list[Any]] = {}
    for key in sorted(mapping):
        for item in mapping[key]:
            turned.setdefault(item, []).append(key)
    return TypedMap((key, TypedList(sorted(turned[key]))) for key in sorted(turned))


TABLE: Final[dict[str, Function]] = {
    "keys": Function(_keys, "m", needs=OPEN),
    "lookup": Function(_lookup, "msA", required=2, needs=OPEN),
    "map": Function(_map, rest="A", needs=PARTS),
    "matchkeys": Function(_match_keys, "lll"),
    "merge": Function(_merge, rest="A", needs=OPEN),
    "transpose": Function(_transpose, "m"),
    "values": Function(_values, "m", needs=OPEN),
    "zipmap": Function(_zip_map, "ll", needs=PARTS),
}
