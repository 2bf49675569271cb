"""What each intrinsic function gives for values that are known, unknown or undecided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dyncheck.values import Choice, Unknown

from .support import collect, shown, table

STAGE = "Parameters: {Stage: {Type: String}, Many: {Type: CommaDelimitedList}}"


def value(directory: Path, expression: str, sections: str = STAGE, **options: Any) -> Any:
    """What an expression comes to as the value of a tag."""
    tags = table(directory, f"      Tags: [{{Key: k, Value: {expression}}}]", sections, **options).tags
    return tags["k"] if isinstance(tags, dict) else tags


def unknown_value(found: Any) -> tuple[list[str], str | None]:
    assert isinstance(found, Unknown)
    return sorted(found.because), found.symbol


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Join [', ', [a, b, 3]]", "a, b, 3"),
        ("!Join ['', []]", ""),
        ("!Join ['-', [a, !Ref AWS::NoValue, b]]", "a-b"),
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['0', !Split ['|', 'a|b']]", "a"),
        ("!Sub 'a${!b}c'", "a${b}c"),
        ("!Sub ['${x}-${y}', {x: 1, y: !Join ['', [z]]}]", "1-z"),
        ("!Base64 hello", "aGVsbG8="),
        ("!Length [a, b]", "2"),
        ("!ToJsonString {a: [b, true, 5]}", '{"a":["b",true,"5"]}'),
        ("true", "true"),
        ("'{{not:resolved}}'", "{{not:resolved}}"),
    ],
)
def test_known_values_give_a_known_value(tmp_path: Path, expression: str, expected: str) -> None:
    assert value(tmp_path, expression) == expected


@pytest.mark.parametrize(
    ("expression", "because", "symbol"),
    [
        ("!Ref Stage", "parameter Stage", "parameter:Stage"),
        ("!Sub '${Stage}'", "parameter Stage", "parameter:Stage"),
        ("!Sub 'x-${Stage}'", "parameter Stage", "x-${parameter:Stage}"),
        ("!Join ['-', [x, !Ref Stage]]", "parameter Stage", "x-${parameter:Stage}"),
        ("!Join ['-', !Ref Many]", "parameter Many", "Fn::Join(-, ${parameter:Many})"),
        ("!Select [0, !Ref Many]", "parameter Many", "Fn::Select(0, ${parameter:Many})"),
        (
            "!Select [0, !Split ['-', !Ref Stage]]",
            "parameter Stage",
            "Fn::Select(0, ${Fn::Split(-, ${parameter:Stage})})",
        ),
        ("!Base64 {Ref: Stage}", "parameter Stage", "Fn::Base64(${parameter:Stage})"),
        ("!Length {Ref: Many}", "parameter Many", "Fn::Length(${parameter:Many})"),
        ("!ImportValue shared", "import shared", "import:shared"),
        ("!Ref AWS::Region", "AWS::Region", "AWS::Region"),
        ("!Ref AWS::StackName", "AWS::StackName", "AWS::StackName"),
        ("!Ref Nothing", "!Ref Nothing", "Nothing.Ref"),
        ("!GetAtt Other.Arn", "Other.Arn", "Other.Arn"),
        ("!GetAtt [Other, Arn]", "Other.Arn", "Other.Arn"),
        ("!Sub '${Other.Arn}/index'", "Other.Arn", "${Other.Arn}/index"),
        ("'{{resolve:ssm:/a/b:1}}'", "{{resolve:ssm:/a/b:1}}", "{{resolve:ssm:/a/b:1}}"),
        ("!Cidr [10.0.0.0/16, 1]", "Fn::Cidr", None),
        ("!ToJsonString {a: !Ref Stage}", "parameter Stage", None),
        ("{'Fn::Unheard': x}", "Fn::Unheard", None),
        ("{'Fn::Transform': {Name: Macro}}", "macro Macro", None),
    ],
)
def test_an_unknown_part_makes_the_value_unknown_for_its_reason(
    tmp_path: Path, expression: str, because: str, symbol: str | None
) -> None:
    assert unknown_value(value(tmp_path, expression)) == ([because], symbol)


@pytest.mark.parametrize(
    "expression",
    [
        "!Join [a]",
        "!Select [5, [a]]",
        "!Select [x, [a]]",
        "!Split ['', a]",
        "!Sub [a, b, c]",
        "!If [A, b]",
        "!FindInMap [a]",
        "!GetAtt a",
        "!Length x",
    ],
)
def test_a_call_that_cannot_work_is_unknown_as_invalid(tmp_path: Path, expression: str) -> None:
    because, symbol = unknown_value(value(tmp_path, expression))
    name = expression.split(" ", 1)[0].removeprefix("!")
    assert (because, symbol) == ([f"invalid Fn::{name}"], None)


def test_the_region_of_the_command_line_is_the_pseudo_parameter(tmp_path: Path) -> None:
    found = table(tmp_path, "      TableName: !Sub orders-${AWS::Region}", region="eu-west-1")
    assert (found.name, found.region) == ("orders-eu-west-1", "eu-west-1")


@pytest.mark.parametrize("argument", ["''", "{Ref: AWS::Region}", "null"])
def test_zones_hang_on_the_region_and_on_the_account(tmp_path: Path, argument: str) -> None:
    found = value(tmp_path, f"!Select [0, {{'Fn::GetAZs': {argument}}}]")
    symbol = "Fn::Select(0, ${Fn::GetAZs(${availability zones}, ${AWS::Region})})"
    assert unknown_value(found) == (["AWS::Region", "availability zones"], symbol)


def test_a_choice_inside_a_text_is_a_choice_of_texts(tmp_path: Path) -> None:
    sections = STAGE + "\nConditions: {IsProd: !Equals [!Ref Stage, prod]}"
    found = value(tmp_path, "!Join ['-', [!If [IsProd, a, b], x, !If [IsProd, c, d]]]", sections)
    assert isinstance(found, Choice)
    assert (found.condition.text, found.if_true, found.if_false) == ("IsProd", "a-x-c", "b-x-d")


def test_more_undecided_conditions_than_can_be_told_apart_make_a_text_unknown(tmp_path: Path) -> None:
    names = [f"P{number}" for number in range(12)]
    parameters = ", ".join(f"{name}: {{Type: String}}" for name in names)
    conditions = ", ".join(f"C{name}: !Equals [!Ref {name}, x]" for name in names)
    parts = ", ".join(f"!If [C{name}, {name}, {name}y]" for name in names)
    sections = f"Parameters: {{{parameters}}}\nConditions: {{{conditions}}}"
    found = value(tmp_path, f"!Join ['', [{parts}]]", sections)
    while isinstance(found, Choice):
        found = found.if_true
    assert unknown_value(found) == (sorted(f"parameter {name}" for name in names[6:]), None)


MAPPINGS = """
Parameters: {Stage: {Type: String}, Kind: {Type: String, AllowedValues: [small, large]}}
Mappings:
  Stages:
    dev: {Class: STANDARD, Same: x}
    test: {Class: STANDARD, Same: x}
    prod: {Class: STANDARD_INFREQUENT_ACCESS, Same: x}
  Kinds: {small: {Reads: 5}, large: {Reads: 50}, huge: {Reads: 500}}
