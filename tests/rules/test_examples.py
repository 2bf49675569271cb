"""The examples of every rule say the truth: the real parsers, the rule alone, and every finding on its line."""

from __future__ import annotations

import re

import msgspec
import pytest

from dyncheck.policy.compiled import CompiledRule
from dyncheck.policy.syntax import Unary
from tests.rules.shipped import Case, cases, cases_of, collected, expected, found, rule, ruleset, verdicts

RULES = [compiled.rule.id for compiled in ruleset().rules]
FAILING = [case for case in cases() if case.group == "fail"]
CHECKS = [(compiled.rule.id, number) for compiled in ruleset().rules for number in range(len(compiled.checks))]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_an_example_has_the_findings_that_its_comments_expect_and_no_others(case: Case) -> None:
    assert found(rule(case.rule), case) == expected(case)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_an_example_shows_what_its_group_says(case: Case) -> None:
    outcomes = {expectation.outcome for expectation in expected(case)}
    assert outcomes == {"pass": set(), "fail": {"fail"}, "unknown": {"unknown"}}[case.group]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_an_example_is_read_without_a_problem_and_holds_something_to_judge(case: Case) -> None:
    resources, problems = collected(case)
    assert all(problem.level == "note" for problem in problems)
    assert bool(problems) == ("deferred_changes" in case.text.text)
    assert rule(case.rule).rule.kind in {resource.__struct_config__.tag for resource in resources}


@pytest.mark.parametrize(("identifier", "number"), CHECKS)
def test_inverting_a_check_breaks_an_example(identifier: str, number: int) -> None:
    compiled = rule(identifier)
    checks = list(compiled.program.checks)
    checks[number] = msgspec.structs.replace(checks[number], check=Unary("!", checks[number].check, 0))
    inverted = CompiledRule(msgspec.structs.replace(compiled.program, checks=tuple(checks)))
    assert any(found(inverted, case) != expected(case) for case in cases_of(compiled))


@pytest.mark.parametrize(("identifier", "number"), CHECKS)
def test_every_check_fails_in_some_example(identifier: str, number: int) -> None:
    compiled = rule(identifier)
    alone = CompiledRule(msgspec.structs.replace(compiled.program, checks=(compiled.program.checks[number],)))
    outcomes = {finding.outcome for case in cases_of(compiled) for finding in found(alone, case)}
    assert "fail" in outcomes


@pytest.mark.parametrize("case", FAILING, ids=str)
def test_a_message_starts_with_a_short_sentence_and_leaves_nothing_open(case: Case) -> None:
    for verdict in verdicts(rule(case.rule), case):
        title, dot, rest = verdict.message.partition(". ")
        assert dot
        assert rest.endswith(".")
        assert len(title) <= 125
        assert not re.search(r"[{}]|\bnull\b|\bNone\b|  ", verdict.message)
