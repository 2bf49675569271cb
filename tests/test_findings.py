from __future__ import annotations

import hashlib
from typing import Any

import pytest

from dyncheck.findings import finding_of, fingerprint, ordered, scanned
from dyncheck.location import Location, Related, Span
from dyncheck.model import Table
from dyncheck.policy.rule import Outcome, Rule, Verdict
from dyncheck.values import unknown

RULE = Rule(
    id="X-1",
    name="x",
    title="The title",
    category="keys",
    severity="low",
    since="1",
    check="true",
    message="m",
    description="d",
    rationale="r",
    remediation="r",
)


def table(**more: Any) -> Table:
    return Table(**{"address": "a.b", "stack": "infra", "source": "terraform", "resource_type": "t", **more})


def place(path: str, line: int, column: int = 1) -> Location:
    return Location(Span(path, line, column, line, column + 1))


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.NOT_APPLICABLE])
def test_what_holds_or_does_not_apply_makes_no_finding(outcome: Outcome) -> None:
    assert finding_of(table(), Verdict("X-1", outcome), RULE) is None


@pytest.mark.parametrize(
    ("outcome", "shown"), [(Outcome.FAIL, "fail"), (Outcome.UNKNOWN, "unknown"), (Outcome.ERROR, "error")]
)
def test_all_else_does(outcome: Outcome, shown: str) -> None:
    finding = finding_of(table(), Verdict("X-1", outcome, because=("b", "a")), RULE)
    assert finding is not None
    assert (finding.outcome, finding.because, finding.message) == (shown, ("a", "b"), "The title")


def test_what_stands_in_a_downloaded_module_is_told_of_at_the_call_in_the_repository() -> None:
    module, inner, outer = (
        Span(".terraform/modules/m/main.tf", 7),
        Span(".terraform/modules/o/main.tf", 3),
        Span("main.tf", 9),
    )
    calls = (Related(inner, "called here as module.o.module.m"), Related(outer, "called here as module.o"))
    found = finding_of(table(), Verdict("X-1", Outcome.FAIL, location=Location(module, calls)), RULE)
    shown = scanned(table(locations={"": Location(module, calls)}))
    expected = Location(outer, (Related(module, "declared here"), *calls))
    assert found is not None
    assert (found.location, shown.location) == (expected, expected)


def test_what_stands_in_a_module_of_the_repository_is_told_of_there() -> None:
    where = Location(Span("modules/m/main.tf", 7), (Related(Span("main.tf", 9), "called here as module.m"),))
    found = finding_of(table(), Verdict("X-1", Outcome.FAIL, location=where), RULE)
    assert found is not None
    assert found.location == where


def test_the_fingerprint_is_of_rule_stack_address_and_element_only() -> None:
    expected = hashlib.sha256(b"X-1\0infra\0a.b\0gsi").hexdigest()[:32]
    assert fingerprint("X-1", "infra", "a.b", "gsi") == expected
    moved = finding_of(table(), Verdict("X-1", Outcome.FAIL, "gsi", "other words", (), place("z.tf", 9)), RULE)
    assert moved is not None
    assert moved.fingerprint == expected


def test_two_stacks_with_the_same_address_have_different_fingerprints() -> None:
    assert fingerprint("X-1", "a", "t", None) != fingerprint("X-1", "b", "t", None)


def test_findings_are_sorted_by_place_and_those_without_one_come_last() -> None:
    places = [None, place("b.tf", 1), place("a.tf", 10), place("a.tf", 9, 2), place("a.tf", 9, 1)]
    made = [finding_of(table(), Verdict("X-1", Outcome.FAIL, str(i), "", (), at), RULE) for i, at in enumerate(places)]
    assert [item.element for item in ordered(item for item in made if item)] == ["4", "3", "2", "1", "0"]


def test_findings_that_would_share_a_fingerprint_get_their_own() -> None:
    made = [finding_of(table(), Verdict("X-1", Outcome.FAIL, None, text), RULE) for text in ("one", "two", "three")]
    found = ordered(item for item in made if item)
    assert len({item.fingerprint for item in found}) == 3
    again = ordered(reversed([item for item in made if item]))
    assert [item.fingerprint for item in again] == [item.fingerprint for item in found]


def test_what_is_not_known_of_a_resource_is_none_in_reports() -> None:
    shown = scanned(table(name=unknown("var.name"), region="eu-west-1", locations={"": place("a.tf", 1)}))
    assert (shown.kind, shown.name, shown.region, shown.account) == ("table", None, "eu-west-1", None)
    assert shown.location == place("a.tf", 1)
