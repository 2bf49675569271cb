"""The shipped rules, their examples, and what the real parsers and the engine make of a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import msgspec

from dyncheck.engine import judge
from dyncheck.model import Problem, Resource
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.examples import Expectation, SourceName, texts
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome, Verdict
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.selection import Selection
from dyncheck.sources import collect_text

FILE_NAMES: dict[SourceName, str] = {"terraform": "main.tf", "cloudformation": "template.yaml"}
REPORTED = frozenset({Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR})


class Case(msgspec.Struct, frozen=True):
    """One text of one example. ``group``: pass, fail or unknown."""

    rule: str
    group: str
    title: str
    source: SourceName
    text: str

    def __str__(self) -> str:
        return f"{self.rule}-{self.group}-{self.source}-{self.title}".replace(" ", "_")


@cache
def ruleset() -> RuleSet:
    return load_rules()


def rule(identifier: str) -> CompiledRule:
    found = ruleset().find(identifier)
    assert found is not None
    return found


@cache
def cases() -> tuple[Case, ...]:
    return tuple(case for compiled in ruleset().rules for case in cases_of(compiled))


def cases_of(compiled: CompiledRule) -> Iterator[Case]:
    examples = compiled.rule.examples
    for group, members in (("pass", examples.passing), ("fail", examples.fail), ("unknown", examples.unknown)):
        for example in members:
            for source, text in texts(example):
                yield Case(compiled.rule.id, group, example.title, source, text)


@cache
def collected(source: SourceName, text: str) -> tuple[tuple[Resource, ...], tuple[Problem, ...]]:
    """The resources of a text, and the problems with it."""
    items = collect_text(text, FILE_NAMES[source])
    resources = tuple(item for item in items if not isinstance(item, Problem))
    return resources, tuple(item for item in items if isinstance(item, Problem))


def verdicts(compiled: CompiledRule, case: Case) -> list[Verdict]:
    """What a rule alone reports of an example."""
    resources, _ = collected(case.source, case.text)
    selection = Selection([compiled])
    return [verdict for resource in resources for verdict in judge(resource, selection) if verdict.outcome in REPORTED]


def found(compiled: CompiledRule, case: Case) -> Counter[Expectation]:
    """The same by line and outcome; line 0 is no place at all."""
    return Counter(
        Expectation(verdict.location.span.line if verdict.location else 0, verdict.outcome.value)
        for verdict in verdicts(compiled, case)
    )
