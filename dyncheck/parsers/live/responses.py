"""The parts of DynamoDB's responses that are read, as types; all else in them is kept in the file and passed over.

Names and types: botocore's service models. A member that AWS may leave out is None, and what that means is said where
it is read.
"""

from __future__ import annotations

import msgspec


class Response(msgspec.Struct, frozen=True, rename="pascal", kw_only=True):
    """Base of all: AWS's names."""


class KeyElement(Response, frozen=True):
    """KeySchemaElement."""

    attribute_name: str
    key_type: str


class Attribute(Response, frozen=True):
    """AttributeDefinition."""

    attribute_name: str
    attribute_type: str


class Projection(Response, frozen=True):
    """Projection."""

    projection_type: str | None = None
    non_key_attributes: tuple[str, ...] = ()


class Provisioned(Response, frozen=True):
    """ProvisionedThroughputDescription."""

    read_capacity_units: int | None = None
    write_capacity_units: int | None = None


class OnDemand(Response, frozen=True):
    """OnDemandThroughput."""

    max_read_request_units: int | None = None
    max_write_request_units: int | None = None


class Warm(Response, frozen=True):
    """TableWarmThroughputDescription."""

    read_units_per_second: int | None = None
    write_units_per_second: int | None = None


class GlobalIndex(Response, frozen=True):
    """GlobalSecondaryIndexDescription."""

    index_name: str
    key_schema: tuple[KeyElement, ...] = ()
    projection: Projection = Projection()
    provisioned_throughput: Provisioned = Provisioned()
    on_demand_throughput: OnDemand = OnDemand()
    warm_throughput: Warm = Warm()
    index_size_bytes: int | None = None
    item_count: int | None = None


class LocalIndex(Response, frozen=True):
    """LocalSecondaryIndexDescription."""

    index_name: str
    key_schema: tuple[KeyElement, ...] = ()
    projection: Projection = Projection()


class SearchElement(Response, frozen=True):
    """An element of the search schema of a vector index."""

    attribute_name: str
    search_schema_element_type: str


class VectorAttribute(Response, frozen=True):
    """VectorAttribute."""

    attribute_name: str | None = None


class VectorIndex(Response, frozen=True):
    """VectorIndexDescription."""

    index_name: str
    vector_attribute: VectorAttribute = VectorAttribute()
    dimensions: int | None = None
    distance_function: str | None = None
    projection: Projection = Projection()
    search_schema: tuple[SearchElement, ...] = ()


class Stream(Response, frozen=True):
    """StreamSpecification."""

    stream_enabled: bool = False
    stream_view_type: str | None = None


class TableClass(Response, frozen=True):
    """TableClassSummary."""

    table_class: str = "STANDARD"


class ReadOverride(Response, frozen=True):
    """ProvisionedThroughputOverride: writes of a replica follow the table's."""

    read_capacity_units: int | None = None


class RequestOverride(Response, frozen=True):
    """OnDemandThroughputOverride."""

    max_read_request_units: int | None = None


class ReplicaIndex(Response, frozen=True):
    """ReplicaGlobalSecondaryIndexDescription."""

    index_name: str
    provisioned_throughput_override: ReadOverride = ReadOverride()


class Replica(Response, frozen=True):
    """ReplicaDescription."""

    region_name: str
    replica_arn: str | None = None
    kms_master_key_id: str | None = msgspec.field(default=None, name="KMSMasterKeyId")
    provisioned_throughput_override: ReadOverride = ReadOverride()
    on_demand_throughput_override: RequestOverride = RequestOverride()
    global_secondary_indexes: tuple[ReplicaIndex, ...] = ()
    replica_table_class_summary: TableClass | None = None


class Witness(Response, frozen=True):
    """GlobalTableWitnessDescription."""

    region_name: str | None = None


class Sse(Response, frozen=True):
    """SSEDescription."""

    status: str | None = None
    kms_master_key_arn: str | None = msgspec.field(default=None, name="KMSMasterKeyArn")


class BillingModeSummary(Response, frozen=True):
    """BillingModeSummary."""

    billing_mode: str | None = None


class RestoreSummary(Response, frozen=True):
    """RestoreSummary."""

    source_backup_arn: str | None = None
    source_table_arn: str | None = None


class Table(Response, frozen=True):
    """TableDescription."""

    table_name: str
    table_status: str | None = None
    creation_date_time: str | None = None
    attribute_definitions: tuple[Attribute, ...] = ()
    key_schema: tuple[KeyElement, ...] = ()
    billing_mode_summary: BillingModeSummary | None = None
    provisioned_throughput: Provisioned = Provisioned()
    on_demand_throughput: OnDemand = OnDemand()
    warm_throughput: Warm = Warm()
    global_secondary_indexes: tuple[GlobalIndex, ...] = ()
    local_secondary_indexes: tuple[LocalIndex, ...] = ()
    vector_indexes: tuple[VectorIndex, ...] = ()
    stream_specification: Stream = Stream()
    latest_stream_arn: str | None = None
    sse_description: Sse | None = msgspec.field(default=None, name="SSEDescription")
    table_class_summary: TableClass | None = None
    deletion_protection_enabled: bool = False
    global_table_version: str | None = None
    replicas: tuple[Replica, ...] = ()
    global_table_witnesses: tuple[Witness, ...] = ()
    multi_region_consistency: str | None = None
    restore_summary: RestoreSummary | None = None
    table_size_bytes: int | None = None
    item_count: int | None = None


