"""Tokens of one HCL expression. Strings and heredocs are one token each; templates.py reads what is inside them."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from dyncheck.parsers.terraform.hcl.scanner import HEREDOC, IDENTIFIER, QUOTED, Malformed, skip_heredoc, skip_string

_TOKEN: Final = re.compile(
    rf"""
      (?P<blank>[ \t\r]++)
    | (?P<name>{IDENTIFIER}(?:::{IDENTIFIER})*+)
    | (?P<simple>{QUOTED})
    | (?P<string>")
    | (?P<number>(?<=\.)\d++(?!\w) | \d++(?:\.\d++)?(?:[eE][+-]?\d++)?)
    | (?P<newline>\n)
    | (?P<comment>\#[^\n]*+ | //[^\n]*+ | /\*(?s:.*?)\*/)
    | (?P<heredoc><<)
    | (?P<punctuation>\.\.\. | =>|==|!=|<=|>=|&&|\|\| | \.\* | \[[ \t]*\*[ \t]*\] | [-+*/%<>!?:=.,(){{}}\[\]])
    """,
    re.VERBOSE,
)

MAX_TOKENS: Final = 40_000
"""Tokens of an expression beyond which it is refused, so that no file can take python-hcl2 more than about a second."""

NAME: Final = "name"
NUMBER: Final = "number"
STRING: Final = "string"
HEREDOC_TOKEN: Final = "heredoc"
PUNCTUATION: Final = "punctuation"
NEWLINE: Final = "newline"

_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")


class Token(msgspec.Struct, frozen=True, gc=False):
    """One token: its kind, its text (for ``[ * ]`` and ``.*`` in the short form), and its offsets."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def is_operand(self) -> bool:
        """Whether the token stands for a value or a name."""
        return self.kind in {NAME, NUMBER, STRING, HEREDOC_TOKEN}

    def ends_operand(self) -> bool:
        """Whether an operand may end here."""
        return self.is_operand or self.text in _CLOSING or self.text in {".*", "[*]"}


def tokenize(text: str, start: int, end: int, *, argument: bool) -> tuple[list[Token], int]:
    """The tokens of the expression in ``text[start:end]``, and the offset after the last one.

    The value of an ``argument`` ends where another argument begins on the same line (``a = 1 b = 2``), which generated
    code has although Terraform refuses it.
    Raises :class:`Malformed` at a character that no expression holds.
    """
    tokens: list[Token] = []
    depth = 0
    position = start
    while position < end:
        match = _TOKEN.match(text, position, end)
        if match is None:
            raise Malformed(f"expected a value or an operator, found {text[position]!r}", position)
        kind = match.lastgroup or ""
        position = match.end()
        if kind in {"blank", "comment"}:
            continue
        value = match[0]
        if kind == "simple":
            kind = STRING
        elif kind == "string":
            position = skip_string(text, position)
            value = text[match.start() : position]
        elif kind == "heredoc":
            opening = HEREDOC.match(text, match.start())
            if opening is None:
                raise Malformed("expected a heredoc such as <<EOT, with its text on the next lines", match.start())
            position = skip_heredoc(text, opening)[1]
            value = text[match.start() : position]
        elif kind == PUNCTUATION:
            if value in _OPENING:
                depth += 1
            elif value in _CLOSING:
                depth -= 1
            elif value == "=" and argument and depth == 0 and len(tokens) > 1 and tokens[-1].kind == NAME:
                begun = tokens.pop()
                return tokens, begun.start
            elif value[0] == "[":
                value = "[*]"
        if len(tokens) >= MAX_TOKENS:
            raise Malformed(f"expected an expression of at most {MAX_TOKENS:,} names, values and signs", start)
        tokens.append(Token(kind, value, match.start(), position))
    return tokens, tokens[-1].end if tokens else start
