"""The patterns of ``.gitignore`` files: which paths of a repository its owners do not look at.

Semantics of gitignore(5): the last pattern that matches decides, deeper files come after shallower ones, ``!`` takes a
path back, ``/`` at the end means directories, a ``/`` elsewhere ties the pattern to the directory of its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

_MAX_DOUBLE_STARS: Final = 3
"""Patterns with more ``**`` than this are left out: matching them could take time without bound."""


class Pattern(msgspec.Struct, frozen=True):
    """One line of a ``.gitignore``; it applies to paths below ``base`` ("" or ending in a slash)."""

    base: str
    matches: re.Pattern[str]
    negated: bool
    directories_only: bool
    by_name: bool


def read_patterns(lines: Iterable[str], base: str) -> tuple[Pattern, ...]:
    """The patterns of a file in the directory ``base`` ("." is the root)."""
    prefix = "" if base == "." else f"{base}/"
    patterns = (_read_pattern(line, prefix) for line in lines)
    return tuple(pattern for pattern in patterns if pattern is not None)


def is_ignored(patterns: Iterable[Pattern], path: str, name: str, *, directory: bool) -> bool:
    """Whether the last pattern that matches the path (relative to the root; ``name`` is its last part) ignores it.

    The caller asks for every directory on the way down: what lies below an ignored directory is ignored with it.
    """
    ignored = False
    for pattern in patterns:
        if pattern.negated != ignored or (pattern.directories_only and not directory):
            continue
        if not path.startswith(pattern.base):
            continue
        if pattern.matches.match(name if pattern.by_name else path[len(pattern.base) :]):
            ignored = not pattern.negated
    return ignored


def _read_pattern(line: str, base: str) -> Pattern | None:
    text = line.rstrip("\r\n")
    while text.endswith((" ", "\t")) and not text.endswith("\\ "):
        text = text[:-1]
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text[1:] if negated else text
    directories_only = text.endswith("/")
    text = text.rstrip("/")
    by_name = "/" not in text
    segments = text.removeprefix("/").split("/")
    segments = [
        segment
        for number, segment in enumerate(segments)
        if number == 0 or segments[number - 1 : number + 1] != ["**"] * 2
    ]
    if not text or segments.count("**") > _MAX_DOUBLE_STARS:
        return None
    try:
        expression = re.compile(_expression(segments), re.DOTALL)
    except re.error:
        return None
    return Pattern(base, expression, negated, directories_only, by_name)


def _expression(segments: list[str]) -> str:
    parts = []
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment != "**":
            parts.append(_segment(segment) + ("" if last else "/"))
        else:
            parts.append(".+" if last else "(?:[^/]+/)*")
    return "".join(parts) + r"\Z"


def _segment(glob: str) -> str:
    """One part of a path. Each ``*`` takes as little as the text behind it allows and never tries again, which is right
    for globs and keeps the time linear.
    """
    pieces = [""]
    position = 0
    while position < len(glob):
        character = glob[position]
        position += 1
        if character == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif character == "?":
            pieces[-1] += "[^/]"
        elif character == "\\" and position < len(glob):
            pieces[-1] += re.escape(glob[position])
            position += 1
        elif character == "[" and (end := _class_end(glob, position)) is not None:
            pieces[-1] += _character_class(glob[position:end])
            position = end + 1
        else:
            pieces[-1] += re.escape(character)
    first, *rest = pieces
    if not rest:
        return first
    *middle, final = rest
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle) + f"[^/]*{final}"


def _class_end(glob: str, start: int) -> int | None:
    begin = start + 1 if glob[start : start + 1] in {"!", "^"} else start
    end = glob.find("]", begin + 1)
    return end if end >= 0 else None


def _character_class(content: str) -> str:
    negated = content[0] in {"!", "^"}
    members = content[1:] if negated else content
    escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", members)
    return f"(?!/)[{'^' if negated else ''}{escaped}]"
