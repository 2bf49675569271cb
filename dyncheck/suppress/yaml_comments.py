"""Suppressions in the comments of YAML templates."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from dyncheck.location import Span
from dyncheck.model import Problem
from dyncheck.suppress.covers import MAX_IN_FILE, Cover, Found, Placed, too_many
from dyncheck.suppress.directives import MARKER, MARKERS, Form, Mistake, read_comment

_MAX_DEPTH: Final = 250


class _Stretch(msgspec.Struct):
    """A key with its value, or an element of a list, by its lines; ``column``: where it begins; ``around``: another."""

    first: int
    column: int
    last: int
    around: _Stretch | None = None


class _Collection(msgspec.Struct):
    """A mapping or list that is open: its latest stretch, whether a key comes next, and the last line with content."""

    mapping: bool
    stretch: _Stretch | None = None
    key_next: bool = True
    last: int = 0


class _Structure:
    """The keys and elements of a YAML text with their lines, and the places of its scalars, in order.

    It ends where the text stops being YAML. Lines and columns count from 1.
    """

    def __init__(self, text: str) -> None:
        import yaml

        self.stretches: list[_Stretch] = []
        self.scalars: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self._open: list[_Collection] = []
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        with suppress(yaml.YAMLError):
            self._read(yaml.parse(text, Loader=loader), yaml)
        while self._open:
            self._close()

    def _read(self, events: Iterator[Any], yaml: Any) -> None:
        starts, ends = (yaml.MappingStartEvent, yaml.SequenceStartEvent), (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        for event in events:
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if isinstance(event, (*starts, yaml.ScalarEvent, yaml.AliasEvent)):
                self._begin(line, column)
            if isinstance(event, yaml.ScalarEvent):
                end_line, end_column = event.end_mark.line + 1, event.end_mark.column + 1
                self.scalars.append(((line, column), (end_line, end_column)))
                # A block of text ends where the next line begins.
                self._reach(end_line if end_column > 1 else max(end_line - 1, line))
            elif isinstance(event, starts):
                if len(self._open) >= _MAX_DEPTH:
                    return
                self._open.append(_Collection(isinstance(event, yaml.MappingStartEvent)))
            elif isinstance(event, ends):
                # A collection in brackets ends with its bracket; any other has no end of its own.
                if event.end_mark.index > event.start_mark.index:
                    self._reach(line)
                self._close()

    def _begin(self, line: int, column: int) -> None:
        """A node begins: a key or an element opens a stretch of its own; a value belongs to its key's."""
        if not self._open:
            return
        holder = self._open[-1]
        if holder.key_next or not holder.mapping:
            around = self._open[-2].stretch if len(self._open) > 1 else None
            holder.stretch = _Stretch(line, column, line, around)
            self.stretches.append(holder.stretch)
        holder.key_next = not holder.key_next
        self._reach(line)

    def _reach(self, line: int) -> None:
        """The innermost open collection goes on to a line, at least."""
        if self._open:
            holder = self._open[-1]
            holder.last = max(holder.last, line)
            if holder.stretch is not None:
                holder.stretch.last = max(holder.stretch.last, line)

    def _close(self) -> None:
        """The innermost collection ends; what is around it reaches as far as it did."""
        self._reach(self._open.pop().last)

    def is_text(self, line: int, column: int) -> bool:
        """Whether a place is part of a scalar."""
        number = bisect_right(self.scalars, (line, column), key=lambda scalar: scalar[0]) - 1
        return number >= 0 and (line, column) < self.scalars[number][1]


def read_yaml_comments(text: str, path: str, forms: frozenset[Form]) -> Found:
    """The suppressions in the comments of a text."""
    page = _Page(text)
    found = Found([], [])
    markers = [marker for form in ("dyncheck", *sorted(forms)) for marker in MARKERS.get(form, ())]
    for line, written in enumerate(page.lines, start=1):
        start = page.comment(line) if any(marker in written for marker in markers) else None
        if start is None:
            continue
        for item in read_comment(written[start:], forms):
            if isinstance(item, Mistake):
                found.problems.append(Problem(path, line, start + item.at + 1, item.message))
                continue
            if len(found.placed) >= MAX_IN_FILE:
                found.problems.append(too_many(path, line))
                return found
            span = Span(path, line, start + item.start + 1, line, start + item.end + 1)
            cover = page.cover(line, start + 1, around=item.form == "dyncheck", outermost=item.form == "checkov")
            found.placed.append(Placed(item, span, cover, f"{MARKER}[{item.rule}]"))
    return found


class _Page:
    """A text by lines, with its structure."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self._structure = _Structure(text)
        self._subjects = _subjects(self.lines)
        self._first: dict[int, _Stretch] = {}
        for stretch in self._structure.stretches:
            self._first.setdefault(stretch.first, stretch)

    def comment(self, line: int) -> int | None:
        """Where on a line a comment begins, counted from 0; None where none does."""
        written = self.lines[line - 1]
        at = written.find("#")
        while at >= 0:
            if (at == 0 or written[at - 1] in " \t") and not self._structure.is_text(line, at + 1):
                return at
            at = written.find("#", at + 1)
        return None

    def cover(self, line: int, column: int, *, around: bool, outermost: bool) -> Cover:
        """What a comment speaks of. ``around``: also what stands at the keys that it is under."""
        subject = self._subject(line, column)
        stretch = self._first.get(subject) if subject is not None else None
        block = (stretch.first, stretch.last) if stretch is not None else None
        above = self._above(line, column) if around or outermost else []
        headers = tuple(dict.fromkeys(stretch.first for stretch in above)) if around else ()
        if outermost:
            # The resource: of what lies under one key of a section.
            resource = above[1] if len(above) > 1 else None
            return Cover(block=(resource.first, resource.last) if resource is not None else None)
        return Cover(line=subject, block=block, around=headers)

    def _above(self, line: int, column: int) -> list[_Stretch]:
        """The keys and elements that a comment stands under, outermost first.

        After the last line of one, a comment still stands under it if it is indented more.
        """
        stretches = self._structure.stretches
        number = bisect_left(stretches, line, key=lambda stretch: stretch.first) - 1
        stretch = stretches[number] if number >= 0 else None
        found = []
        while stretch is not None:
            if line <= stretch.last or column > stretch.column:
                found.append(stretch)
            stretch = stretch.around
        return found[::-1]

    def _subject(self, line: int, column: int) -> int | None:
        """The line of content that a comment stands on, or that follows it and other comments directly.

        A comment that is indented more than what follows belongs to what is before.
        """
        subject = self._subjects[line]
        if subject is None or subject == line:
            return subject
        written = self.lines[subject - 1]
        return subject if column <= len(written) - len(written.lstrip()) + 1 else None


def _subjects(lines: Sequence[str]) -> list[int | None]:
    """For each line, by number, the line of content that a comment on it speaks of."""
    found: list[int | None] = [None] * (len(lines) + 2)
    for number in range(len(lines), 0, -1):
        written = lines[number - 1].lstrip()
        if written:
            found[number] = found[number + 1] if written.startswith("#") else number
    return found
