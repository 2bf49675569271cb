"""Examples as texts: one per source, plans with the source beside them, parameters of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyncheck.examples import read_example
from dyncheck.policy.examples import Expectation, Text, expected_of, run_examples, texts
from dyncheck.policy.lint import lint
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Example

RULE = """\
id: MY-CHG-001
name: no-deletions
title: Plan that deletes a table
category: custom
severity: low
since: "1.0.0"
kind: table_change
params:
  allowed:
    default: [old]
    description: Names of tables that may go.
check: table_change.action != "delete" || (table_change.name != null && table_change.name in params.allowed)
message: "Gone. Really."
description: x
rationale: x
remediation: x
examples:
  pass:
    - title: one that may go
      plan: |
        {"format_version": "1.2", "resource_changes": [{"address": "aws_dynamodb_table.t", "mode": "managed",
         "type": "aws_dynamodb_table", "name": "t", "change": {"actions": ["delete"], "before": {"name": "t"},
         "after": null}}]}
      params:
        allowed: PARAMS
  fail:
    - title: one that may not, and is declared still
      terraform: |
        # expect: MY-CHG-001
        resource "aws_dynamodb_table" "t" {
        }
      plan: |
        {"format_version": "1.2", # a remark that is none
         "resource_changes": []}
"""
PLAN = """\
{ # expect: MY-CHG-001
  "format_version": "1.2"
  // expect: MY-CHG-001
}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "no-deletions.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_terraform_beside_a_plan_is_no_example_by_itself() -> None:
    found = texts(Example("x", terraform="a", cloudformation="b", plan="c"))
    assert [(text.source, text.beside) for text in found] == [("plan", "a"), ("cloudformation", None)]


def test_a_plan_is_read_without_its_comments_and_with_every_line_in_its_place() -> None:
    text = Text("plan", PLAN, "source")
    assert text.files() == {"plan.json": '{ \n  "format_version": "1.2"\n  \n}\n', "main.tf": "source"}


def test_expectations_are_looked_for_in_the_plan_and_in_the_source_beside_it() -> None:
    text = Text("plan", PLAN, "# expect-unknown: MY-CHG-001\nresource {}\n")
    assert expected_of(text, "MY-CHG-001") == {
        Expectation(1, "fail"): 1,
        Expectation(4, "fail"): 1,
        Expectation(2, "unknown", "main.tf"): 1,
    }


def test_an_example_is_judged_with_its_own_parameters_and_a_plan_with_its_source(tmp_path: Path) -> None:
    failing = (
        '{"format_version": "1.2", "resource_changes": [{"address": "aws_dynamodb_table.t", "mode": "managed", '
        '"type": "aws_dynamodb_table", "name": "t", "change": {"actions": ["delete"], "before": {"name": "t"}, '
        '"after": null}}]}'
    )
    text = RULE.replace("PARAMS", "[t]")
    start = text.index('        {"format_version": "1.2", # a remark')
    rules = load_rules([write(tmp_path, f"{text[:start]}        {failing}\n")])
    rule = rules.find("MY-CHG-001")
    assert rule is not None
    assert run_examples(rule, lambda each: read_example(each.files())) == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ("[1]", "the parameter allowed must be a list of strings"),
        ("t", "the parameter allowed must be a list of strings, not a string"),
    ],
)
def test_parameters_of_examples_are_checked_where_they_stand(tmp_path: Path, params: str, said: str) -> None:
    (error,) = lint([write(tmp_path, RULE.replace("PARAMS", params))])
    assert said in error.message
    assert error.line == 25


def test_a_parameter_that_the_rule_does_not_have_is_a_mistake(tmp_path: Path) -> None:
    (error,) = lint([write(tmp_path, RULE.replace("        allowed: PARAMS", "        alowed: [t]"))])
    assert error.message == "there is no parameter alowed, did you mean allowed?"
    assert error.line == 25
