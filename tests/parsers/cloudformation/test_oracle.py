"""cfn-lint as oracle: fixtures that are meant to be valid are, and it agrees with dyncheck on what AWS would refuse.

Where the two differ, the difference is listed with its reason; a difference that is gone must go from the list too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dyncheck.engine import judge
from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.detect import is_template
from dyncheck.parsers.cloudformation.reading import read_document
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import Selection

from .support import FIXTURES, collect

MEANT = "the fixture shows the mistake"

DIFFERENCES = {
    "parsers/cloudformation/conditions/template.yaml": {"E1028": "an arm that is never taken, which the fixture shows"},
    "parsers/cloudformation/json/template.json": {"E0000": "comments in JSON, which editors allow and AWS does not"},
    "parsers/cloudformation/yaml-features/template.yaml": {"E0000": "a duplicate key, which both report"},
    "parsers/cloudformation/macros/template.yaml": {"E3024": "cfn-lint takes an include in a list for an element"},
    "menagerie/cloudformation/menagerie.yaml": {
        "E3003": MEANT,
        "E3030": MEANT,
        "E3032": MEANT,
        "E3039": MEANT,
        "E3639": MEANT,
    },
    "equivalence/capacity-on-on-demand/template.yaml": {"E3638": MEANT},
    "equivalence/keys-that-do-not-fit/template.yaml": {"E3032": MEANT, "E3039": MEANT},
    "equivalence/no-capacity/template.yaml": {"E3639": MEANT},
}

SHARED = {"E3638": ("DDB-CAP-007",), "E3639": ("DDB-CAP-008",), "E3039": ("DDB-KEY-001", "DDB-KEY-002")}
"""Checks of cfn-lint, and the rules that ask the same."""

OPINIONS = {
    (
        "menagerie/cloudformation/menagerie.yaml",
        "E3638",
    ): "cfn-lint says nothing of on-demand limits of provisioned tables",
}
"""Where only one of the two finds a mistake, and why."""


def _templates() -> list[Path]:
    found = []
    for path in sorted(FIXTURES.rglob("*")):
        if (
            path.suffix in (".yaml", ".yml", ".json")
            and "hostile" not in path.parts
            and "no-templates" not in path.parts
        ):
            text = path.read_text(encoding="utf-8")
            if "AWS::" in text and is_template(read_document(text, path.name).root):
                found.append(path)
    return [path for path in found if "serverless" not in path.parts]


TEMPLATES = _templates()


def _name(path: Path) -> str:
    return path.relative_to(FIXTURES).as_posix()


@pytest.fixture(scope="module")
def lint() -> Callable[[Path], set[str]]:
    """The ids of cfn-lint's errors in a template."""
    from cfnlint.config import ConfigMixIn  # type: ignore[import-untyped]
    from cfnlint.core import get_rules  # type: ignore[import-untyped]
    from cfnlint.decode.decode import decode  # type: ignore[import-untyped]
    from cfnlint.runner import run_template_by_data  # type: ignore[import-untyped]

    rules = get_rules([], ["W", "I"], [], {}, False)
    config = ConfigMixIn(regions=["us-east-1"], ignore_checks=["W", "I"])
    cache: dict[Path, set[str]] = {}

    def run(path: Path) -> set[str]:
        if path not in cache:
            template, errors = decode(str(path))
            matches = errors if template is None else run_template_by_data(template, config, rules)
            cache[path] = {match.rule.id for match in matches}
        return cache[path]

    return run


@pytest.fixture(scope="module")
def selection() -> Selection:
    """The rules that ask what cfn-lint asks."""
    wanted = {rule for ids in SHARED.values() for rule in ids}
    return Selection([rule for rule in load_rules().rules if rule.rule.id in wanted], exempt=False)


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_fixture_is_a_valid_template_but_for_what_is_listed(path: Path, lint: Callable[[Path], set[str]]) -> None:
    assert lint(path) == set(DIFFERENCES.get(_name(path), {}))


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_both_agree_on_what_aws_refuses(path: Path, lint: Callable[[Path], set[str]], selection: Selection) -> None:
    failed = {
        verdict.rule
        for resource in _resources(path)
        for verdict in judge(resource, selection)
        if verdict.outcome is Outcome.FAIL
    }
    ours = {code for code, ids in SHARED.items() if failed.intersection(ids)}
    theirs = lint(path).intersection(SHARED)
    assert {(_name(path), code) for code in ours ^ theirs} == {key for key in OPINIONS if key[0] == _name(path)}


def _resources(path: Path) -> list[Any]:
    return [item for item in collect(path.parent, path.name) if not isinstance(item, Problem)]


def test_every_listed_difference_is_of_a_fixture_that_exists() -> None:
    names = {_name(path) for path in TEMPLATES}
    assert names.issuperset(DIFFERENCES)
    assert names.issuperset(name for name, _ in OPINIONS)
