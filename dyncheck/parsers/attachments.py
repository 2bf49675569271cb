"""Declarations that complete a table from elsewhere, as every parser hands them to :mod:`dyncheck.parsers.joins`.

Each names its table by a name, an ARN or an Application Auto Scaling resource id, which may be unknown. The reference
is compared with what is known of each table of the same stack, by value or by symbol (see ``Unknown.symbol``).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dyncheck.model import (
    Alarm,
    AttributeDefinition,
    ContributorInsights,
    GlobalSecondaryIndex,
    KinesisDestination,
    KmsKey,
    Located,
    PolicyStatement,
    Replica,
    ScalingPolicy,
    SourceKind,
    StreamConsumer,
    Table,
    TableItem,
)
from dyncheck.values import ListValue, Value


class TableDraft(msgspec.Struct, frozen=True):
    """A table as its own declaration gives it, with the symbols by which other declarations may refer to it.

    ``name_symbols``, ``arn_symbols``, ``stream_arn_symbols``: symbols of references that mean this table.
    """

    table: Table
    name_symbols: frozenset[str] = frozenset()
    arn_symbols: frozenset[str] = frozenset()
    stream_arn_symbols: frozenset[str] = frozenset()


class Attachment(Located, frozen=True, kw_only=True):
    """What every attachment has. ``presence`` as of a table; ``region`` None or unknown matches any Region."""

    address: str
    presence: Value[bool] = True
    region: Value[str | None] = None


class ScalableTargetAttachment(Attachment, frozen=True, kw_only=True, tag="scalable_target"):
    """A scalable target of the namespace ``dynamodb``."""

    resource_type: str
    resource_id: Value[str | None] = None
    scalable_dimension: Value[str | None] = None
    min_capacity: Value[int | None] = None
    max_capacity: Value[int | None] = None
    suspended: Value[bool] = False


class ScalingPolicyAttachment(Attachment, frozen=True, kw_only=True, tag="scaling_policy"):
    """A scaling policy of the namespace ``dynamodb``; CloudFormation may name the target instead of the resource id."""

    policy: ScalingPolicy
    resource_id: Value[str | None] = None
    scalable_dimension: Value[str | None] = None
    target_address: str | None = None


class ReplicaAttachment(Attachment, frozen=True, kw_only=True, tag="replica"):
    """A replica declared apart from its table. ``inherited``: what of it is as the table has it, by field."""

    table_arn: Value[str | None]
    replica: Replica
    inherited: tuple[Literal["encryption", "table_class"], ...] = ()


class GlobalTableAttachment(Attachment, frozen=True, kw_only=True, tag="global_table"):
    """A global table of version 2017.11.29 over tables of that name."""

    table_name: Value[str | None]
    regions: ListValue[Value[str]] = ()


class IndexAttachment(Attachment, frozen=True, kw_only=True, tag="index"):
    """A global secondary index declared apart from its table, with the attributes that its keys define."""

    table_name: Value[str | None]
    index: GlobalSecondaryIndex
    attributes: tuple[AttributeDefinition, ...] = ()


class StreamConsumerAttachment(Attachment, frozen=True, kw_only=True, tag="stream_consumer"):
    """A reader of a stream."""

    stream_arn: Value[str | None]
    consumer: StreamConsumer


class KinesisAttachment(Attachment, frozen=True, kw_only=True, tag="kinesis"):
    """A Kinesis destination of a table."""

    table_name: Value[str | None]
    destination: KinesisDestination


class InsightsAttachment(Attachment, frozen=True, kw_only=True, tag="insights"):
    """Contributor Insights of a table, or of one index of it."""

    table_name: Value[str | None]
    index_name: Value[str | None] = None
    insights: ContributorInsights


class ResourcePolicyAttachment(Attachment, frozen=True, kw_only=True, tag="resource_policy"):
    """A resource policy of a table or stream."""

    resource_arn: Value[str | None]
    statements: ListValue[PolicyStatement] = ()


class TagAttachment(Attachment, frozen=True, kw_only=True, tag="tag"):
    """One tag set apart from the table."""

    resource_arn: Value[str | None]
    key: Value[str | None]
    value: Value[str | None]


class ItemAttachment(Attachment, frozen=True, kw_only=True, tag="item"):
    """An item written by the configuration."""

    table_name: Value[str | None]
    item: TableItem


class AlarmAttachment(Attachment, frozen=True, kw_only=True, tag="alarm"):
    """A CloudWatch alarm in the namespace AWS/DynamoDB."""

    table_name: Value[str | None]
    alarm: Alarm


class TagCondition(msgspec.Struct, frozen=True):
    """One tag condition of a backup selection; ``key`` without the ``aws:ResourceTag/`` prefix."""

    operator: Literal["equals", "not_equals", "like", "not_like"]
    key: Value[str | None]
    value: Value[str | None]


class BackupSelectionAttachment(Attachment, frozen=True, kw_only=True, tag="backup_selection"):
    """A backup selection: ARNs (wildcards allowed), exclusions, ``any_tags`` joined by or, ``conditions`` by and.

    Semantics: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
    """

    name: Value[str | None] = None
    resources: ListValue[Value[str]] = ()
    not_resources: ListValue[Value[str]] = ()
    any_tags: ListValue[TagCondition] = ()
    conditions: ListValue[TagCondition] = ()


class KmsKeyAttachment(Attachment, frozen=True, kw_only=True, tag="kms_key"):
    """A KMS key declared in the configuration; ``symbols`` are those of its ARN, its id and its aliases."""

    key: KmsKey
    symbols: frozenset[str] = frozenset()
    alias_names: ListValue[Value[str]] = ()


class Stack(msgspec.Struct, frozen=True):
    """Everything that one root module, template or account Region declares, before it is joined."""

    stack: str
    source: SourceKind
    tables: tuple[TableDraft, ...] = ()
    attachments: tuple[Any, ...] = ()
