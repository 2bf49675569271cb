"""Scans of what a change touches: which findings are shown, and that no split of the files changes them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dyncheck.errors import ConfigError
from dyncheck.report import Report
from dyncheck.scanner import scan
from dyncheck.settings import Settings

TABLE = """\
resource "aws_dynamodb_table" "%s" {
  name         = "%s"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = %s
  }
}
"""
TEMPLATE = """\
Resources:
  %s:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
FILES = {
    # A stack with two tables, a call, values, and what has no say in any table.
    "app/orders.tf": TABLE % ("orders", "orders", "false"),
    "app/users.tf": TABLE % ("users", "users", "var.recovery"),
    "app/calls.tf": 'module "audit" {\n  source   = "../modules/table"\n  recovery = local.recovery\n}\n',
    "app/locals.tf": "locals {\n  recovery = false\n}\n",
    "app/variables.tf": 'variable "recovery" {\n  type = bool\n}\n',
    "app/terraform.tfvars": "recovery = false\n",
    "app/bucket.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n',
    "app/scaling.tf": 'resource "aws_appautoscaling_target" "t" {\n  service_namespace = "dynamodb"\n'
    '  resource_id = "table/x"\n'
    '  scalable_dimension = "dynamodb:table:ReadCapacityUnits"\n  min_capacity = 1\n  max_capacity = 2\n}\n',
    "app/README.md": "# nothing\n",
    # A second stack that calls the same module.
    "other/main.tf": 'module "log" {\n  source   = "../modules/table"\n  recovery = false\n}\n',
    # The module, and a module that leads to it.
    "modules/table/main.tf": 'variable "recovery" {\n  type = bool\n}\n' + TABLE % ("this", "this", "var.recovery"),
    "modules/table/outputs.tf": 'output "name" {\n  value = aws_dynamodb_table.this.name\n}\n',
    "deep/main.tf": 'module "middle" {\n  source = "../modules/middle"\n}\n',
    "modules/middle/main.tf": 'module "inner" {\n  source   = "../table"\n  recovery = false\n}\n',
    # Templates: one by itself, one that nests another.
    "cfn/one.yaml": TEMPLATE % "One",
    "cfn/parent.yaml": "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n"
    "      TemplateURL: ./child.yaml\n",
    "cfn/child.yaml": TEMPLATE % "Two",
    "cfn/values.json": '{"a": 1}',
    "broken.tf": 'resource "aws_dynamodb_table" "x" {\n  a = = 1\n}\n',
    # Stacks that read files which are no code, in the stack's own code and in a module; one takes values from a module.
    "data/main.tf": (TABLE % ("listed", "listed", 'jsondecode(file("${path.module}/../shared/recovery.json"))'))
    + (TABLE % ("found", "found", 'length(fileset(path.module, "flags/*.on")) > 0')),
    "shared/recovery.json": "false",
    "data/flags/x.off": "",
    "reading/main.tf": 'module "read" {\n  source = "../modules/reading"\n}\n' + TABLE % ("plain", "plain", "false"),
    "modules/reading/main.tf": TABLE % ("this", "this", 'templatefile("${path.module}/on.tftpl", {})'),
    "modules/reading/on.tftpl": "false",
    "taking/main.tf": 'module "given" {\n  source = "../modules/giving"\n}\n'
    + TABLE % ("taken", "taken", "module.given.recovery"),
    "modules/giving/main.tf": 'module "deep" {\n  source = "../deepest"\n}\n',
    "modules/giving/outputs.tf": 'output "recovery" {\n  value = module.deep.recovery\n}\n',
    "modules/deepest/outputs.tf": 'output "recovery" {\n'
    '  value = yamldecode(file("${path.module}/values.yaml")).recovery\n}\n',
    "modules/deepest/values.yaml": "recovery: false\n",
    "modules/deepest/unused.yaml": "recovery: false\n",
    # A template that includes a part, and one whose nested stacks hand a value on; a service of many files.
    "include/main.yaml": "Resources:\n  Included:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
    "      Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./part.yaml}}\n",
    "include/part.yaml": "BillingMode: PAY_PER_REQUEST\nAttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n"
    "KeySchema: [{AttributeName: id, KeyType: HASH}]\n",
    "lost/main.yaml": "Resources:\n  Lost:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
    "      Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./deleted.yaml}}\n",
    "blanks/parent.yaml": "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n"
    "      TemplateURL: ./middle one.yaml\n",
    "blanks/middle one.yaml": "Resources:\n  Fn::Transform:\n    Name: AWS::Include\n"
    "    Parameters: {Location: ./the child.yaml}\n",
    "blanks/the child.yaml": TEMPLATE.partition("\n")[2] % "Five",
    "handed/root.yaml": "Resources:\n  Values:\n    Type: AWS::CloudFormation::Stack\n"
    "    Properties: {TemplateURL: ./values.yaml}\n  Tables:\n    Type: AWS::CloudFormation::Stack\n"
    "    Properties:\n      TemplateURL: ./middle.yaml\n"
    "      Parameters: {Mode: !GetAtt Values.Outputs.Mode}\n",
    "handed/values.yaml": "Resources: {}\nOutputs:\n  Mode: {Value: PAY_PER_REQUEST}\n",
    "handed/middle.yaml": "Parameters:\n  Mode: {Type: String}\nResources:\n  Inner:\n"
    "    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ./inner.yaml\n",
    "handed/inner.yaml": TEMPLATE % "Three",
    "service/serverless.yml": "service: s\nprovider: {name: aws, stage: dev}\n"
    "custom: ${file(./config.${self:provider.stage}.yml)}\nresources:\n"
    "  Resources:\n    Four:\n      Type: AWS::DynamoDB::Table\n      Properties:\n"
    "        BillingMode: ${self:custom.mode}\n        AttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n"
    "        KeySchema: [{AttributeName: id, KeyType: HASH}]\n",
    "service/config.dev.yml": "mode: PAY_PER_REQUEST\n",
    "service/config.prod.yml": "mode: PROVISIONED\n",
}
AUDIT, LOG, INNER = (f"module.{name}.aws_dynamodb_table.this" for name in ("audit", "log", "middle.module.inner"))
ALL_OF_APP = {"aws_dynamodb_table.orders", "aws_dynamodb_table.users", AUDIT}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    (root / ".git").mkdir()
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture(autouse=True)
def inside(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)


