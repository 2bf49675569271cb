"""From an expression's text to its tokens."""

from __future__ import annotations

import re
from typing import Final
from typing import Literal as OneOf

import msgspec

from dyncheck.policy.limits import MAX_INTEGER, MAX_LENGTH, MAX_STRING_LITERAL
from dyncheck.policy.syntax import ExpressionError

TokenKind = OneOf["name", "number", "string", "sign", "end"]

_TOKEN: Final = re.compile(
    r"""(?P<blank>[ \t\r\n]+|//[^\n]*)
      | (?P<number>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+)
      | (?P<raw>[rR](?:"[^"\n]*"|'[^'\n]*'))
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>()\[\].,?:])""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED: Final = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t", "?": "?", "`": "`"}
_HINTS: Final = {
    "&": "'&&' is the logical and",
    "|": "'||' is the logical or",
    "=": "'==' compares",
    "{": "maps cannot be written out",
    "#": "a comment starts with '//'",
}


class Token(msgspec.Struct, frozen=True):
    """A token: ``text`` as written (a name, a sign), ``value`` of a literal, ``at`` its offset."""

    kind: TokenKind
    text: str
    value: str | int | float | None
    at: int


def tokenize(text: str) -> list[Token]:
    """The tokens of an expression, an "end" token last. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH:,} characters", MAX_LENGTH)
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        written = match.group()
        if match.lastgroup == "number":
            if match.end() < len(text) and (text[match.end()].isalnum() or text[match.end()] in "_."):
                raise ExpressionError(f"{written}{text[match.end()]}: not a number", at)
            tokens.append(Token("number", written, _number(written, at), at))
        elif match.lastgroup in ("string", "raw"):
            tokens.append(Token("string", written, _string(written, at), at))
        elif match.lastgroup == "name":
            tokens.append(Token("name", written, None, at))
        elif match.lastgroup == "sign":
            tokens.append(Token("sign", written, None, at))
        at = match.end()
    tokens.append(Token("end", "the end of the expression", None, at))
    return tokens


def _number(written: str, at: int) -> int | float:
    if not written.isdigit():
        value = float(written)
        if value == float("inf"):
            raise ExpressionError("the number is too large", at)
        return value
    if len(written) > len(str(MAX_INTEGER)) or int(written) > MAX_INTEGER:
        raise ExpressionError(f"the number is larger than {MAX_INTEGER}", at)
    return int(written)


def _string(written: str, at: int) -> str:
    raw = written[0] in "rR"
    body = written[2:-1] if raw else written[1:-1]
    if len(body) > MAX_STRING_LITERAL:
        raise ExpressionError(f"the string is longer than {MAX_STRING_LITERAL:,} characters", at)
    if raw:
        return body

    def decode(match: re.Match[str]) -> str:
        escape = match.group(1)
        if len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape not in _ESCAPED:
            raise ExpressionError(
                f"\\{escape}: no such escape in a string; write \\\\{escape}, or a raw string r'…'",
                at + 1 + match.start(),
            )
        return _ESCAPED[escape]

    return _ESCAPE.sub(decode, body)


def _unreadable(text: str, at: int) -> ExpressionError:
    character = text[at]
    if character in "\"'":
        return ExpressionError(f"the string is not closed: no second {character} on its line", at)
    hint = f": {_HINTS[character]}" if character in _HINTS else ""
    return ExpressionError(f"unexpected character {character!r}{hint}", at)
