"""Three-valued logic with conditions: it agrees with plain logic in every scenario that decides it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.parsers.joins.logic import (
    MAX_ALTERNATIVES,
    all_of,
    alternatives,
    any_of,
    append,
    both,
    certainly,
    change_items,
    either,
    has_elements,
    negate,
    select,
)
from dyncheck.parsers.joins.logic import (
    given as under,
)
from dyncheck.scenarios import Condition, enumerate_scenarios
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, conditions_in, resolve, unknown

A, B, C = (Condition.opaque(name, {f"var.{name}"}) for name in "abc")

certainties = st.recursive(
    st.booleans() | st.builds(unknown, st.sampled_from(["var.x", "var.y"])),
    lambda inner: st.builds(Choice, st.sampled_from([A, B, C]), inner, inner),
    max_leaves=5,
)
plain = st.integers(0, 3)


def worlds(*values: Any) -> list[dict[Condition, bool]]:
    return enumerate_scenarios(conditions_in(values)) or []


def kleene_and(left: Any, right: Any) -> Any:
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def kleene_or(left: Any, right: Any) -> Any:
    if left is True or right is True:
        return True
    return False if left is False and right is False else None


def known(value: Any) -> Any:
    return None if isinstance(value, Unknown) else value


@pytest.mark.parametrize(("operation", "table"), [(both, kleene_and), (either, kleene_or)])
@given(left=certainties, right=certainties)
def test_conjunction_and_disjunction_follow_kleene_in_every_scenario(
    operation: Callable[..., Any], table: Callable[..., Any], left: Any, right: Any
) -> None:
    combined = operation(left, right)
    for world in worlds(left, right):
        assert known(resolve(combined, world)) == table(known(resolve(left, world)), known(resolve(right, world)))


@given(certainties)
def test_a_value_and_its_negation_exclude_each_other(value: Any) -> None:
    for world in worlds(value):
        resolved, negated = resolve(value, world), resolve(negate(value), world)
        assert isinstance(resolved, Unknown) == isinstance(negated, Unknown)
        assert isinstance(resolved, Unknown) or resolved is not negated


@given(certainties, plain, plain)
def test_selecting_takes_the_value_that_the_test_says(test: Any, left: int, right: int) -> None:
    selected = select(test, left, right)
    for world in worlds(test):
        truth, found = resolve(test, world), resolve(selected, world)
        if isinstance(truth, Unknown):
            assert found == left if left == right else isinstance(found, Unknown)
        else:
            assert found == (left if truth else right)


@given(certainties)
def test_what_cannot_be_told_is_not_certain(value: Any) -> None:
    for world in worlds(value):
        assert resolve(certainly(value), world) is (resolve(value, world) is True)


@given(certainties, st.lists(plain, max_size=2).map(tuple), plain)
def test_appending_adds_the_element_where_it_belongs(certainty: Any, items: tuple[int, ...], element: int) -> None:
    appended = append(items, element, certainty)
    for world in worlds(certainty):
        truth, found = resolve(certainty, world), resolve(appended, world)
        if isinstance(found, OpenList):
            assert found.items == items
        else:
            assert found == ((*items, element) if truth is True else items)


def test_what_cannot_be_told_to_belong_opens_the_list() -> None:
    assert append((1,), 2, unknown("var.x")) == OpenList((1,), frozenset({"var.x"}))


def test_an_element_that_belongs_under_a_condition_is_absent_otherwise() -> None:
    assert append((1,), 2, Choice(A, True, False)) == (1, Choice(A, 2, ABSENT))


def test_an_unknown_list_with_a_known_element_is_open() -> None:
    assert append(unknown("var.x"), 2, True) == OpenList((2,), frozenset({"var.x"}))


def test_appending_reaches_the_arms_of_an_undecided_list() -> None:
    assert append(Choice(A, (1,), ()), 2, Choice(A, True, False)) == Choice(A, (1, 2), ())


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ((), False),
        ((1,), True),
        ((unknown("var.x"),), True),
        ((Choice(A, 1, ABSENT),), Choice(A, True, False)),
        ((Choice(A, 1, ABSENT), 2), True),
        (OpenList((), frozenset({"var.x"})), unknown("var.x")),
        (OpenList((1,), frozenset({"var.x"})), True),
        (unknown("var.x"), unknown("var.x")),
        (Choice(A, (1,), ()), Choice(A, True, False)),
    ],
)
def test_whether_a_list_has_elements(items: Any, found: Any) -> None:
    assert has_elements(items) == found


def test_every_known_element_is_changed_wherever_it_stands() -> None:
    items = Choice(A, (1, Choice(B, 2, ABSENT), unknown("var.x")), OpenList((3,), frozenset({"var.y"})))
    assert change_items(items, lambda item: item * 10) == Choice(
        A, (10, Choice(B, 20, ABSENT), unknown("var.x")), OpenList((30,), frozenset({"var.y"}))
    )


def test_the_alternatives_of_a_value_exclude_each_other() -> None:
    value = Choice(A, "x", Choice(B, "y", Choice(A, "never", "z")))
    found = alternatives(value)
    assert [item for _, item in found] == ["x", "y", "z"]
    for world in worlds(value):
        assert [item for guard, item in found if resolve(guard, world) is True] == [resolve(value, world)]


def test_a_value_of_too_many_arms_is_one_unknown() -> None:
    value: Any = "end"
    for number in range(MAX_ALTERNATIVES + 1):
        value = Choice(Condition.opaque(f"c{number}", {f"var.c{number}"}), str(number), value)
    ((guard, item),) = alternatives(value)
    assert guard is True
    assert item == unknown(*(f"var.c{number}" for number in range(MAX_ALTERNATIVES + 1)))


def test_conditions_nested_too_deep_are_unknown_rather_than_exploding() -> None:
    many = [Choice(Condition.opaque(f"c{number}", {f"var.c{number}"}), True, False) for number in range(60)]
    assert len(conditions_in(any_of(many))) <= 8
    assert len(conditions_in(all_of(many))) <= 8


def test_nothing_to_join_is_the_neutral_element() -> None:
    assert (any_of([]), all_of([])) == (False, True)


def test_a_decided_condition_picks_the_arm() -> None:
    assert under(Choice(A, Choice(A, 1, 2), 3), A, True) == 1
