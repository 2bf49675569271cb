"""A configuration in which every rule fires, once in each language: all rules at once, compared whole.

Rules about money hang on the Region, which the menagerie does not name: tests/cost has a bill of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dyncheck import Settings, scan
from dyncheck.policy.examples import expectations
from tests.rules.shipped import cases_of, ruleset
from tests.rules.test_metadata import ONE_SOURCE

MENAGERIE = Path(__file__).parents[2] / "fixtures" / "menagerie"

ABOUT_CHANGES = {rule for rule, only in ONE_SOURCE.items() if only == "plan"}

Place = tuple[str, str, int, str]
"""Rule, file, line, outcome."""

both_sources = pytest.mark.parametrize("source", ["terraform", "cloudformation"])


def expected(source: str) -> Counter[Place]:
    return Counter(_expected(source))


def _expected(source: str) -> Iterator[Place]:
    for path in sorted((MENAGERIE / source).iterdir()):
        text = path.read_text(encoding="utf-8")
        for identifier in set(re.findall(r"DDB-[A-Z]+-\d+", text)):
            for expectation in expectations(text, identifier).elements():
                yield identifier, path.name, expectation.line, expectation.outcome


def reported(*path: str) -> Counter[Place]:
    report = scan(
        Settings(
            paths=(str(MENAGERIE.joinpath(*path)),),
            packs=(str(MENAGERIE / "menagerie.yaml"),),
            ignore=("DDB-CST-*",),
            cache=False,
        ),
        environment={},
    )
    assert report.problems == ()
    return Counter(
        (finding.rule, Path(place.span.path).name, place.span.line, finding.outcome)
        for finding in report.findings
        if (place := finding.location) is not None
    )


@both_sources
def test_all_rules_together_find_what_the_comments_expect_and_nothing_else(source: str) -> None:
    found, wanted = reported(source), expected(source)
    assert sorted((found - wanted).elements()) == []
    assert sorted((wanted - found).elements()) == []


@both_sources
def test_every_rule_fires_in_the_menagerie(source: str) -> None:
    firing = {identifier for identifier, _, _, outcome in expected(source) if outcome == "fail"}
    can_fire = {
        compiled.rule.id
        for compiled in ruleset().rules
        if compiled.rule.category != "cost"
        and any(case.group == "fail" and case.source == source for case in cases_of(compiled))
    }
    assert firing == can_fire


def test_every_rule_about_changes_fires_on_a_plan() -> None:
    gone = ("DDB-CHG-002", "plan.json", 60, "fail")
    found = Counter({place: count for place, count in reported("plan", "plan.json").items() if "-CHG-" in place[0]})
    assert found == expected("plan") + Counter([gone])
    assert {rule for rule, _, _, _ in found} == ABOUT_CHANGES - {"DDB-CHG-005"}  # Terraform makes them one by one


def test_every_rule_about_changes_fires_on_a_change_set() -> None:
    found = reported("change-set", "change-set.json")
    lines = (MENAGERIE / "change-set" / "change-set.json").read_text(encoding="utf-8").splitlines()
    told = {(rule, lines[line - 1].split('"')[3], outcome) for rule, _, line, outcome in found.elements()}

    assert told == {
        ("DDB-CHG-001", "Renamed", "fail"),
        ("DDB-CHG-002", "Gone", "fail"),
        ("DDB-CHG-003", "Weakened", "fail"),
        ("DDB-CHG-004", "Weakened", "fail"),
        ("DDB-CHG-005", "Weakened", "fail"),
        ("DDB-CHG-006", "Everywhere", "fail"),
    }
    assert {rule for rule, _, _ in told} == ABOUT_CHANGES
