"""Regular expressions: Go's RE2 syntax, answered by Python's engine where it can do so in bounded time.

Python backtracks where RE2 does not. The number of ways in which a pattern's repetitions can share a text is bounded;
a pattern that repeats something which itself repeats or alternates is answered on short texts only. What is beyond
that, and syntax that means something else to Python, is unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import MAX_ELEMENTS, MAX_TEXT, TOO_LARGE, TypedList, invalid
from dyncheck.values import Unknown, unknown

_MAX_PATTERN: Final = 1_000
_MAX_REPEAT: Final = 1_000
_SHORT_TEXT: Final = 20
_MAX_WORK: Final = 20_000_000

_POSIX: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_CLASS_NAME: Final = re.compile(r"\[:(\^?)(\w+):\]")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
# Inside a class Python warns of these, which have no meaning there yet.
_RESERVED: Final = re.compile(r"(?<!\\)(?:\[|--|&&|\|\||~~)")
_GROUP: Final = re.compile(
    r"\((?:\?(?:P?<(?P<name>[A-Za-z_]\w*)>|(?P<flags>[ims]*(?:-[ims]+)?)(?P<end>[:)])))?", re.ASCII
)
_REPEAT: Final = re.compile(r"(?:[*+]|\{(?P<least>\d+)(?P<open>,(?P<most>\d*))?\})(?P<lazy>\??)", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_QUOTED: Final = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_ESCAPES: Final = {**{letter: "\\" + letter for letter in "dDsSwWbBAfnrtvax0"}, "z": r"\Z"}


class Pattern:
    """A compiled pattern and its cost: ``repeats`` that may share a text, ``nested`` where one contains another."""

    def __init__(self, compiled: re.Pattern[str], *, nested: bool, repeats: int) -> None:
        self.compiled = compiled
        self.nested = nested
        self.repeats = repeats

    def is_affordable(self, text: str) -> bool:
        """Whether matching the text takes bounded time."""
        if self.nested:
            return len(text) <= _SHORT_TEXT
        return math.comb(len(text) + self.repeats, self.repeats) <= _MAX_WORK


class _Refused(Exception):
    """A pattern that RE2 refuses, or that Python would read in another way."""


class _Translator:
    """Writes a pattern in Python's syntax, piece by piece, counting what its repetitions may cost."""

    def __init__(self, pattern: str) -> None:
        self.pattern = _QUOTED.sub(lambda match: re.escape(match[1]), pattern)
        self.position = 0
        self.out: list[str] = []
        self.repeats = 0 if self.pattern.startswith("^") else 1
        self.nested = False
        # For each open group: whether something inside it repeats or alternates, and how often at most by count.
        self.varies: list[bool] = [False]
        self.counts: list[int] = [1]
        self.closed_varies = False
        self.closed_count = 1
        self.repeated = False

    def translate(self) -> Pattern:
        while self.position < len(self.pattern):
            char = self.pattern[self.position]
            repeat = _REPEAT.match(self.pattern, self.position)
            if repeat is not None:
                self._repetition(repeat)
                continue
            closing = char == ")"
            piece, length = self._piece(char)
            self.out.append(piece)
            self.position += length
            self.repeated = False
            if not closing:
                self.closed_varies, self.closed_count = False, 1
        if len(self.varies) > 1:
            raise _Refused
        return Pattern(re.compile("".join(self.out), re.ASCII), nested=self.nested, repeats=self.repeats)

    def _piece(self, char: str) -> tuple[str, int]:
        if char == "\\":
            return self._escape()
        if char == "[":
            return self._class()
        if char == "(":
            return self._open()
        if char == ")":
            self.closed_varies = self._close()
        elif char == "|":
            self.varies[-1] = True
        elif char == "$":
            return (char if "(?m" in self.pattern else r"\Z"), 1
        elif char in "{}":
            return "\\" + char, 1
        return char, 1

    def _escape(self) -> tuple[str, int]:
        hexadecimal = _HEXADECIMAL.match(self.pattern, self.position)
        if hexadecimal is not None:
            code = int(hexadecimal[1], 16)
            if code > 0x10FFFF:
                raise _Refused
            return re.escape(chr(code)), len(hexadecimal.group())
        letter = self.pattern[self.position + 1 : self.position + 2]
        if letter in _ESCAPES:
            return _ESCAPES[letter], 2
        if not letter or letter.isalnum():
            raise _Refused
        return "\\" + letter, 2

    def _class(self) -> tuple[str, int]:
        found = _CLASS.match(self.pattern, self.position)
        if found is None:
            raise _Refused
        body = _CLASS_NAME.sub(_posix_class, found.group()[1:-1])
        if re.search(r"\\[pPCQzA]", body):
            raise _Refused
        return "[" + _RESERVED.sub(
            lambda match: "".join("\\" + char for char in match.group()), body
        ) + "]", found.end() - self.position

    def _open(self) -> tuple[str, int]:
        found = _GROUP.match(self.pattern, self.position)
        if found is None or self.pattern.startswith("?", found.end()):
            raise _Refused
        if found["end"] == ")":
            if self.position or "-" in found["flags"]:
                # Python takes flags for a whole pattern at its beginning only.
                raise _Refused
        else:
            self.varies.append(False)
            self.counts.append(1)
        text = f"(?P<{found['name']}>" if found["name"] else found.group()
        return text, len(found.group())

    def _close(self) -> bool:
        if len(self.varies) == 1:
            raise _Refused
        inside = self.varies.pop()
        self.varies[-1] = self.varies[-1] or inside
        self.closed_count = self.counts.pop()
        self.counts[-1] = max(self.counts[-1], self.closed_count)
        return inside

    def _repetition(self, match: re.Match[str]) -> None:
        if self.repeated:
            raise _Refused
        least = int(match["least"] or 0)
        most = int(match["most"] or 0) if match["open"] else least
        count = max(least, most, 1) * self.closed_count
        if count > _MAX_REPEAT:
            raise _Refused
        self.counts[-1] = max(self.counts[-1], count)
        if match["least"] is None or match["open"]:
            self.nested = self.nested or self.closed_varies
            self.repeats += 1
            self.varies[-1] = True
        elif self.closed_varies:
            self.repeats += least
        self.out.append(match.group())
        self.position = match.end()
        self.repeated = True


