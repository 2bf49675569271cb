"""The model of a resource as plain data for people: nested texts in AWS's own terms, what is not known with its reason.

What was left out and has no default is left out here, too; so are parts that are all defaults, but for their first
field, which says whether they are there (``enabled``, ``kind``).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec

from dyncheck.model import AttributeDefinition, KeyElement, Table
from dyncheck.parsers.secrets import secret_attributes
from dyncheck.reports.wording import visible
from dyncheck.values import ABSENT, Choice, OpenList, Unknown

Node = str | list[Any] | dict[str, Any]
"""A text, a list of nodes, or nodes by their labels."""

_ELSEWHERE: Final = frozenset(
    {
        *("locations", "address", "stack", "source", "presence", "name", "region", "account", "status", "cost"),
        *("billing_mode_written", "home_among_replicas"),
    }
)
"""What reports show of every resource anyway; places, which findings have; and how the model came about."""

_MAX_ITEMS: Final = 200
"""Elements of a list, or labels, beyond which the number of the others is said."""


def model_view(resource: msgspec.Struct) -> dict[str, Node]:
    """Everything that is known of a resource, by label."""
    found = {}
    for name in resource.__struct_fields__:
        if name not in _ELSEWHERE:
            node = _node(getattr(resource, name), top=True)
            if node:
                found[_label(name)] = node
    return found


def _node(value: Any, *, top: bool = False) -> Node:
    """A value; empty where there is nothing to say."""
    if value is None:
        return ""
    if value is ABSENT:
        return "left out"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, int | float):
        return f"{value:,}"
    if isinstance(value, Unknown):
        return "unknown, because of " + visible(", ".join(sorted(value.because)))
    if isinstance(value, Choice):
        return _choice(value)
    if isinstance(value, OpenList):
        rest = "and what else depends on " + visible(", ".join(sorted(value.because)))
        return [*_items(value.items), rest]
    if isinstance(value, dict):
        return _mapping(value)
    if isinstance(value, tuple | list):
        return _items(value)
    if isinstance(value, KeyElement | AttributeDefinition):
        kind = value.key_type if isinstance(value, KeyElement) else value.attribute_type
        return f"{_node(value.attribute_name)} ({_node(kind)})"
    return model_view(value) if isinstance(value, Table) else dict(_fields(value, top=top))


def _choice(value: Choice) -> Node:
    """Both arms, each with its condition; on one line where both are short."""
    condition = visible(value.condition.text)
    arms = _node(value.if_true, top=True) or "nothing", _node(value.if_false, top=True) or "nothing"
    if isinstance(arms[0], str) and isinstance(arms[1], str):
        return f"{arms[0]} when {condition}, else {arms[1]}"
    return {f"when {condition}": arms[0], "otherwise": arms[1]}


def _items(values: tuple[Any, ...] | list[Any]) -> list[Any]:
    shown = [_node(value, top=True) or "nothing" for value in values[:_MAX_ITEMS]]
    return [*shown, *_more(len(values))]


def _mapping(values: dict[str, Any]) -> dict[str, Any]:
    """Values by name, such as tags. A value that looks like a secret is not shown."""
    shown = {
        visible(name): "(looks like a secret, not shown)" if _is_secret(name, value) else _node(value) or "nothing"
        for name, value in list(values.items())[:_MAX_ITEMS]
    }
    return shown | dict.fromkeys(_more(len(values)), "")


def _more(number: int) -> list[str]:
    return [f"and {number - _MAX_ITEMS:,} more"] if number > _MAX_ITEMS else []


def _is_secret(name: str, value: Any) -> bool:
    return isinstance(value, str) and bool(secret_attributes({name: {"S": value}}))


def _fields(value: msgspec.Struct, *, top: bool) -> Iterator[tuple[str, Node]]:
    """The fields of a part that differ from their defaults; of one that stands by itself (``top``), the first too."""
    for number, (name, default) in enumerate(_defaults(type(value))):
        content = getattr(value, name)
        if content == default and not (top and number == 0):
            continue
        node = _node(content)
        if node:
            yield _label(name), node


@cache
def _defaults(kind: type[msgspec.Struct]) -> list[tuple[str, Any]]:
    """The names of the fields of a struct, places apart, with their defaults."""
    fields = msgspec.structs.fields(kind)
    return [
        (item.name, item.default_factory() if item.default_factory is not msgspec.NODEFAULT else item.default)
        for item in fields
        if item.name != "locations"
    ]


def _label(name: str) -> str:
    return name.replace("_", " ")
