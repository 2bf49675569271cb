"""The hooks: their manifest, the files that they match, and a run of the real pre-commit."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from identify import identify
from pre_commit.clientlib import load_manifest

from tests.integrations.hook_repository import committed, environment, git, hook_repository, pre_commit
from tests.test_changed import FILES

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


AWKWARD_NAMES = ["--output=x.tf", "in fra/ümlaut 注文.tf", "quote'd/$(touch owned).tf", "lone.tofu"]


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
        ("dyncheck-cfn", "api/serverless.prod.yml"),
        ("dyncheck-cfn", "infra/CloudFormation/orders.yaml"),
        ("dyncheck-cfn", "Template.yaml"),
        ("dyncheck-cfn", "cloudformation.yaml"),
        ("dyncheck-cfn", "infra/cfn.json"),
        ("dyncheck-cfn", "template-prod.yml"),
        ("dyncheck-cfn", "sam/template.dev.yaml"),
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
        ("dyncheck-cfn", "templates.yaml"),
        ("dyncheck-cfn", "cloudformations.yaml"),
        ("dyncheck-cfn", "template-a/values.yaml"),
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


def test_the_name_of_a_file_is_never_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from dyncheck.cli.main import cli

    names = ["--output=main.tf", "-fjson=x.tf", "--exit-zero.tf", "-q.tf", "-.tf", "main.tf"]
    for number, name in enumerate(names):
        (tmp_path / name).write_text(TABLE.replace('"bad"', f'"bad{number}"', 1))
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    _, *words = HOOKS["dyncheck"]["entry"].split()
    done = CliRunner().invoke(cli, [*words, "-f", "csv", *names])
    assert done.exit_code == 1
    assert {path.name for path in tmp_path.iterdir()} == {*names, ".git"}
    assert {row.split(",")[6] for row in done.stdout.splitlines()[1:]} == {
        f"aws_dynamodb_table.bad{number}" for number in range(len(names))
    }


installs = pytest.mark.skipif(
    not os.environ.get("DYNCHECK_TEST_INSTALLS"),
    reason="builds an environment with pip, which needs a registry; DYNCHECK_TEST_INSTALLS=1 runs it",
)


@installs
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


@installs
def test_the_result_does_not_depend_on_how_pre_commit_splits_the_files(tmp_path: Path) -> None:
    commit = hook_repository(tmp_path / "hooks")
    project = tmp_path / "project"
    awkward = {name: TABLE.replace('"bad"', f'"bad{number}"', 1) for number, name in enumerate(AWKWARD_NAMES)}
    for name, text in {**FILES, **awkward}.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    hooks = "".join(
        f"      - {{id: {hook}, alias: {alias}-{hook}, args: [-f, jsonl], require_serial: {serial}}}\n"
        for alias, serial in (("one", "true"), ("split", "false"))
        for hook in ("dyncheck", "dyncheck-cfn")
    )
    config = f"repos:\n  - repo: {tmp_path / 'hooks'}\n    rev: {commit}\n    hooks:\n{hooks}"
    (project / ".pre-commit-config.yaml").write_text(config)
    committed(project)

    def findings(alias: str, *files: str) -> set[str]:
        code, shown = pre_commit(project, environment(tmp_path), ["run", alias, *files])
        assert code == 1, shown
        processes = shown.count('"type":"start"')
        assert processes > 1 if alias.startswith("split") else processes == 1
        return {line for line in shown.splitlines() if line.startswith('{"type":"finding"')}

    for hook in ("dyncheck", "dyncheck-cfn"):
        whole = findings(f"one-{hook}", "--all-files")
        assert findings(f"split-{hook}", "--all-files") == whole
        assert len(whole) > 5
    for name, text in awkward.items():
        (project / name).write_text(f"{text}\n", encoding="utf-8")
    (project / "app/orders.tf").unlink()
    git(project, "mv", "modules/middle", "modules/renamed")
    git(project, "add", ".")
    staged = {json.loads(line)["location"]["path"] for line in findings("one-dyncheck")}
    # The module that moved calls another, in which the table stands.
    assert staged == {*AWKWARD_NAMES, "modules/table/main.tf"}
