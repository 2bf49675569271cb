"""The nested parts of a table that AWS::DynamoDB::Table, GlobalTable and SimpleTable share.

Properties and defaults: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_DynamoDB.html
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from dyncheck.location import Location
from dyncheck.model import (
    AttributeDefinition,
    ContributorInsights,
    Encryption,
    KeyElement,
    KinesisDestination,
    LocalSecondaryIndex,
    OnDemandThroughput,
    PointInTimeRecovery,
    Projection,
    ProvisionedThroughput,
    ResourcePolicy,
    Retention,
    Stream,
    TimeToLive,
    VectorIndex,
    WarmThroughput,
)
from dyncheck.parsers.cloudformation.evaluated import (
    Block,
    build,
    build_each,
    closed,
    combine,
    default,
    dig,
    map_known,
    map_list,
)
from dyncheck.parsers.cloudformation.properties import (
    attribute,
    attribute_place,
    flag,
    needed_text,
    plain_data,
    text,
    whole,
)
from dyncheck.parsers.cloudformation.template import ResourceNode, Template
from dyncheck.parsers.coerce import to_str
from dyncheck.parsers.encryption import classify
from dyncheck.parsers.resource_policy import statements
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, choose, reasons

_DEFAULT_WINDOW: Final = 35
_KEEPING: Final = frozenset({"Retain", "RetainExceptOnCreate"})


def key_schema(value: Any, type_property: str = "KeyType") -> Any:
    """KeySchema, or the SearchSchema of a vector index: the elements in order, with the property of their type."""
    return build_each(
        value,
        lambda item: KeyElement(
            attribute_name=needed_text(item, "AttributeName"),
            key_type=needed_text(item, type_property),
            locations=item.locations(attribute_name="AttributeName", key_type=type_property),
        ),
        "key schema",
    )


def attribute_definitions(value: Any) -> Any:
    """AttributeDefinitions."""
    return build_each(
        value,
        lambda item: AttributeDefinition(
            attribute_name=needed_text(item, "AttributeName"),
            attribute_type=needed_text(item, "AttributeType"),
            locations=item.locations(attribute_name="AttributeName", attribute_type="AttributeType"),
        ),
        "attribute definition",
    )


def projection(value: Any) -> Any:
    """Projection of an index."""
    return build(
        value,
        lambda item: Projection(
            projection_type=text(item, "ProjectionType"),
            non_key_attributes=texts(item.get("NonKeyAttributes")),
            locations=item.locations(projection_type="ProjectionType", non_key_attributes="NonKeyAttributes"),
        ),
        Projection(),
        "projection",
    )


def texts(value: Any) -> Any:
    """A list of texts."""

    return map_list(lambda items: tuple(to_str(closed(item)) for item in items if item is not ABSENT), value)


def local_secondary_indexes(value: Any) -> Any:
    """LocalSecondaryIndexes."""
    return build_each(
        value,
        lambda item: LocalSecondaryIndex(
            index_name=text(item, "IndexName"),
            key_schema=key_schema(item.get("KeySchema")),
            projection=projection(item.get("Projection")),
            locations=item.locations(index_name="IndexName", key_schema="KeySchema", projection="Projection"),
        ),
        "index",
    )


def vector_indexes(value: Any) -> Any:
    """VectorIndexes."""
    return build_each(
        value,
        lambda item: VectorIndex(
            index_name=text(item, "IndexName"),
            vector_attribute=text(item, "VectorAttribute", "AttributeName"),
            dimensions=whole(item, "Dimensions"),
            distance_function=text(item, "DistanceFunction"),
            projection=projection(item.get("Projection")),
            search_schema=key_schema(item.get("SearchSchema"), "SearchSchemaElementType"),
            locations=item.locations(
                index_name="IndexName",
                vector_attribute="VectorAttribute",
                dimensions="Dimensions",
                distance_function="DistanceFunction",
                projection="Projection",
                search_schema="SearchSchema",
            ),
        ),
        "vector index",
    )


def capacity(number: Any, billing_mode: Any) -> Any:
    """Capacity units as they count; 0 is "not set" unless the table is known to be provisioned."""

    def decided(plain: Any) -> Any:
        value, mode = plain
        return None if value == 0 and mode != "PROVISIONED" else value

    return number if number is None or isinstance(number, Unknown) else combine(decided, (number, billing_mode))


def provisioned_throughput(block: Block, billing_mode: Any) -> ProvisionedThroughput:
    """ProvisionedThroughput of a table or index."""
    return ProvisionedThroughput(
        read_capacity_units=capacity(whole(block, "ProvisionedThroughput", "ReadCapacityUnits"), billing_mode),
        write_capacity_units=capacity(whole(block, "ProvisionedThroughput", "WriteCapacityUnits"), billing_mode),
    )


def maximum(units: Any) -> Any:
    """A maximum of request units; -1 takes it away."""
    return map_known(lambda plain: None if plain == -1 else plain, units)


def on_demand_throughput(block: Block) -> OnDemandThroughput:
    """OnDemandThroughput of a table or index."""
    return OnDemandThroughput(
        max_read_request_units=maximum(whole(block, "OnDemandThroughput", "MaxReadRequestUnits")),
        max_write_request_units=maximum(whole(block, "OnDemandThroughput", "MaxWriteRequestUnits")),
    )


def warm_throughput(block: Block) -> WarmThroughput:
    """WarmThroughput of a table or index."""
    return WarmThroughput(
        read_units_per_second=whole(block, "WarmThroughput", "ReadUnitsPerSecond"),
        write_units_per_second=whole(block, "WarmThroughput", "WriteUnitsPerSecond"),
    )


def contributor_insights(value: Any) -> Any:
    """ContributorInsightsSpecification."""
    return build(
        value,
        lambda item: ContributorInsights(
            enabled=flag(item, "Enabled"),
            mode=text(item, "Mode"),
            locations=item.locations(enabled="Enabled", mode="Mode"),
        ),
        ContributorInsights(),
        "contributor insights",
    )


def encryption(template: Template, value: Any) -> Any:
    """SSESpecification of a table: without one the key is AWS's own."""

    def made(item: Block) -> Encryption:
        enabled, key = flag(item, "SSEEnabled", None), text(item, "KMSMasterKeyId")
        return Encryption(
            kind=classify(enabled, key, keys=template.context.keys),
            sse_enabled=enabled,
            kms_key=key,
            locations=item.locations(sse_enabled="SSEEnabled", kms_key="KMSMasterKeyId"),
        )

    return build(value, made, Encryption(), "SSE specification")