"""


def test_a_mapping_under_a_known_key_gives_its_value(tmp_path: Path) -> None:
    assert value(tmp_path, "!FindInMap [Kinds, small, Reads]", MAPPINGS) == "5"


def test_a_mapping_under_an_unknown_key_gives_a_choice_over_the_keys_that_differ(tmp_path: Path) -> None:
    found = value(tmp_path, "!FindInMap [Stages, !Ref Stage, Class]", MAPPINGS)
    assert isinstance(found, Choice)
    assert (found.condition.text, sorted(found.condition.because)) == ('Stage == "prod"', ["parameter Stage"])
    assert (found.if_true, found.if_false) == ("STANDARD_INFREQUENT_ACCESS", "STANDARD")


def test_a_mapping_whose_keys_all_agree_gives_that_value(tmp_path: Path) -> None:
    assert value(tmp_path, "!FindInMap [Stages, !Ref Stage, Same]", MAPPINGS) == "x"


def test_keys_that_a_parameter_does_not_allow_count_for_nothing(tmp_path: Path) -> None:
    found = value(tmp_path, "!FindInMap [Kinds, !Ref Kind, Reads]", MAPPINGS)
    assert isinstance(found, Choice)
    assert (found.condition.text, found.if_true, found.if_false) == ('Kind == "large"', "50", "5")


def test_a_missing_key_gives_the_default_value_or_is_unknown(tmp_path: Path) -> None:
    assert value(tmp_path, "!FindInMap [Kinds, tiny, Reads, {DefaultValue: 1}]", MAPPINGS) == "1"
    assert value(tmp_path, "!FindInMap [None, tiny, Reads, {DefaultValue: 1}]", MAPPINGS) == "1"
    found = value(tmp_path, "!FindInMap [Kinds, tiny, Reads]", MAPPINGS)
    assert unknown_value(found) == (["mapping has no tiny.Reads"], None)


def test_with_a_default_value_an_unknown_key_may_be_any_other(tmp_path: Path) -> None:
    found = value(tmp_path, "!FindInMap [Kinds, !Ref Stage, Reads, {DefaultValue: 5}]", MAPPINGS)
    assert isinstance(found, Choice)
    assert (found.condition.text, found.if_true) == ('Stage == "huge"', "500")
    assert (found.if_false.condition.text, found.if_false.if_true, found.if_false.if_false) == (
        'Stage == "large"',
        "50",
        "5",
    )


def test_a_table_with_a_known_name_is_referred_to_by_it(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources:\n"
        "  A:\n    Type: AWS::DynamoDB::Table\n    Properties: {TableName: orders}\n"
        "  B:\n    Type: AWS::DynamoDB::Table\n    Properties: {TableName: !Sub '${A}-copy'}\n"
    )
    assert [item.name for item in collect(tmp_path)] == ["orders", "orders-copy"]


def test_a_table_without_a_name_is_referred_to_by_its_symbol(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources:\n"
        "  A: {Type: AWS::DynamoDB::Table}\n"
        "  B:\n    Type: AWS::DynamoDB::Table\n    Properties: {TableName: !Sub '${A}-copy'}\n"
    )
    names = [unknown_value(item.name) for item in collect(tmp_path)]
    assert names == [
        (["generated by CloudFormation"], "A.Ref"),
        (["generated by CloudFormation"], "${A.Ref}-copy"),
    ]


def test_a_loop_replaces_its_identifier_in_any_text(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Tables:\n    - Name\n    - [one, two-b]\n"
        "    - 'T&{Name}': {Type: AWS::DynamoDB::Table, Properties: {TableName: 'x-${Name}'}}\n"
    )
    assert [(item.address, item.name) for item in collect(tmp_path)] == [("Tone", "x-one"), ("Ttwob", "x-two-b")]


def test_a_loop_that_is_malformed_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  A: {Type: AWS::DynamoDB::Table}\n  Fn::ForEach::Tables: [Name]\n"
    )
    assert [shown(item) for item in collect(tmp_path)[1:]] == [
        'template.yaml:3:3: "Fn::ForEach::Tables" must be [identifier, collection, {key: value}]'
    ]
