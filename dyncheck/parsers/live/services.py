"""The parts of the responses of other services that are read, and the type of every response, by operation.

Names and types: botocore's service models.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from dyncheck.parsers.live import responses
from dyncheck.parsers.live.responses import ListTags, Response


class Suspended(Response, frozen=True):
    """SuspendedState."""

    dynamic_scaling_in_suspended: bool = False
    dynamic_scaling_out_suspended: bool = False


class ScalableTarget(Response, frozen=True):
    """ScalableTarget."""

    resource_id: str
    scalable_dimension: str
    min_capacity: int | None = None
    max_capacity: int | None = None
    suspended_state: Suspended = Suspended()
    scalable_target_arn: str | None = msgspec.field(default=None, name="ScalableTargetARN")


class DescribeScalableTargets(Response, frozen=True):
    """application-autoscaling:DescribeScalableTargets."""

    scalable_targets: tuple[ScalableTarget, ...] = ()


class PredefinedMetric(Response, frozen=True):
    """PredefinedMetricSpecification."""

    predefined_metric_type: str | None = None


class Tracking(Response, frozen=True):
    """TargetTrackingScalingPolicyConfiguration."""

    target_value: float | None = None
    predefined_metric_specification: PredefinedMetric = PredefinedMetric()
    disable_scale_in: bool = False


class ScalingPolicy(Response, frozen=True):
    """ScalingPolicy."""

    resource_id: str
    scalable_dimension: str
    policy_name: str | None = None
    policy_arn: str | None = msgspec.field(default=None, name="PolicyARN")
    policy_type: str = "StepScaling"
    target_tracking_scaling_policy_configuration: Tracking | None = None


class DescribeScalingPolicies(Response, frozen=True):
    """application-autoscaling:DescribeScalingPolicies."""

    scaling_policies: tuple[ScalingPolicy, ...] = ()


class PlanMember(Response, frozen=True):
    """BackupPlansListMember."""

    backup_plan_id: str
    backup_plan_name: str | None = None


class ListBackupPlans(Response, frozen=True):
    """backup:ListBackupPlans."""

    backup_plans_list: tuple[PlanMember, ...] = ()


class TagCondition(Response, frozen=True):
    """Condition of ListOfTags, or ConditionParameter."""

    condition_key: str | None = None
    condition_value: str | None = None


class Conditions(Response, frozen=True):
    """Conditions."""

    string_equals: tuple[TagCondition, ...] = ()
    string_not_equals: tuple[TagCondition, ...] = ()
    string_like: tuple[TagCondition, ...] = ()
    string_not_like: tuple[TagCondition, ...] = ()


class SelectionName(Response, frozen=True):
    """BackupSelectionsListMember."""

    backup_plan_id: str
    selection_id: str


class ListBackupSelections(Response, frozen=True):
    """backup:ListBackupSelections."""

    backup_selections_list: tuple[SelectionName, ...] = ()


class Selection(Response, frozen=True):
    """BackupSelection."""

    selection_name: str | None = None
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    list_of_tags: tuple[TagCondition, ...] = ()
    conditions: Conditions = Conditions()


class GetBackupSelection(Response, frozen=True):
    """backup:GetBackupSelection."""

    backup_selection: Selection = Selection()
    backup_plan_id: str | None = None


class ProtectedResource(Response, frozen=True):
    """ProtectedResource."""

    resource_arn: str | None = None
    last_backup_time: str | None = None


class ListProtectedResources(Response, frozen=True):
    """backup:ListProtectedResources."""

    results: tuple[ProtectedResource, ...] = ()


class DescribeRegionSettings(Response, frozen=True):
    """backup:DescribeRegionSettings."""

    resource_type_opt_in_preference: dict[str, bool] = msgspec.field(default_factory=dict)


class Dimension(Response, frozen=True):
    """Dimension."""

    name: str
    value: str | None = None


class Metric(Response, frozen=True):
    """Metric."""

    namespace: str | None = None
    metric_name: str | None = None
    dimensions: tuple[Dimension, ...] = ()


class MetricStat(Response, frozen=True):
    """MetricStat."""

    metric: Metric = Metric()


class MetricQuery(Response, frozen=True):
    """MetricDataQuery of an alarm."""

    metric_stat: MetricStat | None = None


class MetricAlarm(Metric, frozen=True):
    """MetricAlarm."""

    alarm_name: str | None = None
    alarm_arn: str | None = None
    actions_enabled: bool = True
    metrics: tuple[MetricQuery, ...] = ()


class DescribeAlarms(Response, frozen=True):
    """cloudwatch:DescribeAlarms."""

    metric_alarms: tuple[MetricAlarm, ...] = ()


class MetricResult(Response, frozen=True):
    """MetricDataResult."""

    id: str
    values: tuple[float, ...] = ()
    status_code: str | None = None


class GetMetricData(Response, frozen=True):
    """cloudwatch:GetMetricData."""

    metric_data_results: tuple[MetricResult, ...] = ()


class OnFailure(Response, frozen=True):
    """OnFailure."""

    destination: str | None = None


class DestinationConfig(Response, frozen=True):
    """DestinationConfig."""

    on_failure: OnFailure = OnFailure()


class EventSourceMapping(Response, frozen=True):
    """EventSourceMappingConfiguration."""

    uuid: str | None = msgspec.field(default=None, name="UUID")
    event_source_arn: str | None = None
    function_arn: str | None = None
    state: str | None = None
    maximum_retry_attempts: int | None = None
    maximum_record_age_in_seconds: int | None = None
    bisect_batch_on_function_error: bool | None = None
    destination_config: DestinationConfig = DestinationConfig()


class ListEventSourceMappings(Response, frozen=True):
    """lambda:ListEventSourceMappings."""

    event_source_mappings: tuple[EventSourceMapping, ...] = ()


class DeadLetters(Response, frozen=True):
    """DeadLetterConfig."""

    arn: str | None = None


class PipeName(Response, frozen=True):
    """Pipe, as lists have it."""

    name: str


class ListPipes(Response, frozen=True):
    """pipes:ListPipes."""

    pipes: tuple[PipeName, ...] = ()


class PipeStream(Response, frozen=True):
    """PipeSourceDynamoDBStreamParameters."""

    dead_letter_config: DeadLetters = DeadLetters()
    maximum_retry_attempts: int | None = None
    maximum_record_age_in_seconds: int | None = None
    on_partial_batch_item_failure: str | None = None


class PipeSource(Response, frozen=True):
    """PipeSourceParameters."""

    stream: PipeStream = msgspec.field(default=PipeStream(), name="DynamoDBStreamParameters")


class DescribePipe(Response, frozen=True):
    """pipes:DescribePipe."""

    name: str
    source: str | None = None
    desired_state: str | None = None
    source_parameters: PipeSource = PipeSource()


class KeyMetadata(Response, frozen=True):
    """KeyMetadata."""

    key_manager: str
    key_state: str | None = None
    enabled: bool | None = None
    multi_region: bool | None = None


class DescribeKey(Response, frozen=True):
    """kms:DescribeKey."""

    key_metadata: KeyMetadata


class GetKeyRotationStatus(Response, frozen=True):
    """kms:GetKeyRotationStatus."""

    key_rotation_enabled: bool = False


class Node(Response, frozen=True):
    """Node of a DAX cluster."""

    availability_zone: str | None = None


class ClusterSse(Response, frozen=True):
    """SSEDescription of DAX."""

    status: str | None = None


class Cluster(Response, frozen=True):
    """Cluster of DAX."""

    cluster_name: str
    cluster_arn: str | None = None
    total_nodes: int | None = None
    node_type: str | None = None
    nodes: tuple[Node, ...] = ()
    sse_description: ClusterSse | None = msgspec.field(default=None, name="SSEDescription")
    cluster_endpoint_encryption_type: str | None = None


class DescribeClusters(Response, frozen=True):
    """dax:DescribeClusters."""

    clusters: tuple[Cluster, ...] = ()


RESPONSES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "dynamodb:ListTables": responses.ListTables,
        "dynamodb:DescribeTable": responses.DescribeTable,
        "dynamodb:DescribeContinuousBackups": responses.DescribeContinuousBackups,
        "dynamodb:DescribeTimeToLive": responses.DescribeTimeToLive,
        "dynamodb:ListTagsOfResource": ListTags,
        "dynamodb:GetResourcePolicy": responses.GetResourcePolicy,
        "dynamodb:DescribeKinesisStreamingDestination": responses.DescribeKinesis,
        "dynamodb:DescribeTableReplicaAutoScaling": responses.DescribeReplicaAutoscaling,
        "dynamodb:ListContributorInsights": responses.ListContributorInsights,
        "dynamodb:ListBackups": responses.ListBackups,
        "dynamodb:ListGlobalTables": responses.ListGlobalTables,
        "application-autoscaling:DescribeScalableTargets": DescribeScalableTargets,
        "application-autoscaling:DescribeScalingPolicies": DescribeScalingPolicies,
        "backup:ListBackupPlans": ListBackupPlans,
        "backup:ListBackupSelections": ListBackupSelections,
        "backup:GetBackupSelection": GetBackupSelection,
        "backup:ListProtectedResources": ListProtectedResources,
        "backup:DescribeRegionSettings": DescribeRegionSettings,
        "cloudwatch:DescribeAlarms": DescribeAlarms,
        "cloudwatch:GetMetricData": GetMetricData,
        "lambda:ListEventSourceMappings": ListEventSourceMappings,
        "pipes:ListPipes": ListPipes,
        "pipes:DescribePipe": DescribePipe,
        "kms:DescribeKey": DescribeKey,
        "kms:GetKeyRotationStatus": GetKeyRotationStatus,
        "dax:DescribeClusters": DescribeClusters,
        "dax:ListTags": ListTags,
    }
)
"""The type of the response of each operation that is read."""
