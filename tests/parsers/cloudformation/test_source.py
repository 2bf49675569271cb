"""Which files are templates, how they hang together, and what is said of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dyncheck.model import Problem, Table
from dyncheck.values import Choice, unknown

from .support import FIXTURES, KEYS, collect, problems, shown

TABLE = f"Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:{KEYS}\n"


def addresses(found: list[Any]) -> list[str]:
    return [f"{item.stack}:{item.address}" for item in found if not isinstance(item, Problem)]


def notes(found: list[Any]) -> list[tuple[str, str]]:
    return [(item.level, shown(item)) for item in found if isinstance(item, Problem)]


def test_other_yaml_and_json_is_skipped_without_a_word() -> None:
    assert collect(FIXTURES / "parsers" / "cloudformation" / "no-templates") == []


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("deployment.yaml", "deployment.yaml:1:1: not a CloudFormation template: it has no Resources"),
        ("schema.json", "schema.json:1:1: not a CloudFormation template: it has no Resources"),
        ("list.json", "list.json:1:1: not a CloudFormation template: it has no Resources"),
        ("empty.yaml", "empty.yaml:1:1: not a CloudFormation template: it has no Resources"),
    ],
)
def test_a_file_that_was_named_is_told_why_it_is_not_read(name: str, note: str) -> None:
    assert notes(collect(FIXTURES / "parsers" / "cloudformation" / "no-templates", name)) == [("note", note)]


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_plan_that_was_named_is_not_taken_for_one_without_tables(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    message = "plan.json:1:1: the file is empty: what should have written it has failed"
    assert notes(collect(tmp_path, "plan.json")) == [("error", message)]


@pytest.mark.parametrize("name", ["chart.yaml:1:2", "jinja.yaml:2:2"])
def test_a_file_of_a_templating_language_that_was_named_cannot_be_judged(name: str) -> None:
    found = collect(FIXTURES / "parsers" / "cloudformation" / "no-templates", name.partition(":")[0])
    assert notes(found) == [("error", f"{name}: made for a templating language: render it first")]


def test_one_that_holds_nothing_of_dynamodb_is_only_told_of(tmp_path: Path) -> None:
    (tmp_path / "chart.yaml").write_text("{{- if .Values.enabled }}\nkind: ConfigMap\n{{- end }}\n")
    assert notes(collect(tmp_path, "chart.yaml")) == [
        ("note", "chart.yaml:1:2: made for a templating language: render it first")
    ]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("t.yaml", "Resources:\n  T: [\n", "3:1: did not find expected node content"),
        ("t.yaml", 'a: "b\nc: d\n', "1:4: the quoted text that begins here never ends"),
        ("t.json", '{"a" 1}', "1:6: expecting ':' delimiter"),
        ("t.yaml", "\x00\x01\x02", "1:1: not text: the file holds binary data"),
    ],
)
def test_a_broken_file_is_a_problem_when_it_was_named_and_passed_over_when_not(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    (tmp_path / name).write_text(text)
    assert notes(collect(tmp_path, name)) == [("error", f"{name}:{problem}")]
    assert notes(collect(tmp_path)) == []


def test_a_template_without_tables_needs_no_word_even_when_it_is_named() -> None:
    assert collect(FIXTURES / "parsers" / "cloudformation" / "no-templates", "conformance-pack.yaml") == []


@pytest.mark.parametrize("name", ["t.yaml", "t.yml", "t.json", "t.template"])
def test_templates_are_found_by_content_under_every_usual_ending(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TABLE)
    assert addresses(collect(tmp_path)) == [f"{name}:T"]


def test_a_dynamic_reference_is_not_taken_for_a_templating_language(tmp_path: Path) -> None:
    text = TABLE + "      TableName: '{{resolve:ssm:/name}}'\n\tx"
    assert problems(tmp_path, t_yaml=text) == ["t.yaml:8:1: a tab cannot indent YAML"]


def test_one_broken_template_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TABLE + "\t- x")
    (tmp_path / "b.yaml").write_text(TABLE)
    found = collect(tmp_path)
    assert addresses(found) == ["b.yaml:T"]
    assert notes(found) == [("error", "a.yaml:7:1: a tab cannot indent YAML")]


def test_an_erb_tag_inside_valid_yaml_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TABLE + "      TableName: <%= name %>\n")
    (found,) = collect(tmp_path)
    assert found.name == "<%= name %>"


def test_problems_of_a_template_follow_its_resources_and_come_once(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TABLE + "      BillingMode: a\n      BillingMode: b\n")
    assert [type(item) for item in collect(tmp_path)] == [Table, Problem]


NESTING = """
Parameters: {{Protect: {{Type: String}}}}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: {url}
      Parameters: {{Protect: !Ref Protect}}
