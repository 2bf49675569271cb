"""Plans and states with anything wrong in them: read, judged by every rule, and never a rule that breaks."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyncheck.engine import judge
from dyncheck.model import Problem
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import select
from tests.acceptance.test_secrets_in_plans import DOCUMENTS
from tests.parsers.terraform.test_plan import collect

SELECTION = select(load_rules(), packs=("strict",))
SUBSTITUTES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, "", "x", "é", [], {}, [[]], [{}], [None], {"a": 1}, ["delete"], "*", "0" * 30,
)  # fmt: skip


def mutated(value: Any, random: Random, share: float) -> Any:
    """A value with some of its parts replaced or left out."""
    if random.random() < share:
        return random.choice(SUBSTITUTES)
    if isinstance(value, dict):
        return {key: mutated(item, random, share) for key, item in value.items() if random.random() > share / 2}
    if isinstance(value, list):
        return [mutated(item, random, share) for item in value]
    return value


def in_the_clear(value: Any) -> Any:
    """A document in which nothing is sensitive, so that every value is looked at."""
    if isinstance(value, dict):
        return {key: in_the_clear(item) for key, item in value.items() if "sensitive" not in key}
    return [in_the_clear(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(DOCUMENTS)), st.integers(0, 2**32), st.sampled_from([0.005, 0.02, 0.1]))
def test_a_mutated_document_is_read_and_judged(
    tmp_path_factory: pytest.TempPathFactory, name: str, seed: int, share: float
) -> None:
    path: Path = tmp_path_factory.mktemp("mutated") / "plan.json"
    path.write_text(json.dumps(mutated(in_the_clear(DOCUMENTS[name]), Random(seed), share)))
    for item in collect(path):
        if not isinstance(item, Problem):
            broken = [verdict for verdict in judge(item, SELECTION) if verdict.outcome is Outcome.ERROR]
            assert broken == []
