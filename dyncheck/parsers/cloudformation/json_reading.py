"""JSON into nodes with places, at the speed of the standard library's C scanner.

Only one level is looked at at a time: the C scanner runs over each value to find its end, and a value's own children
are found when they are asked for.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from functools import partial
from json.decoder import JSONDecodeError
from typing import Any, Final

from dyncheck.errors import ParseError
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.nodes import MAX_DEPTH, Entry, MappingNode, Node, Place, ScalarNode, SequenceNode

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_COMMENT: Final = re.compile(r'("[^"\\\n]*(?:\\.[^"\\\n]*)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_BRACKET: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|([\[{])|[\]}]', re.DOTALL)


def read_json(text: str, document: Document) -> Node:
    """The root node of a JSON text; comments (``//`` and ``/* */``) are passed over. Raises ParseError."""
    try:
        return _Reader(text, document).root()
    except ParseError:
        if "//" not in text and "/*" not in text:
            raise
        return _Reader(_COMMENT.sub(_blanked, text), document).root()


def _blanked(match: re.Match[str]) -> str:
    """A comment as blanks, so that places stay right; a string as it is."""
    if match.group(1):
        return match.group()
    return re.sub(r"[^\n]", " ", match.group())


class _Reader:
    """One JSON text."""

    def __init__(self, text: str, document: Document) -> None:
        self._text = text
        self._document = document
        decoder: Any = json.JSONDecoder(strict=False)
        self._scan = decoder.scan_once
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def root(self) -> Node:
        start = self._blank(0)
        end = self._end(start)
        rest = self._blank(end)
        if rest < len(self._text):
            raise self._error(rest, "text after the end of the JSON value")
        return self._node(start, end)

    def _blank(self, offset: int) -> int:
        match = _BLANK.match(self._text, offset)
        return match.end() if match else offset

    def _end(self, start: int) -> int:
        """Where the value that starts here ends."""
        try:
            return int(self._scan(self._text, start)[1])
        except StopIteration as stop:
            raise self._error(int(stop.value), "a value was expected") from None
        except JSONDecodeError as error:
            message = error.msg.removesuffix(" starting at")
            raise self._error(error.pos, message[:1].lower() + message[1:]) from None
        except ValueError:
            raise self._error(start, "a number with too many digits") from None
        except RecursionError:
            raise self._error(self._too_deep(start), f"nested more than {MAX_DEPTH} levels deep") from None

    def _too_deep(self, start: int) -> int:
        depth = 0
        for match in _BRACKET.finditer(self._text, start):
            if match.group(1):
                depth += 1
                if depth > MAX_DEPTH:
                    return match.start()
            elif not match.group().startswith('"'):
                depth -= 1
        return start

    def _node(self, start: int, end: int) -> Node:
        place = self._place(start, end)
        first = self._text[start]
        if first == "{":
            return MappingNode(place, partial(self._entries, start))
        if first == "[":
            return SequenceNode(place, partial(self._items, start))
        value: Any = self._scan(self._text, start)[0]
        return ScalarNode(value, place)

    def _entries(self, start: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        offset = self._blank(start + 1)
        while self._text[offset] != "}":
            key, key_end = self._scan(self._text, offset)
            value = self._blank(self._blank(key_end) + 1)
            end = self._end(value)
            self._document.put(entries, key, Entry(self._place(offset, key_end), self._node(value, end)))
            offset = self._next(end)
        return entries

    def _items(self, start: int) -> tuple[Node, ...]:
        items: list[Node] = []
        offset = self._blank(start + 1)
        while self._text[offset] != "]":
            end = self._end(offset)
            items.append(self._node(offset, end))
            offset = self._next(end)
        return tuple(items)

    def _next(self, end: int) -> int:
        """The start of the next element, or the closing bracket; the text is known to be well-formed."""
        offset = self._blank(end)
        return self._blank(offset + 1) if self._text[offset] == "," else offset

    def _place(self, start: int, end: int) -> Place:
        line, column = self._position(start)
        return Place(line, column, *self._position(end))

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def _error(self, offset: int, message: str) -> ParseError:
        line, column = self._position(offset)
        return ParseError(message, path=self._document.path, line=line, column=column)
