"""What docs/ci.md tells people to copy."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from dyncheck.cli.main import cli
from tests.packaging.conftest import ROOT

TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def steps() -> list[dict[str, Any]]:
    workflows = [block for block in BLOCKS if isinstance(block, dict) and "jobs" in block]
    return [step for workflow in workflows for job in workflow["jobs"].values() for step in job["steps"]]


def test_there_are_workflows_whose_steps_use_inputs_and_outputs_that_the_action_has() -> None:
    ours = [step for step in steps() if "/dyncheck@" in step.get("uses", "")]
    assert len(ours) == 3
    for step in ours:
        assert set(step["with"]) <= set(ACTION["inputs"])
    for name in re.findall(r"steps\.base\.outputs\.([\w-]+)", TEXT):
        assert name in ACTION["outputs"]


def test_every_workflow_asks_for_no_more_than_it_needs_and_scripts_hold_no_expression() -> None:
    for block in BLOCKS:
        if isinstance(block, dict) and "jobs" in block:
            assert block["permissions"]["contents"] == "read"
    assert not [step for step in steps() if "${{" in step.get("run", "")]


def test_other_actions_are_pinned_by_commit() -> None:
    uses = [line for line in re.findall(r"uses: (.*)", TEXT) if "/dyncheck@" not in line]
    assert uses and all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", line) for line in uses)


def test_every_input_of_the_action_is_explained() -> None:
    assert not [name for name in ACTION["inputs"] if f"`{name}" not in TEXT and name != "token"]


@pytest.mark.parametrize("line", sorted(set(re.findall(r"dyncheck scan [^\n`']*", TEXT))))
def test_every_command_is_understood(line: str) -> None:
    shown = CliRunner().invoke(cli, ["scan", "--help"]).output
    assert not [word for word in re.findall(r"(?<!\S)--?[a-z][a-z-]*", line) if word not in shown]


def test_the_hooks_of_the_example_exist() -> None:
    manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (config,) = [block for block in BLOCKS if isinstance(block, dict) and "repos" in block]
    assert {hook["id"] for hook in config["repos"][0]["hooks"]} <= {hook["id"] for hook in manifest}
