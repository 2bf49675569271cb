"""The normalized model: one table, whatever source it was read from. Field names are AWS's API terms in snake_case.

Every field holds a known value, ``Unknown``, or a ``Choice`` (see :mod:`dyncheck.values`); lists may be open. A setting
that the source leaves out is *not* unknown: the parser fills in the default of its source, so ``None`` means "not set,
and no default applies". Structs that derive from :class:`Located` know where their own attributes stand:
``locations`` maps a dotted path relative to the struct (``"encryption.kms_key"``, ``"autoscaling.read.policies"``) to a
place in a file, and ``""`` to the place of the struct itself (a block header, a property, an API record).
"""

from __future__ import annotations

from typing import Any, Literal, Union

import msgspec

from dyncheck.location import Location
from dyncheck.values import ListValue, Value

SourceKind = Literal["terraform", "terraform-plan", "terraform-state", "cloudformation", "live", "configuration"]

BillingMode = Literal["PROVISIONED", "PAY_PER_REQUEST"]
KeyKind = Literal["aws_owned", "aws_managed", "customer_managed"]

Certainty = Literal["list", "derived", "assumed"]
"""How sure a price is: a list price of a dated source, computed from such prices, or assumed without a dated source."""


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """Something with places in files."""

    locations: dict[str, Location] = {}


class KeyElement(Located, frozen=True):
    """One element of a key schema, in order. ``key_type`` is HASH or RANGE."""

    attribute_name: Value[str]
    key_type: Value[str]


class AttributeDefinition(Located, frozen=True):
    """A declared attribute; ``attribute_type`` is S, N or B."""

    attribute_name: Value[str]
    attribute_type: Value[str]


class Projection(Located, frozen=True):
    """What an index holds: ALL, KEYS_ONLY or INCLUDE with ``non_key_attributes``. None when left out."""

    projection_type: Value[str | None] = None
    non_key_attributes: ListValue[Value[str]] = ()


class ProvisionedThroughput(msgspec.Struct, frozen=True):
    """Capacity units as written; None where none is written (or null, or 0 under on-demand)."""

    read_capacity_units: Value[int | None] = None
    write_capacity_units: Value[int | None] = None


class OnDemandThroughput(msgspec.Struct, frozen=True):
    """Maximum request units per second of an on-demand table; None is no maximum (-1 is read as None)."""

    max_read_request_units: Value[int | None] = None
    max_write_request_units: Value[int | None] = None


class WarmThroughput(msgspec.Struct, frozen=True):
    """Warm throughput where it is set explicitly; None is AWS's default (12,000 reads and 4,000 writes a second)."""

    read_units_per_second: Value[int | None] = None
    write_units_per_second: Value[int | None] = None


class ScalingPolicy(Located, frozen=True):
    """An Application Auto Scaling policy attached to a scalable target."""

    policy_name: Value[str | None] = None
    policy_type: Value[str] = "StepScaling"
    target_value: Value[float | None] = None
    predefined_metric_type: Value[str | None] = None
    disable_scale_in: Value[bool] = False


class ScalingDimension(Located, frozen=True):
    """Autoscaling of reads or of writes.

    ``registered``: a scalable target exists. ``enabled``: it exists and has a target-tracking policy.
    ``suspended``: dynamic scaling in or out is suspended. ``locations[""]`` is the scalable target.
    """

    registered: Value[bool] = False
    enabled: Value[bool] = False
    min_capacity: Value[int | None] = None
    max_capacity: Value[int | None] = None
    suspended: Value[bool] = False
    policies: ListValue[ScalingPolicy] = ()


class Autoscaling(msgspec.Struct, frozen=True):
    """Autoscaling of a table or a global secondary index."""

    read: Value[ScalingDimension] = ScalingDimension()
    write: Value[ScalingDimension] = ScalingDimension()


class ContributorInsights(Located, frozen=True):
    """CloudWatch Contributor Insights; ``mode`` is ACCESSED_AND_THROTTLED_KEYS or THROTTLED_KEYS."""

    enabled: Value[bool] = False
    mode: Value[str | None] = None


