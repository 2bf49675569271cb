"""``AWS::DynamoDB::Table`` and ``AWS::Serverless::SimpleTable`` as tables of the model.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html
"""

from __future__ import annotations

from typing import Any, Final

from dyncheck.location import Location
from dyncheck.model import AttributeDefinition, GlobalSecondaryIndex, KeyElement, Table
from dyncheck.parsers.attachments import GENERATED_NAME, TableDraft
from dyncheck.parsers.cloudformation import elements
from dyncheck.parsers.cloudformation.evaluated import Block, build_each, default, map_known
from dyncheck.parsers.cloudformation.presence import presence_of
from dyncheck.parsers.cloudformation.properties import (
    address_of,
    flag,
    header_of,
    is_written,
    places,
    properties_of,
    shown_address,
    tag_list,
    tag_map,
    text,
)
from dyncheck.parsers.cloudformation.template import ResourceNode, Template
from dyncheck.values import Unknown

TABLE_PLACES: Final = {
    "name": "TableName",
    "billing_mode": "BillingMode",
    "provisioned_throughput": "ProvisionedThroughput",
    "provisioned_throughput.read_capacity_units": "ProvisionedThroughput.ReadCapacityUnits",
    "provisioned_throughput.write_capacity_units": "ProvisionedThroughput.WriteCapacityUnits",
    "on_demand_throughput": "OnDemandThroughput",
    "on_demand_throughput.max_read_request_units": "OnDemandThroughput.MaxReadRequestUnits",
    "on_demand_throughput.max_write_request_units": "OnDemandThroughput.MaxWriteRequestUnits",
    "warm_throughput": "WarmThroughput",
    "warm_throughput.read_units_per_second": "WarmThroughput.ReadUnitsPerSecond",
    "warm_throughput.write_units_per_second": "WarmThroughput.WriteUnitsPerSecond",
    "attributes": "AttributeDefinitions",
    "key_schema": "KeySchema",
    "global_secondary_indexes": "GlobalSecondaryIndexes",
    "local_secondary_indexes": "LocalSecondaryIndexes",
    "vector_indexes": "VectorIndexes",
    "encryption": "SSESpecification",
    "point_in_time_recovery": "PointInTimeRecoverySpecification",
    "time_to_live": "TimeToLiveSpecification",
    "stream": "StreamSpecification",
    "kinesis_destinations": "KinesisStreamSpecification",
    "table_class": "TableClass",
    "deletion_protection_enabled": "DeletionProtectionEnabled",
    "created_from": "ImportSourceSpecification",
    "tags": "Tags",
    "resource_policies": "ResourcePolicy",
    "contributor_insights": "ContributorInsightsSpecification",
}
"""Where the settings of a table stand, by model path."""

INDEX_PLACES: Final = {
    "index_name": "IndexName",
    "key_schema": "KeySchema",
    "projection": "Projection",
    "contributor_insights": "ContributorInsightsSpecification",
    **{
        path: name
        for path, name in TABLE_PLACES.items()
        if path.startswith(("provisioned_throughput", "on_demand_throughput", "warm_throughput"))
    },
}
"""Where the settings of a global secondary index stand."""

_SAM_TYPES: Final = {"String": "S", "Number": "N", "Binary": "B"}


def table_draft(template: Template, resource: ResourceNode, table: Table) -> TableDraft:
    """A table with the symbols by which the rest of the template refers to it."""
    address = address_of(template, resource)
    return TableDraft(
        table=table,
        name_symbols=frozenset({f"{address}.Ref"}),
        arn_symbols=frozenset({f"{address}.Arn"}),
        stream_arn_symbols=frozenset({f"{address}.StreamArn"}),
    )


def common(template: Template, resource: ResourceNode, found: dict[str, Location]) -> dict[str, Any]:
    """The fields that every resource has; ``found``: the places of its settings."""
    return {
        "address": shown_address(template, resource),
        "stack": template.context.stack,
        "source": "cloudformation",
        "resource_type": resource.type,
        "presence": presence_of(template, resource),
        "region": template.context.region,
        "account": template.context.account,
        "locations": {"": header_of(template, resource), **found},
    }


def table_name(block: Block) -> Any:
    """TableName; CloudFormation makes a name up where there is none."""
    return text(block, "TableName", fallback=Unknown(frozenset({GENERATED_NAME})))


def with_symbol(value: Any, symbol: str) -> Any:
    """The value, with an identity where it is unknown without one."""
    if isinstance(value, Unknown) and value.symbol is None:
        return Unknown(value.because, symbol)
    return value


