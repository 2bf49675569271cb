"""Which tables an attachment means: by name, ARN or symbol, and what an unresolved reference leaves in doubt."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dyncheck.model import KinesisDestination, Replica
from dyncheck.parsers.attachments import GENERATED_NAME, KinesisAttachment, ReplicaAttachment, TableDraft
from dyncheck.values import ABSENT, Choice, OpenList, unknown
from tests.parsers.joined import PROD, joined, symbol, table

DESTINATION = KinesisDestination(stream_arn="arn:aws:kinesis:eu-west-1:111122223333:stream/changes")
ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"


def kinesis(table_name: Any, **settings: Any) -> KinesisAttachment:
    return KinesisAttachment(
        **{"address": "aws_dynamodb_kinesis_streaming_destination.k", "table_name": table_name, **settings},
        destination=DESTINATION,
    )


def destinations(drafts: list[Any], *attachments: Any) -> list[Any]:
    return [found.kinesis_destinations for found in joined(drafts, *attachments)]


def doubt(*because: str) -> OpenList:
    return OpenList((), frozenset(because))


@pytest.mark.parametrize(
    "reference",
    [
        "orders",
        ARN,
        "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/orders",
        symbol("aws_dynamodb_table.a.name"),
        symbol("aws_dynamodb_table.a.id"),
        symbol("aws_dynamodb_table.a.arn"),
        symbol("arn:aws:dynamodb:${var.region}:${var.account}:table/orders"),
        symbol("arn:aws:dynamodb:${var.region}:${var.account}:table/${aws_dynamodb_table.a.name}"),
        symbol("${var.arn_prefix}:table/orders"),
    ],
)
def test_a_reference_finds_its_table_by_name_arn_or_symbol(reference: Any) -> None:
    assert destinations([table("a", "orders"), table("b", "users")], kinesis(reference)) == [(DESTINATION,), ()]


@pytest.mark.parametrize(
    "reference",
    [
        symbol("var.a"),
        symbol("aws_dynamodb_table.a.name"),
        symbol("aws_dynamodb_table.a.arn"),
        symbol("arn:aws:dynamodb:${var.region}:${var.account}:table/${var.a}"),
    ],
)
def test_a_symbol_finds_a_table_whose_name_is_not_known(reference: Any) -> None:
    assert destinations([table("a"), table("b"), table("c", "users")], kinesis(reference)) == [(DESTINATION,), (), ()]


def test_names_made_by_the_same_template_are_the_same() -> None:
    name = symbol("${var.env}-orders", "var.env")
    other = symbol("${var.env}-users", "var.env")
    assert destinations([table("a", name), table("b", other)], kinesis(name)) == [(DESTINATION,), ()]


def test_a_name_inside_a_template_is_filled_in() -> None:
    archive = symbol("${aws_dynamodb_table.a.name}-archive")
    tables = [table("a", "orders"), table("b", "orders-archive"), table("c", "users")]
    assert destinations(tables, kinesis(archive)) == [(), (DESTINATION,), ()]


def test_a_literal_that_names_no_table_here_belongs_to_none() -> None:
    assert destinations([table("a", "orders"), table("b", "users")], kinesis("invoices")) == [(), ()]


@pytest.mark.parametrize(
    "reference",
    [
        None,
        5,
        "arn:aws:s3:::orders",
        "arn:aws:kinesis:eu-west-1:111122223333:stream/orders",
        "arn:aws:dynamodb:eu-west-1:111122223333:global-table/orders",
        "arn:aws:lambda:eu-west-1:111122223333:function:table/orders",
        symbol("arn:aws:kinesis:${var.region}:${var.account}:stream/${var.name}"),
    ],
)
def test_what_names_no_table_belongs_to_none(reference: Any) -> None:
    assert destinations([table("a", "orders"), table("b")], kinesis(reference)) == [(), ()]


def test_an_unresolved_reference_leaves_every_table_in_doubt() -> None:
    found = destinations([table("a", "orders"), table("b")], kinesis(unknown("data.aws_ssm_parameter.name")))
    assert found == [doubt("data.aws_ssm_parameter.name"), doubt("data.aws_ssm_parameter.name", "var.b")]


def test_a_known_part_of_a_name_excludes_tables_that_differ_in_it() -> None:
    tables = [table("a", "prod-orders"), table("b", "dev-orders"), table("c", symbol("dev-${var.c}", "var.c"))]
    found = destinations(tables, kinesis(symbol("prod-${var.suffix}", "var.suffix")))
    assert found == [doubt("var.suffix"), (), ()]


def test_a_literal_may_be_the_name_of_a_table_whose_name_is_not_known() -> None:
    assert destinations([table("a"), table("b", "users")], kinesis("orders")) == [doubt("var.a"), ()]


def test_a_table_that_is_certainly_meant_frees_the_others_of_doubt() -> None:
    assert destinations([table("a", "orders"), table("b"), table("c")], kinesis("orders")) == [(DESTINATION,), (), ()]


def test_a_symbol_of_a_declared_table_leaves_no_other_in_doubt() -> None:
    reference = symbol("aws_dynamodb_table.a.name")
    assert destinations([table("a", unknown("var.a")), table("b", unknown("var.b"))], kinesis(reference)) == [
        (DESTINATION,),
        (),
    ]


@pytest.mark.parametrize("name", [None, symbol("T.Ref", GENERATED_NAME)])
def test_a_table_that_aws_will_name_is_found_by_symbol_and_is_no_literal(name: Any) -> None:
    draft = table("a")
    unnamed = TableDraft(msgspec.structs.replace(draft.table, name=name), name_symbols=frozenset({"T.Ref"}))
    assert destinations([unnamed], kinesis(symbol("T.Ref"))) == [(DESTINATION,)]
    assert destinations([unnamed], kinesis("orders")) == [()]
    assert destinations([unnamed], kinesis(unknown("parameter Name"))) == [doubt("parameter Name")]


def test_an_undecided_reference_belongs_to_each_table_under_its_condition() -> None:
    reference = Choice(PROD, "orders", symbol("aws_dynamodb_table.b.name"))
    assert destinations([table("a", "orders"), table("b", "users")], kinesis(reference)) == [
        (Choice(PROD, DESTINATION, ABSENT),),
        (Choice(PROD, ABSENT, DESTINATION),),
    ]


def test_an_undecided_name_is_matched_under_each_arm() -> None:
    drafts = [table("a", Choice(PROD, "orders", "orders-dev"))]
    assert destinations(drafts, kinesis("orders")) == [(Choice(PROD, DESTINATION, ABSENT),)]
    assert destinations(drafts, kinesis("users")) == [()]


def test_a_table_meant_under_one_condition_leaves_others_in_doubt_only_otherwise() -> None:
    drafts = [table("a", Choice(PROD, "orders", "users")), table("b")]
    found = destinations(drafts, kinesis("orders"))
    assert found == [(Choice(PROD, DESTINATION, ABSENT),), OpenList((), PROD.because | {"var.b"})]


@pytest.mark.parametrize(
    ("presence", "expected"),
    [
        (True, (DESTINATION,)),
        (False, ()),
        (Choice(PROD, True, False), (Choice(PROD, DESTINATION, ABSENT),)),
        (unknown("var.enabled"), doubt("var.enabled")),
    ],
)
def test_what_may_not_exist_is_attached_as_far_as_it_does(presence: Any, expected: Any) -> None:
    assert destinations([table("a", "orders")], kinesis("orders", presence=presence)) == [expected]


def test_the_condition_of_reference_and_presence_is_one_condition() -> None:
    reference = Choice(PROD, "orders", "users")
    found = destinations([table("a", "orders")], kinesis(reference, presence=Choice(PROD, False, True)))
    assert found == [()]


@pytest.mark.parametrize(
    ("own", "region", "expected"),
    [
        ("eu-west-1", "eu-west-1", (DESTINATION,)),
        ("eu-west-1", "us-east-1", ()),
        ("eu-west-1", None, (DESTINATION,)),
        ("eu-west-1", unknown("var.region"), (DESTINATION,)),
        (unknown("var.region"), "us-east-1", (DESTINATION,)),
    ],
)
def test_regions_must_agree_where_both_are_known(own: Any, region: Any, expected: Any) -> None:
    assert destinations([table("a", "orders", region=own)], kinesis("orders", region=region)) == [expected]


def test_the_region_of_an_arn_counts() -> None:
    drafts = [table("a", "orders", region="us-east-1"), table("b", "orders", region="eu-west-1")]
    assert destinations(drafts, kinesis(ARN)) == [(), (DESTINATION,)]


def test_of_tables_with_one_name_the_one_in_the_same_unknown_region_is_meant() -> None:
    here, there = symbol("var.here"), symbol("var.there")
    drafts = [table("a", "orders", region=here), table("b", "orders", region=there)]
    assert destinations(drafts, kinesis("orders", region=there)) == [(), (DESTINATION,)]


def test_what_stands_in_the_region_of_a_replica_belongs_to_the_replica() -> None:
    replicas = (Replica(region_name="us-east-1"), Replica(region_name="us-west-2"))
    drafts = [table("a", "orders", region="eu-west-1", replicas=replicas)]
    (found,) = joined(drafts, kinesis(symbol("aws_dynamodb_table.a.name"), region="us-west-2"))
    assert found.kinesis_destinations == ()
    assert [replica.kinesis_destinations for replica in found.replicas] == [(), (DESTINATION,)]


def test_the_replica_may_be_declared_apart_and_the_tables_region_unknown() -> None:
    replica = ReplicaAttachment(
        address="aws_dynamodb_table_replica.r",
        region="us-west-2",
        table_arn=symbol("aws_dynamodb_table.a.arn"),
        replica=Replica(region_name="us-west-2", declared_by="resource"),
    )
    (found,) = joined([table("a", "orders")], replica, kinesis("orders", region="us-west-2"))
    assert found.kinesis_destinations == ()
    assert [replica.kinesis_destinations for replica in found.replicas] == [(DESTINATION,)]


def test_a_stack_without_tables_has_none() -> None:
    assert destinations([], kinesis("orders"), kinesis(unknown("var.x"))) == []