class Usage(msgspec.Struct, frozen=True):
    """Observed use in a window of ``days``; units are capacity units per second. None where nothing was observed.

    ``average``, ``p50``, ``p99`` and ``maximum`` are those of the hours in the window, hours without traffic included.
    ``busiest``: the hours above the 99th percentile, the busiest first; empty where use is stated and not observed.
    Size and item count of an index are its own.
    """

    days: Value[int | None] = None
    read_units_average: Value[float | None] = None
    read_units_p50: Value[float | None] = None
    read_units_p99: Value[float | None] = None
    read_units_maximum: Value[float | None] = None
    read_units_busiest: tuple[float, ...] = ()
    write_units_average: Value[float | None] = None
    write_units_p50: Value[float | None] = None
    write_units_p99: Value[float | None] = None
    write_units_maximum: Value[float | None] = None
    write_units_busiest: tuple[float, ...] = ()
    read_throttle_events: Value[int | None] = None
    write_throttle_events: Value[int | None] = None
    table_size_bytes: Value[int | None] = None
    item_count: Value[int | None] = None


class Amount(msgspec.Struct, frozen=True):
    """A sum of US dollars, to the cent, and how it comes about.

    ``low`` is never too high; ``high`` is unknown where a part could not be priced. ``usd``: the sum itself, unknown
    where it is a range. ``text``: for people (``$2.85 to $57.00``, with marks). ``sum``: the reckoning,
    one term after the other. ``certainty``: that of the least certain price.
    """

    low: float = 0.0
    high: Value[float] = 0.0
    usd: Value[float] = 0.0
    text: str = "$0.00"
    sum: str = "$0.00"
    certainty: Certainty = "list"


class Cost(msgspec.Struct, frozen=True):
    """What a table costs a month, at list prices, as far as that can be told.

    ``monthly``: all of it. ``idle``: provisioned capacity at its least, indexes and replicas included. ``replicas``:
    the part of ``monthly`` that replicas add. ``million_writes``: a million writes, and ``million_index_writes``,
    ``million_replica_writes`` what indexes and replicas make of that; nothing where capacity is provisioned.
    ``uncapped``: the most that requests without a maximum can cost. ``warm``: the one-off charge for raised warm
    throughput. ``other_mode``, ``other_class``, ``spare``: what the other billing mode, the other table class, or
    capacity that fits would save a month at the use that was observed or stated; nothing where that is not known.
    """

    monthly: Amount = Amount()
    idle: Amount = Amount()
    replicas: Amount = Amount()
    million_writes: Amount = Amount()
    million_index_writes: Amount = Amount()
    million_replica_writes: Amount = Amount()
    uncapped: Amount = Amount()
    warm: Amount = Amount()
    other_mode: Amount = Amount()
    other_class: Amount = Amount()
    spare: Amount = Amount()


class GlobalSecondaryIndex(Located, frozen=True):
    """A global secondary index; keys may have several HASH and several RANGE attributes."""

    index_name: Value[str | None]
    key_schema: ListValue[KeyElement] = ()
    projection: Value[Projection] = Projection()
    provisioned_throughput: ProvisionedThroughput = ProvisionedThroughput()
    on_demand_throughput: OnDemandThroughput = OnDemandThroughput()
    warm_throughput: WarmThroughput = WarmThroughput()
    autoscaling: Autoscaling = Autoscaling()
    contributor_insights: Value[ContributorInsights] = ContributorInsights()
    usage: Value[Usage | None] = None
    cost: Value[Amount | None] = None


class LocalSecondaryIndex(Located, frozen=True):
    """A local secondary index; ``key_schema`` includes the table's partition key."""

    index_name: Value[str | None]
    key_schema: ListValue[KeyElement] = ()
    projection: Value[Projection] = Projection()


class VectorIndex(Located, frozen=True):
    """A vector index: the vector attribute, and the key-like attributes of its search schema."""

    index_name: Value[str | None]
    vector_attribute: Value[str | None] = None
    dimensions: Value[int | None] = None
    distance_function: Value[str | None] = None
    projection: Value[Projection] = Projection()
    search_schema: ListValue[KeyElement] = ()


class KmsKey(Located, frozen=True):
    """The customer managed key where it is declared in the same configuration, or was described live."""

    enabled: Value[bool] = True
    rotation_enabled: Value[bool] = False
    key_state: Value[str | None] = None
    multi_region: Value[bool] = False


