"""Scalable targets as resources: does what they name exist, and can it be scaled that way?"""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.model import GlobalSecondaryIndex, Replica, ScalableTarget
from dyncheck.values import ABSENT, Choice, OpenList, unknown
from tests.parsers.joined import INDEX_READ, PROD, READ, symbol, table, target, targets_of

ORDERS = table("a", "orders", "ByEmail", region="eu-west-1")


def verdict(drafts: list[Any], resource_id: Any, dimension: Any = READ, **settings: Any) -> tuple[Any, Any]:
    (found,) = targets_of(drafts, target(resource_id, dimension, **settings))
    return found.fits, found.problem


def test_a_target_becomes_a_resource_of_its_own() -> None:
    (found,) = targets_of([ORDERS], target("table/orders", region="eu-west-1", presence=Choice(PROD, True, False)))
    assert found == ScalableTarget(
        address="aws_appautoscaling_target.table/orders.dynamodb:table:ReadCapacityUnits",
        stack="",
        source="terraform",
        resource_type="aws_appautoscaling_target",
        presence=Choice(PROD, True, False),
        name="table/orders",
        region="eu-west-1",
        resource_id="table/orders",
        scalable_dimension=READ,
        min_capacity=5,
        max_capacity=50,
        fits=True,
        problem=None,
    )


@pytest.mark.parametrize(
    ("resource_id", "dimension"),
    [
        ("table/orders", READ),
        ("table/orders/index/ByEmail", INDEX_READ),
        (symbol("table/${aws_dynamodb_table.a.name}"), READ),
        (symbol("table/${aws_dynamodb_table.a.name}/index/ByEmail"), INDEX_READ),
    ],
)
def test_a_target_of_a_declared_table_or_index_fits(resource_id: Any, dimension: str) -> None:
    assert verdict([ORDERS], resource_id, dimension) == (True, None)


MALFORMED = "resource id is neither table/NAME nor table/NAME/index/INDEX"


@pytest.mark.parametrize(
    ("resource_id", "dimension", "problem"),
    [
        ("table/invoices", READ, "no table named invoices"),
        ("table/orders/index/ByDate", INDEX_READ, "no global secondary index named ByDate"),
        ("table/orders", INDEX_READ, "index dimension on a table"),
        ("table/orders/index/ByEmail", READ, "table dimension on an index"),
        ("table/orders", "dynamodb:table:Reads", "no scalable dimension of DynamoDB: dynamodb:table:Reads"),
        ("orders", READ, MALFORMED),
        ("table/orders/ByEmail", INDEX_READ, MALFORMED),
        ("table/orders/index/", INDEX_READ, MALFORMED),
        ("table//index/ByEmail", INDEX_READ, MALFORMED),
        ("table/orders/index/ByEmail/x", INDEX_READ, MALFORMED),
        ("", READ, MALFORMED),
        (None, READ, MALFORMED),
        ("table/Orders", READ, "no table named Orders"),
        (symbol("prod-${var.x}", "var.x"), READ, MALFORMED),
        (symbol("table/prod-${var.x}", "var.x"), READ, "no table named prod-<var.x>"),
    ],
)
def test_a_target_that_can_never_work_says_why(resource_id: Any, dimension: str, problem: str) -> None:
    assert verdict([ORDERS], resource_id, dimension) == (False, problem)


@pytest.mark.parametrize(
    ("resource_id", "dimension", "because"),
    [
        (unknown("var.resource"), READ, "var.resource"),
        (symbol("table/${var.name}", "var.name"), READ, "var.name"),
        (symbol("table/${var.path}", "var.path"), INDEX_READ, "var.path"),
        (symbol("table/orders/index/${var.index}", "var.index"), INDEX_READ, "var.index"),
        ("table/orders", unknown("var.dimension"), "var.dimension"),
    ],
)
def test_what_cannot_be_told_is_unknown_for_its_reason(resource_id: Any, dimension: Any, because: str) -> None:
    assert verdict([ORDERS], resource_id, dimension) == (unknown(because), unknown(because))


def test_a_literal_may_name_a_table_whose_name_is_not_known() -> None:
    assert verdict([table("b")], "table/orders") == (unknown("var.b"), unknown("var.b"))


def test_without_any_table_here_the_named_one_lives_elsewhere() -> None:
    elsewhere = unknown("table orders is not declared here")
    assert verdict([], "table/orders") == (elsewhere, elsewhere)


def test_a_malformed_target_is_wrong_without_any_table() -> None:
    assert verdict([], "orders") == (False, MALFORMED)


def test_indexes_that_are_not_all_known_leave_an_index_in_doubt() -> None:
    indexes = OpenList((GlobalSecondaryIndex(index_name="ByEmail"),), frozenset({"var.indexes"}))
    drafts = [table("a", "orders", global_secondary_indexes=indexes)]
    assert verdict(drafts, "table/orders/index/ByEmail", INDEX_READ) == (True, None)
    assert verdict(drafts, "table/orders/index/ByDate", INDEX_READ) == (
        unknown("var.indexes"),
        unknown("var.indexes"),
    )


def test_an_index_that_may_not_exist_fits_where_it_does() -> None:
    indexes = (Choice(PROD, GlobalSecondaryIndex(index_name="ByEmail"), ABSENT),)
    drafts = [table("a", "orders", global_secondary_indexes=indexes)]
    assert verdict(drafts, "table/orders/index/ByEmail", INDEX_READ) == (
        Choice(PROD, True, False),
        Choice(PROD, None, "no global secondary index named ByEmail"),
    )


def test_an_undecided_resource_id_fits_under_its_condition() -> None:
    assert verdict([ORDERS], Choice(PROD, "table/orders", "table/invoices")) == (
        Choice(PROD, True, False),
        Choice(PROD, None, "no table named invoices"),
    )


def test_a_table_of_another_region_is_not_the_one_named() -> None:
    assert verdict([ORDERS], "table/orders", region="us-east-1") == (False, "no table named orders")


def test_a_replica_in_the_targets_region_is_the_one_named() -> None:
    drafts = [table("a", "orders", region="eu-west-1", replicas=(Replica(region_name="us-east-1"),))]
    assert verdict(drafts, "table/orders", region="us-east-1") == (True, None)
