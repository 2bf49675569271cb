"""What a comment says: ``dyncheck:ignore[DDB-ENC-002] until=2026-12-31 reason``, and what other tools' comments say."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

Form = Literal["dyncheck", "checkov", "trivy", "cfn_nag"]
"""Whose syntax a suppression is written in."""

MARKER: Final = "dyncheck:ignore"
MARKERS: Final[dict[Form, tuple[str, ...]]] = {
    "dyncheck": (MARKER,),
    "checkov": ("checkov:skip=", "bridgecrew:skip=", "cortex:skip="),
    "trivy": ("trivy:ignore:", "tfsec:ignore:"),
}
"""What a text must hold for a comment of a form to be in it."""

_OWN: Final = re.compile(r"dyncheck:ignore(?:[ \t]*\[(?P<rules>[^\]\n]*)\])?(?P<rest>(?:(?!dyncheck:ignore)[^\n])*)")
_CHECKOV: Final = re.compile(
    r"(?:checkov|bridgecrew|cortex):skip=[ \t]*(?P<rules>[\w-]+(?:,[ \t]*[\w-]+)*)(?::(?P<reason>[^\n]*))?"
)
_TRIVY: Final = re.compile(r"(?:trivy|tfsec):ignore:(?P<rules>[\w-]+)(?:\[[^\]\n]*\])?(?::exp:(?P<until>[^\s:]*))?")
_RULE: Final = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
_UNTIL: Final = re.compile(r"(?:^|(?<=\s))until=(\S*)\s*")
_DAY: Final = re.compile(
    r"(?<!\S)(?P<word>[A-Za-z]{3,12})(?:[ \t]*+(?P<sign>[=:])[ \t]*+|[ \t]++)(?P<day>\d{4}-\d\d-\d\d)(?!\S)"
)
_OPENING: Final = re.compile(r"(?:#+|//+|/\*+)?[\s*]*")


class Directive(msgspec.Struct, frozen=True):
    """One rule that a comment or metadata names. ``start`` and ``end``: offsets of the rule's name in the comment."""

    form: Form
    rule: str
    start: int
    end: int
    until: datetime.date | None = None
    reason: str | None = None


class Mistake(msgspec.Struct, frozen=True):
    """Why a comment suppresses nothing, and the offset in it."""

    message: str
    at: int


def read_comment(comment: str, forms: frozenset[Form]) -> Iterator[Directive | Mistake]:
    """What one comment, given with the signs that open and close it, asks for in the forms that are honoured."""
    yield from _own(comment)
    if "checkov" in forms:
        for match in _CHECKOV.finditer(comment):
            reason = _plain(match["reason"] or "")
            yield from (_directive("checkov", match, rule, None, reason) for rule in _RULE.finditer(match["rules"]))
    if "trivy" in forms:
        for match in _TRIVY.finditer(comment):
            until = read_date(match["until"] or "")
            if match["until"] is not None and until is None:
                continue
            yield from (_directive("trivy", match, rule, until, None) for rule in _RULE.finditer(match["rules"]))


def read_date(text: str) -> datetime.date | None:
    """A day as ``2026-12-31``; None when it is none."""
    try:
        return datetime.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _own(comment: str) -> Iterator[Directive | Mistake]:
    opening = _OPENING.match(comment)
    for match in _OWN.finditer(comment):
        rules = list(_RULE.finditer(match["rules"] or ""))
        if not rules:
            # A sentence about such comments is no such comment.
            if match["rules"] is not None or (opening is not None and opening.end() == match.start()):
                yield Mistake("a suppression must name its rules: dyncheck:ignore[RULE-ID] reason", match.start())
            continue
        rest = match["rest"]
        misread = _misread(rest)
        if misread is not None:
            at = match.start("rest") + misread.start()
            yield Mistake(f"write until={misread['day']} for the last day; nothing is suppressed", at)
            continue
        stated = _UNTIL.search(rest)
        until = read_date(stated[1]) if stated else None
        if stated and until is None:
            at = match.start("rest") + stated.start(1)
            yield Mistake(f"until={stated[1][:40]} is no date such as 2026-12-31; nothing is suppressed", at)
            continue
        reason = _plain(rest if stated is None else rest[: stated.start()] + rest[stated.end() :])
        yield from (_directive("dyncheck", match, rule, until, reason) for rule in rules)


def _misread(rest: str) -> re.Match[str] | None:
    """A last day that is not written as one, and would be taken for a part of the reason: ``untill=2026-12-31``."""
    stated = False
    for match in _DAY.finditer(rest):
        if match[0] == f"until={match['day']}" and not stated:
            stated = True
            continue
        word = match["word"].casefold()
        if word == "until":
            return match
        if match["sign"]:
            from dyncheck.policy.suggest import suggestions

            if suggestions(word, ("until",), 1):
                return match
    return None


def _directive(
    form: Form, match: re.Match[str], rule: re.Match[str], until: datetime.date | None, reason: str | None
) -> Directive:
    offset = match.start("rules")
    return Directive(form, rule[0], offset + rule.start(), offset + rule.end(), until, reason)


def _plain(text: str) -> str | None:
    """A reason without what joins it to the rest, and without the end of a block comment."""
    plain = text.strip()
    if plain.endswith("*/"):
        plain = plain[:-2].rstrip("* \t\r\f\v")
    return plain.lstrip(":-–— ").strip() or None
