"""YAML files with the place of every part, read as data only.

Aliases, tags, several documents in one file and deep nesting are refused, so that a hostile file can neither make
objects nor grow. Scalars without quotes are read as YAML 1.2's core schema has it: ``yes`` and ``2026-01-01`` are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn, Union
from typing import Literal as OneOf

import msgspec

from dyncheck.errors import RuleError
from dyncheck.policy.limits import MAX_FILE_BYTES, MAX_YAML_DEPTH

Style = OneOf["plain", "single", "double", "literal", "folded"]
PathStep = Union[str, int]

_STYLES: Final[dict[str, Style]] = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_LINE_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_DOUBLE_ESCAPE: Final = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|.", re.DOTALL)


class Scalar(msgspec.Struct):
    """A scalar: ``text`` as YAML reads it. Lines and columns count from 1."""

    text: str
    style: Style
    line: int
    column: int
    end_line: int

    def plain(self) -> Any:
        """The value: unquoted scalars may be null, booleans and numbers."""
        if self.style != "plain":
            return self.text
        if self.text in _CONSTANTS:
            return _CONSTANTS[self.text]
        if _INTEGER.fullmatch(self.text):
            return int(self.text)
        return float(self.text) if _NUMBER.fullmatch(self.text) else self.text


class Items(msgspec.Struct):
    """A list."""

    items: list[Node]
    line: int
    column: int

    def plain(self) -> list[Any]:
        """The list as data."""
        return [item.plain() for item in self.items]


class Fields(msgspec.Struct):
    """A mapping; ``keys`` holds the keys' own scalars."""

    keys: dict[str, Scalar]
    values: dict[str, Node]
    line: int
    column: int

    def plain(self) -> dict[str, Any]:
        """The mapping as data."""
        return {key: value.plain() for key, value in self.values.items()}


Node = Union[Scalar, Items, Fields]


class Document(msgspec.Struct):
    """A YAML file. ``path`` is what errors name it."""

    path: str
    lines: list[str]
    root: Node

    def find(self, steps: tuple[PathStep, ...]) -> Node | None:
        """The node at a path of keys and indexes."""
        node: Node | None = self.root
        for step in steps:
            if isinstance(node, Fields) and isinstance(step, str):
                node = node.values.get(step)
            elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
            else:
                return None
        return node

    def error(self, message: str, steps: tuple[PathStep, ...] = (), *, key: str | None = None) -> RuleError:
        """An error at a node (or the nearest around it), or at a key of the mapping there."""
        line, column = self.at(steps, key=key)
        return RuleError(message, path=self.path, line=line, column=column)

    def at(self, steps: tuple[PathStep, ...], *, key: str | None = None) -> tuple[int, int]:
        """The line and column of a node (or the nearest around it), or of a key of the mapping there."""
        node = self.find(steps)
        while node is None:
            steps = steps[:-1]
            node = self.find(steps)
        place: Node = node
        if key is not None and isinstance(node, Fields) and key in node.keys:
            place = node.keys[key]
        return place.line, place.column

    def place(self, scalar: Scalar, offset: int) -> tuple[int, int]:
        """The line and column in the file of an offset in a scalar's text; the scalar's own where it is folded."""
        if scalar.style == "literal":
            return self._place_in_block(scalar, offset)
        if scalar.style == "folded" or scalar.line != scalar.end_line:
            return scalar.line, scalar.column
        if scalar.style == "plain":
            return scalar.line, scalar.column + offset
        written = self.lines[scalar.line - 1][scalar.column :]
        pieces = re.finditer(r"''|.", written) if scalar.style == "single" else _DOUBLE_ESCAPE.finditer(written)
        for count, piece in enumerate(pieces):
            if count == offset:
                return scalar.line, scalar.column + 1 + piece.start()
        return scalar.line, scalar.column

    def _place_in_block(self, scalar: Scalar, offset: int) -> tuple[int, int]:
        before = scalar.text[:offset]
        row = before.count("\n")
        column = offset - (before.rfind("\n") + 1)
        number = scalar.line + row
        text_line = scalar.text.split("\n")[row]
        file_line = self.lines[number] if number < len(self.lines) else ""
        return number + 1, max(len(file_line) - len(text_line), 0) + column + 1


def read_document(text: str, path: str) -> Document:
    """Read a file's text. Raises RuleError at the place of what cannot be read."""
    import yaml

    if len(text) > MAX_FILE_BYTES:
        raise RuleError(f"the file is larger than {MAX_FILE_BYTES // 1024} KiB", path=path)
    lines = _LINE_BREAK.split(text)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = _Builder(yaml.parse(text, Loader=loader), path).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark if error.problem_mark is not None else error.context_mark
        line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        raise RuleError(f"not YAML: {error.problem or error.context}", path=path, line=line, column=column) from None
    except yaml.reader.ReaderError as error:
        line, column = _position(text, error.position)
        raise RuleError(f"not YAML: {error.reason}", path=path, line=line, column=column) from None
    return Document(path, lines, root)


def _position(text: str, offset: int) -> tuple[int, int]:
    before = _LINE_BREAK.split(text[:offset])
    return len(before), len(before[-1]) + 1


class _Builder:
    """Builds nodes from YAML's events, which come from a parser that does not recurse."""

    def __init__(self, events: Iterator[Any], path: str) -> None:
        self._events = events
        self._path = path

    def document(self) -> Node:
        import yaml

        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise RuleError("the file is empty", path=self._path)
        root = self._node(next(self._events), 0)
        next(self._events)
        end = next(self._events)
        if not isinstance(end, yaml.StreamEndEvent):
            self._refuse("a second document in one file: one file holds one rule", end)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        import yaml

        if depth > MAX_YAML_DEPTH:
            self._refuse(f"nested more than {MAX_YAML_DEPTH} levels deep", event)
        if isinstance(event, yaml.AliasEvent):
            self._refuse("YAML aliases are not allowed: write the value out", event)
        if event.tag is not None:
            self._refuse("YAML tags are not allowed", event)
        if event.anchor is not None:
            self._refuse("YAML anchors are not allowed", event)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.ScalarEvent):
            end: Any = event.end_mark
            return Scalar(event.value, _STYLES.get(event.style or "", "plain"), line, column, end.line + 1)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(inner, depth + 1))
            return Items(items, line, column)
        fields = Fields({}, {}, line, column)
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            key = self._node(inner, depth + 1)
            if not isinstance(key, Scalar):
                self._refuse("a key must be text", inner)
            if key.text in fields.keys:
                self._refuse(f"{key.text}: the key is here twice", inner)
            fields.keys[key.text] = key
            fields.values[key.text] = self._node(next(self._events), depth + 1)
        return fields

    def _refuse(self, message: str, event: Any) -> NoReturn:
        mark = event.start_mark
        raise RuleError(message, path=self._path, line=mark.line + 1, column=mark.column + 1)
