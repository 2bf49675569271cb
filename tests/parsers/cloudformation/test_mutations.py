"""Fixtures with parts exchanged for intrinsics, for each other, or for nonsense: no traceback, no broken rule."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyncheck.engine import judge
from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.reading import read_document
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import Selection

from .support import FIXTURES, collect
from .test_reading import plain

CASES = ("conditions", "global-table", "sam", "neighbours", "intrinsics", "foreach")

SUBSTITUTES: list[Any] = [
    *(None, True, "x", 5, -1, 1.5, [], {}, [[]], "${self:custom.x}", "{{resolve:ssm:/x}}"),
    {"Ref": "AWS::NoValue"},
    {"Ref": "Unset"},
    {"Fn::GetAtt": ["Orders", "Arn"]},
    {"Fn::Sub": "a-${Unset}-${Orders.Arn}"},
    {"Fn::ImportValue": "x"},
    {"Fn::FindInMap": ["Sizes", {"Ref": "Unset"}, "Size"]},
    {"Fn::Transform": {"Name": "Macro"}},
    {"Fn::Split": [",", {"Ref": "Unset"}]},
]
SECTIONS: dict[str, dict[str, Any]] = {
    "Parameters": {"Unset": {"Type": "String"}},
    "Conditions": {"First": {"Fn::Equals": [{"Ref": "Unset"}, "a"]}, "Second": {"Fn::Not": [{"Condition": "First"}]}},
    "Mappings": {"Sizes": {"dev": {"Size": "A"}, "prod": {"Size": "B"}}},
}


def _templates() -> list[dict[str, Any]]:
    paths = [FIXTURES / "parsers" / "cloudformation" / case / "template.yaml" for case in CASES]
    return [plain(read_document(path.read_text(encoding="utf-8"), path.name).root) for path in paths]


TEMPLATES = _templates()
SELECTION = Selection(list(load_rules().rules), exempt=False)


def _parts(node: Any) -> list[tuple[Any, Any]]:
    """Every container with every key or index in it."""
    entries = list(node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ())
    return [part for key, child in entries for part in [(node, key), *_parts(child)]]


def _mutated(random: Random) -> dict[str, Any]:
    template = copy.deepcopy(random.choice(TEMPLATES))
    for name, section in SECTIONS.items():
        template[name] = {**template.get(name, {}), **copy.deepcopy(section)}
    for _ in range(random.randint(1, 8)):
        container, key = random.choice(_parts(template))
        kind = random.random()
        other = copy.deepcopy(random.choice(SUBSTITUTES))
        if kind < 0.4:
            container[key] = other
        elif kind < 0.8:
            container[key] = {"Fn::If": [random.choice(["First", "Second", "Missing"]), container[key], other]}
        else:
            container[key] = [container[key]]
    return template


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_a_mutated_template_is_read_and_judged(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    directory: Path = tmp_path_factory.mktemp("mutated")
    (directory / "t.json").write_text(json.dumps(_mutated(Random(seed))))
    for item in collect(directory):
        if not isinstance(item, Problem):
            broken = [verdict for verdict in judge(item, SELECTION) if verdict.outcome is Outcome.ERROR]
            assert broken == []
