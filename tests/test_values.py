"""The value layer: unknown never turns into something known, and a choice keeps its condition until it is decided."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.location import Location, Span
from dyncheck.model import GlobalSecondaryIndex, ProvisionedThroughput, Table
from dyncheck.scenarios import Atom, Condition, Not, enumerate_scenarios
from dyncheck.values import (
    ABSENT,
    MAX_CHOICE_DEPTH,
    Choice,
    OpenList,
    Unknown,
    choose,
    conditions_in,
    is_known,
    lift,
    reasons,
    resolve,
    unknown,
)

PROD = Condition("IsProd", frozenset({"parameter Stage"}), Atom("parameter:Stage", "prod", None))
DEV = Condition("IsDev", frozenset({"parameter Stage"}), Atom("parameter:Stage", "dev", None))
NOT_PROD = PROD.negated("NotProd")
OTHER = Condition.opaque("var.p ? …", {"var.p"})
CONDITIONS = (PROD, DEV, NOT_PROD, OTHER)

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b"])
unknowns = st.builds(unknown, st.sampled_from(["var.x", "var.y"]), symbol=st.none() | st.just("var.x"))


def _branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner | st.just(ABSENT), max_size=3).map(tuple)
    return (
        st.builds(Choice, st.sampled_from(CONDITIONS), inner, inner)
        | lists
        | st.builds(OpenList, lists, st.just(frozenset({"var.more"})))
        | st.dictionaries(st.sampled_from(["k", "l"]), inner, max_size=2)
        | st.builds(ProvisionedThroughput, read_capacity_units=inner, write_capacity_units=inner)
        | st.builds(GlobalSecondaryIndex, index_name=inner, projection=inner)
    )


values = st.recursive(scalars | unknowns, _branches, max_leaves=12)
plain_choices = st.recursive(
    scalars | unknowns, lambda inner: st.builds(Choice, st.sampled_from(CONDITIONS), inner, inner), max_leaves=8
)


def _holds_choice(value: Any) -> bool:
    if isinstance(value, (Choice,)) or value is ABSENT:
        return True
    if isinstance(value, (tuple, list)):
        return any(_holds_choice(item) for item in value)
    if isinstance(value, dict):
        return any(_holds_choice(item) for item in value.values())
    if isinstance(value, msgspec.Struct) and not isinstance(value, Unknown):
        return any(_holds_choice(getattr(value, name)) for name in value.__struct_fields__)
    return False


@pytest.mark.parametrize("value", [unknown("var.x"), OpenList((), frozenset({"var.x"})), Choice(PROD, True, True)])
def test_what_is_not_known_has_no_truth_value(value: Any) -> None:
    with pytest.raises(TypeError):
        bool(value)


def test_only_unknowns_open_lists_and_choices_are_not_known() -> None:
    known = [None, False, 0, "", (), (unknown("var.x"),), {}, ProvisionedThroughput()]
    hidden = [unknown("var.x"), OpenList((1,), frozenset()), Choice(PROD, 1, 2)]
    assert [is_known(value) for value in known + hidden] == [True] * len(known) + [False] * len(hidden)


def test_reasons_are_those_of_unknowns_open_lists_and_conditions() -> None:
    found = reasons([1, unknown("var.a", "var.b"), OpenList((), frozenset({"var.c"})), Choice(PROD, 1, 2), "var.d"])
    assert found == {"var.a", "var.b", "var.c", "parameter Stage"}


def test_lift_maps_the_arms_of_a_choice() -> None:
    assert lift(str.upper, Choice(PROD, "a", Choice(OTHER, "b", unknown("var.x", symbol="var.x")))) == Choice(
        PROD, "A", Choice(OTHER, "B", unknown("var.x"))
    )


def test_lift_drops_the_symbol_of_an_unknown_for_the_result_is_another_value() -> None:
    assert lift(str.upper, unknown("var.x", symbol="var.x")) == unknown("var.x")


def test_lift_passes_absent_elements_and_open_lists_through() -> None:
    items = OpenList((1,), frozenset({"var.x"}))
    assert lift(str.upper, Choice(PROD, ABSENT, items)) == Choice(PROD, ABSENT, items)


def test_lift_gives_up_on_choices_nested_too_deep() -> None:
    value: Any = "a"
    for level in range(MAX_CHOICE_DEPTH + 2):
        value = Choice(Condition.opaque(f"c{level}", {f"var.c{level}"}), f"v{level}", value)
    lifted = lift(str.upper, value)
    for _ in range(MAX_CHOICE_DEPTH):
        lifted = lifted.if_false
    assert lifted == unknown("var.c1")


def test_choose_of_two_equal_known_arms_is_that_arm() -> None:
    assert choose(PROD, "a", "a") == "a"


@pytest.mark.parametrize(("left", "right"), [(1, True), (unknown("var.x"), unknown("var.x")), ("a", "b")])
def test_choose_keeps_arms_that_may_differ(left: Any, right: Any) -> None:
    assert choose(PROD, left, right) == Choice(PROD, left, right)


def test_conditions_are_found_inside_structs_lists_dictionaries_and_arms() -> None:
    value = {
        "a": (Choice(PROD, 1, Choice(DEV, 2, 3)),),
        "b": GlobalSecondaryIndex(index_name=OpenList((Choice(OTHER, 1, 2),), frozenset())),
    }
    assert conditions_in(value) == {PROD, DEV, OTHER}


def test_resolve_leaves_absent_elements_and_properties_out() -> None:
    index = GlobalSecondaryIndex(index_name="i", projection=Choice(PROD, ABSENT, "p"))
    value = {"list": (1, Choice(PROD, ABSENT, 2)), "tag": Choice(PROD, ABSENT, "v"), "index": index}
    assert resolve(value, {PROD: True}) == {
        "list": (1,),
        "index": GlobalSecondaryIndex(index_name="i", projection=None),
    }


def test_resolve_of_a_condition_that_the_scenario_leaves_open_is_unknown() -> None:
    assert resolve(Choice(PROD, 1, 2), {}) == unknown("parameter Stage")


def test_resolve_keeps_the_places_of_a_struct() -> None:
    place = Location(Span("main.tf", 1, 1, 1, 5))
    table = Table(
        locations={"": place},
        address="t",
        stack="",
        source="terraform",
        resource_type="aws_dynamodb_table",
        name=Choice(PROD, "a", "b"),
    )
    assert resolve(table, {PROD: False}) == msgspec.structs.replace(table, name="b")


def test_resolve_shares_what_holds_no_choice() -> None:
    throughput = ProvisionedThroughput(read_capacity_units=5)
    assert resolve(throughput, {PROD: True}) is throughput


@given(values)
def test_a_resolved_value_holds_no_choice_and_no_absent_element(value: Any) -> None:
    scenarios = enumerate_scenarios(conditions_in(value))
    assert scenarios is not None
    for scenario in scenarios:
        resolved = resolve(value, scenario)
        assert resolved is ABSENT or not _holds_choice(resolved)


@given(values)
def test_resolving_twice_is_resolving_once(value: Any) -> None:
    for scenario in enumerate_scenarios(conditions_in(value)) or ():
        once = resolve(value, scenario)
        assert resolve(once, scenario) == once


@given(plain_choices)
def test_lifting_a_function_commutes_with_resolving(value: Any) -> None:
    def wrap(plain: Any) -> Any:
        return f"<{plain}>"

    for scenario in enumerate_scenarios(conditions_in(value)) or ():
        assert resolve(lift(wrap, value), scenario) == lift(wrap, resolve(value, scenario))


@given(st.sampled_from(CONDITIONS), plain_choices, plain_choices)
def test_choosing_says_the_same_as_the_plain_choice_in_every_scenario(
    condition: Condition, left: Any, right: Any
) -> None:
    chosen, plain = choose(condition, left, right), Choice(condition, left, right)
    for scenario in enumerate_scenarios(conditions_in(plain)) or ():
        assert resolve(chosen, scenario) == resolve(plain, scenario)


def test_a_negated_condition_is_about_the_same_subject() -> None:
    assert Condition("NotProd", frozenset({"parameter Stage"}), Not(PROD.formula)) == NOT_PROD