def recovery(value: Any) -> Any:
    """PointInTimeRecoverySpecification; the window is 35 days unless it is set."""

    def window(plain: Any) -> Any:
        enabled, days = plain
        if days is not None:
            return days
        return None if enabled is False else _DEFAULT_WINDOW

    def made(item: Block) -> PointInTimeRecovery:
        enabled, days = flag(item, "PointInTimeRecoveryEnabled"), whole(item, "RecoveryPeriodInDays")
        return PointInTimeRecovery(
            enabled=enabled,
            recovery_period_in_days=combine(window, (enabled, days)),
            locations=item.locations(
                enabled="PointInTimeRecoveryEnabled", recovery_period_in_days="RecoveryPeriodInDays"
            ),
        )

    return build(value, made, PointInTimeRecovery(), "point-in-time recovery")


def time_to_live(value: Any) -> Any:
    """TimeToLiveSpecification."""
    return build(
        value,
        lambda item: TimeToLive(
            enabled=flag(item, "Enabled"),
            attribute_name=text(item, "AttributeName"),
            locations=item.locations(enabled="Enabled", attribute_name="AttributeName"),
        ),
        TimeToLive(),
        "time to live",
    )


def stream(value: Any) -> Any:
    """StreamSpecification: its presence turns the stream on."""
    return build(
        value,
        lambda item: Stream(
            enabled=True,
            view_type=text(item, "StreamViewType"),
            locations={
                **item.locations(view_type="StreamViewType"),
                **({"enabled": item.place} if item.place is not None else {}),
            },
        ),
        Stream(),
        "stream",
    )


def kinesis_destinations(value: Any) -> Any:
    """KinesisStreamSpecification: at most one destination."""
    return build_each(
        value,
        lambda item: KinesisDestination(
            stream_arn=text(item, "StreamArn"),
            approximate_creation_date_time_precision=text(item, "ApproximateCreationDateTimePrecision"),
            locations=item.locations(
                stream_arn="StreamArn",
                approximate_creation_date_time_precision="ApproximateCreationDateTimePrecision",
            ),
        ),
        "Kinesis destination",
    )


def resource_policies(block: Block) -> Any:
    """ResourcePolicy of the table, and that of its stream."""
    found: list[Any] = []
    hidden: frozenset[str] = frozenset()
    for attached_to, path in (("table", ("ResourcePolicy",)), ("stream", ("StreamSpecification", "ResourcePolicy"))):
        made = build(dig(block, *path), partial(_policy, attached_to), ABSENT, "resource policy")
        if isinstance(made, Unknown):
            hidden |= made.because
        elif made is not ABSENT:
            found.append(made)
    return OpenList(tuple(found), hidden) if hidden else tuple(found)


def _policy(attached_to: Any, item: Block) -> ResourcePolicy:
    places = item.locations(statements="PolicyDocument")
    document = plain_data(item.get("PolicyDocument"))
    return ResourcePolicy(
        attached_to=attached_to,
        statements=statements(document, {"": places["statements"]} if "statements" in places else {}),
        locations=places,
    )


def retention(template: Template, resource: ResourceNode) -> Retention:
    """DeletionPolicy and UpdateReplacePolicy, both Delete by default: the table stays only where both keep it."""
    names = {"deletion_policy": "DeletionPolicy", "update_replace_policy": "UpdateReplacePolicy"}
    values = {
        field: default(to_str(closed(attribute(template, resource, name))), "Delete") for field, name in names.items()
    }
    found: dict[str, Location] = {}
    for field, name in names.items():
        place = attribute_place(template, resource, name)
        if place is not None:
            found[field] = place

    def kept(plain: Any) -> Any:
        if any(isinstance(policy, str) and policy not in _KEEPING for policy in plain):
            return False
        return Unknown(reasons(plain)) if reasons(plain) else True

    return Retention(
        deletion_policy=values["deletion_policy"],
        update_replace_policy=values["update_replace_policy"],
        retained=combine(kept, tuple(values.values())),
        locations=found,
    )


def version_of(replicas: Any) -> Any:
    """Tables with replicas are global tables of version 2019.11.21."""
    if isinstance(replicas, Choice):
        return choose(replicas.condition, version_of(replicas.if_true), version_of(replicas.if_false))
    if isinstance(replicas, Unknown):
        return Unknown(replicas.because)
    items = replicas.items if isinstance(replicas, OpenList) else replicas
    if any(not isinstance(item, Choice) for item in items):
        return "2019.11.21"
    if isinstance(replicas, OpenList):
        return Unknown(replicas.because)

    def any_there(plain: Any) -> Any:
        return "2019.11.21" if any(item is not ABSENT for item in plain) else None

    return combine(any_there, items)
