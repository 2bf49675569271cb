"""Blocks and their bodies as syntax trees; python-hcl2 decides on the grammar of expressions (see hcl/shapes.py)."""

from __future__ import annotations

import re
from typing import Final

from dyncheck.errors import ParseError
from dyncheck.parsers.terraform.blocks import HEADER, read_labels
from dyncheck.parsers.terraform.hcl.expressions import Reader, ShapeOf
from dyncheck.parsers.terraform.hcl.scanner import (
    BLANKS,
    IDENTIFIER,
    QUOTED,
    Lines,
    Malformed,
    skip_expression,
)
from dyncheck.parsers.terraform.hcl.shapes import Shape, ShapeError, parse_shape
from dyncheck.parsers.terraform.syntax import Attribute, Block, Expr

MAX_BLOCKS: Final = 30
"""Blocks inside blocks beyond which a text is refused."""

_ARGUMENT: Final = re.compile(rf"({IDENTIFIER})[ \t]*=(?![=>])[ \t\r]*")
_QUOTED_ARGUMENT: Final = re.compile(r'"([^"\\$%\n]+)"[ \t]*=(?![=>])[ \t\r]*')
_SIMPLE: Final = re.compile(rf'((?:[^\n"{{}}()\[\]#/<=!\\]++|[=!]=|!(?!=)|{QUOTED})++)(?=\n|\Z)')
_OBJECT_BRACE: Final = re.compile(r"(?<![$%])\{")
_MAX_MEMORY: Final = 20_000


class Grammar:
    """Parses blocks, remembering what it has parsed.

    ``shapes`` are trees of expression shapes from earlier runs; those that this one added are in :attr:`learnt`.
    """

    def __init__(self, shapes: dict[str, Shape] | None = None) -> None:
        self._shapes: dict[str, Shape | ShapeError] = dict(shapes or {})
        self._expressions: dict[str, Expr] = {}
        self.learnt: dict[str, Shape] = {}

    def parse_block(self, text: str) -> Block:
        """The block that fills ``text``, from its type to its closing brace.

        Raises :class:`ParseError` with an empty path, whose line counts from the first line of ``text`` (1 is that line).
        """
        return self._parse(text, whole_block=True)

    def parse_body(self, text: str) -> Block:
        """The arguments and blocks of a file such as ``terraform.tfvars``, as a block without a type or labels.

        Raises :class:`ParseError` as :meth:`parse_block` does.
        """
        return self._parse(text, whole_block=False)

    def _parse(self, text: str, *, whole_block: bool) -> Block:
        lines = Lines(text)
        body = _Bodies(text, lines, Reader(text, lines, self._shape), self._expressions)
        try:
            return body.single_block() if whole_block else body.file()
        except Malformed as error:
            line, column = lines.at(error.offset)
            raise ParseError(error.message, path="", line=line + 1, column=column) from None

    def _shape(self, text: str) -> Shape:
        known = self._shapes.get(text)
        if known is None:
            try:
                known = self.learnt[text] = parse_shape(text)
            except ShapeError as error:
                known = error
            if len(self._shapes) < _MAX_MEMORY:
                self._shapes[text] = known
        if isinstance(known, ShapeError):
            raise known
        return known


class _Bodies:
    """Walks through the bodies of one text."""

    def __init__(self, text: str, lines: Lines, reader: Reader, expressions: dict[str, Expr]) -> None:
        self._text = text
        self._lines = lines
        self._reader = reader
        self._expressions = expressions

    def single_block(self) -> Block:
        start = self._skip_blanks(0)
        header = HEADER.match(self._text, start)
        if header is None:
            raise Malformed("expected a block: a type, labels and '{'", start)
        block, end = self._block(header, 1)
        end = self._skip_blanks(end)
        if end < len(self._text):
            raise Malformed("expected the end of the block", end)
        return block

    def file(self) -> Block:
        attributes, blocks, end = self._body(1 if self._text.startswith("\ufeff") else 0, 0)
        if end < len(self._text):
            raise Malformed("expected an argument, found '}' that closes nothing", end)
        whole = self._lines.position(0, end)
        return Block("", (), attributes, blocks, whole, whole)

    def _block(self, header: re.Match[str], depth: int) -> tuple[Block, int]:
        start = header.start()
        if depth > MAX_BLOCKS:
            raise Malformed(f"blocks nested more than {MAX_BLOCKS} deep", start)
        attributes, blocks, end = self._body(header.end(), depth)
        if end >= len(self._text):
            raise Malformed("expected '}' to close the block", start)
        end += 1
        position = self._lines.position
        header_end = header.end(2) if header[2] else header.end(1)
        return (
            Block(
                header[1],
                read_labels(header[2]),
                attributes,
                blocks,
                position(start, header_end),
                position(start, end),
            ),
            end,
        )

    def _body(self, position: int, depth: int) -> tuple[tuple[Attribute, ...], tuple[Block, ...], int]:
        """The body from ``position`` to its closing brace or the end of the text, and the offset of that."""
        text = self._text
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        while True:
            position = self._skip_blanks(position)
            if position >= len(text) or text[position] == "}":
                return tuple(attributes), tuple(blocks), position
            argument = _ARGUMENT.match(text, position) or _QUOTED_ARGUMENT.match(text, position)
            if argument is not None:
                expression, end = self._argument(argument.end())
                attributes.append(Attribute(argument[1], expression, self._lines.position(position, end)))
                position = end
                continue
            header = HEADER.match(text, position)
            if header is None:
                raise Malformed("expected an argument (name = value) or a block", position)
            block, position = self._block(header, depth + 1)
            blocks.append(block)

    def _argument(self, start: int) -> tuple[Expr, int]:
        simple = _SIMPLE.match(self._text, start)
        if simple is not None:
            source = simple[1].rstrip()
            end = start + len(source)
        else:
            end = skip_expression(self._text, start)
            source = self._text[start:end].rstrip()
        known = self._expressions.get(source)
        if known is not None:
            return known, start + len(source)
        expression, finish = self._reader.argument(start, end)
        # Objects hold positions, so only expressions without them mean the same wherever they stand.
        if finish == start + len(source) and not _OBJECT_BRACE.search(source) and len(self._expressions) < _MAX_MEMORY:
            self._expressions[source] = expression
        return expression, finish

    def _skip_blanks(self, position: int) -> int:
        blanks = BLANKS.match(self._text, position)
        return blanks.end() if blanks else position


def parse_block(text: str) -> Block:
    """The block that fills ``text``, parsed on its own; :class:`Grammar` is for more than one.

    Raises :class:`ParseError` with an empty path, whose line counts from the first line of ``text`` (1 is that line).
    """
    return Grammar().parse_block(text)