def touched(*files: str, **options: object) -> Report:
    settings = Settings(paths=files, changed_files=True, cache=False, select=("DDB-BAK-001",), **options)  # type: ignore[arg-type]
    return scan(settings, environment={})


def addresses(report: Report) -> set[str]:
    return {finding.address for finding in report.findings}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("app/orders.tf", {"aws_dynamodb_table.orders"}),
        ("app/calls.tf", {AUDIT}),
        ("app/locals.tf", ALL_OF_APP),
        ("app/variables.tf", ALL_OF_APP),
        ("app/terraform.tfvars", ALL_OF_APP),
        ("app/scaling.tf", ALL_OF_APP),
        ("app/bucket.tf", set()),
        ("app/README.md", set()),
        ("app/deleted.tf", ALL_OF_APP),
        ("modules/table/main.tf", {AUDIT, LOG, INNER}),
        ("modules/table/outputs.tf", set()),
        ("modules/middle/main.tf", {INNER}),
        ("deep/main.tf", {INNER}),
        ("app", ALL_OF_APP),
        ("cfn/one.yaml", {"One"}),
        ("cfn/child.yaml", {"Child/Two"}),
        ("cfn/parent.yaml", {"Child/Two"}),
        ("cfn/values.json", set()),
        ("shared/recovery.json", {"aws_dynamodb_table.listed", "aws_dynamodb_table.found"}),
        ("data/flags/x.off", set()),
        ("data/flags/deleted.on", {"aws_dynamodb_table.listed", "aws_dynamodb_table.found"}),
        ("data/flags/deep/deleted.on", set()),
        ("modules/reading/on.tftpl", {"module.read.aws_dynamodb_table.this"}),
        ("modules/reading/main.tf", {"module.read.aws_dynamodb_table.this"}),
        ("modules/giving/outputs.tf", {"aws_dynamodb_table.taken"}),
        ("modules/giving/main.tf", {"aws_dynamodb_table.taken"}),
        ("modules/deepest/values.yaml", {"aws_dynamodb_table.taken"}),
        ("modules/deepest/unused.yaml", set()),
        ("include/part.yaml", {"Included"}),
        ("lost/deleted.yaml", {"Lost"}),
        ("blanks/parent.yaml", {"Child/Five"}),
        ("blanks/the child.yaml", {"Child/Five"}),
        ("blanks/middle one.yaml", {"Child/Five"}),
        ("handed/values.yaml", {"Tables/Inner/Three"}),
        ("handed/middle.yaml", {"Tables/Inner/Three"}),
        ("service/config.dev.yml", {"Four"}),
        ("service/config.prod.yml", set()),
    ],
)
def test_a_changed_file_shows_what_it_touches(file: str, expected: set[str]) -> None:
    report = touched(file)
    assert addresses(report) == expected
    assert {item.address for item in report.resources if item.kind == "table"} == expected
    assert report.problems == ()


