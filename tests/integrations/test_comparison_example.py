"""The example of docs/ci.md that compares a pull request with its base branch, run step by step."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integrations.conftest import ROOT, TABLE, Comments, event, installed
from tests.integrations.hook_repository import committed, git
from tests.integrations.runner import Runner, read_outputs

BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.DOTALL)
(STEPS,) = (
    yaml.safe_load(block)["jobs"]["dyncheck"]["steps"]
    for block in BLOCKS
    if "base-report" in block and "jobs:" in block
)
PROTECTED = TABLE.replace("}\n}\n", "}\n  deletion_protection_enabled = true\n}\n")
PROVISIONED = TABLE.replace('"bad"', '"more"').replace(
    '"PAY_PER_REQUEST"', '"PROVISIONED"\n  read_capacity = 10\n  write_capacity = 10'
)


class Workflow:
    """Runs the steps of the job in a checkout as GitHub does, until one fails that may not."""

    def __init__(self, folder: Path, checkout: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._checkout = checkout
        self._environment = {**environment, "RUNNER_TEMP": str(folder / "temp")}
        self._values = {"github.base_ref": "main", "runner.temp": str(folder / "temp")}
        self.codes: list[int] = []

    def run(self) -> None:
        (self._folder / "temp").mkdir()
        for number, step in enumerate(STEPS):
            if step.get("uses", "").startswith("actions/checkout@"):
                continue
            code = self._action(number, step) if "uses" in step else self._script(number, step)
            self.codes.append(code)
            if code and not step.get("continue-on-error"):
                return

    def _action(self, number: int, step: dict[str, Any]) -> int:
        folder = self._folder / f"step-{number}"
        folder.mkdir()
        runner = Runner(ROOT / "action.yml", self._checkout, folder, installed(folder))
        code = runner.run({name: self._expand(text) for name, text in step["with"].items()}, self._environment)
        self._values |= {f"steps.{step.get('id')}.outputs.{name}": text for name, text in runner.outputs.items()}
        return code

    def _script(self, number: int, step: dict[str, Any]) -> int:
        output = self._folder / f"output-{number}"
        output.touch()
        own = {name: self._expand(text) for name, text in step.get("env", {}).items()}
        environment = {**os.environ, **self._environment, "GITHUB_OUTPUT": str(output), **own}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(command, cwd=self._checkout, env=environment, capture_output=True, check=False)
        assert read_outputs(output.read_text("utf-8")) == {}
        return done.returncode

    def _expand(self, text: str) -> str:
        return re.sub(r"\$\{\{\s*([^}]+?)\s*\}\}", lambda match: self._values.get(match[1], ""), text)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with a base branch, and a branch that mends one finding and brings another table."""
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "main.tf").write_text(TABLE)
    (folder / "provider.tf").write_text('provider "aws" {\n  region = "us-east-1"\n}\n')
    committed(folder)
    git(folder, "branch", "--move", "main")
    git(folder, "checkout", "--quiet", "-b", "change")
    (folder / "main.tf").write_text("# Moved down.\n" + PROTECTED + PROVISIONED)
    committed(folder)
    return folder


def run(tmp_path: Path, origin: Path, address: str, *clone: str) -> Workflow:
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", "--branch", "change", *clone, origin.as_uri(), str(checkout))
    environment = {
        **event(tmp_path, fork=False),
        "GITHUB_API_URL": address,
        "DYNCHECK_CACHE_DIR": str(tmp_path / "cache"),
    }
    (tmp_path / "job").mkdir()
    workflow = Workflow(tmp_path / "job", checkout, environment)
    workflow.run()
    return workflow


def test_the_comment_tells_new_fixed_and_remaining_findings_and_the_difference_in_cost(
    tmp_path: Path, origin: Path, api: tuple[Comments, str]
) -> None:
    comments, address = api
    workflow = run(tmp_path, origin, address)
    assert workflow.codes == [0, 0, 1]
    (comment,) = comments.stored
    assert re.findall(r"<summary>(.*)</summary>", comment["body"]) == [
        "New: 4 findings",
        "Fixed: 1 finding",
        "Remaining: 2 findings",
    ]
    cost = re.search(r"Estimated cost: (.*) a month \((.*) against the base branch\)", comment["body"])
    assert cost is not None
    assert float(cost[2].removeprefix("+&#36;")) == float(cost[1].removeprefix("&#36;")) > 0


def test_without_the_base_branch_the_comment_compares_with_nothing(
    tmp_path: Path, origin: Path, api: tuple[Comments, str]
) -> None:
    comments, address = api
    workflow = run(tmp_path, origin, address, "--depth", "1")
    assert [code != 0 for code in workflow.codes] == [True, True, True]
    assert workflow.codes[-1] == 1
    (comment,) = comments.stored
    assert re.findall(r"<summary>(.*)</summary>", comment["body"]) == ["Findings: 6 findings"]
