"""Suppressions in Terraform's JSON syntax, in the properties ``"//"`` that Terraform ignores.

They may stand in the body of a block and at the root of the file; in an object that is the value of an argument they
are data (https://developer.hashicorp.com/terraform/language/syntax/json#comment-properties).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dyncheck.location import Span
from dyncheck.model import Problem
from dyncheck.parsers.terraform.hcl.json_nodes import JsonArray, JsonNode, JsonObject, JsonScalar, read_json
from dyncheck.parsers.terraform.hcl.scanner import Lines, Malformed
from dyncheck.parsers.terraform.json_syntax import COMMENT_KEY, JsonBlock, nested_blocks, top_level
from dyncheck.suppress.covers import MAX_IN_FILE, Cover, Found, Placed, too_many
from dyncheck.suppress.directives import MARKER, Form, Mistake, read_comment

_OWN: Final[frozenset[Form]] = frozenset({"dyncheck"})

_Headers = tuple[tuple[int, int], ...]


def read_tfjson(text: str, path: str) -> Found:
    """The suppressions of a file; none where it cannot be read."""
    reader = _Reader(text, path)
    try:
        for node, cover in reader.remarks(read_json(text)):
            if not reader.collect(node, cover):
                break
    except Malformed:
        # Said by whoever reads the file for its resources.
        pass
    return reader.found


class _Reader:
    """One file, and what is found in it."""

    def __init__(self, text: str, path: str) -> None:
        self._lines = Lines(text, 1)
        self.found = Found([], [])
        self._text = text
        self._path = path

    def remarks(self, root: JsonNode) -> Iterator[tuple[JsonScalar, Cover]]:
        """Every text of a property ``"//"``, with what it speaks of. Raises :class:`Malformed`."""
        for part in root.items if isinstance(root, JsonArray) else (root,):
            yield from _texts(part, Cover(whole=True))
        for block in top_level(root, self._lines):
            yield from self._in_block(block)

    def collect(self, node: JsonScalar, cover: Cover) -> bool:
        """Take in what one text asks for; False once there is too much."""
        comment = str(node.value)
        # Escapes make a text longer than what it stands for: then the whole of it is the place.
        verbatim = self._text[node.start + 1 : node.end - 1] == comment
        inside = node.start + 1
        for item in read_comment(comment, _OWN):
            if isinstance(item, Mistake):
                line, column = self._lines.at(inside + item.at if verbatim else node.start)
                self.found.problems.append(Problem(self._path, line, column, item.message))
                continue
            if len(self.found.placed) >= MAX_IN_FILE:
                self.found.problems.append(too_many(self._path, self._lines.at(node.start)[0]))
                return False
            start, end = (inside + item.start, inside + item.end) if verbatim else (node.start, node.end)
            self.found.placed.append(Placed(item, self._span(start, end), cover, f"{MARKER}[{item.rule}]"))
        return True

    def _in_block(self, block: JsonBlock) -> Iterator[tuple[JsonScalar, Cover]]:
        around: _Headers = ()
        pending = [(block.type, block.key, block.body, around)]
        while pending:
            kind, key, body, headers = pending.pop()
            yield from _texts(body, Cover(body=self._span(key.start, body.end), headers=headers))
            inside = (*headers, self._lines.at(key.start))
            pending += [(*nested, inside) for nested in nested_blocks(block.type, kind, body)]

    def _span(self, start: int, end: int) -> Span:
        return Span(self._path, *self._lines.position(start, end))


def _texts(node: JsonNode, cover: Cover) -> Iterator[tuple[JsonScalar, Cover]]:
    """The texts of an object's own properties ``"//"``: strings, and the strings of arrays."""
    for member in node.members if isinstance(node, JsonObject) else ():
        if member.key == COMMENT_KEY:
            values = member.value.items if isinstance(member.value, JsonArray) else (member.value,)
            yield from ((value, cover) for value in values if isinstance(value, JsonScalar))
