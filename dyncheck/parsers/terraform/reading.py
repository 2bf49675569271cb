"""Small readers of arguments, shared by everything that turns a body into a part of the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from dyncheck.location import Location
from dyncheck.parsers.coerce import to_bool, to_int, to_str
from dyncheck.parsers.terraform.body import Body
from dyncheck.parsers.terraform.providers import ProviderConfig
from dyncheck.parsers.terraform.undecided import default
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, choose, lift, reasons, unknown


class Context(msgspec.Struct, frozen=True):
    """What a resource gets from where it stands: its address, stack, presence and provider."""

    address: str
    stack: str
    resource_type: str
    presence: Any
    provider: ProviderConfig


def places(body: Body, paths: Mapping[str, str], header: Location | None = None) -> dict[str, Location]:
    """Locations by model path: the body's header under "", and the arguments (path → argument) that are written."""
    found = {"": header or body.header}
    for path, argument in paths.items():
        place = body.place(argument)
        if place is not None:
            found[path] = place
    return found


def text(body: Body, name: str) -> Any:
    """A string argument; None where it is null, left out or empty."""
    value = body.value(name)
    if value is None or type(value) is str:
        return value or None
    value = scalar(to_str(value))
    return value if isinstance(value, Unknown) else lift(_or_none, value)


def needed_text(body: Body, name: str) -> Any:
    """A string that the provider demands; unknown where it is left out."""
    return _needed(text(body, name), name)


def _needed(value: Any, name: str) -> Any:
    if isinstance(value, Choice):
        return choose(value.condition, _needed(value.if_true, name), _needed(value.if_false, name))
    return unknown(f"no {name}") if value is None else value


def _or_none(value: Any) -> Any:
    return None if value == "" else value


def flag(body: Body, name: str, fallback: bool = False) -> Any:
    """A boolean argument; null is the default. A plain unknown keeps its identity."""
    value = body.value(name)
    if value is None:
        return fallback
    if type(value) is bool or isinstance(value, Unknown):
        return value
    return scalar(default(to_bool(value), fallback))


def number(body: Body, name: str) -> Any:
    """A whole number argument, or None."""
    value = body.value(name)
    return value if value is None or type(value) is int or isinstance(value, Unknown) else scalar(to_int(value))


def scalar(value: Any) -> Any:
    """The value where it is none of the collections, in every arm; AWS would refuse those, so they are unknown."""
    if value is None or isinstance(value, (str, int, float, Unknown)):
        return value
    if isinstance(value, Choice):
        return choose(value.condition, scalar(value.if_true), scalar(value.if_false))
    because = getattr(value, "because", None)
    return Unknown(because if isinstance(because, frozenset) else frozenset({"invalid value"}))


def strings(value: Any) -> Any:
    """A list of strings as a list value of the model; null is the empty list."""
    if value is None:
        return ()
    if isinstance(value, OpenList):
        return OpenList(_texts(value.items), value.because)
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Choice):
        return choose(value.condition, strings(value.if_true), strings(value.if_false))
    if isinstance(value, (list, tuple)):
        return _texts(value)
    return _texts((value,))


def _texts(items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(_text_or_absent(to_str(item)) for item in items if item is not None)


def _text_or_absent(value: Any) -> Any:
    if isinstance(value, Choice):
        return choose(value.condition, _text_or_absent(value.if_true), _text_or_absent(value.if_false))
    return value if value is ABSENT else scalar(value)


def tag_map(value: Any) -> Any:
    """Tags as a dictionary of strings; null is no tags, what is no map is unknown."""
    if value is None:
        return {}
    if isinstance(value, Unknown):
        return Unknown(value.because)
    if isinstance(value, Choice):
        return choose(value.condition, tag_map(value.if_true), tag_map(value.if_false))
    if isinstance(value, dict):
        return {str(key): scalar(to_str(item)) for key, item in value.items()}
    because = getattr(value, "because", None)
    return Unknown(because if isinstance(because, frozenset) else frozenset({"invalid tags"}))


def merged_tags(defaults: Any, own: Any) -> Any:
    """A resource's tags over its provider's ``default_tags``; unknown when either is."""
    for value, other in ((defaults, own), (own, defaults)):
        if isinstance(value, Choice):
            arms = (value.if_true, value.if_false)
            pairs = [(arm, other) if value is defaults else (other, arm) for arm in arms]
            return choose(value.condition, *(merged_tags(*pair) for pair in pairs))
    if isinstance(defaults, dict) and isinstance(own, dict):
        return {**defaults, **own}
    return Unknown(reasons([defaults, own]))


def collected(items: Any) -> Any:
    """A list value with the ABSENT elements left out; unknown elements make it open."""
    because: frozenset[str] = frozenset()
    listed = items.items if isinstance(items, OpenList) else items
    if isinstance(items, OpenList):
        because = items.because
    kept = []
    for item in listed:
        if isinstance(item, Unknown):
            because |= item.because
        elif item is not ABSENT:
            kept.append(item)
    return OpenList(tuple(kept), because) if because else tuple(kept)
