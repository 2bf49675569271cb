"""The tree of a template before anything is resolved: scalars, sequences and mappings, each with its place.

YAML and JSON give the same tree. Children are made on first use, for of a large template only the resources around
DynamoDB are ever looked into. Short tags stand as their long forms: ``!Sub x`` is ``{"Fn::Sub": "x"}``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Union

import msgspec

Scalar = Union[str, int, float, bool, None]

MAX_DEPTH: Final = 200
"""Deeper nesting is refused. CloudFormation's own templates stay under 20."""


class Place(NamedTuple):
    """Lines and columns from 1, columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class ScalarNode(msgspec.Struct, frozen=True):
    """A scalar. Numbers of YAML stay text, as CloudFormation treats them."""

    value: Scalar
    place: Place


class ForeignNode(msgspec.Struct, frozen=True):
    """A value under a tag that CloudFormation does not know."""

    tag: str
    place: Place


class SequenceNode:
    """A sequence; ``items`` are made on first use."""

    __slots__ = ("_items", "_load", "place")

    def __init__(self, place: Place, load: Callable[[], tuple[Node, ...]]) -> None:
        self.place = place
        self._load = load
        self._items: tuple[Node, ...] | None = None

    @property
    def items(self) -> tuple[Node, ...]:
        """The elements in order."""
        if self._items is None:
            self._items = self._load()
        return self._items


class MappingNode:
    """A mapping; ``entries`` are made on first use. ``inline``: a tagged scalar, so its place is all of it."""

    __slots__ = ("_entries", "_load", "inline", "place")

    def __init__(self, place: Place, load: Callable[[], dict[str, Entry]], *, inline: bool = False) -> None:
        self.place = place
        self.inline = inline
        self._load = load
        self._entries: dict[str, Entry] | None = None

    @property
    def entries(self) -> dict[str, Entry]:
        """The entries in order, by key."""
        if self._entries is None:
            self._entries = self._load()
        return self._entries

    def get(self, *keys: str) -> Node | None:
        """The node under a path of keys, None where one is missing or not a mapping."""
        node: Node | None = self
        for key in keys:
            entry = node.entries.get(key) if isinstance(node, MappingNode) else None
            if entry is None:
                return None
            node = entry.node
        return node


Node = Union[ScalarNode, ForeignNode, SequenceNode, MappingNode]


class Entry(msgspec.Struct, frozen=True):
    """A key with its place, and its value."""

    key: Place
    node: Node

    @property
    def place(self) -> Place:
        """From the key to the end of a scalar; of a mapping or sequence, the key alone."""
        node = self.node
        if isinstance(node, (SequenceNode, MappingNode)) and not getattr(node, "inline", False):
            return self.key
        end = node.place
        if end.end_line == end.line:
            return Place(self.key.line, self.key.column, end.end_line, end.end_column)
        return self.key


def mapping_of(entries: dict[str, Entry], place: Place, *, inline: bool = False) -> MappingNode:
    """A mapping of entries at hand."""
    return MappingNode(place, lambda: entries, inline=inline)


def single(key: str, node: Node, *, inline: bool = False) -> MappingNode:
    """The long form of a tagged value."""
    return mapping_of({key: Entry(node.place, node)}, node.place, inline=inline)


def text_of(node: Node | None) -> str | None:
    """The text of a string scalar, None for anything else."""
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None


def call_of(node: Node | None) -> tuple[str, Node] | None:
    """The function and argument where a mapping is an intrinsic call, else None."""
    if isinstance(node, MappingNode) and len(node.entries) == 1:
        name, entry = next(iter(node.entries.items()))
        if name == "Ref" or (name.startswith("Fn::") and not name.startswith("Fn::ForEach::")):
            return name, entry.node
    return None
