"""Suppressions in the comments of Terraform files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from dyncheck.location import Span
from dyncheck.model import Problem
from dyncheck.parsers.terraform.hcl.scanner import (
    HEREDOC,
    MAX_BRACKETS,
    QUOTED,
    Lines,
    Malformed,
    skip_heredoc,
    skip_string,
)
from dyncheck.suppress.covers import MAX_IN_FILE, Cover, Found, Placed, too_many
from dyncheck.suppress.directives import MARKER, Form, Mistake, read_comment

_CODE: Final = re.compile(rf'(?:[^"{{}}#/<]++|{QUOTED}|/(?![/*])|<(?!<))*+')
_COMMENT: Final = re.compile(r"(?:#|//)[^\n]*+|/\*.*?(?:\*/|\Z)", re.DOTALL)
_NO_NEWLINE: Final = re.compile(r"[^\n]")


class _Comment(msgspec.Struct, frozen=True):
    """A comment, and the braces around it, outermost first. ``start``, ``end`` and the braces are offsets."""

    start: int
    end: int
    braces: tuple[int, ...]


class _Structure:
    """Where comments are and which braces belong together; what is malformed, and all behind it, is left out."""

    def __init__(self, text: str) -> None:
        self.comments: list[_Comment] = []
        self.closing: dict[int, int] = {}
        braces: list[int] = []
        position = 0
        try:
            while True:
                code = _CODE.match(text, position)
                position = code.end() if code else position
                sign = text[position : position + 1]
                if sign == "{":
                    braces.append(position)
                    position += 1
                elif sign == "}":
                    if braces:
                        self.closing[braces.pop()] = position
                    position += 1
                elif sign == '"':
                    position = skip_string(text, position + 1)
                elif sign == "<":
                    heredoc = HEREDOC.match(text, position)
                    position = skip_heredoc(text, heredoc)[1] if heredoc else position + 2
                elif comment := _COMMENT.match(text, position):
                    self.comments.append(_Comment(position, comment.end(), tuple(braces[-MAX_BRACKETS:])))
                    position = comment.end()
                else:
                    return
        except Malformed:
            return


def read_hcl(text: str, path: str, forms: frozenset[Form]) -> Found:
    """The suppressions in the comments of a text."""
    structure = _Structure(text)
    page = _Page(text, structure)
    found = Found([], [])
    for comment in structure.comments:
        for item in read_comment(text[comment.start : comment.end], forms):
            if isinstance(item, Mistake):
                line, column = page.at(comment.start + item.at)
                found.problems.append(Problem(path, line, column, item.message))
                continue
            line, column = page.at(comment.start + item.start)
            if len(found.placed) >= MAX_IN_FILE:
                found.problems.append(too_many(path, line))
                return found
            span = Span(path, line, column, line, column + item.end - item.start)
            inside = item.form == "checkov"
            cover = page.outermost(comment) if inside else page.cover(comment, around=item.form == "dyncheck")
            label = f"{MARKER}[{item.rule}]"
            found.placed.append(Placed(item, span, cover, label))
    return found


class _Page:
    """A text by lines: which hold code, which nothing but comments."""

    def __init__(self, text: str, structure: _Structure) -> None:
        self._structure = structure
        self._lines = Lines(text, 1)
        code = list(text)
        for comment in structure.comments:
            code[comment.start : comment.end] = _NO_NEWLINE.sub(" ", text[comment.start : comment.end])
        self._code = [bool(line.strip()) for line in "".join(code).split("\n")]
        self._subjects = _subjects(self._code, [bool(line.strip()) for line in text.split("\n")])
        self._first_brace: dict[int, int] = {}
        for brace in sorted(structure.closing):
            self._first_brace.setdefault(self.at(brace)[0], brace)

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        return self._lines.at(offset)

    def cover(self, comment: _Comment, *, around: bool) -> Cover:
        """What a comment speaks of. ``around``: also what stands at the headers of the blocks around it."""
        line = self._subject(comment)
        headers = tuple(dict.fromkeys(self.at(brace)[0] for brace in comment.braces)) if around else ()
        return Cover(line=line, block=self._block(line), around=headers)

    def outermost(self, comment: _Comment) -> Cover:
        """The top-level block that a comment stands in; nothing where it stands outside of all."""
        return Cover(block=self._block(self.at(comment.braces[0])[0])) if comment.braces else Cover()

    def _block(self, line: int | None) -> tuple[int, int] | None:
        brace = self._first_brace.get(line) if line is not None else None
        return None if brace is None or line is None else (line, self.at(self._structure.closing[brace])[0])

    def _subject(self, comment: _Comment) -> int | None:
        """The line of code that a comment stands on, or that follows it and other comments directly."""
        first, last = self.at(comment.start)[0], self.at(max(comment.end - 1, comment.start))[0]
        for line in (first, last):
            if self._code[line - 1]:
                return line
        return self._subjects[last + 1]


def _subjects(code: Sequence[bool], written: Sequence[bool]) -> list[int | None]:
    """For each line, by number: the line itself where it holds code, or that which follows it and other comments."""
    found: list[int | None] = [None] * (len(code) + 2)
    for number in range(len(code), 0, -1):
        if written[number - 1]:
            found[number] = number if code[number - 1] else found[number + 1]
    return found
