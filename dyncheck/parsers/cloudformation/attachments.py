"""Resources around tables as attachments: scaling, backups, alarms, keys, readers of streams, DAX clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from dyncheck.model import Alarm, DaxCluster, KmsKey, ScalingPolicy, StreamConsumer
from dyncheck.parsers.attachments import (
    AlarmAttachment,
    BackupSelectionAttachment,
    KmsKeyAttachment,
    ScalableTargetAttachment,
    ScalingPolicyAttachment,
    StreamConsumerAttachment,
    TagCondition,
)
from dyncheck.parsers.cloudformation.elements import texts
from dyncheck.parsers.cloudformation.evaluated import Block, build_each, default, dig, map_known
from dyncheck.parsers.cloudformation.presence import presence_of
from dyncheck.parsers.cloudformation.properties import (
    address_of,
    any_true,
    flag,
    header_of,
    number,
    places,
    properties_of,
    tag_map,
    text,
    whole,
)
from dyncheck.parsers.cloudformation.tables import common
from dyncheck.parsers.cloudformation.template import ResourceNode, Template
from dyncheck.parsers.coerce import to_str
from dyncheck.values import Choice, OpenList, Unknown, unknown

Attachments = Iterator[Any]


def _base(template: Template, resource: ResourceNode, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": address_of(template, resource),
        "presence": presence_of(template, resource),
        "region": template.context.region,
        "locations": {"": header_of(template, resource), **found},
    }


def _is_dynamodb(namespace: Any, *hints: Any) -> bool:
    """Whether something of Application Auto Scaling is DynamoDB's; without a known namespace the hints tell."""
    if isinstance(namespace, str):
        return namespace == "dynamodb"
    return any(isinstance(hint, str) and hint.startswith(("dynamodb:", "table/")) for hint in hints)


def _scalable_target(template: Template, resource: ResourceNode, block: Block) -> Attachments:
    resource_id, dimension = text(block, "ResourceId"), text(block, "ScalableDimension")
    if not _is_dynamodb(text(block, "ServiceNamespace"), dimension, resource_id):
        return
    state = block.get("SuspendedState")
    yield ScalableTargetAttachment(
        **_base(
            template,
            resource,
            places(
                block,
                {
                    "resource_id": "ResourceId",
                    "scalable_dimension": "ScalableDimension",
                    "min_capacity": "MinCapacity",
                    "max_capacity": "MaxCapacity",
                    "suspended": "SuspendedState",
                },
            ),
        ),
        resource_type=resource.type,
        resource_id=resource_id,
        scalable_dimension=dimension,
        min_capacity=whole(block, "MinCapacity"),
        max_capacity=whole(block, "MaxCapacity"),
        suspended=default(
            map_known(
                lambda plain: (
                    any_true(flag(plain, "DynamicScalingInSuspended"), flag(plain, "DynamicScalingOutSuspended"))
                    if isinstance(plain, Block)
                    else unknown("invalid SuspendedState")
                ),
                state,
            ),
            False,
        ),
    )


def _scaling_policy(template: Template, resource: ResourceNode, block: Block) -> Attachments:
    target = text(block, "ScalingTargetId")
    address = _target_address(template, target)
    resource_id, dimension, namespace = (
        text(block, name) for name in ("ResourceId", "ScalableDimension", "ServiceNamespace")
    )
    if isinstance(target, str) and target.count("|") == 2:
        resource_id, dimension, namespace = target.split("|")
    if address is None and not _is_dynamodb(namespace, dimension, resource_id):
        return
    settings = "TargetTrackingScalingPolicyConfiguration"
    metric = dig(block, settings, "PredefinedMetricSpecification", "PredefinedMetricType")
    tracking = dig(block, settings)
    inner = tracking if isinstance(tracking, Block) else Block({}, {}, None, _reasons(tracking))
    found = places(
        block,
        {
            "policy_name": "PolicyName",
            "policy_type": "PolicyType",
            "target_value": f"{settings}.TargetValue",
            "disable_scale_in": f"{settings}.DisableScaleIn",
            "predefined_metric_type": f"{settings}.PredefinedMetricSpecification.PredefinedMetricType",
        },
    )
    base = _base(template, resource, found)
    yield ScalingPolicyAttachment(
        **base,
        policy=ScalingPolicy(
            policy_name=text(block, "PolicyName"),
            policy_type=default(to_str(block.get("PolicyType")), "StepScaling"),
            target_value=number(inner, "TargetValue"),
            predefined_metric_type=default(to_str(metric), None),
            disable_scale_in=flag(inner, "DisableScaleIn"),
            locations=base["locations"],
        ),
        resource_id=resource_id,
        scalable_dimension=dimension,
        target_address=address,
    )


def _reasons(value: Any) -> frozenset[str]:
    if isinstance(value, (Unknown, OpenList)):
        return value.because
    return value.condition.because if isinstance(value, Choice) else frozenset()


def _target_address(template: Template, target: Any) -> str | None:
    """The address of the scalable target of DynamoDB that ``Ref`` names."""
    if not isinstance(target, Unknown) or target.symbol is None or not target.symbol.endswith(".Ref"):
        return None
    address = target.symbol.removesuffix(".Ref")
    resource = template.resources.get(address.removeprefix(template.prefix))
    if resource is None or resource.type != "AWS::ApplicationAutoScaling::ScalableTarget":
        return None
    with template.building(resource):
        declared = list(_scalable_target(template, resource, properties_of(template, resource)))
    return address if declared else None


def _event_source_mapping(template: Template, resource: ResourceNode, block: Block) -> Attachments:
    yield consumer(template, resource, block, "EventSourceArn", text(block, "FunctionName"))


