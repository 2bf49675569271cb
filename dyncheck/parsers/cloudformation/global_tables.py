"""``AWS::DynamoDB::GlobalTable``: settings per replica, of which the replica in the stack's own Region is the table.

Which replica that is, only the stack's Region tells. Where it is not known, a table-level setting in which the replicas
differ is unknown because of ``AWS::Region``, and every replica is judged as one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from dyncheck.location import Location
from dyncheck.model import (
    Autoscaling,
    Encryption,
    GlobalSecondaryIndex,
    Located,
    OnDemandThroughput,
    ProvisionedThroughput,
    Replica,
    ReplicaIndex,
    ScalingDimension,
    ScalingPolicy,
    Table,
)
from dyncheck.parsers.cloudformation import elements
from dyncheck.parsers.cloudformation.evaluated import Block, build, build_each, closed, dig, map_list
from dyncheck.parsers.cloudformation.properties import (
    address_of,
    flag,
    is_written,
    needed_text,
    number,
    places,
    properties_of,
    tag_list,
    text,
    whole,
)
from dyncheck.parsers.cloudformation.tables import INDEX_PLACES, TABLE_PLACES, common, table_name, with_symbol
from dyncheck.parsers.cloudformation.template import ResourceNode, Template
from dyncheck.parsers.encryption import classify
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, reasons, unknown

_PLACES: Final = {
    **{path: name for path, name in TABLE_PLACES.items() if not path.startswith(("provisioned", "on_demand"))},
    "replicas": "Replicas",
    "consistency_mode": "MultiRegionConsistency",
    "witness_regions": "GlobalTableWitnesses",
    "autoscaling.write": "WriteProvisionedThroughputSettings",
    "on_demand_throughput": "WriteOnDemandThroughputSettings",
    "on_demand_throughput.max_write_request_units": "WriteOnDemandThroughputSettings.MaxWriteRequestUnits",
}

_REPLICA_PLACES: Final = {
    "region_name": "Region",
    "encryption": "SSESpecification",
    "point_in_time_recovery": "PointInTimeRecoverySpecification",
    "deletion_protection_enabled": "DeletionProtectionEnabled",
    "table_class": "TableClass",
    "tags": "Tags",
    "contributor_insights": "ContributorInsightsSpecification",
    "kinesis_destinations": "KinesisStreamSpecification",
    "resource_policies": "ResourcePolicy",
    "autoscaling.read": "ReadProvisionedThroughputSettings",
    "provisioned_throughput.read_capacity_units": "ReadProvisionedThroughputSettings.ReadCapacityUnits",
    "on_demand_throughput.max_read_request_units": "ReadOnDemandThroughputSettings.MaxReadRequestUnits",
    "global_secondary_indexes": "GlobalSecondaryIndexes",
}

_READ: Final = "DynamoDBReadCapacityUtilization"
_WRITE: Final = "DynamoDBWriteCapacityUtilization"


def read_global_table(template: Template, resource: ResourceNode) -> Table:
    """A global table, seen from the Region of the stack."""
    block = properties_of(template, resource)
    reader = _Reader(template, block)
    home = _Home(template, block.get("Replicas"))
    found = places(block, _PLACES)
    lone = home.only
    if lone is not None:
        found |= {path: place for path, place in places(lone, _REPLICA_PLACES).items() if path != "region_name"}
    replicas = home.others(reader.replica)
    shared = common(template, resource, found)
    if home.region is not None:
        shared["region"] = home.region
    return Table(
        **shared,
        name=with_symbol(table_name(block), f"{address_of(template, resource)}.Ref"),
        billing_mode=reader.billing_mode,
        billing_mode_written=is_written(block, "BillingMode"),
        provisioned_throughput=ProvisionedThroughput(read_capacity_units=home.read(reader.read_units, None)),
        on_demand_throughput=OnDemandThroughput(
            max_read_request_units=home.read(reader.maximum_reads, None),
            max_write_request_units=_maximum_writes(block),
        ),
        warm_throughput=elements.warm_throughput(block),
        autoscaling=Autoscaling(
            read=home.read(_read_scaling, ScalingDimension()),
            write=_write_scaling(block),
        ),
        attributes=elements.attribute_definitions(block.get("AttributeDefinitions")),
        key_schema=elements.key_schema(block.get("KeySchema")),
        global_secondary_indexes=build_each(
            block.get("GlobalSecondaryIndexes"), lambda item: reader.index(item, home), "index"
        ),
        local_secondary_indexes=elements.local_secondary_indexes(block.get("LocalSecondaryIndexes")),
        vector_indexes=elements.vector_indexes(block.get("VectorIndexes")),
        encryption=home.read(reader.encryption, Encryption()),
        point_in_time_recovery=home.read(
            lambda item: elements.recovery(item.get("PointInTimeRecoverySpecification")), elements.recovery(ABSENT)
        ),
        time_to_live=elements.time_to_live(block.get("TimeToLiveSpecification")),
        stream=elements.stream(block.get("StreamSpecification")),
        kinesis_destinations=home.read(
            lambda item: elements.kinesis_destinations(item.get("KinesisStreamSpecification")), ()
        ),
        replicas=replicas,
        home_among_replicas=home.is_hidden,
        global_table_version=elements.version_of(replicas),
        consistency_mode=text(block, "MultiRegionConsistency", fallback="EVENTUAL"),
        witness_regions=build_each(block.get("GlobalTableWitnesses"), partial(needed_text, name="Region"), "witness"),
        table_class=home.read(lambda item: text(item, "TableClass", fallback="STANDARD"), "STANDARD"),
        deletion_protection_enabled=home.read(lambda item: flag(item, "DeletionProtectionEnabled"), False),
        retention=elements.retention(template, resource),
        tags=home.read(lambda item: tag_list(item.get("Tags")), {}),
        resource_policies=home.read(elements.resource_policies, ()),
        contributor_insights=home.read(
            lambda item: elements.contributor_insights(item.get("ContributorInsightsSpecification")),
            elements.contributor_insights(ABSENT),
        ),
    )


class _Home:
    """The replicas, and which of them may be the table of the stack's own Region."""

    def __init__(self, template: Template, value: Any) -> None:
        self._region = template.context.region
        self._value = value

    @property
    def only(self) -> Block | None:
        """The home replica where it is certain, None otherwise."""
        candidates = self._candidates(self._value) if isinstance(self._value, tuple) else []
        return candidates[0] if len(candidates) == 1 else None

    @property
    def region(self) -> str | None:
        """The Region of a replica that stands alone, which can only be the stack's."""
        alone = isinstance(self._value, tuple) and len(self._value) == 1 and self.only is not None
        region = text(self.only, "Region") if alone and self.only is not None else None
        return region if isinstance(region, str) else None

    @property
    def is_hidden(self) -> Any:
        """Whether it cannot be told which of the replicas is at home, so that all of them count as elsewhere."""
        return map_list(lambda items: len(self._candidates(items)) > 1, closed(self._value))

    def read(self, function: Callable[[Block], Any], fallback: Any) -> Any:
        """A setting of the home replica; Unknown where the replicas that it may be differ in it."""

        def from_items(items: tuple[Any, ...]) -> Any:
            candidates = self._candidates(items)
            hidden = [item for item in items if not isinstance(item, (Block, Choice))]
            if hidden and not any(_same_region(text(block, "Region"), self._region) for block in candidates):
                return Unknown(reasons(hidden) or frozenset({"invalid replica"}))
            values = [function(replica) for replica in candidates]
            if all(_bare(value) == _bare(values[0]) for value in values[1:]):
                return values[0] if values else fallback
            return unknown("AWS::Region")

        return map_list(from_items, closed(self._value))

    def others(self, make: Callable[[Block], Replica]) -> Any:
        """The replicas elsewhere; all of them where it is not known which one is at home."""

        def from_items(items: tuple[Any, ...]) -> Any:
            candidates = self._candidates(items)
            away = tuple(item for item in items if len(candidates) != 1 or item is not candidates[0])
            return build_each(away, make, "replica")

        return map_list(from_items, self._value)

    def _candidates(self, items: tuple[Any, ...]) -> list[Block]:
        blocks = [block for item in items for block in _arms(item)]
        for item in items:
            if isinstance(item, Block) and _same_region(text(item, "Region"), self._region):
                return [item]
        elsewhere = isinstance(self._region, str)
        return [
            block for block in blocks if len(blocks) == 1 or not (elsewhere and isinstance(text(block, "Region"), str))
        ] or blocks


