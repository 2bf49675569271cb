"""Regular expressions: Go's RE2 syntax, answered by Python's engine where it can do so in bounded time.

Python backtracks where RE2 does not. A pattern that repeats something which itself repeats, or whose repetitions may
overlap, is answered on short inputs only; what is longer is unknown.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import MAX_ELEMENTS, MAX_TEXT, TOO_LARGE, TypedList, invalid
from dyncheck.values import Unknown, unknown

_MAX_PATTERN: Final = 1_000
_MAX_REPEAT: Final = 1_000
_LONG_INPUT: Final = 20_000
_SHORT_INPUT: Final = 20
_MAX_WORK: Final = 1_000_000

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
}
_CLASS: Final = re.compile(r"\[:(\^?)(\w+):\]")
_NAMED: Final = re.compile(r"\(\?P?<(\w+)>")
_REPEAT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_QUOTED: Final = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_ESCAPES_TO_PYTHON: Final = {"z": r"\Z", "C": "."}
_ESCAPES: Final = frozenset("dDsSwWbBAfnrtvax0123456789")


class Pattern:
    """A compiled pattern, and how risky it is: the repetitions that may try the same characters again."""

    def __init__(self, compiled: re.Pattern[str], *, nested: bool, repeats: int) -> None:
        self.compiled = compiled
        self.nested = nested
        self.repeats = repeats

    def safe_for(self, text: str) -> bool:
        """Whether matching the text takes bounded time."""
        if self.nested:
            return len(text) <= _SHORT_INPUT
        if len(text) > _LONG_INPUT:
            return self.repeats == 0
        return float(max(len(text), 1)) ** (self.repeats + 1) <= _MAX_WORK or len(text) <= _SHORT_INPUT


@lru_cache(maxsize=256)
def translate(pattern: str) -> Pattern | None:
    """A pattern in Python's syntax; None where RE2 refuses it, or Python means something else by it."""
    if len(pattern) > _MAX_PATTERN:
        return None
    pattern = _QUOTED.sub(lambda match: re.escape(match[1]), pattern)
    out: list[str] = []
    position = 0
    depth = 0
    repeats = 0
    nested = False
    # For each open group: whether something inside it repeats. The last closed group's is kept for its repetition.
    groups: list[bool] = [False]
    closed = False
    while position < len(pattern):
        char = pattern[position]
        step = 1
        if char == "\\":
            escape = pattern[position + 1 : position + 2]
            if escape in ("p", "P") or not escape or (escape.isalpha() and escape not in _ESCAPES | {"z", "C"}):
                return None
            if escape.isdigit() and escape != "0":
                return None
            if pattern.startswith(r"\x{", position):
                end = pattern.find("}", position)
                code = pattern[position + 3 : end]
                if end < 0 or not re.fullmatch("[0-9A-Fa-f]{1,6}", code) or int(code, 16) > 0x10FFFF:
                    return None
                out.append(re.escape(chr(int(code, 16))))
                step = end + 1 - position
            else:
                out.append(_ESCAPES_TO_PYTHON.get(escape, "\\" + escape))
                step = 2
            closed = False
        elif char == "[":
            end = _class_end(pattern, position)
            if end is None:
                return None
            body = _character_class(pattern[position:end])
            if body is None:
                return None
            out.append(body)
            step = end - position
            closed = False
        elif char == "(":
            if (
                pattern.startswith("(?", position)
                and re.match(r"\(\?(?:P?<\w+>|[imsU]*(?:-[imsU]+)?[:)])", pattern[position:]) is None
            ):
                return None
            name = _NAMED.match(pattern, position)
            flags = re.match(r"\(\?([imsU]*)(-[imsU]+)?([:)])", pattern[position:])
            if name is not None:
                out.append(f"(?P<{name[1]}>")
                step = name.end() - position
            elif flags is not None:
                if "U" in flags.group() or (flags[3] == ")" and (position or flags[2])):
                    return None
                out.append(flags.group())
                step = flags.end()
            else:
                out.append("(")
            if flags is None or flags[3] == ":":
                depth += 1
                groups.append(False)
            closed = False
        elif char == ")":
            if depth == 0:
                return None
            depth -= 1
            closed = groups.pop()
            groups[-1] = groups[-1] or closed
            out.append(char)
        elif char in "*+" or (char == "{" and _REPEAT.match(pattern, position)):
            bounds = _REPEAT.match(pattern, position)
            limit = 0
            if bounds is not None:
                limit = int(bounds[2] or bounds[1])
                if max(limit, int(bounds[1])) > _MAX_REPEAT:
                    return None
                step = bounds.end() - position
            out.append(pattern[position : position + step])
            varies = bounds is None or bounds[2] is not None
            if varies:
                nested = nested or closed
                repeats += 1
                groups[-1] = True
            elif closed and limit > 1:
                repeats += limit
            if pattern[position + step : position + step + 1] == "?":
                out.append("?")
                step += 1
            if pattern[position + step : position + step + 1] in ("*", "+"):
                return None
            closed = False
        else:
            if char == "|":
                # Alternatives inside a repeated group may overlap.
                groups[-1] = True
            if char == "$" and "(?m" not in pattern:
                out.append(r"\Z")
            elif char == "{":
                out.append(r"\{")
            else:
                out.append(char)
            closed = closed and char == "?"
        position += step
    if depth:
        return None
    try:
        compiled = re.compile("".join(out), re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None
    return Pattern(compiled, nested=nested, repeats=repeats)


def _class_end(pattern: str, start: int) -> int | None:
    position = start + 1
    if pattern.startswith("^", position):
        position += 1
    if pattern.startswith("]", position):
        position += 1
    while position < len(pattern):
        if pattern.startswith("[:", position):
            end = pattern.find(":]", position + 2)
            position = end + 2 if end > 0 else position + 1
        elif pattern[position] == "\\":
            position += 2
        elif pattern[position] == "]":
            return position + 1
        else:
            position += 1
    return None


def _character_class(text: str) -> str | None:
    bad = False

    def replace(match: re.Match[str]) -> str:
        nonlocal bad
        if match[1] or match[2] not in _POSIX:
            bad = True
            return ""
        return _POSIX[match[2]]

    body = _CLASS.sub(replace, text[1:-1])
    if bad or re.search(r"\\[pPC]", body):
        return None
    # Python warns of these inside a class, where they have no meaning yet.
    body = re.sub(r"(?<!\\)(\[|--|&&|\|\||~~)", lambda match: "".join("\\" + char for char in match.group()), body)
    return f"[{body}]"


def _prepared(pattern: str, text: str) -> Pattern | Unknown:
    found = translate(pattern)
    if found is None:
        return unknown(f"regular expression {pattern[:60]!r} (not understood)")
    if not found.safe_for(text):
        return unknown(f"regular expression {pattern[:60]!r} (too costly)")
    return found


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
    for match in found.compiled.finditer(text):
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
    for match in found.compiled.finditer(text):
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
