"""The shipped rules, their examples, and what the real parsers and the engine make of a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import msgspec

from dyncheck.examples import collect_example
from dyncheck.model import Problem, Resource
from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.examples import (
    Expectation,
    SourceName,
    Text,
    expectation_of,
    expected_of,
    texts,
    verdicts_on,
)
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome, Verdict
from dyncheck.policy.ruleset import RuleSet

REPORTED = frozenset({Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR})


class Case(msgspec.Struct, frozen=True):
    """One text of one example. ``group``: pass, fail or unknown."""

    rule: str
    group: str
    title: str
    text: Text

    @property
    def source(self) -> SourceName:
        return self.text.source

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
            for text in texts(example):
                yield Case(compiled.rule.id, group, example.title, text)


def collected(case: Case) -> tuple[tuple[Resource, ...], tuple[Problem, ...]]:
    """The resources of a case, and the problems with it."""
    return _collected(tuple(case.text.files().items()), case.text.region)


@cache
def _collected(
    files: tuple[tuple[str, str], ...], region: str | None
) -> tuple[tuple[Resource, ...], tuple[Problem, ...]]:
    items = collect_example(dict(files), region)
    resources = tuple(item for item in items if not isinstance(item, Problem))
    return resources, tuple(item for item in items if isinstance(item, Problem))


def verdicts(compiled: CompiledRule, case: Case) -> list[Verdict]:
    """What a rule alone reports of an example."""
    return verdicts_on(compiled, case.text, collected(case)[0])


def found(compiled: CompiledRule, case: Case) -> Counter[Expectation]:
    """The same by place and outcome."""
    return Counter(expectation_of(verdict, case.text) for verdict in verdicts(compiled, case))


def expected(case: Case) -> Counter[Expectation]:
    """What the comments of a case say."""
    return expected_of(case.text, case.rule)