def _arms(item: Any) -> list[Block]:
    if isinstance(item, Choice):
        return [*_arms(item.if_true), *_arms(item.if_false)]
    return [item] if isinstance(item, Block) else []


def _same_region(one: Any, other: Any) -> bool:
    if isinstance(one, Unknown) and isinstance(other, Unknown):
        return one.symbol is not None and one.symbol == other.symbol
    return isinstance(one, str) and one == other


def _bare(value: Any) -> Any:
    """A value without its places, for comparison."""
    if isinstance(value, tuple):
        return tuple(_bare(item) for item in value)
    if isinstance(value, msgspec.Struct) and not isinstance(value, (Unknown, Choice)):
        changes = {name: _bare(getattr(value, name)) for name in value.__struct_fields__}
        if isinstance(value, Located):
            changes["locations"] = {}
        return msgspec.structs.replace(value, **changes)
    return value


class _Reader:
    """What the replicas take from the table's own properties."""

    def __init__(self, template: Template, block: Block) -> None:
        self._template = template
        self._sse = block.get("SSESpecification")
        self._reads = whole(block, "ReadOnDemandThroughputSettings", "MaxReadRequestUnits")
        self.billing_mode = text(block, "BillingMode", fallback="PROVISIONED")

    def encryption(self, replica: Block, header: Location | None = None) -> Any:
        """The table's switch with the replica's key. ``header``: the place to fall back to instead of the switch's."""
        key = text(replica, "SSESpecification", "KMSMasterKeyId")
        own = places(replica, {"": "SSESpecification", "kms_key": "SSESpecification.KMSMasterKeyId"})
        if header is not None:
            own = {"": header} | own

        def made(item: Block) -> Encryption:
            enabled = flag(item, "SSEEnabled", None)
            return Encryption(
                kind=classify(enabled, key, keys=self._template.context.keys),
                sse_enabled=enabled,
                kms_key=key,
                locations={**item.locations(sse_enabled="SSEEnabled"), **own},
            )

        return build(self._sse, made, Encryption(kms_key=key, locations=own), "SSE specification")

    def read_units(self, replica: Block) -> Any:
        """Fixed read capacity."""
        units = whole(replica, "ReadProvisionedThroughputSettings", "ReadCapacityUnits")
        return elements.capacity(units, self.billing_mode)

    def maximum_reads(self, replica: Block) -> Any:
        """The maximum of on-demand reads, the replica's or the table's."""
        own = whole(replica, "ReadOnDemandThroughputSettings", "MaxReadRequestUnits")
        return elements.maximum(self._reads if own is None else own)

    def replica(self, block: Block) -> Replica:
        """One replica."""
        return Replica(
            region_name=text(block, "Region"),
            encryption=self.encryption(block, block.locations().get("")),
            point_in_time_recovery=elements.recovery(block.get("PointInTimeRecoverySpecification")),
            deletion_protection_enabled=flag(block, "DeletionProtectionEnabled"),
            table_class=text(block, "TableClass", fallback="STANDARD"),
            tags=tag_list(block.get("Tags")),
            provisioned_throughput=ProvisionedThroughput(read_capacity_units=self.read_units(block)),
            on_demand_throughput=OnDemandThroughput(max_read_request_units=self.maximum_reads(block)),
            autoscaling=Autoscaling(read=_read_scaling(block)),
            global_secondary_indexes=build_each(block.get("GlobalSecondaryIndexes"), self._replica_index, "index"),
            contributor_insights=elements.contributor_insights(block.get("ContributorInsightsSpecification")),
            kinesis_destinations=elements.kinesis_destinations(block.get("KinesisStreamSpecification")),
            locations={**block.locations(), **places(block, _REPLICA_PLACES)},
        )

    def _replica_index(self, block: Block) -> ReplicaIndex:
        return ReplicaIndex(
            index_name=text(block, "IndexName"),
            provisioned_throughput=ProvisionedThroughput(read_capacity_units=self.read_units(block)),
            autoscaling=Autoscaling(read=_read_scaling(block)),
            contributor_insights=elements.contributor_insights(block.get("ContributorInsightsSpecification")),
            locations={**block.locations(), **places(block, INDEX_PLACES)},
        )

    def index(self, block: Block, home: _Home) -> GlobalSecondaryIndex:
        """A global secondary index; its reads are those of the home replica."""
        name = text(block, "IndexName")

        def at_home(function: Callable[[Block], Any], fallback: Any) -> Any:
            return home.read(lambda replica: _of_index(replica, name, function, fallback), fallback)

        return GlobalSecondaryIndex(
            index_name=name,
            key_schema=elements.key_schema(block.get("KeySchema")),
            projection=elements.projection(block.get("Projection")),
            provisioned_throughput=ProvisionedThroughput(read_capacity_units=at_home(self.read_units, None)),
            on_demand_throughput=OnDemandThroughput(
                max_read_request_units=at_home(self.maximum_reads, None),
                max_write_request_units=_maximum_writes(block),
            ),
            warm_throughput=elements.warm_throughput(block),
            autoscaling=Autoscaling(
                read=at_home(_read_scaling, ScalingDimension()),
                write=_write_scaling(block),
            ),
            contributor_insights=at_home(
                lambda item: elements.contributor_insights(item.get("ContributorInsightsSpecification")),
                elements.contributor_insights(ABSENT),
            ),
            locations={
                **block.locations(),
                **places(block, {**INDEX_PLACES, "autoscaling.write": "WriteProvisionedThroughputSettings"}),
            },
        )


