"""Conditions: decided where they can be, else formulas over what is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyncheck.model import Table
from dyncheck.scenarios import And, Atom, Condition, Not, Or, enumerate_scenarios
from dyncheck.values import Choice, conditions_in

from .support import collect, table

PARAMETERS = """
Parameters:
  Stage: {Type: String, AllowedValues: [dev, test, prod]}
  Open: {Type: String}
  Set: {Type: String, Default: "true"}
"""

IS_PROD = Atom("parameter:Stage", "prod", ("dev", "test", "prod"))
IS_X = Atom("parameter:Open", "x", None)


def decided(directory: Path, condition: str) -> bool | Condition:
    """What a condition named C comes to."""
    found = table(
        directory, "      DeletionProtectionEnabled: !If [C, true, false]", f"{PARAMETERS}\nConditions:\n{condition}"
    )
    value = found.deletion_protection_enabled
    if isinstance(value, Choice):
        assert (value.if_true, value.if_false) == (True, False)
        return value.condition
    assert isinstance(value, bool)
    return value


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("!Equals [!Ref Set, true]", True),
        ("!Equals [!Ref Set, 'false']", False),
        ("!Equals [1, '1']", True),
        ("!Equals [!Ref Stage, !Ref Stage]", True),
        ("!Equals [!Ref Stage, staging]", False),
        ("!Not [!Equals [a, a]]", False),
        ("!And [!Equals [!Ref Open, x], !Equals [a, b]]", False),
        ("!Or [!Equals [!Ref Open, x], !Equals [a, a]]", True),
        ("!And [!Equals [a, a], !Equals [b, b]]", True),
    ],
)
def test_what_is_known_decides_a_condition(tmp_path: Path, condition: str, expected: bool) -> None:
    assert decided(tmp_path, f"  C: {condition}") is expected


def test_an_undecided_condition_has_its_own_name_its_reasons_and_its_formula(tmp_path: Path) -> None:
    assert decided(tmp_path, "  C: !Equals [!Ref Stage, prod]") == Condition(
        "C", frozenset({"parameter Stage"}), IS_PROD
    )


def test_the_long_form_in_json_is_the_same(tmp_path: Path) -> None:
    assert decided(tmp_path, '  C: {"Fn::Not": [{"Fn::Equals": ["x", {"Ref": "Open"}]}]}') == Condition(
        "C", frozenset({"parameter Open"}), Not(IS_X)
    )


def test_conditions_of_conditions_compose_and_decided_parts_fall_away(tmp_path: Path) -> None:
    text = """
  IsProd: !Equals [!Ref Stage, prod]
  IsX: !Equals [!Ref Open, x]
  C: !And [!Or [!Condition IsProd, !Condition IsX, !Equals [a, b]], !Not [!Condition IsProd], !Equals [a, a]]"""
    assert decided(tmp_path, text) == Condition(
        "C", frozenset({"parameter Stage", "parameter Open"}), And((Or((IS_PROD, IS_X)), Not(IS_PROD)))
    )


def test_a_comparison_with_a_choice_is_decided_arm_by_arm(tmp_path: Path) -> None:
    text = """
  IsProd: !Equals [!Ref Stage, prod]
  C: !Equals [!If [IsProd, a, b], b]"""
    assert decided(tmp_path, text) == Condition("C", frozenset({"parameter Stage"}), Not(IS_PROD))


def test_two_unknowns_are_compared_as_one_question(tmp_path: Path) -> None:
    condition = decided(tmp_path, "  C: !Equals [!Ref Open, !Ref Stage]")
    assert isinstance(condition, Condition)
    assert condition.formula == Atom("parameter:Open == parameter:Stage")


def test_an_unknown_without_identity_makes_a_question_of_its_own(tmp_path: Path) -> None:
    condition = decided(tmp_path, "  C: !Equals [!Select [0, !Cidr [10.0.0.0/16, 1]], x]")
    assert isinstance(condition, Condition)
    assert (condition.because, condition.formula) == (frozenset({"Fn::Cidr"}), Atom("template.yaml:8:6"))


def test_a_condition_that_is_not_declared_is_a_question_of_its_own(tmp_path: Path) -> None:
    assert decided(tmp_path, "  D: !Equals [a, a]") == Condition.opaque("C", {"condition C (not declared)"})


def test_scenarios_of_a_table_are_consistent(tmp_path: Path) -> None:
    sections = f"""{PARAMETERS}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Equals [!Ref Stage, dev]"""
    properties = """
      DeletionProtectionEnabled: !If [IsProd, true, false]
      TableClass: !If [IsDev, STANDARD, STANDARD_INFREQUENT_ACCESS]"""
    scenarios = enumerate_scenarios(conditions_in(table(tmp_path, properties, sections)))
    found = [{condition.text: truth for condition, truth in scenario.items()} for scenario in scenarios or ()]
    assert found == [
        {"IsDev": True, "IsProd": False},
        {"IsDev": False, "IsProd": False},
        {"IsDev": False, "IsProd": True},
    ]


def test_a_resource_under_an_undecided_condition_may_exist(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        f"{PARAMETERS}\n"
        "Conditions: {IsProd: !Equals [!Ref Stage, prod], Never: !Equals [a, b], Always: !Equals [a, a]}\n"
        "Resources:\n"
        "  Perhaps: {Type: AWS::DynamoDB::Table, Condition: IsProd}\n"
        "  Not: {Type: AWS::DynamoDB::Table, Condition: Never}\n"
        "  Sure: {Type: AWS::DynamoDB::Table, Condition: Always}\n"
    )
    found = {item.address: item.presence for item in collect(tmp_path) if isinstance(item, Table)}
    condition = Condition("IsProd", frozenset({"parameter Stage"}), IS_PROD)
    assert found == {"Perhaps": Choice(condition, True, False), "Sure": True}
