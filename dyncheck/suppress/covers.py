"""Where a suppression counts: lines, blocks, and the resource whose metadata it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from dyncheck.location import Location, Span
from dyncheck.model import Problem
from dyncheck.suppress.directives import Directive

MAX_IN_FILE: Final = 1_000
"""Suppressions of one file that are honoured: each is compared with the findings of its rule."""


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a file that a suppression speaks of. Lines count from 1.

    ``line``: the line that it stands on, or directly above. ``block``: the first and last line of the block or property
    that begins on that line. ``around``: the first lines of the blocks that it stands in. ``header``: line and column
    of the resource whose metadata it is. ``body``: the block that it is a property of; ``headers``: line and column of
    the blocks around that. ``whole``: the whole file.
    """

    line: int | None = None
    block: tuple[int, int] | None = None
    around: tuple[int, ...] = ()
    header: tuple[int, int] | None = None
    body: Span | None = None
    headers: tuple[tuple[int, int], ...] = ()
    whole: bool = False

    def holds(self, span: Span) -> bool:
        """Whether something that stands at a place of the file is covered."""
        if self.line is not None and span.line <= self.line <= span.end_line:
            return True
        return span.line in self.around or (span.line, span.column) in self.headers or self.holds_resource(span)

    def holds_resource(self, span: Span) -> bool:
        """Whether everything that is said of a resource is covered, given the place of its header."""
        return (
            self.whole
            or (self.block is not None and self.block[0] <= span.line <= self.block[1])
            or self.header == (span.line, span.column)
            or (self.body is not None and _begins_in(span, self.body))
        )


def _begins_in(span: Span, around: Span) -> bool:
    start = span.line, span.column
    return (around.line, around.column) <= start < (around.end_line, around.end_column)


class Placed(msgspec.Struct, frozen=True):
    """A suppression that stands in a file. ``span``: of the rule's name; ``label``: how reports call it."""

    directive: Directive
    span: Span
    cover: Cover
    label: str

    def covers(self, said: Iterable[Span], about: Iterable[Span]) -> bool:
        """Whether it speaks of a finding that stands at some places of its file, about a resource at others."""
        return any(map(self.cover.holds, said)) or any(map(self.cover.holds_resource, about))

    @property
    def stands_alone(self) -> bool:
        """Whether it stands at nothing and in nothing."""
        return self.cover == Cover()

    def touches(self, resource: Span) -> bool:
        """Whether it stands at, above or in a resource whose header, or whose module's call, is at a place."""
        return self.cover.holds(resource) or self.cover.holds_resource(resource)


class Found(msgspec.Struct):
    """The suppressions of one file, and the comments that are mistaken."""

    placed: list[Placed] = []
    problems: list[Problem] = []


def spans_of(location: Location | None) -> tuple[Span, ...]:
    """The places of a location: its own, and those of the calls that lead there."""
    return () if location is None else (location.span, *(place.span for place in location.related))


def too_many(path: str, line: int) -> Problem:
    """The problem of a file with more suppressions than are read."""
    return Problem(
        path, line, 1, f"more than {MAX_IN_FILE:,} suppressions in one file: those from here on are not read"
    )
