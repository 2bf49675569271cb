"""The block index: cuts a file into its top-level blocks without parsing what is inside them."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from dyncheck.parsers.terraform.hcl.scanner import BLANKS, IDENTIFIER, Lines, Malformed, skip_block, skip_expression

HEADER: Final = re.compile(rf'({IDENTIFIER})((?:[ \t]*+(?:"(?:[^"\\\n]|\\[^\n])*+"|{IDENTIFIER}))*+)\s*+\{{')
"""A block's type, its labels (quoted or bare), and its opening brace."""

LABEL: Final = re.compile(rf'"((?:[^"\\\n]|\\[^\n])*+)"|({IDENTIFIER})')

_ARGUMENT: Final = re.compile(rf"{IDENTIFIER}[ \t]*=")
_NEXT_BLOCK: Final = re.compile(
    r"^(?:resource|data|ephemeral|module|variable|output|locals|provider|terraform|moved|import|removed|check|action)"
    r"\b[^\n={}]*\{",
    re.MULTILINE,
)
_MAX_RESCANS: Final = 8
"""How many times the length of a file the scanner may look at in all, so that errors cannot make it quadratic."""

_MAX_ISSUES: Final = 50


class BlockHeader(msgspec.Struct, frozen=True):
    """A top-level block: offsets into the text (``end`` exclusive) and the line of its first character, from 1."""

    type: str
    labels: tuple[str, ...]
    start: int
    end: int
    line: int


class SyntaxIssue(msgspec.Struct, frozen=True):
    """A part of a file that is not HCL: line and column from 1, and what was expected, in one line."""

    line: int
    column: int
    message: str


class BlockIndex(msgspec.Struct, frozen=True):
    """The blocks that could be cut out, in order, and what was wrong with the others."""

    blocks: tuple[BlockHeader, ...]
    issues: tuple[SyntaxIssue, ...]


def read_labels(text: str) -> tuple[str, ...]:
    """The labels in the stretch between a block's type and its brace."""
    return tuple(match[1] if match[1] is not None else match[2] for match in LABEL.finditer(text))


def index_blocks(text: str) -> BlockIndex:
    """Every top-level block of a file. A broken one is an issue, and the scan goes on at the next. Never fails."""
    blocks: list[BlockHeader] = []
    issues: list[SyntaxIssue] = []
    lines = Lines(text)

    def report(message: str, offset: int) -> None:
        line, column = lines.at(offset)
        issues.append(SyntaxIssue(line + 1, column, message))

    position = 1 if text.startswith("\ufeff") else 0
    allowance = _MAX_RESCANS * len(text)
    while True:
        blanks = BLANKS.match(text, position)
        position = blanks.end() if blanks else position
        if position >= len(text):
            break
        argument = _ARGUMENT.match(text, position)
        if argument is not None:
            report("expected a block; an argument cannot stand outside of a block", position)
        header = HEADER.match(text, position)
        try:
            if argument is not None:
                position = skip_expression(text, argument.end())
                continue
            if header is None:
                raise Malformed(_expected_at_top_level(text, position), position)
            end = skip_block(text, header.end())
        except Malformed as error:
            following = _NEXT_BLOCK.search(text, position + 1)
            if following is not None and following.start() < error.offset:
                next_line = lines.at(following.start())[0] + 1
                report(f"expected '}}' to close this block before the one on line {next_line}", position)
            else:
                report(error.message, error.offset)
            if following is None:
                break
            allowance -= len(text) - position
            if allowance < 0 or len(issues) >= _MAX_ISSUES:
                report("too many syntax errors; the rest of the file was not read", following.start())
                break
            position = following.start()
            continue
        blocks.append(BlockHeader(header[1], read_labels(header[2]), position, end, lines.at(position)[0] + 1))
        position = end
    return BlockIndex(tuple(blocks), tuple(issues))


def _expected_at_top_level(text: str, position: int) -> str:
    if text[position] == "}":
        return "expected a block, found '}' that closes nothing"
    if text.startswith("/*", position):
        return "expected '*/' to close the comment"
    return 'expected a block such as: resource "type" "name" {'
