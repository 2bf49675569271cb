"""One directory of Terraform files as a module: its blocks by type and label, override files merged into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, Union

import msgspec

from dyncheck.errors import ParseError
from dyncheck.location import Span
from dyncheck.model import Problem
from dyncheck.parsers.terraform.blocks import BlockHeader, BlockIndex, SyntaxIssue
from dyncheck.parsers.terraform.grammar import Grammar
from dyncheck.parsers.terraform.json_syntax import JsonBlock, index_json
from dyncheck.parsers.terraform.overrides import applies, is_override, merge
from dyncheck.parsers.terraform.syntax import Block, Position

_FRAGMENT: Final = 1 << 24
"""The lines of a merged block's n-th part are counted from n times this, so that each finds its way to its own file."""


class BlockRef(msgspec.Struct, frozen=True):
    """A block of a module: its type and labels, its file, its first line there (from 1), and its offset in the file."""

    type: str
    labels: tuple[str, ...]
    path: str
    line: int
    offset: int = 0


class Parser(Protocol):
    """Indexes files and parses blocks, the same text only once."""

    @property
    def grammar(self) -> Grammar:
        """What parses expressions."""
        ...

    def index(self, text: str) -> BlockIndex:
        """The block index of a text."""
        ...

    def block(self, text: str, first_line: int) -> Block:
        """The block that fills a text, its lines counted from ``first_line``. Raises ParseError."""
        ...

    def report(self, problem: Problem) -> None:
        """Keep a problem for the report."""
        ...


class _Written(msgspec.Struct, frozen=True):
    """A block as one file has it."""

    ref: BlockRef
    source: Union[str, JsonBlock]

    def parse(self, parser: Parser, first_line: int) -> Block:
        """The block, its lines counted from ``first_line``. Raises ParseError."""
        if isinstance(self.source, JsonBlock):
            return self.source.convert(parser.grammar, first_line)
        return parser.block(self.source, first_line)


class ModuleDirectory:
    """The blocks of one directory. ``path`` is relative to the root, "." for the root itself."""

    def __init__(self, path: str, files: Sequence[tuple[str, str]], parser: Parser) -> None:
        """``files``: names and texts, in the order in which Terraform reads them."""
        self.path = path
        self._parser = parser
        self._written: dict[BlockRef, list[_Written]] = {}
        self._by_type: dict[str, list[BlockRef]] = {}
        self._parsed: dict[BlockRef, Block | None] = {}
        for name, text in files:
            if not is_override(name):
                for written in self._index(name, text):
                    self._written[written.ref] = [written]
                    self._by_type.setdefault(written.ref.type, []).append(written.ref)
        for name, text in files:
            if is_override(name):
                for written in self._index(name, text):
                    self._override(written)

    def refs(self, block_type: str, *labels: str) -> tuple[BlockRef, ...]:
        """The blocks of a type whose first labels are these, in the order of files and lines."""
        found = self._by_type.get(block_type, ())
        return tuple(ref for ref in found if ref.labels[: len(labels)] == labels)

    def block(self, ref: BlockRef) -> Block | None:
        """The block, overrides included; None if it cannot be parsed, which is a problem of the configuration."""
        if ref not in self._parsed:
            self._parsed[ref] = self._merged(ref)
        return self._parsed[ref]

    def parse_all(self) -> None:
        """Parse every block, so that a broken one is a problem whether or not anything asks for it."""
        for ref in self._written:
            self.block(ref)

    def span(self, ref: BlockRef, position: Position) -> Span:
        """Where a position of a block is in its file."""
        line, column, end_line, end_column = position
        number, line = divmod(line, _FRAGMENT)
        written = self._written[ref][number].ref
        end_line -= number * _FRAGMENT
        return Span(written.path, written.line + line, column, written.line + end_line, end_column)

    def _merged(self, ref: BlockRef) -> Block | None:
        first, *overrides = self._written[ref]
        block = self._parse(first, 0)
        for number, written in enumerate(overrides, start=1):
            override = self._parse(written, number * _FRAGMENT)
            if block is None or override is None:
                return None
            if applies(block, override):
                block = merge(block, override)
        return block

    def _parse(self, written: _Written, first_line: int) -> Block | None:
        try:
            return written.parse(self._parser, first_line)
        except ParseError as error:
            ref = written.ref
            self._parser.report(Problem(ref.path, ref.line + error.line - 1, error.column, error.message))
            return None

    def _override(self, written: _Written) -> None:
        ref = written.ref
        bases = [base for base in self._by_type.get(ref.type, ()) if base.labels == ref.labels]
        for base in bases:
            self._written[base].append(written)
        if not bases and ref.type != "terraform":
            what = " ".join((ref.type, *(f'"{label}"' for label in ref.labels)))
            self._parser.report(Problem(ref.path, ref.line, 1, f"expected a block that this overrides: {what}"))

    def _index(self, name: str, text: str) -> list[_Written]:
        path = name if self.path == "." else f"{self.path}/{name}"
        if name.endswith(".json"):
            json_index = index_json(text)
            self._report_issues(path, json_index.issues)
            return [
                _Written(BlockRef(found.type, found.labels, path, found.line, found.body.start), found)
                for found in json_index.blocks
            ]
        index = self._parser.index(text)
        self._report_issues(path, index.issues)
        return [
            _Written(BlockRef(header.type, header.labels, path, header.line, header.start), _text_of(text, header))
            for header in index.blocks
        ]

    def _report_issues(self, path: str, issues: Sequence[SyntaxIssue]) -> None:
        for issue in issues:
            self._parser.report(Problem(path, issue.line, issue.column, issue.message))


def _text_of(text: str, header: BlockHeader) -> str:
    """A block's text, with blanks before it where it does not begin its line, so that columns are right."""
    before = header.start - (text.rfind("\n", 0, header.start) + 1)
    return " " * before + text[header.start : header.end]
