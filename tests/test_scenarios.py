"""Undecided conditions: which truth assignments are possible together."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.scenarios import (
    MAX_SCENARIOS,
    And,
    Atom,
    Condition,
    Formula,
    Not,
    Or,
    describe_scenario,
    enumerate_scenarios,
)


def condition(text: str, formula: Formula) -> Condition:
    return Condition(text, frozenset({"parameter Stage"}), formula)


def truths(*conditions: Condition) -> list[dict[str, bool]] | None:
    scenarios = enumerate_scenarios(conditions)
    return scenarios and [{each.text: truth for each, truth in scenario.items()} for scenario in scenarios]


IS_PROD = condition("IsProd", Atom("Stage", "prod", None))
IS_DEV = condition("IsDev", Atom("Stage", "dev", None))


def test_no_conditions_give_one_empty_scenario() -> None:
    assert enumerate_scenarios([]) == [{}]


def test_one_condition_may_hold_or_not() -> None:
    assert truths(IS_PROD) == [{"IsProd": True}, {"IsProd": False}]


def test_two_values_of_one_subject_never_hold_together() -> None:
    assert truths(IS_PROD, IS_DEV) == [
        {"IsDev": True, "IsProd": False},
        {"IsDev": False, "IsProd": True},
        {"IsDev": False, "IsProd": False},
    ]


def test_a_condition_and_its_negation_always_differ() -> None:
    assert truths(IS_PROD, IS_PROD.negated("NotProd")) == [
        {"IsProd": True, "NotProd": False},
        {"IsProd": False, "NotProd": True},
    ]


def test_allowed_values_rule_out_any_other_value() -> None:
    domain = ("dev", "prod")
    prod = condition("IsProd", Atom("Stage", "prod", domain))
    dev = condition("IsDev", Atom("Stage", "dev", domain))
    assert truths(prod, dev) == [{"IsDev": True, "IsProd": False}, {"IsDev": False, "IsProd": True}]


def test_a_value_that_is_not_allowed_never_holds() -> None:
    assert truths(condition("IsTest", Atom("Stage", "test", ("dev", "prod")))) == [{"IsTest": False}]


def test_conjunction_and_disjunction_follow_their_parts() -> None:
    either = condition("Either", Or((IS_PROD.formula, IS_DEV.formula)))
    neither = condition("Neither", And((Not(IS_PROD.formula), Not(IS_DEV.formula))))
    assert truths(either, neither) == [{"Either": True, "Neither": False}, {"Either": False, "Neither": True}]


def test_true_and_one_are_different_values() -> None:
    assert truths(condition("True", Atom("x", True, None)), condition("One", Atom("x", 1, None))) == [
        {"One": True, "True": False},
        {"One": False, "True": True},
        {"One": False, "True": False},
    ]


def test_opaque_conditions_of_the_same_text_are_the_same_condition() -> None:
    assert truths(Condition.opaque("c", {"var.a"}), Condition.opaque("c", {"var.a"})) == [{"c": True}, {"c": False}]


def test_more_scenarios_than_the_cap_are_not_enumerated() -> None:
    many = [Condition.opaque(f"c{number}", ()) for number in range(7)]
    assert enumerate_scenarios(many) is None
    assert len(enumerate_scenarios(many[:6]) or ()) == MAX_SCENARIOS


def test_very_many_conditions_are_refused_without_enumerating() -> None:
    assert enumerate_scenarios(Condition.opaque(f"c{number}", ()) for number in range(10_000)) is None


def test_the_order_does_not_depend_on_the_order_of_the_conditions() -> None:
    assert enumerate_scenarios([IS_PROD, IS_DEV]) == enumerate_scenarios([IS_DEV, IS_PROD])


def test_a_scenario_is_described_in_the_users_words() -> None:
    assert describe_scenario({IS_PROD: False, IS_DEV: True}) == "IsProd is false and IsDev is true"


subjects = st.sampled_from(["x", "y"])
atoms = st.builds(Atom, subject=subjects, equals=st.sampled_from(["a", "b"]), domain=st.none())
formulas = st.recursive(
    atoms,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, max_size=2).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=2).map(tuple))
    ),
    max_leaves=5,
)


def evaluate(formula: Formula, world: dict[str, Any]) -> bool:
    if isinstance(formula, Atom):
        return bool(world[formula.subject] == formula.equals)
    if isinstance(formula, Not):
        return not evaluate(formula.operand, world)
    parts = [evaluate(operand, world) for operand in formula.operands]
    return all(parts) if isinstance(formula, And) else any(parts)


@given(st.lists(formulas, min_size=1, max_size=4))
def test_the_scenarios_are_exactly_the_consistent_assignments(drawn: list[Formula]) -> None:
    conditions = [condition(f"c{number}", formula) for number, formula in enumerate(drawn)]
    possible = {
        tuple(evaluate(each.formula, {"x": x, "y": y}) for each in conditions)
        for x, y in product(["a", "b", "other"], repeat=2)
    }
    scenarios = enumerate_scenarios(conditions)
    assert scenarios is not None
    found = [tuple(scenario[each] for each in conditions) for scenario in scenarios]
    assert len(found) == len(set(found))
    assert set(found) == possible


@pytest.mark.parametrize("cap", [0, 1, 2])
def test_the_cap_counts_assignments(cap: int) -> None:
    found = enumerate_scenarios([IS_PROD], cap)
    assert (found is None) == (cap < 2)
