"""A rule's examples as tests: the findings that an example's comments expect, and those that the rule makes.

``# expect: ID`` at the end of a line means a failure on that line; on a line of its own, on the next line.
``# expect-unknown: ID`` means a finding that cannot be decided. Both directions count: nothing missing, nothing extra.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from typing import Literal as OneOf

import msgspec

from dyncheck.engine import judge
from dyncheck.model import Resource
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.rule import Example, Outcome
from dyncheck.policy.selection import Selection

SourceName = OneOf["terraform", "cloudformation"]
Read = Callable[[SourceName, str], Sequence[Resource]]
"""Reads an example's text (``terraform`` or ``cloudformation``) into resources, with locations in it."""

_EXPECTATION: Final = re.compile(r"(?P<comment>#|//)\s*expect(?P<unknown>-unknown)?:\s*(?P<ids>[^#\n]*)")
_COUNTED: Final = frozenset({Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR})


class Expectation(msgspec.Struct, frozen=True, order=True):
    """A finding by its line (0: the finding has no place) and outcome, as ``fail`` or ``unknown``."""

    line: int
    outcome: str


class Mismatch(msgspec.Struct, frozen=True):
    """An example that does not show what it says. ``group``: pass, fail or unknown; ``line``: in the example's text."""

    rule: str
    group: str
    title: str
    source: SourceName
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f", line {self.line}" if self.line else ""
        return f"{self.rule}: {self.group} example {self.title!r} ({self.source}{where}): {self.message}"


def expectations(text: str, rule_id: str) -> Counter[Expectation]:
    """What an example's comments expect of a rule."""
    found: Counter[Expectation] = Counter()
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        match = _EXPECTATION.search(line)
        if match is None or rule_id not in re.split(r"[,\s]+", match.group("ids").strip()):
            continue
        target = number
        if not line[: match.start()].strip():
            target += 1
            while target <= len(lines) and _is_expectation(lines[target - 1]):
                target += 1
        found[Expectation(target, "unknown" if match.group("unknown") else "fail")] += 1
    return found


def _is_expectation(line: str) -> bool:
    match = _EXPECTATION.search(line)
    return match is not None and not line[: match.start()].strip()


def run_examples(rule: CompiledRule, read: Read) -> list[Mismatch]:
    """Judge every example of a rule by that rule alone; an empty list means that all of them hold."""
    examples = rule.rule.examples
    groups = (("pass", examples.passing), ("fail", examples.fail), ("unknown", examples.unknown))
    return [
        Mismatch(rule.rule.id, group, example.title, source, message, line)
        for group, members in groups
        for example in members
        for source, text in texts(example)
        for message, line in _complaints(rule, group, text, read(source, text))
    ]


def texts(example: Example) -> list[tuple[SourceName, str]]:
    """The texts of an example by source."""
    given: list[tuple[SourceName, str | None]] = [
        ("terraform", example.terraform),
        ("cloudformation", example.cloudformation),
    ]
    return [(source, text) for source, text in given if text is not None]


def _complaints(
    rule: CompiledRule, group: str, text: str, resources: Sequence[Resource]
) -> Iterator[tuple[str, int | None]]:
    expected = expectations(text, rule.rule.id)
    if group == "pass" and expected:
        yield "a pass example must not expect findings", None
    if group != "pass" and not any(expectation.outcome == group for expectation in expected):
        comment = "# expect:" if group == "fail" else "# expect-unknown:"
        yield f"no comment '{comment} {rule.rule.id}' marks the line of its finding", None
    judged = [resource for resource in resources if resource.__struct_config__.tag == rule.rule.kind]
    if not judged:
        yield f"it holds no {rule.rule.kind} to judge", None
        return
    actual: Counter[Expectation] = Counter()
    said: dict[Expectation, str] = {}
    for resource in judged:
        for verdict in judge(resource, Selection([rule])):
            if verdict.outcome in _COUNTED:
                line = verdict.location.span.line if verdict.location is not None else 0
                finding = Expectation(line, verdict.outcome.value)
                actual[finding] += 1
                said[finding] = verdict.message
    for missing in sorted((expected - actual).elements()):
        yield f"expected {missing.outcome}, found nothing", missing.line
    for extra in sorted((actual - expected).elements()):
        yield f"unexpected {extra.outcome}: {said[extra]}", extra.line or None
