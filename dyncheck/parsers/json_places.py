"""Places in a JSON document: the members of one object, found when they are asked for."""

from __future__ import annotations

from functools import cached_property

from dyncheck.location import Location, Span
from dyncheck.parsers.json_stream import JsonStream, Position

Step = str | int


class Places:
    """An object or list in a stretch of a document: ``text`` begins at ``start``, the object at ``at`` in it."""

    def __init__(self, path: str, text: bytes, start: Position, at: int = 0) -> None:
        self._path = path
        self._text = text
        self._start = start
        self._at = at

    @cached_property
    def _members(self) -> dict[Step, tuple[int, int, int]]:
        """Where each member begins, its value begins, and what is to be shown of it ends."""
        stream = JsonStream.of_text(self._text, self._at)
        found: dict[Step, tuple[int, int, int]] = {}
        if stream.peek() == b"{":
            for key in stream.members():
                begin, after_colon = stream.key_offset, stream.offset()
                is_plain = stream.peek() not in b"[{"
                value = stream.offset()
                stream.skip()
                found[key] = (begin, value, stream.offset() if is_plain else after_colon - 1)
        elif stream.peek() == b"[":
            for index, _ in enumerate(stream.items()):
                stream.peek()
                value = stream.offset()
                stream.skip()
                found[index] = (value, value, value + 1)
        return found

    def inside(self, *steps: Step) -> Places | None:
        """The object or list at a path below this one; None where there is none."""
        at: Places | None = self
        for step in steps:
            member = at._members.get(step) if at is not None else None
            at = Places(self._path, self._text, self._start, member[1]) if member is not None else None
        return at

    def place(self, *steps: Step) -> Location | None:
        """Where the member at a path is written: a key with its plain value, a key, or the brace of an object."""
        holder = self.inside(*steps[:-1])
        member = holder._members.get(steps[-1]) if holder is not None else None
        return None if member is None else self._location(member[0], member[2])

    def _location(self, begin: int, end: int) -> Location:
        first = self._start.after(self._text[:begin])
        last = first.after(self._text[begin:end])
        return Location(Span(self._path, first.line, first.column, last.line, last.column))
