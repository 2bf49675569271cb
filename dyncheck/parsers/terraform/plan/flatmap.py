"""Flat attributes of old states: ``attribute.#`` = "2", ``attribute.123.name`` = "pk", ``tags.%`` = "1"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def unflatten(flat: Mapping[str, str]) -> dict[str, Any]:
    """The nested values of flat attributes; every leaf stays a string, as old states keep them."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        parts = key.split(".")
        node = tree
        for part in parts[:-1]:
            child = node.setdefault(part, {})
            if not isinstance(child, dict):
                child = node[part] = {}
            node = child
        if not isinstance(node.get(parts[-1]), dict):
            node[parts[-1]] = value
    shaped = _shaped(tree)
    return shaped if isinstance(shaped, dict) else {}


def _shaped(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if "#" in node:
        return [_shaped(node[key]) for key in sorted(node, key=_element_order) if key != "#"]
    return {key: _shaped(child) for key, child in node.items() if key != "%"}


def _element_order(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isdigit() else (0, key)
