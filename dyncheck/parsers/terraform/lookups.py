"""Attribute access and indexing over values that may be unknown, open, lazy or a choice."""

from __future__ import annotations

import json
from typing import Any, Final

from dyncheck.parsers.terraform.conditions import display
from dyncheck.parsers.terraform.convert import kind_of, to_number, to_string
from dyncheck.parsers.terraform.symbols import MAX_SYMBOL
from dyncheck.parsers.terraform.tfvalues import (
    Invalid,
    LazyObject,
    OpenMap,
    TerraformSet,
    all_reasons,
    check_size,
    invalid,
    map_arms,
    may_be_absent,
    pick,
    split_absent,
)
from dyncheck.scenarios import Atom, Condition
from dyncheck.values import ABSENT, Choice, OpenList, Unknown

_MAX_CANDIDATES: Final = 6
"""An unknown key is tried against at most this many different values of a map."""


def get_attribute(target: Any, name: str) -> Any:
    """``target.name``."""
    kind = type(target)
    if kind is dict:
        value = target.get(name, ABSENT)
        return value if type(value) is not Choice and value is not ABSENT else _entry(value, name)
    if isinstance(target, LazyObject):
        return target.get(name)
    if isinstance(target, dict):
        return _entry(target.get(name, ABSENT), name)
    if kind is Choice:
        return map_arms(lambda arm: get_attribute(arm, name), target)
    if isinstance(target, Unknown):
        return _part(target, f".{name}")
    if isinstance(target, list) and name.isdigit():
        return get_index(target, int(name))
    return invalid(f"{kind_of(target)} has no attribute {name[:60]!r}")


def get_index(target: Any, key: Any, *, strict: bool = False) -> Any:
    """``target[key]``.

    An unknown key is taken to be one that the target has, unless ``strict``: inside ``try`` it may well not be.
    """
    if type(target) is Choice:
        return map_arms(lambda arm: get_index(arm, key, strict=strict), target)
    if type(key) is Choice:
        return map_arms(lambda arm: get_index(target, arm, strict=strict), key)
    for side in (target, key):
        if isinstance(side, Invalid):
            return side
    if isinstance(target, Unknown):
        return _part(target, _suffix(key)) if not isinstance(key, Unknown) else Unknown(all_reasons((target, key)))
    if key is None:
        return invalid("an index must not be null")
    if isinstance(target, TerraformSet):
        return invalid("a set has no index")
    if isinstance(target, list):
        return _element(target, key, strict)
    if isinstance(target, OpenList):
        return Unknown(all_reasons((key,)) | target.because)
    if isinstance(target, LazyObject):
        if isinstance(key, Unknown):
            found = target.element(key)
            if found is not None:
                return found
            data = target.force()
            return get_index(data, key, strict=strict) if isinstance(data, dict) else Unknown(all_reasons((key, data)))
        name = to_string(key)
        return target.get(name) if isinstance(name, str) else invalid("a string is required as key")
    if isinstance(target, dict):
        if isinstance(key, Unknown):
            return _by_unknown_key(target, key, strict)
        name = to_string(key)
        return (
            _entry(target.get(name, ABSENT), name) if isinstance(name, str) else invalid("a string is required as key")
        )
    return invalid(f"{kind_of(target)} has no index")


def has_part(target: Any, key: Any) -> bool:
    """Whether a part is there for sure, or shows as an error where it is not."""
    if type(target) is Choice:
        return has_part(target.if_true, key) and has_part(target.if_false, key)
    if isinstance(target, OpenMap):
        return key in target.items and not may_be_absent(target.items[key])
    return isinstance(target, Invalid) or not isinstance(target, (Unknown, OpenList))


def candidates(entries: dict[str, Any], key: Unknown, missing: Any) -> Any:
    """The entry of an unknown key: one choice per different value; ``missing`` where the key is none of the map's.

    Unknown where the key has no symbol, or the map too many different values. ``missing`` ABSENT: the key is one of
    the map's for sure, since anything else is an error.
    """
    if not entries:
        return missing if missing is not ABSENT else invalid("the map has no entries")
    check_size(entries)
    groups: list[tuple[Any, list[str]]] = []
    for name in sorted(entries):
        for value, names in groups:
            if _identical(value, entries[name]):
                names.append(name)
                break
        else:
            groups.append((entries[name], [name]))
        if len(groups) > _MAX_CANDIDATES:
            break
    because = key.because | all_reasons(entries.values())
    if len(groups) == 1 and (missing is ABSENT or _identical(missing, groups[0][0])):
        return groups[0][0]
    tests = sum(len(names) for value, names in groups)
    if key.symbol is None or len(groups) > _MAX_CANDIDATES or tests > 2 * _MAX_CANDIDATES:
        return Unknown(because | all_reasons((missing,)))
    groups.sort(key=lambda group: len(group[1]))
    result = missing if missing is not ABSENT else groups.pop()[0]
    for value, names in reversed(groups):
        for name in reversed(names):
            wording = f"{display(key.symbol)} == {json.dumps(name, ensure_ascii=False)}"
            result = pick(Condition(wording, key.because, Atom(key.symbol, name, None)), value, result)
    return result


def _identical(left: Any, right: Any) -> bool:
    """Whether two values are certainly the same; unknowns are where they have the same symbol."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return isinstance(left, Unknown) and left == right and left.symbol is not None
    return type(left) is type(right) and left == right


def _by_unknown_key(target: dict[str, Any], key: Unknown, strict: bool) -> Any:
    if any(may_be_absent(value) for value in target.values()):
        return Unknown(key.because | all_reasons(target.values()))
    return candidates(target, key, invalid("there is no such key") if strict else ABSENT)


def _entry(value: Any, name: str) -> Any:
    """An entry of a map: an error where it is absent."""
    if value is ABSENT:
        return invalid(f"there is no attribute or key {name[:60]!r}")
    return map_arms(lambda arm: _entry(arm, name), value) if may_be_absent(value) else value


def _element(target: list[Any], key: Any, strict: bool) -> Any:
    if isinstance(key, Unknown):
        if not target:
            return invalid("an empty list has no elements")
        check_size(target)
        if not strict and all(_identical(item, target[0]) for item in target):
            return target[0]
        return Unknown(all_reasons((key, target)))
    position = to_number(key)
    if isinstance(position, Invalid):
        return position
    if not isinstance(position, int) or position < 0:
        return invalid("an index must be a whole number from 0")
    if any(may_be_absent(item) for item in target[: position + 1]):
        return split_absent(target, lambda items: _element(items, position, strict))
    if position >= len(target):
        return invalid(f"index {position} is out of range")
    return target[position]


def _suffix(key: Any) -> str:
    number = to_number(key) if not isinstance(key, str) else key
    return f"[{json.dumps(number, ensure_ascii=False)}]"


def _part(target: Unknown, suffix: str) -> Unknown:
    """A part of an unknown value: unknown for the same reasons, and identified by its path."""
    if isinstance(target, Invalid):
        return target
    symbol = None if target.symbol is None else target.symbol + suffix
    return Unknown(target.because, symbol if symbol is not None and len(symbol) <= MAX_SYMBOL else None)
