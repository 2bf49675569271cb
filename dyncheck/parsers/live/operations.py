"""Every AWS operation that a collection uses, as data: how it is paged, and how often it may be called.

Rates are calls per second for one account and Region, from the developer guide (quotas of the control plane):
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
Where AWS documents none, the rate is assumed; botocore's adaptive retries slow down further when AWS asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec


class Quota(msgspec.Struct, frozen=True):
    """A limit that one or more operations share, by name. ``documented``: AWS states it, else it is assumed."""

    name: str
    per_second: float
    documented: bool = True


class Operation(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One read operation.

    ``lists``: the members of the response that hold its elements, when it is paged. ``token_in`` and ``token_out``:
    the members that carry the token from page to page. ``parameters``: sent with every call. ``absent``: error codes
    that mean "there is none", which is an answer and no failure. ``action``: the IAM action, "" when none is needed.
    """

    service: str
    name: str
    quota: Quota
    lists: tuple[str, ...] = ()
    token_in: str = "NextToken"
    token_out: str = "NextToken"
    parameters: Mapping[str, Any] = MappingProxyType({})
    absent: frozenset[str] = frozenset()
    action: str | None = None

    @property
    def id(self) -> str:
        """The operation as records and reasons name it, ``dynamodb:DescribeTable``."""
        return f"{self.service}:{self.name}"

    @property
    def iam_action(self) -> str:
        """The action that a policy must allow; "" when none is needed."""
        return self.id if self.action is None else self.action


_CONTROL: Final = Quota("control-plane reads", 2400)
"""2,500 for DescribeTable, ListTables and GetResourcePolicy together, of which the last may take 100."""
_INSIGHTS: Final = Quota("ListContributorInsights", 5)


def _assumed(name: str, per_second: float) -> Quota:
    return Quota(name, per_second, documented=False)


_SCALING: Final = _assumed("application-autoscaling", 10)
_BACKUP: Final = _assumed("backup", 10)
_PIPES: Final = _assumed("pipes", 10)
_DAX: Final = _assumed("dax", 10)
_KMS: Final = _assumed("kms", 50)

LIST_TABLES: Final = Operation(
    service="dynamodb",
    name="ListTables",
    quota=_CONTROL,
    lists=("TableNames",),
    token_in="ExclusiveStartTableName",
    token_out="LastEvaluatedTableName",
)
DESCRIBE_TABLE: Final = Operation(service="dynamodb", name="DescribeTable", quota=_CONTROL)
DESCRIBE_CONTINUOUS_BACKUPS: Final = Operation(
    service="dynamodb", name="DescribeContinuousBackups", quota=Quota("DescribeContinuousBackups", 10)
)
DESCRIBE_TIME_TO_LIVE: Final = Operation(
    service="dynamodb", name="DescribeTimeToLive", quota=Quota("DescribeTimeToLive", 10)
)
LIST_TAGS_OF_RESOURCE: Final = Operation(
    service="dynamodb", name="ListTagsOfResource", quota=Quota("ListTagsOfResource", 10), lists=("Tags",)
)
GET_RESOURCE_POLICY: Final = Operation(
    service="dynamodb",
    name="GetResourcePolicy",
    quota=Quota("GetResourcePolicy", 100),
    absent=frozenset({"PolicyNotFoundException"}),
)
DESCRIBE_KINESIS: Final = Operation(
    service="dynamodb",
    name="DescribeKinesisStreamingDestination",
    quota=_assumed("DescribeKinesisStreamingDestination", 50),
)
DESCRIBE_REPLICA_AUTOSCALING: Final = Operation(
    service="dynamodb",
    name="DescribeTableReplicaAutoScaling",
    quota=Quota("DescribeTableReplicaAutoScaling", 10),
)
LIST_CONTRIBUTOR_INSIGHTS: Final = Operation(
    service="dynamodb", name="ListContributorInsights", quota=_INSIGHTS, lists=("ContributorInsightsSummaries",)
)
LIST_BACKUPS: Final = Operation(
    service="dynamodb",
    name="ListBackups",
    quota=Quota("ListBackups", 5),
    lists=("BackupSummaries",),
    token_in="ExclusiveStartBackupArn",
    token_out="LastEvaluatedBackupArn",
    parameters=MappingProxyType({"BackupType": "ALL"}),
)
LIST_GLOBAL_TABLES: Final = Operation(
    service="dynamodb",
    name="ListGlobalTables",
    quota=_assumed("ListGlobalTables", 10),
    lists=("GlobalTables",),
    token_in="ExclusiveStartGlobalTableName",
    token_out="LastEvaluatedGlobalTableName",
)
DESCRIBE_LIMITS: Final = Operation(service="dynamodb", name="DescribeLimits", quota=Quota("DescribeLimits", 1 / 60))

