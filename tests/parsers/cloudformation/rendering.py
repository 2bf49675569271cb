"""Resources as plain data for golden files: what differs from the model's defaults, with every place."""

from __future__ import annotations

from typing import Any

import msgspec

from dyncheck.location import Location
from dyncheck.model import Problem
from dyncheck.values import ABSENT, Choice, OpenList, Unknown

_ALWAYS = ("address", "resource_type", "presence", "name", "billing_mode")


def rendered(item: Any) -> Any:
    """A resource or problem, or a part of one."""
    if isinstance(item, Problem):
        return f"{item.path}:{item.line}:{item.column}: {item.level}: {item.message}"
    if isinstance(item, Unknown):
        return {"unknown": sorted(item.because), **({"symbol": item.symbol} if item.symbol else {})}
    if isinstance(item, OpenList):
        return {"items": rendered(item.items), "and more because of": sorted(item.because)}
    if isinstance(item, Choice):
        return {"if": item.condition.text, "then": rendered(item.if_true), "else": rendered(item.if_false)}
    if item is ABSENT:
        return "ABSENT"
    if isinstance(item, Location):
        return _place(item)
    if isinstance(item, msgspec.Struct):
        return _fields(item)
    if isinstance(item, dict):
        return {key: rendered(item[key]) for key in sorted(item)}
    if isinstance(item, (tuple, list)):
        return [rendered(element) for element in item]
    return item


def _fields(item: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(item):
        value = getattr(item, field.name)
        if field.name in _ALWAYS or value != (
            field.default_factory() if callable(field.default_factory) else field.default
        ):
            found[field.name] = rendered(value)
    return found


def _place(location: Location) -> str:
    span = location.span
    text = f"{span.path}:{span.line}:{span.column}-{span.end_line}:{span.end_column}"
    return " ".join([text, *(f"[{related.message} {_place(Location(related.span))}]" for related in location.related)])
