"""Autoscaling: which target and policy scales what."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.location import Location, Span
from dyncheck.model import Autoscaling, GlobalSecondaryIndex, Replica, ScalingDimension, ScalingPolicy
from dyncheck.values import ABSENT, Choice, OpenList, unknown
from tests.parsers.joined import (
    INDEX_READ,
    INDEX_WRITE,
    LARGE,
    PROD,
    READ,
    WRITE,
    joined,
    policy,
    symbol,
    table,
    target,
)

TRACKING = ScalingPolicy(policy_type="TargetTrackingScaling")
OFF = ScalingDimension()
REGISTERED = ScalingDimension(registered=True, min_capacity=5, max_capacity=50)
ENABLED = ScalingDimension(registered=True, enabled=True, min_capacity=5, max_capacity=50, policies=(TRACKING,))


def scaling(found: Any) -> tuple[Any, Any]:
    return found.autoscaling.read, found.autoscaling.write


def index_scaling(found: Any) -> list[tuple[Any, Any]]:
    return [scaling(index) for index in found.global_secondary_indexes]


@pytest.mark.parametrize(
    "resource_id",
    ["table/orders", symbol("table/${aws_dynamodb_table.a.name}"), symbol("table/${aws_dynamodb_table.a.id}")],
)
@pytest.mark.parametrize(("dimension", "expected"), [(READ, (ENABLED, OFF)), (WRITE, (OFF, ENABLED))])
def test_a_target_with_a_tracking_policy_scales_its_dimension_only(
    resource_id: Any, dimension: str, expected: Any
) -> None:
    (found,) = joined([table("a", "orders", "ByEmail")], target(resource_id, dimension), policy(resource_id, dimension))
    assert (scaling(found), index_scaling(found)) == (expected, [(OFF, OFF)])


@pytest.mark.parametrize(
    "resource_id",
    [
        "table/orders/index/ByEmail",
        symbol("table/${aws_dynamodb_table.a.name}/index/ByEmail"),
    ],
)
def test_a_target_of_an_index_scales_that_index_only(resource_id: Any) -> None:
    (found,) = joined(
        [table("a", "orders", "ByEmail", "ByDate")], target(resource_id, INDEX_WRITE), policy(resource_id, INDEX_WRITE)
    )
    assert (scaling(found), index_scaling(found)) == ((OFF, OFF), [(OFF, ENABLED), (OFF, OFF)])


def test_an_index_may_be_named_by_a_symbol() -> None:
    indexes = (GlobalSecondaryIndex(index_name=symbol("var.index")), GlobalSecondaryIndex(index_name="ByDate"))
    resource_id = symbol("table/${aws_dynamodb_table.a.name}/index/${var.index}")
    (found,) = joined([table("a", "orders", global_secondary_indexes=indexes)], target(resource_id, INDEX_READ))
    assert index_scaling(found)[0] == (REGISTERED, OFF)


def test_a_target_of_an_unknown_index_leaves_each_index_in_doubt_but_not_the_table() -> None:
    resource_id = symbol("table/orders/index/${var.index}", "var.index")
    (found,) = joined([table("a", "orders", "ByEmail", "ByDate")], target(resource_id, INDEX_READ))
    assert scaling(found) == (OFF, OFF)
    assert [read.registered for read, _ in index_scaling(found)] == [unknown("var.index")] * 2


def test_an_index_known_in_part_excludes_others() -> None:
    resource_id = symbol("table/orders/index/By${var.index}", "var.index")
    (found,) = joined([table("a", "orders", "ByEmail", "Latest")], target(resource_id, INDEX_READ))
    assert [read.registered for read, _ in index_scaling(found)] == [unknown("var.index"), False]


@pytest.mark.parametrize(
    ("resource_id", "dimension"),
    [
        ("table/orders", INDEX_READ),
        ("table/orders/index/ByEmail", READ),
        ("table/orders/index/ByDate", INDEX_READ),
        ("orders", READ),
        ("table/orders/ByEmail", INDEX_READ),
        ("table/", READ),
        ("", READ),
        (None, READ),
        ("table/orders", "dynamodb:table:Reads"),
        ("table/orders", None),
        (symbol("table/${aws_dynamodb_table.a.name}"), INDEX_READ),
        (symbol("service/${var.cluster}"), READ),
    ],
)
def test_a_target_that_fits_nothing_scales_nothing(resource_id: Any, dimension: Any) -> None:
    (found,) = joined([table("a", "orders", "ByEmail")], target(resource_id, dimension), policy(resource_id, dimension))
    assert (scaling(found), index_scaling(found)) == ((OFF, OFF), [(OFF, OFF)])


def test_an_unresolved_target_leaves_only_its_dimension_in_doubt() -> None:
    (found,) = joined([table("a", "orders", "ByEmail")], target(symbol("var.resource"), READ))
    read, write = scaling(found)
    assert (read.registered, read.enabled, write) == (unknown("var.resource"), False, OFF)
    assert index_scaling(found) == [(OFF, OFF)]


def test_an_unresolved_target_and_policy_leave_enabled_in_doubt() -> None:
    resource = symbol("var.resource")
    (found,) = joined([table("a", "orders")], target(resource, WRITE), policy(resource, WRITE))
    assert scaling(found)[1] == ScalingDimension(
        registered=unknown("var.resource"),
        enabled=unknown("var.resource"),
        min_capacity=unknown("var.resource"),
        max_capacity=unknown("var.resource"),
        policies=OpenList((), frozenset({"var.resource"})),
    )


def test_an_unknown_dimension_leaves_both_directions_of_its_kind_in_doubt() -> None:
    (found,) = joined([table("a", "orders", "ByEmail")], target("table/orders", unknown("each.value")))
    assert [dimension.registered for dimension in scaling(found)] == [unknown("each.value")] * 2
    assert index_scaling(found) == [(OFF, OFF)]


def test_the_open_end_of_a_resource_id_may_name_an_index() -> None:
    resource = symbol("table/${var.path}", "var.path")
    (found,) = joined([table("a", "orders", "ByEmail")], target(resource, INDEX_READ))
    assert scaling(found) == (OFF, OFF)
    assert [read.registered for read, _ in index_scaling(found)] == [unknown("var.path")]


def test_a_certain_target_of_another_table_taints_none() -> None:
    first, second = joined(
        [table("a", unknown("var.a")), table("b", "users")], target(symbol("table/${aws_dynamodb_table.a.name}"))
    )
    assert scaling(first) == (REGISTERED, OFF)
    assert scaling(second) == (OFF, OFF)


def test_a_target_without_policy_is_registered_but_not_enabled() -> None:
    (found,) = joined([table("a", "orders")], target("table/orders"))
    assert scaling(found) == (REGISTERED, OFF)


def test_a_policy_without_target_scales_nothing_but_is_seen() -> None:
    (found,) = joined([table("a", "orders")], policy("table/orders"))
    assert scaling(found) == (ScalingDimension(policies=(TRACKING,)), OFF)


def test_a_policy_of_another_type_does_not_enable() -> None:
    (found,) = joined([table("a", "orders")], target("table/orders"), policy("table/orders", kind="StepScaling"))
    assert scaling(found)[0].enabled is False


def test_a_policy_of_unknown_type_leaves_enabled_in_doubt() -> None:
    (found,) = joined([table("a", "orders")], target("table/orders"), policy("table/orders", kind=unknown("var.type")))
    assert scaling(found)[0].enabled == unknown("var.type")


def test_one_tracking_policy_among_others_enables() -> None:
    (found,) = joined(
        [table("a", "orders")],
        target("table/orders"),
        policy("table/orders", kind=unknown("var.type")),
        policy("table/orders"),
        policy("table/orders", kind="StepScaling"),
    )
    assert scaling(found)[0].enabled is True
    assert [item.policy_type for item in scaling(found)[0].policies] == [
        unknown("var.type"),
        "TargetTrackingScaling",
        "StepScaling",
    ]


def test_a_policy_may_name_its_target_instead_of_the_resource() -> None:
    aim = target("table/orders/index/ByEmail", INDEX_WRITE, address="Target")
    (found,) = joined([table("a", "orders", "ByEmail")], aim, policy(dimension=None, target_address="Target"))
    assert (scaling(found), index_scaling(found)) == ((OFF, OFF), [(OFF, ENABLED)])


def test_a_policy_of_a_target_that_is_not_declared_enables_nothing() -> None:
    (found,) = joined([table("a", "orders")], target("table/orders"), policy(target_address="Elsewhere"))
    assert scaling(found) == (REGISTERED, OFF)


@pytest.mark.parametrize(
    ("presence", "expected"),
    [
        (
            Choice(PROD, True, False),
            ScalingDimension(
                registered=Choice(PROD, True, False),
                min_capacity=Choice(PROD, 5, None),
                max_capacity=Choice(PROD, 50, None),
            ),
        ),
        (
            unknown("aws_appautoscaling_target.x.count"),
            ScalingDimension(
                registered=unknown("aws_appautoscaling_target.x.count"),
                min_capacity=unknown("aws_appautoscaling_target.x.count"),
                max_capacity=unknown("aws_appautoscaling_target.x.count"),
            ),
        ),
        (False, OFF),
    ],
)
def test_a_target_that_may_not_exist_registers_as_far_as_it_does(presence: Any, expected: ScalingDimension) -> None:
    (found,) = joined([table("a", "orders")], target("table/orders", presence=presence))
    assert scaling(found) == (expected, OFF)


def test_target_and_policy_under_the_same_condition_enable_under_it() -> None:
    presence = Choice(PROD, True, False)
    (found,) = joined(
        [table("a", "orders")],
        target("table/orders", presence=presence),
        policy("table/orders", presence=presence),
    )
    assert scaling(found)[0] == ScalingDimension(
        registered=presence,
        enabled=presence,
        min_capacity=Choice(PROD, 5, None),
        max_capacity=Choice(PROD, 50, None),
        policies=(Choice(PROD, TRACKING, ABSENT),),
    )


def test_target_and_policy_under_opposite_conditions_never_enable() -> None:
    (found,) = joined(
        [table("a", "orders")],
        target("table/orders", presence=Choice(PROD, True, False)),
        policy("table/orders", presence=Choice(PROD, False, True)),
    )
    assert scaling(found)[0].enabled is False


def test_two_targets_under_opposite_conditions_register_in_any_case() -> None:
    (found,) = joined(
        [table("a", "orders")],
        target("table/orders", presence=Choice(PROD, True, False), max_capacity=500),
        target("table/orders", presence=Choice(PROD, False, True)),
    )
    read = scaling(found)[0]
    assert (read.registered, read.max_capacity) == (True, Choice(PROD, 500, 50))


def test_an_undecided_resource_id_registers_each_table_under_its_condition() -> None:
    resource_id = Choice(LARGE, "table/orders", "table/users")
    first, second = joined([table("a", "orders"), table("b", "users")], target(resource_id))
    assert scaling(first)[0].registered == Choice(LARGE, True, False)
    assert scaling(second)[0].registered == Choice(LARGE, False, True)


def test_a_suspended_target_is_seen_with_its_place() -> None:
    place = {"": Location(Span("main.tf", 7, 1, 7, 9))}
    (found,) = joined([table("a", "orders")], target("table/orders", suspended=True, locations=place))
    read = scaling(found)[0]
    assert (read.suspended, read.locations) == (True, place)


def test_indexes_that_may_exist_are_scaled_where_they_do() -> None:
    index = GlobalSecondaryIndex(index_name="ByEmail")
    drafts = [table("a", "orders", global_secondary_indexes=OpenList((Choice(PROD, index, ABSENT),), frozenset({"v"})))]
    (found,) = joined(drafts, target("table/orders/index/ByEmail", INDEX_READ))
    (item,) = found.global_secondary_indexes.items
    assert item.condition == PROD
    assert scaling(item.if_true) == (REGISTERED, OFF)


def test_autoscaling_that_the_table_declares_itself_stays() -> None:
    (found,) = joined([table("a", "orders", autoscaling=Autoscaling(write=ENABLED))], target("table/orders", READ))
    assert scaling(found) == (REGISTERED, ENABLED)


def test_a_target_in_the_region_of_a_replica_scales_the_replica() -> None:
    drafts = [table("a", "orders", "ByEmail", region="eu-west-1", replicas=(Replica(region_name="us-east-1"),))]
    (found,) = joined(
        drafts,
        target("table/orders", READ, region="us-east-1"),
        target("table/orders/index/ByEmail", INDEX_WRITE, region="us-east-1"),
        policy("table/orders/index/ByEmail", INDEX_WRITE, region="us-east-1"),
    )
    assert (scaling(found), index_scaling(found)) == ((OFF, OFF), [(OFF, OFF)])
    (replica,) = found.replicas
    assert scaling(replica) == (REGISTERED, OFF)
    assert [(item.index_name, scaling(item)) for item in replica.global_secondary_indexes] == [
        ("ByEmail", (OFF, ENABLED))
    ]


def test_a_target_in_a_region_without_table_or_replica_scales_nothing() -> None:
    (found,) = joined([table("a", "orders", region="eu-west-1")], target("table/orders", region="us-east-1"))
    assert scaling(found) == (OFF, OFF)
