"""Which backup selections cover a table, by AWS Backup's own logic."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dyncheck.model import BackupPlan
from dyncheck.parsers.attachments import BackupSelectionAttachment, TagAttachment, TagCondition
from dyncheck.values import ABSENT, Choice, OpenList, unknown
from tests.parsers.joined import PROD, joined, symbol, table

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
ALL_TABLES = "arn:aws:dynamodb:*:*:table/*"
SETTINGS = {"region": "eu-west-1", "account": "111122223333", "tags": {"backup": "daily", "Stage": "prod"}}


def plans(selection: dict[str, Any], **settings: Any) -> Any:
    """The backup plans of a table ``orders`` after one selection."""
    attachment = BackupSelectionAttachment(**{"address": "s", "name": "nightly", **selection})
    (found,) = joined([table("a", **{"name": "orders", **SETTINGS, **settings})], attachment)
    return found.backup_plans


def by(way: Any) -> tuple[BackupPlan, ...]:
    return (BackupPlan(name="nightly", matched_by=way),)


def doubt(*because: str) -> OpenList:
    return OpenList((), frozenset(because))


def wanted(key: Any, value: Any, operator: Any = "equals") -> TagCondition:
    return TagCondition(operator=operator, key=key, value=value)


@pytest.mark.parametrize(
    ("resource", "way"),
    [
        (ARN, "arn"),
        (symbol("aws_dynamodb_table.a.arn"), "arn"),
        (symbol("arn:aws:dynamodb:${var.region}:${var.account}:table/orders"), "arn"),
        ("*", "wildcard"),
        ("arn:aws:dynamodb:*", "wildcard"),
        ("arn:*:dynamodb:*:*:table/orders", "wildcard"),
        (ALL_TABLES, "wildcard"),
        ("arn:aws:dynamodb:*:*:tab*", "wildcard"),
        ("arn:aws:dynamodb:eu-*:*:table/ord*", "wildcard"),
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/*", "wildcard"),
        (symbol("arn:aws:dynamodb:${var.region}:${var.account}:table/*"), "wildcard"),
        (symbol("arn:${AWS::Partition}:dynamodb:*:*:table/${aws_dynamodb_table.a.name}"), "wildcard"),
    ],
)
def test_a_resource_covers_the_table_by_arn_or_wildcard(resource: Any, way: str) -> None:
    assert plans({"resources": (resource,)}) == by(way)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:dynamodb:eu-west-1:111122223333:table/users",
        "arn:aws:dynamodb:us-east-1:111122223333:table/orders",
        "arn:aws:dynamodb:us-*:*:table/*",
        "arn:aws:dynamodb:*:444455556666:table/*",
        "arn:aws:dynamodb:*:*:table/Ord*",
        "arn:aws:dynamodb:*:*:table/prod-*",
        "arn:aws:dynamodb:*:*:table/orders/index/ByEmail",
        "arn:aws:ec2:*:*:volume/*",
        "arn:aws:ec2:*",
        symbol("arn:aws:dynamodb:*:*:table/prod-${var.x}-*"),
        None,
    ],
)
def test_a_resource_that_is_another_covers_nothing(resource: Any) -> None:
    assert plans({"resources": (resource,)}) == ()


@pytest.mark.parametrize(
    ("name", "resource", "expected"),
    [
        (symbol("var.name"), ALL_TABLES, by("wildcard")),
        (symbol("${var.env}-orders", "var.env"), "arn:aws:dynamodb:*:*:table/*-orders", by("wildcard")),
        (symbol("${var.env}-orders", "var.env"), "arn:aws:dynamodb:*:*:table/prod-*", doubt("var.env")),
        (symbol("${var.env}-orders", "var.env"), "arn:aws:dynamodb:*:*:table/prod-*-users", ()),
        (
            symbol("${var.env}-orders", "var.env"),
            symbol("arn:aws:dynamodb:*:*:table/${var.env}-*", "var.env"),
            by("wildcard"),
        ),
        (
            symbol("${var.env}-orders", "var.env"),
            symbol("arn:aws:dynamodb:*:*:table/${var.e}-*", "var.e"),
            doubt("var.env", "var.e"),
        ),
        (Choice(PROD, "orders", "test"), "arn:aws:dynamodb:*:*:table/ord*", (Choice(PROD, by("wildcard")[0], ABSENT),)),
        (None, ALL_TABLES, by("wildcard")),
    ],
)
def test_wildcards_cover_names_that_are_not_known_as_far_as_they_must(name: Any, resource: Any, expected: Any) -> None:
    attachment = BackupSelectionAttachment(address="s", name="nightly", resources=(resource,))
    draft = table("a", "x", **SETTINGS)
    draft = msgspec.structs.replace(draft, table=msgspec.structs.replace(draft.table, name=name))
    assert joined([draft], attachment)[0].backup_plans == expected


def test_a_region_and_account_that_are_not_known_may_be_those_of_the_arn() -> None:
    assert plans({"resources": (ARN,)}, region=None, account=None) == by("arn")
    wildcard = "arn:aws:dynamodb:us-east-1:444455556666:table/ord*"
    assert plans({"resources": (wildcard,)}, region=unknown("var.region"), account=None) == by("wildcard")


@pytest.mark.parametrize("excluded", [ARN, "arn:aws:dynamodb:*:*:table/ord*", symbol("aws_dynamodb_table.a.arn"), "*"])
def test_what_is_excluded_is_not_covered(excluded: Any) -> None:
    assert plans({"resources": ("*",), "not_resources": (excluded,)}) == ()


def test_what_may_be_excluded_is_in_doubt() -> None:
    assert plans({"resources": ("*",), "not_resources": (unknown("var.skip"),)}) == doubt("var.skip")
    assert plans({"resources": ("*",), "not_resources": unknown("var.skip")}) == doubt("var.skip")


def test_excluding_another_table_changes_nothing() -> None:
    other = "arn:aws:dynamodb:*:*:table/users"
    assert plans({"resources": ("*",), "not_resources": (other,)}) == by("wildcard")


def test_resources_are_joined_by_or() -> None:
    other = "arn:aws:dynamodb:*:*:table/users"
    assert plans({"resources": (other, unknown("var.arn"), ALL_TABLES)}) == by("wildcard")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((wanted("backup", "daily"),), by("tag")),
        ((wanted("backup", "weekly"), wanted("Stage", "prod")), by("tag")),
        ((wanted("backup", "Daily"),), ()),
        ((wanted("Backup", "daily"),), ()),
        ((wanted("team", "data"),), ()),
        ((wanted("backup", unknown("var.plan")),), doubt("var.plan")),
        ((wanted(unknown("var.key"), "daily"),), doubt("var.key")),
        ((wanted("team", unknown("var.plan")),), ()),
        (unknown("var.tags"), doubt("var.tags")),
        (OpenList((wanted("backup", "daily"),), frozenset({"var.tags"})), by("tag")),
        ((Choice(PROD, wanted("backup", "daily"), ABSENT),), (Choice(PROD, by("tag")[0], ABSENT),)),
    ],
)
def test_any_listed_tag_selects_the_table(conditions: Any, expected: Any) -> None:
    # A resource of another service keeps "no resources and no tags" from meaning everything.
    assert plans({"resources": ("arn:aws:ec2:*",), "any_tags": conditions}) == expected


def test_tags_select_beside_resources() -> None:
    assert plans({"resources": ("arn:aws:ec2:*",), "any_tags": (wanted("backup", "daily"),)}) == by("tag")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((wanted("backup", "daily"),), True),
        ((wanted("backup", "daily"), wanted("Stage", "prod")), True),
        ((wanted("backup", "daily"), wanted("Stage", "dev")), False),
        ((wanted("backup", "da*", "like"),), True),
        ((wanted("backup", "*l*", "like"),), True),
        ((wanted("backup", "Da*", "like"),), False),
        ((wanted("backup", "weekly", "not_equals"),), True),
        ((wanted("backup", "daily", "not_equals"),), False),
        ((wanted("backup", "d*", "not_like"),), False),
        ((wanted("team", "data", "not_equals"),), True),
        ((wanted("team", "data"),), False),
        ((wanted("backup", unknown("var.plan")),), None),
        (unknown("var.plan"), None),
        (OpenList((wanted("backup", "weekly"),), frozenset({"var.plan"})), False),
        (OpenList((wanted("backup", "daily"),), frozenset({"var.plan"})), None),
    ],
)
def test_all_conditions_must_hold(conditions: Any, expected: bool | None) -> None:
    outcome = {True: by("wildcard"), False: (), None: doubt("var.plan")}[expected]
    assert plans({"resources": (ALL_TABLES,), "conditions": conditions}) == outcome


def test_conditions_alone_select_among_all_resources() -> None:
    assert plans({"conditions": (wanted("backup", "daily"),)}) == by("condition")
    assert plans({"conditions": (wanted("backup", "weekly"),)}) == ()


def test_a_selection_that_says_nothing_takes_everything() -> None:
    assert plans({}) == by("wildcard")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (unknown("var.tags"), doubt("var.tags")),
        ({"backup": unknown("var.backup")}, doubt("var.backup")),
        ({"backup": Choice(PROD, "daily", ABSENT)}, (Choice(PROD, by("tag")[0], ABSENT),)),
        ({}, ()),
    ],
)
def test_tags_that_are_not_known_leave_the_table_in_doubt(tags: Any, expected: Any) -> None:
    assert plans({"any_tags": (wanted("backup", "daily"),)}, tags=tags) == expected


def test_an_unresolved_resource_leaves_the_table_in_doubt() -> None:
    assert plans({"resources": (unknown("data.aws_x.y"),)}) == doubt("data.aws_x.y")
    assert plans({"resources": unknown("var.resources")}) == doubt("var.resources")
    assert plans({"resources": OpenList((), frozenset({"var.resources"}))}) == doubt("var.resources")


def test_a_selection_of_another_region_covers_nothing() -> None:
    assert plans({"resources": ("*",), "region": "us-east-1"}) == ()


def test_a_selection_that_may_not_exist_covers_where_it_does() -> None:
    assert plans({"resources": ("*",), "presence": Choice(PROD, True, False)}) == (
        Choice(PROD, by("wildcard")[0], ABSENT),
    )


def test_an_undecided_list_of_resources_covers_under_its_condition() -> None:
    assert plans({"resources": Choice(PROD, ("*",), ("arn:aws:ec2:*",))}) == (Choice(PROD, by("wildcard")[0], ABSENT),)


def test_tags_set_apart_count() -> None:
    selection = BackupSelectionAttachment(address="s", name="nightly", any_tags=(wanted("backup", "daily"),))
    tag = TagAttachment(address="t", resource_arn=symbol("aws_dynamodb_table.a.arn"), key="backup", value="daily")
    assert joined([table("a", "orders")], selection, tag)[0].backup_plans == by("tag")