@pytest.mark.parametrize("file", ["linked/link.json", "shared/target.json"])
def test_a_file_that_is_read_through_a_link_touches_by_either_name(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    for name, text in (
        ("shared/target.json", "false"),
        ("linked/main.tf", TABLE % ("t", "t", 'jsondecode(file("link.json"))')),
    ):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    (tmp_path / "linked" / "link.json").symlink_to("../shared/target.json")
    monkeypatch.chdir(tmp_path)
    assert addresses(touched(file)) == {"aws_dynamodb_table.t"}


def test_names_that_are_no_text_are_names_of_files_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    strange = os.fsdecode(b"t\xff.yaml")
    try:
        (tmp_path / strange).write_text(TEMPLATE % "Six")
    except OSError:
        pytest.skip("this file system takes only names that are text")
    (tmp_path / os.fsdecode(b"m\xff.tf")).write_text(TABLE % ("t", "t", "false"))
    (tmp_path / "nesting.yaml").write_text(FILES["cfn/parent.yaml"])
    monkeypatch.chdir(tmp_path)
    assert addresses(touched(strange)) == {"Six"}
    assert addresses(touched(os.fsdecode(b"m\xff.tf"))) == {"aws_dynamodb_table.t"}


def test_a_usage_file_touches_everything_that_it_says_something_of(repository: Path) -> None:
    (repository / "usage.yaml").write_text("tables:\n  users:\n    storage_gb: 1\n")
    report = touched("usage.yaml", usage="usage.yaml")
    (repository / "usage.yaml").unlink()
    assert addresses(report) > ALL_OF_APP


def test_no_changed_file_touches_nothing() -> None:
    report = touched()
    assert (report.findings, report.resources, report.problems, report.files) == ((), (), (), 0)


def test_a_file_that_cannot_be_read_is_a_problem_only_of_its_own_change() -> None:
    assert [problem.path for problem in touched("broken.tf").problems] == ["broken.tf"]


def test_what_is_shown_is_part_of_what_a_whole_scan_shows() -> None:
    whole = scan(Settings(cache=False, select=("DDB-BAK-001",)), environment={})
    everything = touched(*FILES)
    assert everything.findings == whole.findings
    assert everything.resources == whole.resources


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(FILES)), unique=True, max_size=6), st.data())
def test_no_split_of_the_files_changes_the_result(files: list[str], data: st.DataObject) -> None:
    first = set(data.draw(st.lists(st.sampled_from(files), unique=True)) if files else [])
    parts = (touched(*sorted(first)), touched(*sorted(set(files) - first)))
    whole = touched(*files)
    assert union(part.findings for part in parts) == set(whole.findings)
    assert union(part.resources for part in parts) == set(whole.resources)
    assert union(part.problems for part in parts) == set(whole.problems)


def union(parts: Iterable[Iterable[object]]) -> set[object]:
    return {item for part in parts for item in part}


def test_the_directory_in_which_it_runs_changes_nothing(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from_root = touched("modules/table/main.tf")
    monkeypatch.chdir(repository / "app")
    assert touched("../modules/table/main.tf").findings == from_root.findings


def test_files_of_another_repository_are_looked_at_there_but_not_together_with_those_here(
    repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "main.tf").write_text(TABLE % ("far", "far", "false"))
    assert addresses(touched(str(tmp_path / "main.tf"))) == {"aws_dynamodb_table.far"}
    with pytest.raises(ConfigError, match="outside of"):
        touched("app/orders.tf", str(tmp_path / "main.tf"))


def test_a_changed_variables_file_of_the_command_line_touches_everything(repository: Path, tmp_path: Path) -> None:
    (repository / "app" / "prod.vars").write_text("recovery = false\n")
    report = touched("app/prod.vars", var_files=("app/prod.vars",))
    whole = scan(Settings(cache=False, select=("DDB-BAK-001",)), environment={})
    assert addresses(report) == addresses(whole) > {*ALL_OF_APP, LOG, INNER, "One", "Child/Two"}
    assert addresses(touched("app/prod.vars")) == set()