def read_table(template: Template, resource: ResourceNode) -> Table:
    """A table; every property that is left out has CloudFormation's default."""
    block = properties_of(template, resource)
    billing_mode = text(block, "BillingMode", fallback="PROVISIONED")
    origin = block.get("ImportSourceSpecification")
    return Table(
        **common(template, resource, places(block, TABLE_PLACES)),
        name=with_symbol(table_name(block), f"{address_of(template, resource)}.Ref"),
        billing_mode=billing_mode,
        billing_mode_written=is_written(block, "BillingMode"),
        provisioned_throughput=elements.provisioned_throughput(block, billing_mode),
        on_demand_throughput=elements.on_demand_throughput(block),
        warm_throughput=elements.warm_throughput(block),
        attributes=elements.attribute_definitions(block.get("AttributeDefinitions")),
        key_schema=elements.key_schema(block.get("KeySchema")),
        global_secondary_indexes=_indexes(block, billing_mode),
        local_secondary_indexes=elements.local_secondary_indexes(block.get("LocalSecondaryIndexes")),
        vector_indexes=elements.vector_indexes(block.get("VectorIndexes")),
        encryption=elements.encryption(template, block.get("SSESpecification")),
        point_in_time_recovery=elements.recovery(block.get("PointInTimeRecoverySpecification")),
        time_to_live=elements.time_to_live(block.get("TimeToLiveSpecification")),
        stream=elements.stream(block.get("StreamSpecification")),
        kinesis_destinations=elements.kinesis_destinations(block.get("KinesisStreamSpecification")),
        table_class=text(block, "TableClass", fallback="STANDARD"),
        deletion_protection_enabled=flag(block, "DeletionProtectionEnabled"),
        retention=elements.retention(template, resource),
        created_from=default(map_known(lambda _: "import", origin), None),
        tags=tag_list(block.get("Tags")),
        resource_policies=elements.resource_policies(block),
        contributor_insights=elements.contributor_insights(block.get("ContributorInsightsSpecification")),
    )


def _indexes(block: Block, billing_mode: Any) -> Any:
    return build_each(
        block.get("GlobalSecondaryIndexes"),
        lambda item: GlobalSecondaryIndex(
            index_name=text(item, "IndexName"),
            key_schema=elements.key_schema(item.get("KeySchema")),
            projection=elements.projection(item.get("Projection")),
            provisioned_throughput=elements.provisioned_throughput(item, billing_mode),
            on_demand_throughput=elements.on_demand_throughput(item),
            warm_throughput=elements.warm_throughput(item),
            contributor_insights=elements.contributor_insights(item.get("ContributorInsightsSpecification")),
            locations={**item.locations(), **places(item, INDEX_PLACES)},
        ),
        "index",
    )


def read_simple_table(template: Template, resource: ResourceNode) -> Table:
    """A SAM SimpleTable: on demand unless throughput is given, keyed by a string ``id`` unless a key is given."""
    block = _with_globals(template, properties_of(template, resource))
    throughput = block.get("ProvisionedThroughput")
    billing_mode = default(map_known(lambda _: "PROVISIONED", throughput), "PAY_PER_REQUEST")
    name = text(block, "PrimaryKey", "Name", fallback="id")
    kind = map_known(lambda plain: _SAM_TYPES.get(plain, plain), text(block, "PrimaryKey", "Type", fallback="String"))
    found = places(block, {**TABLE_PLACES, "key_schema": "PrimaryKey", "attributes": "PrimaryKey"})
    own = {"": found["key_schema"]} if "key_schema" in found else {}
    return Table(
        **common(template, resource, found),
        name=with_symbol(table_name(block), f"{address_of(template, resource)}.Ref"),
        billing_mode=billing_mode,
        provisioned_throughput=elements.provisioned_throughput(block, billing_mode),
        attributes=(AttributeDefinition(attribute_name=name, attribute_type=kind, locations=own),),
        key_schema=(KeyElement(attribute_name=name, key_type="HASH", locations=own),),
        encryption=elements.encryption(template, block.get("SSESpecification")),
        point_in_time_recovery=elements.recovery(block.get("PointInTimeRecoverySpecification")),
        retention=elements.retention(template, resource),
        tags=tag_map(block.get("Tags")),
    )


def _with_globals(template: Template, block: Block) -> Block:
    """The properties over those of ``Globals.SimpleTable``, merged property by property as SAM does."""
    shared = template.globals_of("SimpleTable")
    return _merged(shared, block) if isinstance(shared, Block) else block


def _merged(under: Block, over: Block) -> Block:
    values = dict(under.values)
    for key, value in over.values.items():
        below = values.get(key)
        values[key] = _merged(below, value) if isinstance(below, Block) and isinstance(value, Block) else value
    return Block(values, {**under.places, **over.places}, over.place or under.place, under.rest | over.rest)