def _of_index(replica: Block, name: Any, function: Callable[[Block], Any], fallback: Any) -> Any:
    """A setting that a replica has for one index."""
    indexes = replica.get("GlobalSecondaryIndexes")
    if isinstance(indexes, (Unknown, Choice, OpenList)):
        return Unknown(frozenset({"replica indexes"}) if isinstance(indexes, Choice) else indexes.because)
    for item in indexes if isinstance(indexes, tuple) else ():
        if isinstance(item, Block) and text(item, "IndexName") == name:
            return function(item)
    return fallback


def _maximum_writes(block: Block) -> Any:
    return elements.maximum(whole(block, "WriteOnDemandThroughputSettings", "MaxWriteRequestUnits"))


def _read_scaling(block: Block) -> Any:
    return _scaling(dig(block, "ReadProvisionedThroughputSettings", "ReadCapacityAutoScalingSettings"), _READ)


def _write_scaling(block: Block) -> Any:
    return _scaling(dig(block, "WriteProvisionedThroughputSettings", "WriteCapacityAutoScalingSettings"), _WRITE)


def _scaling(value: Any, metric: str) -> Any:
    """CapacityAutoScalingSettings: a target with its one policy."""

    def made(item: Block) -> ScalingDimension:
        return ScalingDimension(
            registered=True,
            enabled=True,
            min_capacity=whole(item, "MinCapacity"),
            max_capacity=whole(item, "MaxCapacity"),
            policies=build_each(
                item.get("TargetTrackingScalingPolicyConfiguration"), lambda inner: _policy(inner, metric), "policy"
            ),
            locations=item.locations(
                min_capacity="MinCapacity",
                max_capacity="MaxCapacity",
                policies="TargetTrackingScalingPolicyConfiguration",
            ),
        )

    return build(value, made, ScalingDimension(), "auto scaling settings")


def _policy(item: Block, metric: str) -> ScalingPolicy:
    return ScalingPolicy(
        policy_type="TargetTrackingScaling",
        target_value=number(item, "TargetValue"),
        predefined_metric_type=metric,
        disable_scale_in=flag(item, "DisableScaleIn"),
        locations=item.locations(target_value="TargetValue", disable_scale_in="DisableScaleIn"),
    )
