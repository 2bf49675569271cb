"""Undecided conditions: choices between known arms, and how conditions over one variable hang together."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.parsers.terraform.evaluate import Invalid
from dyncheck.scenarios import And, Atom, Condition, Not, Or, enumerate_scenarios
from dyncheck.values import ABSENT, Choice, Unknown, conditions_in, resolve, unknown
from tests.parsers.terraform.expressions import unset, value

ENV = frozenset({"var.env"})
P = Condition("var.p", frozenset({"var.p"}), Atom("var.p", True, (True, False)))
PROD = Condition('var.env == "prod"', ENV, Atom("var.env", "prod", None))
DEV = Condition('var.env == "dev"', ENV, Atom("var.env", "dev", None))


def choice(condition: Condition, if_true: Any, if_false: Any) -> Choice:
    return Choice(condition, if_true, if_false)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('var.env == "prod" ? 5 : 1', choice(PROD, 5, 1)),
        ('var.env == "prod"', choice(PROD, True, False)),
        ('"prod" == var.env', choice(PROD, True, False)),
        ('var.env != "dev"', choice(DEV, False, True)),
        ('!(var.env == "prod")', choice(PROD, False, True)),
        ('var.p ? "a" : "b"', choice(P, "a", "b")),
        ("!var.p", choice(P, False, True)),
        ("var.p", unset("p")),
        ("!(!var.p)", choice(P, True, False)),
        ("var.p && true", unset("p")),
        ("var.p == true", choice(Condition("var.p == true", P.because, P.formula), True, False)),
        ("var.p ? 1 : 1", 1),
        ("var.p ? var.x : var.x", unset("x")),
        ("var.p ? (var.p ? 1 : 2) : 3", choice(P, 1, 3)),
        ('var.p ? "${var.p ? "a" : "b"}" : "c"', choice(P, "a", "c")),
        ("var.p ? [1] : []", choice(P, [1], [])),
        ("length(var.p ? [1] : [])", choice(P, 1, 0)),
        ('"t-${var.p ? "a" : "b"}"', choice(P, "t-a", "t-b")),
        ('upper(var.p ? "a" : "b")', choice(P, "A", "B")),
        ("(var.p ? 1 : 2) + (var.p ? 10 : 20)", choice(P, 11, 22)),
        ("-(var.p ? 1 : 2)", choice(P, -1, -2)),
        ("(var.p ? { a = 1 } : { a = 2 }).a", choice(P, 1, 2)),
        ("[5, 6][var.p ? 0 : 1]", choice(P, 5, 6)),
        ("jsonencode({ a = var.p ? 1 : 2 })", choice(P, '{"a":1}', '{"a":2}')),
        ("concat([1], var.p ? [2] : [])", [1, choice(P, 2, ABSENT)]),
        ("concat([1], var.p ? [2] : [])[1]", choice(P, 2, value("[1][1]"))),
        ("length(concat([1], var.p ? [2, 3] : []))", choice(P, 3, 1)),
        ("merge({ a = 1 }, var.p ? { a = 2, b = 3 } : {})", {"a": choice(P, 2, 1), "b": choice(P, 3, ABSENT)}),
        ("merge({ a = 1 }, var.p ? { b = 3 } : null).b", choice(P, 3, value("{ a = 1 }.b"))),
        ('{ for k in ["a"] : k => 1 if var.p }', {"a": choice(P, 1, ABSENT)}),
        ('lookup({ for k in ["a"] : k => 1 if var.p }, "a", 0)', choice(P, 1, 0)),
        ("[for n in [1, 2] : n if var.p]", [choice(P, 1, ABSENT), choice(P, 2, ABSENT)]),
        ('[for e in ["dev", "prod"] : e if e == var.env]', [choice(DEV, "dev", ABSENT), choice(PROD, "prod", ABSENT)]),
        ("[for n in [for m in [1, 2] : m if var.p] : n * 2]", [choice(P, 2, ABSENT), choice(P, 4, ABSENT)]),
        ("flatten([[1], var.p ? [2] : []])", [1, choice(P, 2, ABSENT)]),
        ('toset(concat(["a"], var.p ? ["b"] : []))', choice(P, ["a", "b"], ["a"])),
        ("try(var.p ? [1][5] : 2, 3)", unknown("var.p")),
        ("{ dev = 1, prod = 2 }[var.env]", choice(DEV, 1, 2)),
        ("{ dev = false, qa = false, prod = true }[var.env]", choice(PROD, True, False)),
        ("lookup({ prod = 2 }, var.env, 1)", choice(PROD, 2, 1)),
        ("try({ prod = 2 }[var.env], 1)", choice(PROD, 2, 1)),
        ('"a%{ if var.p }b%{ else }c%{ endif }"', choice(P, "ab", "ac")),
    ],
)
def test_an_undecided_condition_leaves_a_choice(text: str, expected: Any) -> None:
    assert value(text) == expected


def test_arms_that_are_errors_stay_in_their_arm() -> None:
    found = value("var.p ? [1][0] : [1][5]")
    assert found.if_true == 1
    assert isinstance(found.if_false, Invalid)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("var.p && var.q", And((Atom("var.p", True, (True, False)), Atom("var.q", True, (True, False))))),
        ("var.p || var.q", Or((Atom("var.p", True, (True, False)), Atom("var.q", True, (True, False))))),
        (
            'var.env == "a" || var.env == "b" || var.p',
            Or((Atom("var.env", "a", None), Atom("var.env", "b", None), Atom("var.p", True, (True, False)))),
        ),
        ('var.p && var.env != "dev"', And((Atom("var.p", True, (True, False)), Not(Atom("var.env", "dev", None))))),
        ('contains(["a", "b"], var.env)', Or((Atom("var.env", "a", None), Atom("var.env", "b", None)))),
        ("var.env == null", Atom("var.env", None, None)),
        ("var.n > 5", Atom("var.n > 5", True, (True, False))),
        ('startswith(var.env, "p") && true ? true : false', Atom('startswith(${var.env}, "p")', True, (True, False))),
        ("var.env == var.other", Atom("var.env == var.other", True, (True, False))),
        ("alltrue([var.p, var.q])", And((Atom("var.p", True, (True, False)), Atom("var.q", True, (True, False))))),
        (
            "anytrue([var.p, false, var.q])",
            Or((Atom("var.p", True, (True, False)), Atom("var.q", True, (True, False)))),
        ),
        ('[var.env] == ["prod"]', Atom("var.env", "prod", None)),
    ],
)
def test_a_condition_is_a_formula_over_the_variables_that_decide_it(text: str, formula: Any) -> None:
    found = value(text)
    assert (found.condition.formula, found.if_true, found.if_false) == (formula, True, False)


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ('var.env == "prod" ? 1 : 2', 'var.env == "prod"'),
        ("var.p && var.q ? 1 : 2", "var.p && var.q"),
        ('var.p && var.env != "dev" ? 1 : 2', 'var.p && var.env != "dev"'),
        ("(var.p || var.q) && var.r ? 1 : 2", "(var.p || var.q) && var.r"),
        ("var.p && !var.q ? 1 : 2", "var.p && !var.q"),
        ("var.n >= 3 ? 1 : 2", "var.n >= 3"),
        ('lower(var.env) == "prod" ? 1 : 2', 'lower(var.env) == "prod"'),
        ('"${var.env}-x" == "prod-x" ? 1 : 2', '"${var.env}-x" == "prod-x"'),
        ('timestamp() == "x" ? 1 : 2', 'timestamp() == "x"'),
        ("can(var.x.y) ? 1 : 2", "can(var.x.y)"),
        ('contains(var.l, "a") ? 1 : 2', 'contains(var.l, "a")'),
    ],
)
def test_a_condition_is_worded_as_it_is_written(text: str, wording: str) -> None:
    assert value(text).condition.text == wording


def test_conditions_without_identity_are_the_same_only_over_the_same_unknowns() -> None:
    text = 'var.x == "a"'
    first, again = value(text, x=unknown("one")), value(text, x=unknown("one"))
    other = value(text, x=unknown("two"))
    assert first == again
    assert first.condition.formula != other.condition.formula


def test_elements_of_a_loop_have_conditions_of_their_own() -> None:
    items = [{"on": unknown("data.x")}, {"on": unknown("data.x")}]
    found = value("[for item in var.items : 1 if item.on]", items=items)
    assert len({item.condition for item in found}) == 2


def outcomes(text: str) -> list[Any]:
    """The values that an expression has in the consistent scenarios of its conditions."""
    found = value(text)
    scenarios = enumerate_scenarios(conditions_in(found))
    assert scenarios is not None
    return [resolve(found, scenario) for scenario in scenarios]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[var.env == "a" ? 1 : 0, var.env == "b" ? 1 : 0]', [[1, 0], [0, 1], [0, 0]]),
        ("[var.p ? 1 : 0, !var.p ? 1 : 0]", [[1, 0], [0, 1]]),
        ('[var.env != "a" ? 1 : 0, var.env == "a" ? 1 : 0]', [[0, 1], [1, 0]]),
        ('[var.env == "a" || var.env == "b" ? 1 : 0, var.env == "a" ? 1 : 0]', [[1, 1], [1, 0], [0, 0]]),
        ("[var.p == null ? 0 : 1, var.p ? 1 : 0]", [[1, 1], [1, 0], [0, 0]]),
        ('[for e in ["a", "b"] : e if contains(["a"], var.env) || e == "b"]', [["a", "b"], ["b"]]),
    ],
)
def test_contradictory_outcomes_are_never_combined(text: str, expected: list[Any]) -> None:
    found = outcomes(text)
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_choice_among_too_many_conditions_is_unknown() -> None:
    text = " + ".join(f"(var.p{number} ? 1 : 0)" for number in range(8))
    assert value(text) == Unknown(frozenset(f"var.p{number}" for number in range(8)))
