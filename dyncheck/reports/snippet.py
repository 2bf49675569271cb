"""A source line with a caret under the columns that matter, as a terminal shows it."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import Final

import msgspec

from dyncheck.location import Span
from dyncheck.reports.wording import visible

TAB: Final = 4
"""Columns between tab stops."""

_ELLIPSIS: Final = "…"
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class Snippet(msgspec.Struct, frozen=True):
    """A line of source as shown, and the line of carets below it."""

    text: str
    carets: str


def lines_of(source: str) -> list[str]:
    """The lines of a file without their ends; only CR, LF and CRLF end a line."""
    return _LINE_END.split(source)


def snippet(lines: list[str], span: Span, width: int) -> Snippet | None:
    """The first line of a span, cut to ``width`` terminal columns around its start; None when there is no such line."""
    if not 1 <= span.line <= len(lines):
        return None
    whole = lines[span.line - 1].rstrip()
    start = min(span.column - 1, len(whole))
    end = min(span.end_column - 1, len(whole)) if span.end_line == span.line else len(whole)
    # Only the neighbourhood of the mark is measured, for a line may be as long as a file.
    left, right = max(start - width, 0), start + width
    cells = _cells(whole[left:right])
    columns = [0, *accumulate(size for _, size in cells)]
    start, end = start - left, min(max(end, start), right) - left
    is_cut = left > 0 or right < len(whole)
    first, last = _window(columns, start, end, width, is_cut)
    before = _ELLIPSIS if left + first > 0 else ""
    after = _ELLIPSIS if left + last < len(whole) else ""
    text = before + "".join(shown for shown, _ in cells[first:last]) + after
    marks = columns[max(min(end, last), start)] - columns[start]
    return Snippet(text, " " * (len(before) + columns[start] - columns[first]) + "^" * max(marks, 1))


def _cells(text: str) -> list[tuple[str, int]]:
    """What is shown for each character, and how many columns that takes."""
    cells = []
    column = 0
    for character in text:
        shown = " " * (TAB - column % TAB) if character == "\t" else visible(character)
        size = len(shown) if len(shown) != 1 or character.isascii() else _width(character)
        cells.append((shown, size))
        column += size
    return cells


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _window(columns: list[int], start: int, end: int, width: int, is_cut: bool) -> tuple[int, int]:
    """The characters [first, last) to show: all, or those around the marked ones, with room for two ellipses."""
    size = len(columns) - 1
    if not is_cut and columns[size] <= width:
        return 0, size
    room = max(width - 2, 1)
    marked = min(columns[end] - columns[start], room)
    lead = max((room - marked) // 2, room - (columns[size] - columns[start]))
    first = next(position for position in range(size + 1) if columns[position] >= columns[start] - lead)
    last = max(position for position in range(first, size + 1) if columns[position] - columns[first] <= room)
    return first, last
