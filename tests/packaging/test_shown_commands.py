"""Every command that a help text or a document shows, run as it stands there, in a project like any."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dyncheck.cli.main import cli
from tests.cli.test_help import ALL
from tests.packaging.conftest import ROOT
from tests.parsers.live import aws
from tests.parsers.live.conftest import ENVIRONMENT

Surroundings = tuple[Path, Path, str]
ACCOUNT = "111122223333"
TABLE = """\
variable "env" { default = "dev" }
resource "aws_dynamodb_table" "orders" {
  name         = "orders-${var.env}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}
"""
TEMPLATE = """\
Parameters: {Stage: {Type: String}}
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub orders-${Stage}
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
"""
STATE = """\
{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "outputs": {}, "resources": [
  {"mode": "managed", "type": "aws_dynamodb_table", "name": "orders",
   "provider": "provider[\\"registry.terraform.io/hashicorp/aws\\"]",
   "instances": [{"schema_version": 1, "attributes": {"name": "orders", "hash_key": "id"}}]}]}
"""
PROFILE = f"""\
[default]
region = us-east-1
[profile audit]
region = us-east-1
role_arn = {aws.role_arn(aws.HOME)}
credential_source = Environment
"""
USAGE = "tables:\n  orders-dev: {reads_per_month: 1000000, writes_per_month: 1000, storage_gb: 5}\n"
FILES = {
    "main.tf": TABLE,
    "infra/main.tf": TABLE,
    "template.yaml": TEMPLATE,
    "prod.json": '[{"ParameterKey": "Stage", "ParameterValue": "prod"}]',
    "usage.yaml": USAGE,
    "terraform.tfstate": STATE,
}
PLAN = ROOT / "fixtures" / "parsers" / "terraform-plan" / "orders" / "plan.json"
CHANGE_SET = ROOT / "fixtures" / "menagerie" / "change-set" / "change-set.json"
SNAPSHOT = ROOT / "fixtures" / "equivalence" / "watched" / "snapshot.jsonl"

ELSEWHERE = {
    "completion zsh": "tests/cli/test_completion.py, in the shell itself",
    "completion fish": "the same",
    "pip install": "tests/packaging/test_readme.py, and .ci/run, which runs it",
    "prices update": "tests/cost/test_update.py, which has a Price List of its own",
    "securityhub": "tests/reports/test_asff.py, which has a Security Hub of its own",
}
"""What needs a network or another shell, and where it is run instead; docs/writing-rules.md is in test_rules_new.py."""

OWN_RULES = "dyncheck rules new an-own-rule -d my-rules"
FIRST = {
    "baseline update": ["dyncheck baseline create"],
    "baseline prune": ["dyncheck baseline create"],
    "rules": [OWN_RULES],
    "rules lint": [OWN_RULES],
    "rules test": [OWN_RULES],
    "README.md": [OWN_RULES],
}
"""What is taken for granted, by the text that shows the commands."""


def blocks() -> Iterator[tuple[str, list[str]]]:
    """Where commands are shown, and the commands."""
    for path in ALL:
        command: click.Command | None = cli
        for name in path:
            assert isinstance(command, click.Group)
            command = command.get_command(click.Context(command), name)
        assert command is not None
        shown = (command.epilog or "").partition("\n\n")[0].removeprefix("\b\nExamples:\n")
        yield " ".join(path) or "dyncheck", commands(shown)
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = document.read_text(encoding="utf-8")
        found = re.findall(r"^```(?:sh\n|\n(?=dyncheck ))(.*?)^```", text, re.DOTALL | re.MULTILINE)
        if found and document.name != "writing-rules.md":
            yield document.relative_to(ROOT).as_posix(), [line for block in found for line in commands(block)]


def commands(block: str) -> list[str]:
    """The commands of a block, without the remarks behind them; with a document in it, it is one command."""
    if "<<" in block:
        return [block]
    return [re.sub(r"\s{2,}\S.*", "", line.strip()) for line in block.splitlines()]


BLOCKS = [pytest.param(place, lines, id=place) for place, lines in blocks()]


def expected(command: str) -> int:
    """The exit code: scans and audits have findings here, unless those are known or too mild."""
    words = re.split(r"\s+", command.replace("&&", "|").rpartition("|")[2].strip())
    words = [word for word in words if "=" not in word or word.startswith("-")]
    if words[0] == "xargs":
        return 123
    return int(words[1] in ("scan", "audit", "github") and not {"--baseline", "high"} & set(words))


SERVER = f"""
import sys
from itertools import product

import boto3

from tests.parsers.live import aws

aws.TABLES.clear()
aws.TABLES.update(dict.fromkeys(product((aws.HOME, "{ACCOUNT}"), ("eu-west-1", "us-east-1")), 2))
with aws.server() as url:
    aws.populate(url)
    boto3.client("organizations", region_name="us-east-1", endpoint_url=url).create_organization(FeatureSet="ALL")
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    """Two accounts with tables at an address of this machine, the first of them an organization.

    They live in a process of their own: what other tests expect of these accounts is something else.
    """
    command = [sys.executable, "-W", "ignore", "-c", SERVER]
    environment = {**os.environ, **ENVIRONMENT}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.communicate("")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the commands ``dyncheck``, ``terraform`` and ``aws``, of which the last two have one answer."""
    folder = tmp_path_factory.mktemp("tools")
    for name, text in {
        "dyncheck": f'exec "{sys.executable}" -m dyncheck "$@"',
        "terraform": f'[ "$1" = plan ] && exit 0\ncat "{PLAN}"',
        "aws": f'cat "{CHANGE_SET}"',
    }.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two branches, and whatever the commands name."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(PLAN, folder / "plan.json")
    shutil.copy(CHANGE_SET, folder / "change-set.json")
    shutil.copy(SNAPSHOT, folder / "snapshot.jsonl")
    subprocess.run(
        "git init -q -b main && git add -A && git -c user.name=me -c user.email=me@example.com commit -q -m first && "
        "git update-ref refs/remotes/origin/main main && git switch -q -c feature && echo '# more' >> infra/main.tf && "
        "git -c user.name=me -c user.email=me@example.com commit -q -a -m second",
        shell=True,
        cwd=folder,
        check=True,
    )
    return folder


@pytest.fixture(scope="module")
def surroundings(template: Path, tools: Path, account: str) -> Surroundings:
    return template, tools, account


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(("place", "lines"), BLOCKS)
def test_shown_commands_work(place: str, lines: list[str], surroundings: Surroundings, tmp_path: Path) -> None:
    template, tools, account = surroundings
    folder = Path(shutil.copytree(template, tmp_path / "project"))
    (tmp_path / "aws").write_text(PROFILE, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DYNCHECK_", "GITHUB_"))}
    environment = {
        **kept,
        **ENVIRONMENT,
        "AWS_CONFIG_FILE": str(tmp_path / "aws"),
        "AWS_ENDPOINT_URL": account,
        "HOME": str(tmp_path),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    for command in FIRST.get(place, []):
        assert run(command).returncode == 0
    for command in lines:
        if any(name in command for name in ELSEWHERE):
            continue
        done = run(command)
        assert done.returncode == expected(command), f"{command}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr


def test_the_commands_that_are_shown_are_found() -> None:
    found = [line for _, lines in blocks() for line in lines]
    assert len(found) > 80
    assert [name for name in ELSEWHERE if not any(name in line for line in found)] == []
    assert sum(any(name in line for name in ELSEWHERE) for line in found) < 12
