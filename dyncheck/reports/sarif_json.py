"""From sarif-om's objects to JSON.

The serializer that usually goes with sarif-om leaves out every property that equals its default, and so turns a result
of level ``warning`` under a rule of level ``error`` into an error. Here only what is not set is left out.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import attr

from dyncheck.reports.wording import encodable

SCHEMA_URI: Final = "https://json.schemastore.org/sarif-2.1.0.json"

_RENAMED: Final = {("Suppression", "state"): "status"}
"""Where sarif-om has a name of a draft and SARIF 2.1.0 another."""


def to_json(log: Any) -> str:
    """A SarifLog as indented JSON, ``$schema`` and ``version`` first."""
    data = {"$schema": SCHEMA_URI, "version": "2.1.0", **to_data(log)}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_data(value: Any) -> Any:
    """Any of sarif-om's objects as plain data."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [to_data(item) for item in value]
    if isinstance(value, dict):
        return {key: to_data(item) for key, item in value.items() if item is not None}
    kind: type[Any] = type(value)
    if not attr.has(kind):
        return value
    return {
        key: to_data(item)
        for name, key, default in _properties(kind)
        if (item := getattr(value, name)) is not None and not _is_unset_number(item, default)
    }


@cache
def _properties(kind: type[Any]) -> tuple[tuple[str, str, Any], ...]:
    """The attributes of a class: their name, their name in SARIF, and their default."""
    return tuple(
        (
            field.name,
            _RENAMED.get((kind.__name__, field.name), field.metadata["schema_property_name"]),
            field.default,
        )
        for field in attr.fields(kind)
    )


def _is_unset_number(value: Any, default: Any) -> bool:
    """Whether a number is sarif-om's -1 for "not set"."""
    return bool(value == -1 and default == -1)
