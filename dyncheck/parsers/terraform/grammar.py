"""Blocks and their bodies as syntax trees; python-hcl2 decides on the grammar of expressions (see hcl/shapes.py)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from dyncheck.errors import ParseError
from dyncheck.parsers.terraform.blocks import HEADER, read_labels
from dyncheck.parsers.terraform.hcl.expressions import Reader
from dyncheck.parsers.terraform.hcl.scanner import (
    BLANKS,
    IDENTIFIER,
    QUOTED,
    Lines,
    Malformed,
    skip_expression,
)
from dyncheck.parsers.terraform.hcl.shapes import Shapes
from dyncheck.parsers.terraform.hcl.templates import read_raw
from dyncheck.parsers.terraform.syntax import Attribute, Block, Expr, Literal, Position

MAX_BLOCKS: Final = 30
"""Blocks inside blocks beyond which a text is refused."""

_ARGUMENT: Final = re.compile(rf"({IDENTIFIER})[ \t]*=(?![=>])[ \t\r]*")
_QUOTED_ARGUMENT: Final = re.compile(r'"([^"\\$%\n]+)"[ \t]*=(?![=>])[ \t\r]*')
_SIMPLE: Final = re.compile(rf'((?:[^\n"{{}}()\[\]#/<=!\\]++|[=!]=|!(?!=)|{QUOTED})++)(?=\n|\Z)')
_OBJECT_BRACE: Final = re.compile(r"(?<![$%])\{")
_MAX_MEMORY: Final = 20_000


class Grammar:
    """Parses blocks, remembering the expressions and the shapes of expressions that it has met."""

    def __init__(self, shapes: Shapes | None = None) -> None:
        self._shapes = shapes or Shapes()
        self._expressions: dict[str, Expr] = {}

    def parse_block(self, text: str, first_line: int = 0) -> Block:
        """The block that fills ``text``, from its type to its closing brace; its positions count from ``first_line``.

        Raises :class:`ParseError` with an empty path, whose line is 1 for the first line of ``text``.
        """
        return self._bodies(text, first_line, _Bodies.single_block)

    def parse_body(self, text: str) -> Block:
        """The arguments and blocks of a file such as ``terraform.tfvars``, as a block without a type or labels.

        Raises :class:`ParseError` as :meth:`parse_block` does.
        """
        return self._bodies(text, 0, _Bodies.file)

    def parse_template(self, text: str, position: Position) -> Expr:
        """A string of JSON syntax, which is a template; everything in it stands at ``position``.

        Raises :class:`ParseError` with an empty path, at that position.
        """
        return self._placed(text, position, read_raw) if "{" in text else Literal(text)

    def parse_expression(self, text: str, position: Position) -> Expr:
        """An expression that is written as a string, as ``type`` in JSON syntax. Raises as :meth:`parse_template`."""
        return self._placed(text, position, Reader.interpolation)

    def _bodies(self, text: str, first_line: int, read: Callable[[_Bodies], Block]) -> Block:
        lines = Lines(text, first_line)
        try:
            return read(_Bodies(text, lines, Reader(text, lines, self._shapes), self._expressions))
        except Malformed as error:
            line, column = lines.at(error.offset)
            raise ParseError(error.message, path="", line=line - first_line + 1, column=column) from None

    def _placed(self, text: str, position: Position, read: Callable[[Reader, int, int], Expr]) -> Expr:
        try:
            return read(Reader(text, _Anywhere(position), self._shapes), 0, len(text))
        except Malformed as error:
            raise ParseError(error.message, path="", line=position[0] + 1, column=position[1]) from None


class _Anywhere:
    """Places of a text of which only the whole has a place."""

    def __init__(self, position: Position) -> None:
        self._position = position

    def position(self, start: int, end: int) -> Position:
        return self._position


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

    Raises :class:`ParseError` with an empty path, whose line is 1 for the first line of ``text``.
    """
    return Grammar().parse_block(text)