class Encryption(Located, frozen=True):
    """Encryption at rest. Data is always encrypted; ``kind`` says whose key does it.

    ``sse_enabled``: the setting as written, None when left out. ``kms_key``: the key as written (id, ARN, alias), None
    when none is. ``key``: the key itself where it can be seen, else None. ``status``: live only.
    """

    kind: Value[str] = "aws_owned"
    sse_enabled: Value[bool | None] = None
    kms_key: Value[str | None] = None
    key: Value[KmsKey | None] = None
    status: Value[str | None] = None


class PointInTimeRecovery(Located, frozen=True):
    """Continuous backups with point-in-time recovery; the window is 1 to 35 days, 35 by default."""

    enabled: Value[bool] = False
    recovery_period_in_days: Value[int | None] = None


class TimeToLive(Located, frozen=True):
    """Time to live; ``attribute_name`` is None when no attribute is named."""

    enabled: Value[bool] = False
    attribute_name: Value[str | None] = None


class StreamConsumer(Located, frozen=True):
    """Something that reads the table's stream: a Lambda event source mapping or a pipe."""

    kind: Literal["lambda", "pipe"]
    name: Value[str | None] = None
    enabled: Value[bool] = True
    maximum_retry_attempts: Value[int | None] = None
    maximum_record_age_in_seconds: Value[int | None] = None
    on_failure_destination: Value[str | None] = None
    bisect_batch_on_function_error: Value[bool] = False


class Stream(Located, frozen=True):
    """The table's DynamoDB stream."""

    enabled: Value[bool] = False
    view_type: Value[str | None] = None
    consumers: ListValue[StreamConsumer] = ()


class KinesisDestination(Located, frozen=True):
    """A Kinesis data stream that receives the table's changes."""

    stream_arn: Value[str | None] = None
    approximate_creation_date_time_precision: Value[str | None] = None


class ReplicaIndex(Located, frozen=True):
    """Settings of one global secondary index in one replica."""

    index_name: Value[str | None]
    provisioned_throughput: ProvisionedThroughput = ProvisionedThroughput()
    autoscaling: Autoscaling = Autoscaling()
    contributor_insights: Value[ContributorInsights] = ContributorInsights()


class Replica(Located, frozen=True):
    """A replica in another Region; nothing here is inherited from the table unless AWS inherits it.

    ``declared_by``: "inline" (a block or property of the table) or "resource" (``aws_dynamodb_table_replica``).
    """

    region_name: Value[str | None]
    encryption: Value[Encryption] = Encryption()
    point_in_time_recovery: Value[PointInTimeRecovery] = PointInTimeRecovery()
    deletion_protection_enabled: Value[bool] = False
    table_class: Value[str] = "STANDARD"
    tags: Value[dict[str, Value[str | None]]] = {}
    provisioned_throughput: ProvisionedThroughput = ProvisionedThroughput()
    on_demand_throughput: OnDemandThroughput = OnDemandThroughput()
    autoscaling: Autoscaling = Autoscaling()
    global_secondary_indexes: ListValue[ReplicaIndex] = ()
    contributor_insights: Value[ContributorInsights] = ContributorInsights()
    kinesis_destinations: ListValue[KinesisDestination] = ()
    declared_by: Literal["inline", "resource"] = "inline"


class Retention(Located, frozen=True):
    """What keeps the table when its declaration goes: Terraform's and CloudFormation's own means; None elsewhere.

    ``retained``: removing the declaration (or replacing the resource) leaves the table in place or is refused.
    """

    prevent_destroy: Value[bool | None] = None
    deletion_policy: Value[str | None] = None
    update_replace_policy: Value[str | None] = None
    retained: Value[bool] = False


class PolicyStatement(Located, frozen=True):
    """One statement of a resource policy. ``principals`` are AWS principals as written, ``"*"`` for everyone.

    ``restricted``: a condition narrows who may use it. ``accounts``: the account ids found in the principals.
    """

    effect: Value[str] = "Allow"
    principals: ListValue[Value[str]] = ()
    actions: ListValue[Value[str]] = ()
    accounts: ListValue[Value[str]] = ()
    restricted: Value[bool] = False


class ResourcePolicy(Located, frozen=True):
    """A resource-based policy of the table or its stream."""

    attached_to: Literal["table", "stream"] = "table"
    statements: ListValue[PolicyStatement] = ()


