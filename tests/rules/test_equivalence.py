"""The two texts of an example mean the same table: every rule, not only its own, gives them the same verdicts."""

from __future__ import annotations

from collections import Counter

import pytest

from dyncheck.engine import judge
from dyncheck.policy.examples import SourceName
from dyncheck.policy.selection import select
from tests.rules.shipped import REPORTED, Case, cases, collected, ruleset
from tests.rules.test_metadata import ONE_SOURCE

BY_SOURCE: dict[tuple[str, str, str], dict[SourceName, Case]] = {}
for _case in cases():
    BY_SOURCE.setdefault((_case.rule, _case.group, _case.title), {})[_case.source] = _case
PAIRS = [tuple(texts.values()) for texts in BY_SOURCE.values() if len(texts) == 2]

EVERYTHING = select(ruleset(), packs=("strict",))


def said(case: Case) -> Counter[tuple[str, str]]:
    """Rule and outcome of everything that is reported of an example."""
    resources, _ = collected(case)
    return Counter(
        (verdict.rule, verdict.outcome.value)
        for resource in resources
        for verdict in judge(resource, EVERYTHING)
        if verdict.outcome in REPORTED and verdict.rule not in ONE_SOURCE
    )


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: str(pair[0]))
def test_both_texts_of_an_example_have_the_same_verdicts_from_all_rules(pair: tuple[Case, Case]) -> None:
    one, other = pair
    assert said(one) == said(other)