class DescribeTable(Response, frozen=True):
    """dynamodb:DescribeTable."""

    table: Table


class Recovery(Response, frozen=True):
    """PointInTimeRecoveryDescription."""

    point_in_time_recovery_status: str = "DISABLED"
    recovery_period_in_days: int | None = None


class ContinuousBackups(Response, frozen=True):
    """ContinuousBackupsDescription."""

    point_in_time_recovery_description: Recovery = Recovery()


class DescribeContinuousBackups(Response, frozen=True):
    """dynamodb:DescribeContinuousBackups."""

    continuous_backups_description: ContinuousBackups


class TimeToLive(Response, frozen=True):
    """TimeToLiveDescription."""

    time_to_live_status: str = "DISABLED"
    attribute_name: str | None = None


class DescribeTimeToLive(Response, frozen=True):
    """dynamodb:DescribeTimeToLive."""

    time_to_live_description: TimeToLive


class Tag(Response, frozen=True):
    """Tag of DynamoDB and DAX."""

    key: str
    value: str | None = None


class ListTags(Response, frozen=True):
    """dynamodb:ListTagsOfResource and dax:ListTags."""

    tags: tuple[Tag, ...] = ()


class GetResourcePolicy(Response, frozen=True):
    """dynamodb:GetResourcePolicy."""

    policy: str | None = None


class KinesisDestination(Response, frozen=True):
    """KinesisDataStreamDestination."""

    stream_arn: str | None = None
    destination_status: str | None = None
    approximate_creation_date_time_precision: str | None = None


class DescribeKinesis(Response, frozen=True):
    """dynamodb:DescribeKinesisStreamingDestination."""

    kinesis_data_stream_destinations: tuple[KinesisDestination, ...] = ()


class Insights(Response, frozen=True):
    """ContributorInsightsSummary."""

    table_name: str | None = None
    index_name: str | None = None
    contributor_insights_status: str | None = None
    contributor_insights_mode: str | None = None


class ListContributorInsights(Response, frozen=True):
    """dynamodb:ListContributorInsights."""

    contributor_insights_summaries: tuple[Insights, ...] = ()


class ListTables(Response, frozen=True):
    """dynamodb:ListTables."""

    table_names: tuple[str, ...] = ()


class ReplicaTracking(Response, frozen=True):
    """AutoScalingTargetTrackingScalingPolicyConfigurationDescription."""

    target_value: float | None = None
    disable_scale_in: bool = False


class ReplicaPolicy(Response, frozen=True):
    """AutoScalingPolicyDescription."""

    policy_name: str | None = None
    target_tracking_scaling_policy_configuration: ReplicaTracking = ReplicaTracking()


class ReplicaScaling(Response, frozen=True):
    """AutoScalingSettingsDescription."""

    minimum_units: int | None = None
    maximum_units: int | None = None
    auto_scaling_disabled: bool = False
    scaling_policies: tuple[ReplicaPolicy, ...] = ()


class ScaledReplicaIndex(Response, frozen=True):
    """ReplicaGlobalSecondaryIndexAutoScalingDescription."""

    index_name: str | None = None
    provisioned_read_capacity_auto_scaling_settings: ReplicaScaling | None = None
    provisioned_write_capacity_auto_scaling_settings: ReplicaScaling | None = None


class ScaledReplica(Response, frozen=True):
    """ReplicaAutoScalingDescription."""

    region_name: str | None = None
    global_secondary_indexes: tuple[ScaledReplicaIndex, ...] = ()
    replica_provisioned_read_capacity_auto_scaling_settings: ReplicaScaling | None = None
    replica_provisioned_write_capacity_auto_scaling_settings: ReplicaScaling | None = None


class ScaledTable(Response, frozen=True):
    """TableAutoScalingDescription."""

    replicas: tuple[ScaledReplica, ...] = ()


class DescribeReplicaAutoscaling(Response, frozen=True):
    """dynamodb:DescribeTableReplicaAutoScaling."""

    table_auto_scaling_description: ScaledTable


class Backup(Response, frozen=True):
    """BackupSummary."""

    table_name: str | None = None
    backup_status: str | None = None
    backup_creation_date_time: str | None = None


class ListBackups(Response, frozen=True):
    """dynamodb:ListBackups."""

    backup_summaries: tuple[Backup, ...] = ()


class ReplicaName(Response, frozen=True):
    """A member of a replication group."""

    region_name: str | None = None


class GlobalTable(Response, frozen=True):
    """GlobalTable, which only version 2017.11.29 lists."""

    global_table_name: str | None = None
    replication_group: tuple[ReplicaName, ...] = ()


class ListGlobalTables(Response, frozen=True):
    """dynamodb:ListGlobalTables."""

    global_tables: tuple[GlobalTable, ...] = ()
