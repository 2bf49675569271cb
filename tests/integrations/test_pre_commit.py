"""The hooks: their manifest, the files that they match, and a run of the real pre-commit."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from identify import identify
from pre_commit.clientlib import load_manifest

from tests.integrations.hook_repository import committed, environment, hook_repository, pre_commit

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in load_manifest(str(MANIFEST))}
TABLE = """\
resource "aws_dynamodb_table" "bad" {
  name         = "bad"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}
"""


def matches(hook: str, path: str) -> bool:
    """Whether pre-commit would call a hook for a path: ``files``, ``exclude``, ``types``, ``types_or``, as it does."""
    found = HOOKS[hook]
    tags = identify.tags_from_filename(path) | {"file", "non-executable"}
    return (
        bool(re.search(found["files"], path))
        and not re.search(found["exclude"], path)
        and set(found["types"]) <= tags
        and (not found["types_or"] or bool(set(found["types_or"]) & tags))
        and not set(found["exclude_types"]) & tags
    )


@pytest.mark.parametrize(
    ("hook", "path"),
    [
        ("dyncheck", "main.tf"),
        ("dyncheck", "infra/eu west/main.tf"),
        ("dyncheck", "main.tofu"),
        ("dyncheck", "modules/a/main.tf.json"),
        ("dyncheck", "main.tofu.json"),
        ("dyncheck", "terraform.tfvars"),
        ("dyncheck", "env/prod.auto.tfvars.json"),
        ("dyncheck-cfn", "template.yaml"),
        ("dyncheck-cfn", "sam/template.yml"),
        ("dyncheck-cfn", "orders.template"),
        ("dyncheck-cfn", "cdk.out/Stack.template.json"),
        ("dyncheck-cfn", "stacks/orders.cfn.yaml"),
        ("dyncheck-cfn", "orders-cloudformation.json"),
        ("dyncheck-cfn", "cloudformation/orders.yaml"),
        ("dyncheck-cfn", "infra/cfn/deep/orders.yml"),
        ("dyncheck-cfn", "serverless.yml"),
        ("dyncheck-all", "main.tofu"),
        ("dyncheck-all", "k8s/anything.yaml"),
        ("dyncheck-all", "orders.template"),
    ],
)
def test_a_hook_runs_for(hook: str, path: str) -> None:
    assert matches(hook, path)


@pytest.mark.parametrize(
    ("hook", "path"),
    [
        ("dyncheck", "main.tf.bak"),
        ("dyncheck", "maintf"),
        ("dyncheck", "terraform.tfstate"),
        ("dyncheck", ".terraform.lock.hcl"),
        ("dyncheck", ".terraform/modules/a/main.tf"),
        ("dyncheck", "infra/.terraform/modules/a/main.tf"),
        ("dyncheck", "package.json"),
        ("dyncheck", "template.yaml"),
        ("dyncheck-cfn", "docker-compose.yml"),
        ("dyncheck-cfn", ".github/workflows/ci.yml"),
        ("dyncheck-cfn", "templates/deployment.yaml"),
        ("dyncheck-cfn", "chart/templates/service.yaml"),
        ("dyncheck-cfn", "package.json"),
        ("dyncheck-cfn", "mytemplate.yaml"),
        ("dyncheck-cfn", "template.yaml.md"),
        ("dyncheck-cfn", "template_yaml"),
        ("dyncheck-cfn", "node_modules/a/template.yaml"),
        ("dyncheck-cfn", "main.tf"),
        ("dyncheck-all", "README.md"),
        ("dyncheck-all", "main.py"),
    ],
)
def test_a_hook_does_not_run_for(hook: str, path: str) -> None:
    assert not matches(hook, path)


def test_there_are_three_hooks_and_each_is_one_process_in_a_virtual_environment() -> None:
    assert set(HOOKS) == {"dyncheck", "dyncheck-cfn", "dyncheck-all"}
    assert {hook["language"] for hook in HOOKS.values()} == {"python"}
    assert all(hook["require_serial"] for hook in HOOKS.values())
    assert [name for name, hook in HOOKS.items() if not hook["pass_filenames"]] == ["dyncheck-all"]


@pytest.mark.parametrize("hook", HOOKS)
def test_the_command_of_a_hook_runs(hook: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from dyncheck.cli.main import cli

    (tmp_path / ".git").mkdir()
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n')
    monkeypatch.chdir(tmp_path)
    program, *words = HOOKS[hook]["entry"].split()
    files = ["main.tf"] if HOOKS[hook]["pass_filenames"] else []
    done = CliRunner().invoke(cli, [*words, *files])
    assert (program, done.exit_code, done.stdout) == ("dyncheck", 0, "")


@pytest.mark.skipif(
    not os.environ.get("DYNCHECK_TEST_INSTALLS"),
    reason="builds an environment with pip, which needs a registry; DYNCHECK_TEST_INSTALLS=1 runs it",
)
def test_the_real_pre_commit_runs_the_hooks(tmp_path: Path) -> None:
    hook_repository(tmp_path / "hooks")
    project = tmp_path / "project"
    project.mkdir()
    (project / "bad.tf").write_text(TABLE)
    (project / "bucket.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n')
    committed(project)

    def run(hook: str, *arguments: str) -> tuple[int, str]:
        command = ["try-repo", str(tmp_path / "hooks"), hook, "--color=never", *arguments]
        return pre_commit(project, environment(tmp_path), command)

    code, shown = run("dyncheck", "--files", "bad.tf", "bucket.tf")
    assert code == 1, shown
    assert "DDB-BAK-001 point-in-time-recovery-off" in shown
    assert "3 findings" in shown
    code, shown = run("dyncheck", "--files", "bucket.tf")
    assert code == 0, shown
    assert "Passed" in shown
    code, shown = run("dyncheck-all", "--files", "bucket.tf")
    assert code == 1, shown
    assert "3 findings" in shown