def consumer(template: Template, resource: ResourceNode, block: Block, arn: str, name: Any) -> StreamConsumerAttachment:
    """A Lambda function that reads a stream: an event source mapping, or an event of a SAM function."""
    found = places(
        block,
        {
            "enabled": "Enabled",
            "maximum_retry_attempts": "MaximumRetryAttempts",
            "maximum_record_age_in_seconds": "MaximumRecordAgeInSeconds",
            "on_failure_destination": "DestinationConfig.OnFailure.Destination",
            "bisect_batch_on_function_error": "BisectBatchOnFunctionError",
        },
    )
    base = _base(template, resource, found)
    if block.place is not None and arn == "Stream":
        base["locations"][""] = block.place
    return StreamConsumerAttachment(
        **base,
        stream_arn=text(block, arn),
        consumer=StreamConsumer(
            kind="lambda",
            name=name,
            enabled=flag(block, "Enabled", True),
            maximum_retry_attempts=whole(block, "MaximumRetryAttempts"),
            maximum_record_age_in_seconds=whole(block, "MaximumRecordAgeInSeconds"),
            on_failure_destination=default(to_str(dig(block, "DestinationConfig", "OnFailure", "Destination")), None),
            bisect_batch_on_function_error=flag(block, "BisectBatchOnFunctionError"),
            locations=base["locations"],
        ),
    )


def _sam_function(template: Template, resource: ResourceNode, block: Block) -> Attachments:
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-dynamodb.html"""
    events = block.get("Events")
    name = default(to_str(block.get("FunctionName")), address_of(template, resource))
    for event in events.values.values() if isinstance(events, Block) else ():
        if isinstance(event, Block) and event.get("Type") == "DynamoDB":
            properties = event.get("Properties")
            if isinstance(properties, Block):
                yield consumer(template, resource, properties, "Stream", name)


def _pipe(template: Template, resource: ResourceNode, block: Block) -> Attachments:
    source = "SourceParameters.DynamoDBStreamParameters"
    parameters = dig(block, "SourceParameters", "DynamoDBStreamParameters")
    inner = parameters if isinstance(parameters, Block) else Block({}, {}, None, _reasons(parameters))
    found = places(
        block,
        {
            "enabled": "DesiredState",
            "maximum_retry_attempts": f"{source}.MaximumRetryAttempts",
            "maximum_record_age_in_seconds": f"{source}.MaximumRecordAgeInSeconds",
            "on_failure_destination": f"{source}.DeadLetterConfig.Arn",
            "bisect_batch_on_function_error": f"{source}.OnPartialBatchItemFailure",
        },
    )
    base = _base(template, resource, found)
    yield StreamConsumerAttachment(
        **base,
        stream_arn=text(block, "Source"),
        consumer=StreamConsumer(
            kind="pipe",
            name=text(block, "Name"),
            enabled=default(map_known(lambda plain: plain != "STOPPED", to_str(block.get("DesiredState"))), True),
            maximum_retry_attempts=whole(inner, "MaximumRetryAttempts"),
            maximum_record_age_in_seconds=whole(inner, "MaximumRecordAgeInSeconds"),
            on_failure_destination=default(to_str(dig(inner, "DeadLetterConfig", "Arn")), None),
            bisect_batch_on_function_error=default(
                map_known(lambda plain: plain == "AUTOMATIC_BISECT", inner.get("OnPartialBatchItemFailure")), False
            ),
            locations=base["locations"],
        ),
    )


def _alarm(template: Template, resource: ResourceNode, block: Block) -> Attachments:
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
        base = _base(
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
        return {"TableName": Unknown(_reasons(value))}
    items = value if isinstance(value, tuple) else ()
    return {str(item.get("Name")): text(item, "Value") for item in items if isinstance(item, Block)}


_OPERATORS: Final = {
    "StringEquals": "equals",
    "StringNotEquals": "not_equals",
    "StringLike": "like",
    "StringNotLike": "not_like",
}


def _backup_selection(template: Template, resource: ResourceNode, block: Block) -> Attachments:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html"""
    selection = block.get("BackupSelection")
    inner = selection if isinstance(selection, Block) else Block({}, {}, None, _reasons(selection))
    conditions: list[Any] = []
    hidden: frozenset[str] = frozenset()
    for name, operator in _OPERATORS.items():
        found = _tag_conditions(dig(inner, "Conditions", name), operator, "ConditionKey", "ConditionValue")
        if isinstance(found, tuple):
            conditions += found
        else:
            hidden |= _reasons(found)
    yield BackupSelectionAttachment(
        **_base(template, resource, places(block, {"name": "BackupSelection.SelectionName"})),
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


def _kms_key(template: Template, resource: ResourceNode, block: Block) -> Attachments:
    replica = resource.type == "AWS::KMS::ReplicaKey"
    symbols = key_symbols(template, resource)
    aliases = [
        template.evaluate(name, other.local)
        for other in template.resources.values()
        if other.type == "AWS::KMS::Alias" and (name := other.node.get("Properties", "AliasName")) is not None
        if _alias_target(template, other) in symbols
    ]
    base = _base(
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


def _alias_target(template: Template, alias: ResourceNode) -> str | None:
    node = alias.node.get("Properties", "TargetKeyId")
    target = template.evaluate(node, alias.local) if node is not None else None
    return target.symbol if isinstance(target, Unknown) else None


ATTACHMENTS: Final[dict[str, Callable[[Template, ResourceNode, Block], Attachments]]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": _scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": _scaling_policy,
    "AWS::Lambda::EventSourceMapping": _event_source_mapping,
    "AWS::Serverless::Function": _sam_function,
    "AWS::Pipes::Pipe": _pipe,
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
        cluster_endpoint_encryption_type=default(to_str(block.get("ClusterEndpointEncryptionType")), "NONE"),
        tags=tag_map(block.get("Tags")),
    )