DESCRIBE_SCALABLE_TARGETS: Final = Operation(
    service="application-autoscaling",
    name="DescribeScalableTargets",
    quota=_SCALING,
    lists=("ScalableTargets",),
    parameters=MappingProxyType({"ServiceNamespace": "dynamodb"}),
)
DESCRIBE_SCALING_POLICIES: Final = Operation(
    service="application-autoscaling",
    name="DescribeScalingPolicies",
    quota=_SCALING,
    lists=("ScalingPolicies",),
    parameters=MappingProxyType({"ServiceNamespace": "dynamodb"}),
)
LIST_BACKUP_PLANS: Final = Operation(
    service="backup", name="ListBackupPlans", quota=_BACKUP, lists=("BackupPlansList",)
)
GET_BACKUP_PLAN: Final = Operation(service="backup", name="GetBackupPlan", quota=_BACKUP)
LIST_BACKUP_SELECTIONS: Final = Operation(
    service="backup", name="ListBackupSelections", quota=_BACKUP, lists=("BackupSelectionsList",)
)
GET_BACKUP_SELECTION: Final = Operation(service="backup", name="GetBackupSelection", quota=_BACKUP)
LIST_PROTECTED_RESOURCES: Final = Operation(
    service="backup", name="ListProtectedResources", quota=_BACKUP, lists=("Results",)
)
DESCRIBE_REGION_SETTINGS: Final = Operation(service="backup", name="DescribeRegionSettings", quota=_BACKUP)
DESCRIBE_ALARMS: Final = Operation(
    service="cloudwatch",
    name="DescribeAlarms",
    quota=_assumed("DescribeAlarms", 9),
    lists=("MetricAlarms", "CompositeAlarms", "LogAlarms"),
    parameters=MappingProxyType({"AlarmTypes": ["MetricAlarm"]}),
)
GET_METRIC_DATA: Final = Operation(
    service="cloudwatch",
    name="GetMetricData",
    quota=_assumed("GetMetricData", 50),
    lists=("MetricDataResults", "Messages"),
)
LIST_EVENT_SOURCE_MAPPINGS: Final = Operation(
    service="lambda",
    name="ListEventSourceMappings",
    quota=_assumed("ListEventSourceMappings", 15),
    lists=("EventSourceMappings",),
    token_in="Marker",
    token_out="NextMarker",
)
LIST_PIPES: Final = Operation(service="pipes", name="ListPipes", quota=_PIPES, lists=("Pipes",))
DESCRIBE_PIPE: Final = Operation(service="pipes", name="DescribePipe", quota=_PIPES)
DESCRIBE_KEY: Final = Operation(service="kms", name="DescribeKey", quota=_KMS, absent=frozenset({"NotFoundException"}))
GET_KEY_ROTATION_STATUS: Final = Operation(
    service="kms", name="GetKeyRotationStatus", quota=_KMS, absent=frozenset({"UnsupportedOperationException"})
)
DESCRIBE_CLUSTERS: Final = Operation(service="dax", name="DescribeClusters", quota=_DAX, lists=("Clusters",))
LIST_DAX_TAGS: Final = Operation(service="dax", name="ListTags", quota=_DAX, lists=("Tags",))

GET_CALLER_IDENTITY: Final = Operation(
    service="sts", name="GetCallerIdentity", quota=_assumed("GetCallerIdentity", 10), action=""
)
ASSUME_ROLE: Final = Operation(service="sts", name="AssumeRole", quota=_assumed("AssumeRole", 10))
DESCRIBE_REGIONS: Final = Operation(
    service="ec2",
    name="DescribeRegions",
    quota=_assumed("DescribeRegions", 10),
    parameters=MappingProxyType({"AllRegions": True}),
)
LIST_ACCOUNTS: Final = Operation(
    service="organizations", name="ListAccounts", quota=_assumed("ListAccounts", 5), lists=("Accounts",)
)

OF_A_TABLE: Final = (
    DESCRIBE_TABLE,
    DESCRIBE_CONTINUOUS_BACKUPS,
    DESCRIBE_TIME_TO_LIVE,
    LIST_TAGS_OF_RESOURCE,
    GET_RESOURCE_POLICY,
    DESCRIBE_KINESIS,
)
"""Called for each table as soon as its name is known."""

OF_A_REPLICA: Final = (DESCRIBE_TABLE, DESCRIBE_CONTINUOUS_BACKUPS, LIST_TAGS_OF_RESOURCE, DESCRIBE_KINESIS)
"""Called in the Region of each replica: what a replica does not share with the table."""

OF_A_REGION: Final = (
    LIST_CONTRIBUTOR_INSIGHTS,
    LIST_BACKUPS,
    LIST_GLOBAL_TABLES,
    DESCRIBE_LIMITS,
    DESCRIBE_SCALABLE_TARGETS,
    DESCRIBE_SCALING_POLICIES,
    LIST_BACKUP_PLANS,
    LIST_PROTECTED_RESOURCES,
    DESCRIBE_REGION_SETTINGS,
    DESCRIBE_ALARMS,
    LIST_EVENT_SOURCE_MAPPINGS,
    LIST_PIPES,
    DESCRIBE_CLUSTERS,
)
"""Called once for each account and Region."""

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        operation.id: operation
        for operation in (
            LIST_TABLES,
            *OF_A_TABLE,
            *OF_A_REGION,
            DESCRIBE_REPLICA_AUTOSCALING,
            GET_BACKUP_PLAN,
            LIST_BACKUP_SELECTIONS,
            GET_BACKUP_SELECTION,
            DESCRIBE_PIPE,
            DESCRIBE_KEY,
            GET_KEY_ROTATION_STATUS,
            LIST_DAX_TAGS,
            GET_METRIC_DATA,
            GET_CALLER_IDENTITY,
            ASSUME_ROLE,
            DESCRIBE_REGIONS,
            LIST_ACCOUNTS,
        )
    }
)
"""Every operation, by id."""
