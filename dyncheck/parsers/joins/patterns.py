"""Texts of which parts are not known: literal stretches and holes, split and compared without guessing."""

from __future__ import annotations

import re
from typing import Any, Final, Union

import msgspec

from dyncheck.values import Unknown

_CALL: Final = re.compile(r"[A-Za-z_][\w:]*\(")

_FIRST_PRIVATE: Final = 0xF0000
"""Unicode's supplementary private use area: characters that no name or ARN has."""


class Hole(msgspec.Struct, frozen=True):
    """A stretch that is not known; equal symbols are equal texts, no symbol equals nothing."""

    symbol: str | None
    because: frozenset[str]


Pattern = tuple[Union[str, Hole], ...]
"""Literal texts and holes in turn; no empty literals, no two literals side by side."""


def pattern_of(value: Any) -> Pattern:
    """The pattern of a string or of an unknown string, whose symbol may be a template: ``table/${var.name}``."""
    if isinstance(value, Unknown):
        symbol = value.symbol
        if symbol is None or "${" not in symbol or _is_call(symbol):
            return (Hole(symbol, value.because),)
        return _template(symbol, value.because)
    return (value,) if value else ()


def join_patterns(*parts: Pattern | str) -> Pattern:
    """The patterns one after another."""
    joined: list[str | Hole] = []
    for part in parts:
        for piece in (part,) if isinstance(part, str) else part:
            if isinstance(piece, str) and joined and isinstance(joined[-1], str):
                joined[-1] += piece
            elif piece != "":
                joined.append(piece)
    return tuple(joined)


def literal(pattern: Pattern) -> str | None:
    """The text, where no part of it is a hole."""
    if not pattern:
        return ""
    return pattern[0] if len(pattern) == 1 and isinstance(pattern[0], str) else None


def hole_reasons(pattern: Pattern) -> frozenset[str]:
    """Why the pattern is not a literal."""
    return frozenset(reason for part in pattern if isinstance(part, Hole) for reason in part.because)


def cut(pattern: Pattern, separator: str) -> tuple[Pattern, Pattern] | None:
    """The parts before and after the first literal occurrence of the separator; None where there is none."""
    for position, part in enumerate(pattern):
        if isinstance(part, str) and separator in part:
            before, after = part.split(separator, 1)
            return (
                join_patterns(pattern[:position], before),
                join_patterns(after, pattern[position + 1 :]),
            )
    return None


def fields(pattern: Pattern, separator: str, count: int) -> list[Pattern]:
    """At most ``count`` fields between literal separators; the last one keeps what is left."""
    found: list[Pattern] = []
    rest = pattern
    while len(found) < count - 1:
        parts = cut(rest, separator)
        if parts is None:
            break
        found.append(parts[0])
        rest = parts[1]
    found.append(rest)
    return found


def without_prefix(pattern: Pattern, prefix: str) -> Pattern | None:
    """What follows a literal prefix; None where the pattern does not begin with it."""
    if pattern and isinstance(pattern[0], str) and pattern[0].startswith(prefix):
        return join_patterns(pattern[0][len(prefix) :], pattern[1:])
    return None


def compare(left: Pattern, right: Pattern) -> bool | Unknown:
    """Whether two patterns are the same text; Unknown, with the reasons of the holes, where that is not certain."""
    if left == right and literal(left) is not None:
        return True
    first, second = list(left), list(right)
    if _strip(first, second) is False:
        return False
    first = [part[::-1] if isinstance(part, str) else part for part in reversed(first)]
    second = [part[::-1] if isinstance(part, str) else part for part in reversed(second)]
    if _strip(first, second) is False:
        return False
    if not first and not second:
        return True
    if not _possible(first, second) or not _possible(second, first):
        return False
    return Unknown(hole_reasons(tuple(first)) | hole_reasons(tuple(second)))


def encode(pattern: Pattern, symbols: dict[str, str]) -> str:
    """The pattern as one text: every hole is a character of its own, the same for the same symbol in ``symbols``."""
    text = ""
    for part in pattern:
        if isinstance(part, str):
            text += part
            continue
        key = part.symbol if part.symbol is not None else f"\0{len(symbols)}"
        text += symbols.setdefault(key, chr(_FIRST_PRIVATE + len(symbols)))
    return text


def glob(wildcard: str, text: str) -> bool:
    """Whether the text matches a pattern in which ``*`` stands for any characters.

    Never worse than the product of the lengths.
    """
    parts = wildcard.split("*")
    if len(parts) == 1:
        return wildcard == text
    head, *middle, tail = parts
    if len(text) < len(head) + len(tail) or not text.startswith(head) or not text.endswith(tail):
        return False
    position, end = len(head), len(text) - len(tail)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _is_call(symbol: str) -> bool:
    return bool(_CALL.match(symbol)) and symbol.endswith(")")


def _template(symbol: str, because: frozenset[str]) -> Pattern:
    parts: list[str | Hole] = []
    position = 0
    while True:
        start = symbol.find("${", position)
        if start < 0:
            break
        end = _closing(symbol, start + 2)
        parts += (symbol[position:start], Hole(symbol[start + 2 : end], because))
        position = end + 1
    return join_patterns(*((part,) for part in (*parts, symbol[position:])))


def _closing(symbol: str, position: int) -> int:
    depth, quoted = 1, False
    for at in range(position, len(symbol)):
        character = symbol[at]
        if character == '"' and symbol[at - 1] != "\\":
            quoted = not quoted
        elif not quoted and character == "{":
            depth += 1
        elif not quoted and character == "}":
            depth -= 1
            if depth == 0:
                return at
    return len(symbol)


def _strip(first: list[str | Hole], second: list[str | Hole]) -> bool | None:
    """Take away what both begin with; False where they begin with different literals."""
    while first and second:
        left, right = first[0], second[0]
        if isinstance(left, str) and isinstance(right, str):
            length = min(len(left), len(right))
            if left[:length] != right[:length]:
                return False
            first[:1] = [left[length:]] if len(left) > length else []
            second[:1] = [right[length:]] if len(right) > length else []
        elif isinstance(left, Hole) and isinstance(right, Hole) and left.symbol == right.symbol and left.symbol:
            del first[0], second[0]
        else:
            return None
    return None


def _possible(wild: list[str | Hole], plain: list[str | Hole]) -> bool:
    """Whether the first can be the second; true in doubt (when the second has holes too)."""
    if any(isinstance(part, Hole) for part in plain):
        return True
    text = "".join(part for part in plain if isinstance(part, str))
    position = 0
    for index, part in enumerate(wild):
        if isinstance(part, Hole):
            continue
        if index == 0 and not text.startswith(part):
            return False
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    last = wild[-1] if wild else ""
    if isinstance(last, str):
        return text.endswith(last) and (bool(wild) or not text)
    return True
