"""Everything that is declared beside a table ends up in it: indexes, replicas, tags, policies, readers, alarms."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.location import Location, Span
from dyncheck.model import (
    Alarm,
    AttributeDefinition,
    ContributorInsights,
    GlobalSecondaryIndex,
    PolicyStatement,
    Replica,
    ReplicaIndex,
    ResourcePolicy,
    Stream,
    StreamConsumer,
    TableItem,
)
from dyncheck.parsers.attachments import (
    AlarmAttachment,
    GlobalTableAttachment,
    IndexAttachment,
    InsightsAttachment,
    ItemAttachment,
    ReplicaAttachment,
    ResourcePolicyAttachment,
    StreamConsumerAttachment,
    TagAttachment,
)
from dyncheck.values import ABSENT, Choice, OpenList, unknown
from tests.parsers.joined import PROD, joined, symbol, table

STREAM_ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
TABLE_ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
BY_DATE = GlobalSecondaryIndex(index_name="ByDate")
ON = ContributorInsights(enabled=True)


def index(presence: Any = True) -> IndexAttachment:
    return IndexAttachment(
        address="aws_dynamodb_global_secondary_index.i",
        presence=presence,
        table_name="orders",
        index=BY_DATE,
        attributes=(
            AttributeDefinition(attribute_name="pk", attribute_type="S"),
            AttributeDefinition(attribute_name="date", attribute_type="N"),
        ),
    )


def replica(region: Any = "us-east-1", **settings: Any) -> ReplicaAttachment:
    return ReplicaAttachment(
        address="aws_dynamodb_table_replica.r",
        region=region,
        table_arn=symbol("aws_dynamodb_table.a.arn"),
        replica=Replica(region_name=region, declared_by="resource"),
        **settings,
    )


def test_an_index_declared_apart_joins_with_the_attributes_of_its_keys() -> None:
    own = (AttributeDefinition(attribute_name="pk", attribute_type="S"),)
    (found,) = joined([table("a", "orders", "ByEmail", attributes=own)], index())
    assert [item.index_name for item in found.global_secondary_indexes] == ["ByEmail", "ByDate"]
    assert found.attributes == (*own, AttributeDefinition(attribute_name="date", attribute_type="N"))


def test_an_index_declared_apart_may_exist_under_a_condition() -> None:
    (found,) = joined([table("a", "orders")], index(Choice(PROD, True, False)))
    assert found.global_secondary_indexes == (Choice(PROD, BY_DATE, ABSENT),)


def test_a_replica_declared_apart_joins_and_makes_a_current_global_table() -> None:
    (found,) = joined([table("a", "orders", region="eu-west-1")], replica())
    assert found.replicas == (Replica(region_name="us-east-1", declared_by="resource"),)
    assert found.global_table_version == "2019.11.21"


@pytest.mark.parametrize(
    ("replicas", "version"),
    [
        ((), None),
        ((Replica(region_name="us-east-1"),), "2019.11.21"),
        ((Choice(PROD, Replica(region_name="us-east-1"), ABSENT),), Choice(PROD, "2019.11.21", None)),
        (OpenList((), frozenset({"var.regions"})), unknown("var.regions")),
        (OpenList((Replica(region_name="us-east-1"),), frozenset({"var.regions"})), "2019.11.21"),
        (unknown("var.regions"), unknown("var.regions")),
    ],
)
def test_replicas_say_which_version_of_global_tables_it_is(replicas: Any, version: Any) -> None:
    (found,) = joined([table("a", "orders", replicas=replicas)])
    assert found.global_table_version == version


def test_a_version_that_the_source_states_stays() -> None:
    drafts = [table("a", "orders", replicas=(Replica(region_name="us-east-1"),), global_table_version="2017.11.29")]
    assert joined(drafts)[0].global_table_version == "2017.11.29"


@pytest.mark.parametrize(
    ("own", "regions", "version"),
    [
        ("eu-west-1", ("eu-west-1", "us-east-1"), "2017.11.29"),
        (None, ("eu-west-1",), "2017.11.29"),
        ("ap-south-1", ("eu-west-1", "us-east-1"), None),
        ("ap-south-1", OpenList((), frozenset({"var.regions"})), "2017.11.29"),
    ],
)
def test_a_global_table_of_the_old_version_marks_the_tables_of_its_name(own: Any, regions: Any, version: Any) -> None:
    legacy = GlobalTableAttachment(
        address="aws_dynamodb_global_table.g", region="us-east-1", table_name="orders", regions=regions
    )
    first, second = joined([table("a", "orders", region=own), table("b", "users")], legacy)
    assert (first.global_table_version, second.global_table_version) == (version, None)


@pytest.mark.parametrize("reference", [STREAM_ARN, symbol("aws_dynamodb_table.a.stream_arn")])
def test_a_reader_of_the_stream_joins_it(reference: Any) -> None:
    consumer = StreamConsumer(kind="lambda", name="audit")
    reader = StreamConsumerAttachment(address="m", stream_arn=reference, consumer=consumer)
    first, second = joined([table("a", "orders", stream=Stream(enabled=True)), table("b", "users")], reader)
    assert first.stream == Stream(enabled=True, consumers=(consumer,))
    assert second.stream == Stream()


def test_an_unknown_stream_stays_unknown() -> None:
    reader = StreamConsumerAttachment(address="m", stream_arn=STREAM_ARN, consumer=StreamConsumer(kind="pipe"))
    assert joined([table("a", "orders", stream=unknown("var.s"))], reader)[0].stream == unknown("var.s")


@pytest.mark.parametrize(
    ("reference", "attached_to"),
    [
        (TABLE_ARN, "table"),
        (STREAM_ARN, "stream"),
        (symbol("aws_dynamodb_table.a.arn"), "table"),
        (symbol("aws_dynamodb_table.a.stream_arn"), "stream"),
        (symbol("${aws_dynamodb_table.a.arn}/stream/${var.label}"), "stream"),
    ],
)
def test_a_resource_policy_belongs_to_the_table_or_to_its_stream(reference: Any, attached_to: Any) -> None:
    place = {"": Location(Span("main.tf", 4, 1, 4, 9))}
    statements = (PolicyStatement(principals=("*",)),)
    policy = ResourcePolicyAttachment(address="p", resource_arn=reference, statements=statements, locations=place)
    first, second = joined([table("a", "orders"), table("b", "users")], policy)
    assert first.resource_policies == (ResourcePolicy(locations=place, attached_to=attached_to, statements=statements),)
    assert second.resource_policies == ()


def test_insights_of_a_table_leave_its_indexes_alone() -> None:
    insights = InsightsAttachment(address="c", table_name="orders", insights=ON)
    (found,) = joined([table("a", "orders", "ByEmail")], insights)
    assert found.contributor_insights == ON
    assert found.global_secondary_indexes[0].contributor_insights == ContributorInsights()


def test_insights_of_an_index_leave_the_table_and_other_indexes_alone() -> None:
    insights = InsightsAttachment(address="c", table_name="orders", index_name="ByDate", insights=ON)
    (found,) = joined([table("a", "orders", "ByEmail", "ByDate")], insights)
    assert found.contributor_insights == ContributorInsights()
    assert [item.contributor_insights for item in found.global_secondary_indexes] == [ContributorInsights(), ON]


def test_an_index_name_that_is_not_known_may_be_any_index_or_none_at_all() -> None:
    insights = InsightsAttachment(address="c", table_name="orders", index_name=unknown("var.i"), insights=ON)
    (found,) = joined([table("a", "orders", "ByEmail")], insights)
    assert found.global_secondary_indexes[0].contributor_insights == unknown("var.i")
    assert found.contributor_insights == unknown("var.i")


def test_an_undecided_index_name_is_the_index_or_the_table() -> None:
    insights = InsightsAttachment(
        address="c", table_name="orders", index_name=Choice(PROD, "ByEmail", None), insights=ON
    )
    (found,) = joined([table("a", "orders", "ByEmail")], insights)
    off = ContributorInsights()
    assert found.global_secondary_indexes[0].contributor_insights == Choice(PROD, ON, off)
    assert found.contributor_insights == Choice(PROD, off, ON)


def test_insights_in_the_region_of_a_replica_are_the_replicas() -> None:
    drafts = [table("a", "orders", "ByEmail", region="eu-west-1", replicas=(Replica(region_name="us-east-1"),))]
    (found,) = joined(
        drafts,
        InsightsAttachment(address="c", region="us-east-1", table_name="orders", insights=ON),
        InsightsAttachment(address="d", region="us-east-1", table_name="orders", index_name="ByEmail", insights=ON),
    )
    assert found.contributor_insights == ContributorInsights()
    assert found.global_secondary_indexes[0].contributor_insights == ContributorInsights()
    assert found.replicas == (
        Replica(
            region_name="us-east-1",
            contributor_insights=ON,
            global_secondary_indexes=(ReplicaIndex(index_name="ByEmail", contributor_insights=ON),),
        ),
    )


def tag(key: Any, value: Any = "data", **settings: Any) -> TagAttachment:
    return TagAttachment(**{"address": "t", "resource_arn": TABLE_ARN, **settings}, key=key, value=value)


def test_a_tag_set_apart_is_a_tag_of_the_table() -> None:
    (found,) = joined([table("a", "orders", tags={"env": "prod"})], tag("team"), tag("env", "dev"))
    assert found.tags == {"env": "dev", "team": "data"}


def test_a_tag_under_a_condition_may_be_absent() -> None:
    (found,) = joined([table("a", "orders")], tag("team", presence=Choice(PROD, True, False)))
    assert found.tags == {"team": Choice(PROD, "data", ABSENT)}


def test_a_tag_that_may_be_set_makes_only_its_own_value_unknown_where_the_key_is_there_anyway() -> None:
    drafts = [table("a", "orders", tags={"team": "web", "env": "prod"})]
    (found,) = joined(drafts, tag("team", presence=unknown("var.n")))
    assert found.tags == {"team": unknown("var.n"), "env": "prod"}


@pytest.mark.parametrize(
    "doubtful",
    [tag(unknown("var.n")), tag("team", presence=unknown("var.n")), tag("team", resource_arn=unknown("var.n"))],
)
def test_a_key_that_may_or_may_not_be_there_makes_the_tags_unknown(doubtful: TagAttachment) -> None:
    (found,) = joined([table("a", "orders", tags={"env": "prod"})], doubtful)
    assert found.tags == unknown("var.n")


def test_a_tag_without_key_is_none() -> None:
    assert joined([table("a", "orders")], tag(None))[0].tags == {}


def test_unknown_tags_stay_unknown() -> None:
    assert joined([table("a", "orders", tags=unknown("var.tags"))], tag("team"))[0].tags == unknown("var.tags")


def test_a_tag_on_the_arn_of_a_replica_is_the_replicas() -> None:
    drafts = [table("a", "orders", region="us-east-1", replicas=(Replica(region_name="eu-west-1"),))]
    (found,) = joined(drafts, tag("team"))
    assert (found.tags, found.replicas[0].tags) == ({}, {"team": "data"})


def test_items_and_alarms_join_their_table() -> None:
    item, alarm = TableItem(secrets=("password",)), Alarm(alarm_name="throttled", metric_name="WriteThrottleEvents")
    first, second = joined(
        [table("a", "orders"), table("b", "users")],
        ItemAttachment(address="i", table_name=TABLE_ARN, item=item),
        AlarmAttachment(address="m", table_name="users", alarm=alarm),
    )
    assert (first.items, first.alarms) == ((item,), ())
    assert (second.items, second.alarms) == ((), (alarm,))


def test_tables_keep_the_order_of_the_stack() -> None:
    drafts = [table(label, label) for label in "cab"]
    assert [found.name for found in joined(drafts, tag("team"))] == ["c", "a", "b"]


def test_a_table_without_attachments_is_the_declared_one() -> None:
    draft = table("a", "orders")
    assert joined([draft]) == [draft.table]
    assert joined([draft], tag("team", resource_arn="arn:aws:dynamodb:eu-west-1:111122223333:table/x")) == [draft.table]