def _posix_class(match: re.Match[str]) -> str:
    if match[1] or match[2] not in _POSIX:
        raise _Refused
    return _POSIX[match[2]]


@lru_cache(maxsize=256)
def translate(pattern: str) -> Pattern | None:
    """A pattern as Python's; None where RE2 refuses it, or where Python could not be made to mean the same."""
    if len(pattern) > _MAX_PATTERN:
        return None
    try:
        return _Translator(pattern).translate()
    except (_Refused, re.error, OverflowError, RecursionError):
        return None


def _prepared(pattern: str, text: str) -> Pattern | Unknown:
    found = translate(pattern)
    if found is None:
        return unknown(f"regular expression {pattern[:60]!r} (not understood)")
    if not found.is_affordable(text):
        return unknown(f"regular expression {pattern[:60]!r} (too costly)")
    return found


def _matches(compiled: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Every match; unlike Python, Go finds no empty match where the one before it ends."""
    end = -1
    for match in compiled.finditer(text):
        if match.end() > match.start() or match.start() != end:
            yield match
        end = match.end()


def _captures(match: re.Match[str]) -> Any:
    """What ``regex`` gives for a match: the whole, a list of groups, or a map of named groups."""
    if not match.re.groups:
        return match.group()
    if match.re.groupindex:
        return match.groupdict() if len(match.re.groupindex) == match.re.groups else None
    return list(match.groups())


def _regex(pattern: str, text: str) -> Any:
    found = _prepared(pattern, text)
    if isinstance(found, Unknown):
        return found
    match = found.compiled.search(text)
    if match is None:
        return invalid("pattern did not match any part of the given string")
    captures = _captures(match)
    return captures if captures is not None else invalid("groups must all have names, or none")


def _regex_all(pattern: str, text: str) -> Any:
    found = _prepared(pattern, text)
    if isinstance(found, Unknown):
        return found
    results: list[Any] = []
    for match in _matches(found.compiled, text):
        results.append(_captures(match))
        if len(results) > MAX_ELEMENTS:
            return TOO_LARGE
    return TypedList(results)


_REFERENCE: Final = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})")


def _replace(text: str, pattern: str, replacement: str) -> Any:
    if len(pattern) < 2 or not (pattern.startswith("/") and pattern.endswith("/")):
        count = text.count(pattern) if pattern else len(text) + 1
        if len(text) + count * len(replacement) > MAX_TEXT:
            return TOO_LARGE
        return text.replace(pattern, replacement)
    found = _prepared(pattern[1:-1], text)
    if isinstance(found, Unknown):
        return found
    out: list[str] = []
    size = end = 0
    for match in _matches(found.compiled, text):
        piece = text[end : match.start()] + _expand(replacement, match)
        out.append(piece)
        size += len(piece)
        end = match.end()
        if size > MAX_TEXT:
            return TOO_LARGE
    return "".join(out) + text[end:]


def _expand(replacement: str, match: re.Match[str]) -> str:
    """A replacement with ``$1``, ``${1}`` and ``$name`` filled in; a group that does not exist is empty."""

    def group(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        if name.isdigit():
            return (match.group(int(name)) or "") if int(name) <= match.re.groups else ""
        return (match.group(name) or "") if name in match.re.groupindex else ""

    return _REFERENCE.sub(group, replacement)


TABLE: Final[dict[str, Function]] = {
    "regex": Function(_regex, "ss"),
    "regexall": Function(_regex_all, "ss"),
    "replace": Function(_replace, "sss"),
}