class BackupPlan(Located, frozen=True):
    """A backup selection that covers the table."""

    name: Value[str | None] = None
    matched_by: Literal["arn", "wildcard", "tag", "condition"] = "arn"


class Alarm(Located, frozen=True):
    """A CloudWatch alarm on a metric of the table or of one of its indexes (``index_name`` None: the table)."""

    alarm_name: Value[str | None] = None
    metric_name: Value[str | None] = None
    index_name: Value[str | None] = None
    actions_enabled: Value[bool] = True


class TableItem(Located, frozen=True):
    """An item that the configuration itself writes (``aws_dynamodb_table_item``).

    ``secrets`` names the attributes whose value looks like a secret; the values themselves are never kept.
    """

    secrets: ListValue[Value[str]] = ()


class RecoveryPoints(msgspec.Struct, frozen=True):
    """The backups of a table that exist, of any kind; None where there are none. Age in whole days, when looked at."""

    newest_age_days: Value[int | None] = None


class Declared(Located, frozen=True):
    """What every kind of resource has.

    ``address``: unique within its ``stack`` (Terraform's resource address, a template's logical id, or an ARN).
    ``stack``: the root module's directory or the template's path, relative to the repository root; "" when live.
    ``presence``: whether the resource exists at all: True, a Choice over a condition, or Unknown (an unknown count).
    """

    address: str
    stack: str
    source: SourceKind
    resource_type: str
    presence: Value[bool] = True
    name: Value[str | None] = None
    region: Value[str | None] = None
    account: Value[str | None] = None


class Table(Declared, frozen=True, tag="table"):
    """One DynamoDB table.

    ``billing_mode_written``: whether the source states the billing mode itself.
    ``home_among_replicas``: ``replicas`` holds the table's own Region too, for it is not known which of them it is.
    ``recovery_points`` and ``usage``: None where nobody looked, as in every declaration. ``cost``: None where no rule
    asked for it.
    """

    status: Value[str | None] = None
    billing_mode: Value[str] = "PROVISIONED"
    billing_mode_written: Value[bool] = True
    provisioned_throughput: ProvisionedThroughput = ProvisionedThroughput()
    on_demand_throughput: OnDemandThroughput = OnDemandThroughput()
    warm_throughput: WarmThroughput = WarmThroughput()
    autoscaling: Autoscaling = Autoscaling()
    attributes: ListValue[AttributeDefinition] = ()
    key_schema: ListValue[KeyElement] = ()
    global_secondary_indexes: ListValue[GlobalSecondaryIndex] = ()
    local_secondary_indexes: ListValue[LocalSecondaryIndex] = ()
    vector_indexes: ListValue[VectorIndex] = ()
    encryption: Value[Encryption] = Encryption()
    point_in_time_recovery: Value[PointInTimeRecovery] = PointInTimeRecovery()
    time_to_live: Value[TimeToLive] = TimeToLive()
    stream: Value[Stream] = Stream()
    kinesis_destinations: ListValue[KinesisDestination] = ()
    replicas: ListValue[Replica] = ()
    home_among_replicas: Value[bool] = False
    global_table_version: Value[str | None] = None
    consistency_mode: Value[str] = "EVENTUAL"
    witness_regions: ListValue[Value[str]] = ()
    table_class: Value[str] = "STANDARD"
    deletion_protection_enabled: Value[bool] = False
    retention: Value[Retention] = Retention()
    ignore_changes: ListValue[Value[str]] = ()
    created_from: Value[str | None] = None
    tags: Value[dict[str, Value[str | None]]] = {}
    resource_policies: ListValue[ResourcePolicy] = ()
    contributor_insights: Value[ContributorInsights] = ContributorInsights()
    backup_plans: ListValue[BackupPlan] = ()
    alarms: ListValue[Alarm] = ()
    items: ListValue[TableItem] = ()
    recovery_points: Value[RecoveryPoints | None] = None
    usage: Value[Usage | None] = None
    cost: Value[Cost | None] = None

    def header(self) -> Location | None:
        """Where the table itself is declared."""
        return self.locations.get("")


class DaxCluster(Declared, frozen=True, tag="dax_cluster"):
    """One DynamoDB Accelerator cluster."""

    node_type: Value[str | None] = None
    replication_factor: Value[int | None] = None
    availability_zones: ListValue[Value[str]] = ()
    sse_enabled: Value[bool] = False
    cluster_endpoint_encryption_type: Value[str] = "NONE"
    tags: Value[dict[str, Value[str | None]]] = {}


