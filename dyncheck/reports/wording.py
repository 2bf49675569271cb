"""Words and sentences for reports: hostile characters made visible, first sentences, counted nouns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dyncheck.model import Certainty
from dyncheck.report import Money

_HIDDEN: Final = re.compile(
    # Controls; soft hyphen and Arabic letter mark; zero-width space and direction marks; separators and bidirectional
    # overrides and isolates; invisible operators; byte order mark; lone surrogates; interlinear marks; tag characters.
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]"
)
_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_MARKS: Final[Mapping[Certainty, str]] = MappingProxyType({"list": "", "derived": "~", "assumed": "?"})
MARKS_LEGEND: Final = "~ a price derived from list prices; ? an assumed price, check it; ≥ a part could not be priced"
"""What the marks of sums mean."""

_ABBREVIATIONS: Final = frozenset({"e.g.", "i.e.", "etc.", "vs.", "approx.", "no."})


def visible(text: str) -> str:
    """The text on one line, with characters that could deceive a reader or a terminal written as escapes."""
    return _HIDDEN.sub(_escape, text)


def encodable(text: str) -> str:
    """The text without lone surrogates (bytes of file names that are not UTF-8), which no encoder takes."""
    return text if text.isascii() else re.sub(r"[\ud800-\udfff]", _escape, text)


def first_sentence(text: str) -> str:
    """The first sentence of a text, on one line."""
    flat = " ".join(text.split())
    for match in re.finditer(r"[.!?](?= [^a-z])", flat):
        word = flat[: match.end()].rsplit(" ", 1)[-1].lstrip("(").lower()
        if word not in _ABBREVIATIONS:
            return flat[: match.end()]
    return flat


def hint(remediation: str) -> str:
    """What to do, in one sentence: the first of a remediation, without the code that may follow it."""
    return first_sentence(remediation.partition("```")[0]).rstrip(":")


def count(number: int, noun: str) -> str:
    """A counted noun: ``1 table``, ``2 tables``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def money(value: Money) -> str:
    """A monthly sum: ``$2.85``, ``$2.85 to $3.00``, ``≥ $2.85?``; marked as docs/cost.md says."""
    low, high = f"${value.low:,.2f}", f"${value.high:,.2f}"
    amount = low if low == high else f"{low} to {high}"
    return f"{'≥ ' if value.partial else ''}{amount}{_MARKS[value.certainty]}"


def shorten(text: str, limit: int) -> str:
    """The text cut to ``limit`` characters, with an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