"""
INNER = f"""
Parameters: {{Protect: {{Type: String, Default: "true"}}}}
{TABLE}      DeletionProtectionEnabled: !Ref Protect
"""


def test_a_nested_template_is_read_once_with_the_parameters_of_its_stack(tmp_path: Path) -> None:
    (tmp_path / "outer.yaml").write_text(NESTING.format(url="./inner.yaml"))
    (tmp_path / "inner.yaml").write_text(INNER)
    (found,) = collect(tmp_path)
    assert (found.stack, found.address) == ("outer.yaml", "Inner/T")
    assert found.deletion_protection_enabled == unknown("parameter Protect", symbol="parameter:Protect")


def test_places_in_a_nested_template_are_in_its_file_and_name_the_stack(tmp_path: Path) -> None:
    (tmp_path / "outer.yaml").write_text(NESTING.format(url="inner.yaml"))
    (tmp_path / "inner.yaml").write_text(INNER)
    (found,) = collect(tmp_path)
    location = found.locations["deletion_protection_enabled"]
    assert (location.span.path, location.span.line) == ("inner.yaml", 9)
    assert [(item.span.path, item.span.line, item.message) for item in location.related] == [
        ("outer.yaml", 4, "called here as Inner")
    ]


def test_nested_templates_that_are_elsewhere_are_one_note(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(NESTING.format(url="https://s3.amazonaws.com/b/one.yaml"))
    (tmp_path / "b.yaml").write_text(NESTING.format(url="!Sub 'https://${B}.s3.amazonaws.com/two.yaml'"))
    (tmp_path / "c.yaml").write_text(NESTING.format(url="!Ref Url"))
    (tmp_path / "d.yaml").write_text("Policy: AWS::CloudFormation::Stack\n\tx")
    assert notes(collect(tmp_path)) == [
        (
            "note",
            "a.yaml:4:3: templates of nested stacks that are not in the scanned files were not looked into: "
            "Url, https://${B}.s3.amazonaws.com/two.yaml, https://s3.amazonaws.com/b/one.yaml",
        )
    ]


def test_a_nested_template_alone_is_a_stack_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "outer.yaml").write_text(NESTING.format(url="inner.yaml"))
    (tmp_path / "inner.yaml").write_text(INNER)
    (found,) = collect(tmp_path, "inner.yaml")
    assert (found.stack, found.address, found.deletion_protection_enabled) == ("inner.yaml", "T", True)


def test_a_named_template_is_read_with_the_stacks_that_it_nests(tmp_path: Path) -> None:
    (tmp_path / "outer.yaml").write_text(NESTING.format(url="inner.yaml"))
    (tmp_path / "inner.yaml").write_text(INNER)
    assert addresses(collect(tmp_path, "outer.yaml")) == ["outer.yaml:Inner/T"]


def test_conditions_of_a_nested_template_are_named_after_its_stack(tmp_path: Path) -> None:
    (tmp_path / "outer.yaml").write_text(NESTING.format(url="inner.yaml"))
    conditions = "Conditions: {Guarded: !Equals [!Ref Protect, x]}\n"
    (tmp_path / "inner.yaml").write_text(INNER + "      TableClass: !If [Guarded, a, b]\n" + conditions)
    assert collect(tmp_path)[0].table_class.condition.text == "Inner/Guarded"


def test_bytes_that_are_not_utf_8_are_noted(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_bytes(TABLE.encode() + b"# gr\xfc\xdfe\n")
    assert notes(collect(tmp_path)) == [("note", "t.yaml:7:5: not UTF-8: read as Latin-1")]


def test_a_nested_template_in_a_bucket_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "outer.yaml").write_text(NESTING.format(url="https://bucket/inner.yaml"))
    (tmp_path / "inner.yaml").write_text(INNER)
    assert addresses(collect(tmp_path)) == ["inner.yaml:T"]


def test_a_nested_template_outside_of_the_root_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "inner.yaml").write_text(INNER)
    (tmp_path / "root" / "outer.yaml").write_text(
        NESTING.format(url="../inner.yaml") + "  T: {Type: AWS::DynamoDB::Table}"
    )
    assert addresses(collect(tmp_path / "root")) == ["outer.yaml:T"]


def test_a_link_that_leads_out_of_the_root_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "inner.yaml").write_text(INNER)
    (tmp_path / "root" / "link.yaml").symlink_to(tmp_path / "inner.yaml")
    (tmp_path / "root" / "outer.yaml").write_text(NESTING.format(url="link.yaml") + "  T: {Type: AWS::DynamoDB::Table}")
    assert addresses(collect(tmp_path / "root")) == ["outer.yaml:T"]


def test_a_template_nested_three_deep_is_found_through_stacks_that_name_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(NESTING.format(url="b.yaml"))
    (tmp_path / "b.yaml").write_text(NESTING.format(url="inner.yaml"))
    (tmp_path / "inner.yaml").write_text(INNER)
    assert addresses(collect(tmp_path)) == ["a.yaml:Inner/Inner/T"]


def test_a_missing_table_of_a_nested_stack_under_a_condition_may_not_exist(tmp_path: Path) -> None:
    outer = NESTING.format(url="inner.yaml").replace("    Type: AWS::Cl", "    Condition: IsProd\n    Type: AWS::Cl")
    (tmp_path / "outer.yaml").write_text(outer + "Conditions: {IsProd: !Equals [!Ref Protect, x]}\n")
    (tmp_path / "inner.yaml").write_text(INNER)
    (found,) = collect(tmp_path)
    assert isinstance(found.presence, Choice)
    assert (found.presence.condition.text, found.presence.if_true, found.presence.if_false) == ("IsProd", True, False)


def test_a_synthesised_stack_has_the_account_and_region_of_its_assembly() -> None:
    found = {
        item.address: item for item in collect(FIXTURES / "parsers" / "cloudformation" / "cdk", region="us-west-2")
    }
    carts, orders = found["Global/Carts/Resource"], found["Orders/Orders/Resource"]
    assert (carts.region, carts.account) == ("eu-west-1", "111122223333")
    assert (orders.region, orders.account) == ("us-west-2", unknown("AWS::AccountId", symbol="AWS::AccountId"))


def test_the_construct_of_a_synthesised_table_is_named_at_its_header() -> None:
    found = {item.address: item for item in collect(FIXTURES / "parsers" / "cloudformation" / "cdk")}
    header = found["Orders/Orders/Resource"].header()
    assert header is not None
    assert [item.message for item in header.related] == ["CDK construct Orders/Orders/Resource"]


def test_a_synthesised_nested_stack_is_read_where_it_is_nested() -> None:
    assert "Sessions" in {
        item.address.rpartition("/")[2]
        for item in collect(FIXTURES / "parsers" / "cloudformation" / "cdk")
        if "/" in item.address
    }


@pytest.mark.parametrize(
    "manifest", ["[]", "{", '{"artifacts": [1]}', '{"artifacts": {"a": {"type": "aws:cloudformation:stack"}}}']
)
def test_a_manifest_that_is_none_does_no_harm(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    (tmp_path / "t.yaml").write_text(TABLE)
    assert addresses(collect(tmp_path)) == ["t.yaml:T"]


def test_files_that_a_service_includes_are_no_stacks_of_their_own() -> None:
    found = collect(FIXTURES / "parsers" / "cloudformation" / "serverless")
    assert addresses(found) == ["serverless.yml:Orders", "serverless.yml:Carts", "serverless.yml:Sessions"]


def test_a_file_of_a_service_alone_has_its_variables_unknown() -> None:
    (found,) = collect(FIXTURES / "parsers" / "cloudformation" / "serverless", "resources/carts.yml")
    assert found.name == unknown("${self:provider.stage}", symbol="carts-${self:provider.stage}")


def service(directory: Path, custom: str, name: str) -> Any:
    """The name of the one table of a service with these custom settings."""
    (directory / "serverless.yml").write_text(
        f"service: orders\nprovider: {{name: aws}}\ncustom: {custom}\nresources:\n  Resources:\n    T:\n"
        f"      Type: AWS::DynamoDB::Table\n      Properties: {{TableName: {name}}}\n"
    )
    return collect(directory)[0].name


@pytest.mark.parametrize(
    ("custom", "name", "expected"),
    [
        ("{a: x}", "'${self:custom.a}'", "x"),
        ("{a: x}", "'${self:custom.b, self:custom.a}'", "x"),
        ("{a: {x: 1}, b: x}", "'${self:custom.a.${self:custom.b}}'", "1"),
        ("{}", "'${opt:stage, \"dev\"}-${env:X, ''}'", "dev-"),
        ("{}", "'${sls:stage}-${self:provider.stage}'", "dev-dev"),
        ("{}", "'${param:x, 5}'", "5"),
        ("{a: [x, y]}", "'${self:custom.a.1}'", "y"),
        ("{a: !Join ['', [b, c]]}", "'${self:custom.a}'", "bc"),
        ("{}", "'${strToBool(true)}'", "true"),
        ("{}", "!Sub '${self:service}-${!x}'", "orders-${x}"),
    ],
)
def test_variables_of_a_service_are_resolved(tmp_path: Path, custom: str, name: str, expected: str) -> None:
    assert service(tmp_path, custom, name) == expected


@pytest.mark.parametrize(
    ("custom", "name", "reason"),
    [
        ("{}", "'${opt:stage}'", "${opt:stage}"),
        ("{}", "'${env:STAGE}'", "${env:STAGE}"),
        ("{}", "'${ssm:/x}'", "${ssm:/x}"),
        ("{}", "'${cf:stack.Output}'", "${cf:stack.Output}"),
        ("{}", "'${self:custom.none}'", "${self:custom.none}"),
        ("{}", "'${file(none.yml):x}'", "${file(none.yml)}"),
        ("{}", "'${file(../../etc/passwd)}'", "${file(../../etc/passwd)}"),
        ("{}", "'${file(code.js):x}'", "${file(code.js)}"),
        ("{a: '${self:custom.b}', b: '${self:custom.a}'}", "'${self:custom.a}'", "${self:custom.a} (reference cycle)"),
    ],
)
def test_variables_that_the_files_do_not_decide_are_unknown_by_their_text(
    tmp_path: Path, custom: str, name: str, reason: str
) -> None:
    (tmp_path / "code.js").write_text("module.exports.x = 'x'")
    assert service(tmp_path, custom, name).because == {reason}
