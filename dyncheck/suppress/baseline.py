"""The baseline: the findings that were there when dyncheck was taken into use, so that only new ones count.

A finding is known by its fingerprint (rule, stack, address, element), so that it survives moved lines and files, and an
entry of one stack never hides a finding of another. Of identical findings so many are hidden as were there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

import msgspec

from dyncheck.errors import ConfigError
from dyncheck.location import Span
from dyncheck.report import Finding, Known

VERSION: Final = 1
DEFAULT_PATH: Final = ".dyncheck-baseline.json"
_UNTIL: Final = b'"until"'
_FINGERPRINT: Final = re.compile(rb'"fingerprint"\s*:\s*("[^"\\\n]*")')

Key = tuple[str, str]
"""Fingerprint and outcome."""


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A baseline as its file holds it, sorted."""

    version: Literal[1] = VERSION
    created_with: str = ""
    findings: tuple[Known, ...] = ()


def key_of(entry: Known) -> Key:
    """What tells an entry from others."""
    return entry.fingerprint, entry.outcome


def decode(data: bytes, path: str) -> Baseline:
    """A baseline from the bytes of its file. Raises ConfigError at the place of what is wrong with it."""
    try:
        found = msgspec.json.decode(data, type=Baseline)
    except msgspec.ValidationError as error:
        message, _, pointer = str(error).partition(" - at `")
        pointer = pointer.rstrip("`").removeprefix("$").replace("[", "/").replace("]", "").replace(".", "/")
        raise ConfigError(f"not a baseline: {message}", path=path, pointer=pointer or None) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"not a baseline: {error}", path=path) from None
    seen: set[Key] = set()
    for number, entry in enumerate(found.findings):
        if key_of(entry) in seen:
            raise ConfigError("the same finding stands here twice", path=path, pointer=f"/findings/{number}")
        if entry.count < 1:
            raise ConfigError("count must be 1 or more", path=path, pointer=f"/findings/{number}/count")
        seen.add(key_of(entry))
    return found


def places(data: bytes, path: str) -> dict[str, Span]:
    """Where each entry says until when it counts, or else what its fingerprint is, in any layout; by fingerprints."""
    found: dict[str, Span] = {}
    line, column, counted, before = 1, 1, 0, 0
    for match in _FINGERPRINT.finditer(data):
        until = data.find(_UNTIL, before, data.find(b"}", match.end()))
        at, end = match.span(1) if until < 0 else (until, until + len(_UNTIL))
        *rows, last = data[counted:at].decode(errors="replace").split("\n")
        line, column = line + len(rows), len(last) + (1 if rows else column)
        counted, before = at, match.end()
        found.setdefault(match[1][1:-1].decode(errors="replace"), Span(path, line, column, line, column + end - at))
    return found


def encode(baseline: Baseline) -> str:
    """The text of a baseline's file: one line for each entry, so that changes of it are easy to review."""
    head = f'{{\n"version": {baseline.version},\n"created_with": {_json(baseline.created_with)},\n"findings": ['
    return head + ",".join(f"\n{_json(entry)}" for entry in baseline.findings) + "\n]\n}\n"


def baseline_of(findings: Iterable[Finding], created_with: str) -> Baseline:
    """The baseline of findings, whose fingerprints are those of :func:`dyncheck.findings.fingerprint`."""
    found: dict[Key, Known] = {}
    for finding in findings:
        if finding.outcome == "error" or finding.suppression is not None:
            continue
        earlier = found.get((finding.fingerprint, finding.outcome))
        if earlier is not None:
            found[key_of(earlier)] = msgspec.structs.replace(earlier, count=earlier.count + 1)
            continue
        entry = Known(
            rule=finding.rule,
            address=_plain(finding.address),
            element=_plain(finding.element) if finding.element is not None else None,
            path=_plain(finding.location.span.path) if finding.location else None,
            stack=_plain(finding.stack),
            outcome=finding.outcome,
            fingerprint=finding.fingerprint,
        )
        found[key_of(entry)] = entry
    return _sorted(found.values(), created_with)


def updated(old: Baseline, new: Baseline, scanned: Callable[[Known], bool]) -> Baseline:
    """The new baseline with the reasons and dates of the old one, and its entries for what was not ``scanned``."""
    earlier = {key_of(entry): entry for entry in old.findings}
    kept = {key_of(entry): entry for entry in old.findings if not scanned(entry)}
    for entry in new.findings:
        known = earlier.get(key_of(entry))
        if known is not None:
            entry = msgspec.structs.replace(entry, reason=known.reason, until=known.until)  # noqa: PLW2901
        kept[key_of(entry)] = entry
    return _sorted(kept.values(), new.created_with)


def pruned(old: Baseline, new: Baseline, scanned: Callable[[Known], bool]) -> Baseline:
    """The old baseline without what was scanned and is no longer found."""
    counts = {key_of(entry): entry.count for entry in new.findings}
    kept = []
    for entry in old.findings:
        # What failed before and cannot be decided now is not gone.
        found = counts.get(key_of(entry), 0) + (
            counts.get((entry.fingerprint, "unknown"), 0) * (entry.outcome == "fail")
        )
        count = min(found, entry.count) if scanned(entry) else entry.count
        if count:
            kept.append(msgspec.structs.replace(entry, count=count))
    return _sorted(kept, old.created_with)


def moved(baseline: Baseline, start: str, end: str) -> Baseline:
    """A baseline whose stacks and paths are relative to ``end`` instead of ``start``, absolute directories both."""
    if start == end:
        return baseline
    return _sorted((_moved(entry, start, end) for entry in baseline.findings), baseline.created_with)


def differences(old: Baseline, new: Baseline) -> tuple[int, int]:
    """How many findings a baseline has that another had not, and how many it has lost."""
    before = {key_of(entry): entry.count for entry in old.findings}
    after = {key_of(entry): entry.count for entry in new.findings}
    return _surplus(after, before), _surplus(before, after)


def _surplus(more: Mapping[Key, int], less: Mapping[Key, int]) -> int:
    return sum(max(count - less.get(key, 0), 0) for key, count in more.items())


def _moved(entry: Known, start: str, end: str) -> Known:
    from dyncheck.findings import fingerprint

    # What is live stands in no stack and in no file.
    stack = entry.stack and _relative(entry.stack, start, end)
    path = entry.path and _relative(entry.path, start, end)
    known_by = fingerprint(entry.rule, stack, entry.address, entry.element)
    return msgspec.structs.replace(entry, stack=stack, path=path, fingerprint=known_by)


def _relative(path: str, start: str, end: str) -> str:
    try:
        return os.path.relpath(os.path.join(start, path), end).replace(os.sep, "/")
    except ValueError:
        # Another drive of Windows.
        return path


def _sorted(entries: Iterable[Known], created_with: str) -> Baseline:
    ordered = sorted(
        entries,
        key=lambda entry: (
            entry.path or "",
            entry.stack,
            entry.address,
            entry.rule,
            entry.element or "",
            entry.outcome,
        ),
    )
    return Baseline(VERSION, created_with, tuple(ordered))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _plain(text: str) -> str:
    """The text without the lone surrogates that stand for bytes of file names that are not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
