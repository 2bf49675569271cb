"""Resources around tables as attachments: scaling, backups, alarms, keys, readers of streams, DAX clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from dyncheck.model import Alarm, DaxCluster, KmsKey
from dyncheck.parsers.attachments import (
    AlarmAttachment,
    BackupSelectionAttachment,
    KmsKeyAttachment,
    TagCondition,
)
from dyncheck.parsers.cloudformation.consumers import event_source_mapping, pipe, sam_function
from dyncheck.parsers.cloudformation.elements import texts
from dyncheck.parsers.cloudformation.evaluated import Block, build_each, default, dig, map_known
from dyncheck.parsers.cloudformation.neighbours import base_of, part_of
from dyncheck.parsers.cloudformation.properties import (
    address_of,
    flag,
    places,
    properties_of,
    tag_map,
    text,
    whole,
)
from dyncheck.parsers.cloudformation.scaling import scalable_target, scaling_policy
from dyncheck.parsers.cloudformation.tables import common
from dyncheck.parsers.cloudformation.template import ResourceNode, Template
from dyncheck.values import Choice, OpenList, Unknown, reasons, unknown


def _alarm(template: Template, resource: ResourceNode, block: Block) -> Iterator[Any]:
    metrics = block.get("Metrics")
    stats = [
        dig(item, "MetricStat", "Metric")
        for item in (metrics if isinstance(metrics, tuple) else ())
        if item is not None
    ]
    for metric in (block, *(stat for stat in stats if isinstance(stat, Block))):
        if text(metric, "Namespace") != "AWS/DynamoDB":
            continue
        dimensions = _dimensions(metric.get("Dimensions"))
        base = base_of(
            template,
            resource,
            places(
                block, {"alarm_name": "AlarmName", "metric_name": "MetricName", "actions_enabled": "ActionsEnabled"}
            ),
        )
        yield AlarmAttachment(
            **base,
            table_name=dimensions.get("TableName"),
            alarm=Alarm(
                alarm_name=text(block, "AlarmName"),
                metric_name=text(metric, "MetricName"),
                index_name=dimensions.get("GlobalSecondaryIndexName"),
                actions_enabled=flag(block, "ActionsEnabled", True),
                locations=base["locations"],
            ),
        )


def _dimensions(value: Any) -> dict[str, Any]:
    if isinstance(value, (Unknown, OpenList, Choice)):
        return {"TableName": Unknown(reasons([value]))}
    items = value if isinstance(value, tuple) else ()
    return {str(item.get("Name")): text(item, "Value") for item in items if isinstance(item, Block)}


_OPERATORS: Final = {
    "StringEquals": "equals",
    "StringNotEquals": "not_equals",
    "StringLike": "like",
    "StringNotLike": "not_like",
}


def _backup_selection(template: Template, resource: ResourceNode, block: Block) -> Iterator[Any]:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html"""
    inner = part_of(block.get("BackupSelection"), "backup selection")
    conditions: list[Any] = []
    hidden: frozenset[str] = frozenset()
    for name, operator in _OPERATORS.items():
        found = _tag_conditions(dig(inner, "Conditions", name), operator, "ConditionKey", "ConditionValue")
        if isinstance(found, tuple):
            conditions += found
        else:
            hidden |= reasons([found])
    yield BackupSelectionAttachment(
        **base_of(template, resource, places(block, {"name": "BackupSelection.SelectionName"})),
        name=text(inner, "SelectionName"),
        resources=texts(inner.get("Resources")),
        not_resources=texts(inner.get("NotResources")),
        any_tags=_tag_conditions(inner.get("ListOfTags"), "equals", "ConditionKey", "ConditionValue"),
        conditions=OpenList(tuple(conditions), hidden) if hidden else tuple(conditions),
    )


def _tag_conditions(value: Any, operator: Any, key: str, tag_value: str) -> Any:
    def name_of(plain: Any) -> Any:
        return plain.removeprefix("aws:ResourceTag/") if isinstance(plain, str) else plain

    return build_each(
        value,
        lambda item: TagCondition(operator, map_known(name_of, text(item, key)), text(item, tag_value)),
        "tag condition",
    )


def _kms_key(template: Template, resource: ResourceNode, block: Block) -> Iterator[Any]:
    replica = resource.type == "AWS::KMS::ReplicaKey"
    symbols = key_symbols(template, resource)
    aliases = [
        name
        for other in template.resources.values()
        if other.type == "AWS::KMS::Alias"
        for name, target in [_alias(template, other)]
        if name is not None and target in symbols
    ]
    base = base_of(
        template,
        resource,
        places(block, {"enabled": "Enabled", "rotation_enabled": "EnableKeyRotation", "multi_region": "MultiRegion"}),
    )
    yield KmsKeyAttachment(
        **base,
        key=KmsKey(
            enabled=flag(block, "Enabled", True),
            rotation_enabled=unknown("rotation of the primary key") if replica else flag(block, "EnableKeyRotation"),
            multi_region=True if replica else flag(block, "MultiRegion"),
            locations=base["locations"],
        ),
        symbols=symbols,
        alias_names=texts(tuple(aliases)),
    )


def key_symbols(template: Template, resource: ResourceNode) -> frozenset[str]:
    """The symbols that mean a KMS key."""
    address = address_of(template, resource)
    return frozenset({f"{address}.Ref", f"{address}.Arn", f"{address}.KeyId"})


def _alias(template: Template, alias: ResourceNode) -> tuple[Any, str | None]:
    """The name of an alias, and the symbol of the key that it means."""
    with template.building(alias):
        block = properties_of(template, alias)
        target = block.get("TargetKeyId")
        return text(block, "AliasName"), target.symbol if isinstance(target, Unknown) else None


ATTACHMENTS: Final[dict[str, Callable[[Template, ResourceNode, Block], Iterator[Any]]]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": scaling_policy,
    "AWS::Lambda::EventSourceMapping": event_source_mapping,
    "AWS::Serverless::Function": sam_function,
    "AWS::Pipes::Pipe": pipe,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::Backup::BackupSelection": _backup_selection,
    "AWS::KMS::Key": _kms_key,
    "AWS::KMS::ReplicaKey": _kms_key,
}
"""Readers of the resources that complete tables, by type."""


def read_dax_cluster(template: Template, resource: ResourceNode, block: Block) -> DaxCluster:
    """A DAX cluster.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dax-cluster.html
    """
    found = places(
        block,
        {
            "name": "ClusterName",
            "node_type": "NodeType",
            "replication_factor": "ReplicationFactor",
            "availability_zones": "AvailabilityZones",
            "sse_enabled": "SSESpecification.SSEEnabled",
            "cluster_endpoint_encryption_type": "ClusterEndpointEncryptionType",
            "tags": "Tags",
        },
    )
    encrypted = dig(block, "SSESpecification")
    return DaxCluster(
        **common(template, resource, found),
        name=text(block, "ClusterName"),
        node_type=text(block, "NodeType"),
        replication_factor=whole(block, "ReplicationFactor"),
        availability_zones=texts(block.get("AvailabilityZones")),
        sse_enabled=default(
            map_known(
                lambda plain: flag(plain, "SSEEnabled") if isinstance(plain, Block) else unknown("invalid SSE"),
                encrypted,
            ),
            False,
        ),
        cluster_endpoint_encryption_type=text(block, "ClusterEndpointEncryptionType", fallback="NONE"),
        tags=tag_map(block.get("Tags")),
    )