class ScalableTarget(Declared, frozen=True, tag="scalable_target"):
    """A DynamoDB scalable target as declared, whether or not its table is known.

    ``table_found``: the table (and index) that it names is declared in the same stack; Unknown where that cannot be
    told (the name is unknown, or the table lives elsewhere by a data source). ``problem``: why it can never work, as a
    short phrase ("no table named orders", "index dimension on a table"), None when it fits.
    """

    resource_id: Value[str | None] = None
    scalable_dimension: Value[str | None] = None
    min_capacity: Value[int | None] = None
    max_capacity: Value[int | None] = None
    fits: Value[bool] = True
    problem: Value[str | None] = None


class TableChange(Declared, frozen=True, tag="table_change"):
    """What a plan or a change set does to a table.

    ``action``: Terraform's word (create, update, delete, no-op, forget), or "replace" for delete and create.
    ``replaced_because``: the attributes that force a replacement. ``before`` and ``after``: the table on either side,
    None where it does not exist. ``replica`` and ``replica_after``: as it is before the plan and after it, where the
    change is of a replica that is a resource of its own and not of the table; then there is no table on either side.
    """

    action: Value[str] = "no-op"
    replaced_because: ListValue[Value[str]] = ()
    before: Value[Table | None] = None
    after: Value[Table | None] = None
    replica: Value[Replica | None] = None
    replica_after: Value[Replica | None] = None


class WrittenSuppression(Declared, frozen=True, kw_only=True, tag="suppression"):
    """A suppression of one rule as it is written in a comment, in metadata, in the configuration or in the baseline.

    ``address``: how it reads (``dyncheck:ignore[DDB-ENC-002]``); ``stack``: its file. ``rule``: the rule as written;
    ``known``: whether there is one, else ``suggestion``: what may have been meant. ``until``: its last day, as written;
    ``expired``: whether that has passed. ``idle``: the rule was asked where it applies, and has nothing to suppress.
    """

    rule: str
    resource_type: str = "suppression"
    known: bool = True
    suggestion: str | None = None
    until: str | None = None
    expired: bool = False
    idle: bool = False


Resource = Union[Table, DaxCluster, ScalableTarget, TableChange, WrittenSuppression]

RESOURCE_KINDS: dict[str, type[msgspec.Struct]] = {
    "table": Table,
    "dax_cluster": DaxCluster,
    "scalable_target": ScalableTarget,
    "table_change": TableChange,
    "suppression": WrittenSuppression,
}
"""The kinds of resource that a rule can judge, by the name that its expressions use for them."""


class Problem(msgspec.Struct, frozen=True, order=True):
    """Something that could not be read or looked into. ``level``: "error" counts under --strict, "note" informs."""

    path: str
    line: int
    column: int
    message: str
    level: Literal["error", "note"] = "error"


def locate(resource: Any, path: str) -> Location | None:
    """The place of ``path`` (``global_secondary_indexes[1].projection.projection_type``) in a resource.

    The exact attribute where it is written, else the nearest enclosing block or property, else the resource's header.
    """
    best: Location | None = None
    holders: list[tuple[dict[str, Location], str]] = []
    node = resource
    if isinstance(node, Located):
        best = node.locations.get("")
        holders.append((node.locations, ""))
    for step in _steps(path):
        holders = [(places, _join(prefix, step)) for places, prefix in holders]
        node = _child(node, step)
        for places, prefix in holders:
            best = places.get(prefix, best)
        if isinstance(node, Located):
            best = node.locations.get("", best)
            holders.append((node.locations, ""))
    return best


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for part in path.replace("]", "").replace("[", ".#").split("."):
        if part:
            steps.append(int(part[1:]) if part.startswith("#") else part)
    return steps


def _join(prefix: str, step: str | int) -> str:
    if isinstance(step, int):
        return f"{prefix}[{step}]"
    return f"{prefix}.{step}" if prefix else step


def _child(node: Any, step: str | int) -> Any:
    if isinstance(step, int):
        items = node if isinstance(node, tuple) else getattr(node, "items", ())
        return items[step] if isinstance(items, tuple) and step < len(items) else None
    if isinstance(node, dict):
        return node.get(step)
    return getattr(node, step, None)
