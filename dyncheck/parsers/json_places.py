"""Places in a JSON document: the members of one object, found when they are asked for."""

from __future__ import annotations

import re
from bisect import bisect_left

from dyncheck.location import Location, Span
from dyncheck.parsers.json_stream import JsonStream, Position

Step = str | int

_NEWLINE = re.compile(rb"\n")


class _Stretch:
    """A stretch of a document that begins at a position."""

    def __init__(self, path: str, text: bytes, start: Position) -> None:
        self.text = text
        self._path = path
        self._start = start
        self._ascii = text.isascii()
        self._newlines: list[int] | None = None

    def location(self, begin: int, end: int) -> Location:
        """The place between two offsets."""
        return Location(Span(self._path, *self._position(begin), *self._position(end)))

    def _position(self, offset: int) -> tuple[int, int]:
        if self._newlines is None:
            self._newlines = [match.start() for match in _NEWLINE.finditer(self.text)]
        passed = bisect_left(self._newlines, offset)
        start = self._newlines[passed - 1] + 1 if passed else 0
        column = 1 if passed else self._start.column
        width = offset - start
        if not self._ascii:
            width = len(self.text[start:offset].decode("utf-8", "replace"))
        return self._start.line + passed, column + width


class Places:
    """An object or list of a document. What was found once is remembered until it is to be forgotten."""

    def __init__(self, stretch: _Stretch, at: int = 0) -> None:
        self._stretch = stretch
        self._at = at
        self._found: dict[Step, tuple[int, int, int]] | None = None
        self._inner: dict[Step, Places] = {}

    @classmethod
    def of(cls, path: str, text: bytes, start: Position) -> Places:
        """Those of a value whose text begins at a position."""
        return cls(_Stretch(path, text, start))

    def forget(self) -> None:
        """Give the memory for what was found back."""
        self._found = None
        self._inner = {}

    def inside(self, *steps: Step) -> Places | None:
        """The object or list at a path below this one; None where there is none."""
        at = self
        for step in steps:
            inner = at._inner.get(step)
            if inner is None:
                member = at._members().get(step)
                if member is None:
                    return None
                inner = at._inner[step] = Places(self._stretch, member[1])
            at = inner
        return at

    def place(self, *steps: Step) -> Location | None:
        """Where the member at a path is written: a key with its plain value, a key, or the brace of an object."""
        holder = self.inside(*steps[:-1])
        member = holder._members().get(steps[-1]) if holder is not None else None
        return None if member is None else self._stretch.location(member[0], member[2])

    def _members(self) -> dict[Step, tuple[int, int, int]]:
        """Where each member begins, its value begins, and what is to be shown of it ends."""
        if self._found is None:
            self._found = dict(self._look())
        return self._found

    def _look(self) -> list[tuple[Step, tuple[int, int, int]]]:
        stream = JsonStream.of_text(self._stretch.text, self._at)
        found: list[tuple[Step, tuple[int, int, int]]] = []
        if stream.peek() == b"{":
            for key in stream.members():
                begin, after_colon = stream.key_offset, stream.offset()
                is_plain = stream.peek() not in b"[{"
                value = stream.offset()
                stream.skip()
                found.append((key, (begin, value, stream.offset() if is_plain else after_colon - 1)))
        elif stream.peek() == b"[":
            for index, _ in enumerate(stream.items()):
                stream.peek()
                value = stream.offset()
                stream.skip()
                found.append((index, (value, value, value + 1)))
        return found
