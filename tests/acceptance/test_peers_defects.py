"""Mistakes that other scanners make about DynamoDB are not made here: ``peers_defects.yaml``, case by case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dyncheck.engine import judge
from dyncheck.model import Problem
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import select
from dyncheck.sources import collect_text

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("peers_defects.yaml").read_text(encoding="utf-8"))
REPORTED = frozenset({Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR})
REGION = "eu-west-1"


def verdicts(case: dict[str, Any]) -> set[str]:
    """What the rule reports of the resources; of one of which it reports nothing, whether it passes."""
    text, name = (case["terraform"], "main.tf") if "terraform" in case else (case["cloudformation"], "template.yaml")
    selection = select(load_rules(), select=(case["rule"],))
    said = set()
    for item in collect_text(text, name, region=REGION):
        assert not isinstance(item, Problem), item
        found = judge(item, selection)
        reported = [verdict for verdict in found if verdict.outcome in REPORTED]
        for verdict in reported:
            element = f" {verdict.element}" if verdict.element else ""
            said.add(f"{item.address}{element}: {verdict.outcome.value}")
        if not reported and any(verdict.outcome is Outcome.PASS for verdict in found):
            said.add(f"{item.address}: pass")
    return said


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["mistake"]).replace(" ", "-"))
def test_the_mistake_is_not_made(case: dict[str, Any]) -> None:
    assert verdicts(case) == set(case["verdicts"])


def test_no_rule_calls_a_table_unencrypted() -> None:
    for compiled in load_rules().rules:
        if compiled.rule.category == "encryption":
            said = f"{compiled.rule.title} {compiled.rule.message}".lower()
            assert "not encrypted" not in said, compiled.rule.id
            assert "unencrypted" not in said, compiled.rule.id
