"""Where things stand in files: spans, and locations with their related places."""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True, order=True):
    """A stretch of a file. Lines and columns count from 1, columns in code points; the end column is exclusive.

    ``path`` is a POSIX path relative to the root of the scan (the repository root).
    """

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1


class Related(msgspec.Struct, frozen=True, order=True):
    """A second place that explains the first, such as the module call that made a resource."""

    span: Span
    message: str


class Location(msgspec.Struct, frozen=True, order=True):
    """The primary span, and the places that belong to it, innermost module call first."""

    span: Span
    related: tuple[Related, ...] = ()
