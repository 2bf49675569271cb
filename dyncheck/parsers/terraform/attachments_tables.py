"""Resources that add to a table what its own declaration lacks: replicas, indexes, tags, items, insights, policies."""

from __future__ import annotations

import json
from typing import Any

from dyncheck.model import (
    AttributeDefinition,
    ContributorInsights,
    GlobalSecondaryIndex,
    KeyElement,
    KinesisDestination,
    Projection,
    ProvisionedThroughput,
    TableItem,
)
from dyncheck.parsers.attachments import (
    GlobalTableAttachment,
    IndexAttachment,
    InsightsAttachment,
    ItemAttachment,
    KinesisAttachment,
    ReplicaAttachment,
    ResourcePolicyAttachment,
    TagAttachment,
)
from dyncheck.parsers.resource_policy import statements
from dyncheck.parsers.secrets import secret_attributes
from dyncheck.parsers.terraform.body import BlockBody, Body, each, evaluated, single
from dyncheck.parsers.terraform.capacity import on_demand_throughput, warm_throughput
from dyncheck.parsers.terraform.keys import projection
from dyncheck.parsers.terraform.reading import Context, collected, needed_text, number, places, strings, text
from dyncheck.parsers.terraform.replicas import inherited_settings, separate_replica
from dyncheck.parsers.terraform.syntax import Call
from dyncheck.values import Choice, OpenList, Unknown, lift


def replica(context: Context, body: Body) -> ReplicaAttachment:
    """``aws_dynamodb_table_replica``; its Region is its provider's, so it is matched to tables of any Region."""
    return ReplicaAttachment(
        address=context.address,
        presence=context.presence,
        table_arn=text(body, "global_table_arn"),
        replica=separate_replica(context, body),
        inherited=inherited_settings(body),
        locations=places(body, {"table_arn": "global_table_arn"}),
    )


def global_table(context: Context, body: Body) -> GlobalTableAttachment:
    """``aws_dynamodb_global_table`` (version 2017.11.29)."""
    return GlobalTableAttachment(
        address=context.address,
        presence=context.presence,
        table_name=text(body, "name"),
        regions=collected(each(body.blocks("replica"), lambda block: text(block, "region_name"))),
        locations=places(body, {"table_name": "name"}),
    )


def index(context: Context, body: Body) -> IndexAttachment:
    """``aws_dynamodb_global_secondary_index``, which names the types of its key attributes itself."""
    keys = collected(each(body.blocks("key_schema"), _key))
    attributes = collected(each(body.blocks("key_schema"), _attribute))
    defined = attributes.items if isinstance(attributes, OpenList) else attributes
    declared = GlobalSecondaryIndex(
        index_name=text(body, "index_name"),
        key_schema=keys,
        projection=lift(_projection, single(body.blocks("projection"))),
        provisioned_throughput=_throughput(single(body.blocks("provisioned_throughput"))),
        on_demand_throughput=on_demand_throughput(body),
        warm_throughput=warm_throughput(body),
        locations=places(
            body,
            {
                "index_name": "index_name",
                "key_schema": "key_schema",
                "projection": "projection",
                "provisioned_throughput": "provisioned_throughput",
                "on_demand_throughput": "on_demand_throughput",
                "warm_throughput": "warm_throughput",
            },
        ),
    )
    return IndexAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        table_name=text(body, "table_name"),
        index=declared,
        attributes=tuple(attribute for item in defined for attribute in _definitions(item)),
        locations=places(body, {"table_name": "table_name"}),
    )


def _key(block: Body) -> KeyElement:
    return KeyElement(
        attribute_name=needed_text(block, "attribute_name"),
        key_type=needed_text(block, "key_type"),
        locations=places(block, {"attribute_name": "attribute_name", "key_type": "key_type"}),
    )


def _attribute(block: Body) -> AttributeDefinition:
    return AttributeDefinition(
        attribute_name=needed_text(block, "attribute_name"),
        attribute_type=needed_text(block, "attribute_type"),
        locations=places(block, {"attribute_name": "attribute_name", "attribute_type": "attribute_type"}),
    )


def _definitions(item: Any) -> tuple[AttributeDefinition, ...]:
    """The definitions that there are in any arm."""
    if isinstance(item, Choice):
        return _definitions(item.if_true) + _definitions(item.if_false)
    return (item,) if isinstance(item, AttributeDefinition) else ()


def _projection(block: Body | None) -> Projection:
    return Projection() if block is None else projection(block)


def _throughput(block: Any) -> ProvisionedThroughput:
    return ProvisionedThroughput(
        read_capacity_units=lift(lambda inner: inner and number(inner, "read_capacity_units"), block),
        write_capacity_units=lift(lambda inner: inner and number(inner, "write_capacity_units"), block),
    )


def insights(context: Context, body: Body) -> InsightsAttachment:
    """``aws_dynamodb_contributor_insights``: that it exists switches them on."""
    locations = places(body, {"mode": "mode"})
    return InsightsAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        table_name=text(body, "table_name"),
        index_name=text(body, "index_name"),
        insights=ContributorInsights(enabled=True, mode=text(body, "mode"), locations=locations),
        locations=locations,
    )


def tag(context: Context, body: Body) -> TagAttachment:
    """``aws_dynamodb_tag``."""
    return TagAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        resource_arn=text(body, "resource_arn"),
        key=text(body, "key"),
        value=lift(lambda plain: plain, body.value("value")),
        locations=places(body, {"key": "key", "value": "value"}),
    )


def item(context: Context, body: Body) -> ItemAttachment:
    """``aws_dynamodb_table_item``; only the names of attributes that look like secrets are kept."""
    locations = places(body, {"secrets": "item"})
    return ItemAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        table_name=text(body, "table_name"),
        item=TableItem(secrets=lift(_secrets, _document(body, "item")), locations=locations),
        locations=locations,
    )


def _secrets(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return Unknown(frozenset({"invalid item"}))
    return strings(secret_attributes(value)) if isinstance(value, dict) else ()


def resource_policy(context: Context, body: Body) -> ResourcePolicyAttachment:
    """``aws_dynamodb_resource_policy`` on a table or on a stream."""
    locations = places(body, {"statements": "policy", "resource_arn": "resource_arn"})
    return ResourcePolicyAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        resource_arn=text(body, "resource_arn"),
        statements=statements(_document(body, "policy"), _statement_places(body)),
        locations=locations,
    )


def _document(body: Body, name: str) -> Any:
    """What an argument with JSON holds: the data behind ``jsonencode``, where not all of it is known."""
    value = body.value(name)
    if isinstance(value, Unknown) and isinstance(body, BlockBody):
        written = body.expression(name)
        if isinstance(written, Call) and written.function == "jsonencode" and len(written.arguments) == 1:
            return evaluated(written.arguments[0], body.scope)
    return value


def _statement_places(body: Body) -> Any:
    place = body.place("policy")
    return {"": place if place is not None else body.header}


def kinesis_destination(context: Context, body: Body) -> KinesisAttachment:
    """``aws_dynamodb_kinesis_streaming_destination``."""
    precision = "approximate_creation_date_time_precision"
    locations = places(body, {"stream_arn": "stream_arn", precision: precision})
    return KinesisAttachment(
        address=context.address,
        presence=context.presence,
        region=context.provider.region,
        table_name=text(body, "table_name"),
        destination=KinesisDestination(
            stream_arn=text(body, "stream_arn"),
            approximate_creation_date_time_precision=text(body, precision),
            locations=locations,
        ),
        locations=locations,
    )
