"""A record of a table as a table of the model, completed with its neighbours by the common joins.

What AWS leaves out has a meaning: no BillingModeSummary is provisioned, no SSEDescription is AWS's own key, no
TableClassSummary is the standard class (terraform-provider-aws reads them so).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from dyncheck.location import Location
from dyncheck.model import (
    Autoscaling,
    OnDemandThroughput,
    ProvisionedThroughput,
    RecoveryPoints,
    Resource,
    ResourcePolicy,
    Stream,
    Table,
    TimeToLive,
    WarmThroughput,
)
from dyncheck.parsers.attachments import Stack, TableDraft
from dyncheck.parsers.joins import join
from dyncheck.parsers.live import responses
from dyncheck.parsers.live.calls import Calls, read
from dyncheck.parsers.live.elements import (
    attributes,
    global_index,
    key_schema,
    local_index,
    on_demand,
    provisioned,
    vector_index,
    warm,
)
from dyncheck.parsers.live.encryption import encryption
from dyncheck.parsers.live.neighbours import Neighbours
from dyncheck.parsers.live.records import TableRecord
from dyncheck.parsers.live.replicas import kinesis, recovery, replica, tags
from dyncheck.parsers.live.usage import usage
from dyncheck.parsers.resource_policy import statements
from dyncheck.values import OpenList, Unknown

RESOURCE_TYPE: Final = "AWS::DynamoDB::Table"
_ON: Final = frozenset({"ENABLED", "ENABLING"})


def resources(record: TableRecord, beside: Neighbours, time: str, place: Location) -> list[Resource]:
    """The table of a record, and the scalable targets that name it.

    ``time``: when the Region was looked at, ISO 8601. Raises FieldError for a response that is not as it should be.
    """
    table = _table(record, Calls(record.calls), beside, time, place)
    attachments = (*beside.by_table.get(record.name, ()), *beside.selections)
    joined = join(Stack("", "live", (TableDraft(table),), attachments))
    return [_with_hidden(item, beside.hidden) if isinstance(item, Table) else item for item in joined]


def orphans(tables: Sequence[Table], attachments: Sequence[Any]) -> list[Resource]:
    """The scalable targets whose table none of the records is. ``tables``: any table that is there, or none."""
    joined = join(Stack("", "live", tuple(TableDraft(table) for table in tables), tuple(attachments)))
    return [item for item in joined if not isinstance(item, Table)]


def _table(record: TableRecord, calls: Calls, beside: Neighbours, time: str, place: Location) -> Table:
    described = calls.answer("dynamodb:DescribeTable")

    def of(part: Callable[[responses.Table], Any]) -> Any:
        return read(described, lambda answer: part(answer.table))

    billing_mode = of(_billing_mode)
    own_use, index_use = (described, {}) if isinstance(described, Unknown) else usage(calls, described.table)
    return Table(
        locations={"": place},
        address=record.arn,
        stack="",
        source="live",
        resource_type=RESOURCE_TYPE,
        name=record.name,
        region=record.region,
        account=record.account,
        status=of(lambda table: table.table_status),
        billing_mode=billing_mode,
        provisioned_throughput=_struct(
            of(lambda table: provisioned(table.provisioned_throughput, billing_mode)), ProvisionedThroughput
        ),
        on_demand_throughput=_struct(of(lambda table: on_demand(table.on_demand_throughput)), OnDemandThroughput),
        warm_throughput=_struct(of(lambda table: warm(table.warm_throughput, billing_mode)), WarmThroughput),
        attributes=of(lambda table: attributes(table.attribute_definitions)),
        key_schema=of(lambda table: key_schema(table.key_schema)),
        global_secondary_indexes=of(
            lambda table: tuple(
                global_index(index, billing_mode, index_use.get(index.index_name), place)
                for index in table.global_secondary_indexes
            )
        ),
        local_secondary_indexes=of(
            lambda table: tuple(local_index(index, place) for index in table.local_secondary_indexes)
        ),
        vector_indexes=of(lambda table: tuple(vector_index(index, place) for index in table.vector_indexes)),
        encryption=of(lambda table: encryption(table.sse_description, calls)),
        point_in_time_recovery=recovery(calls.answer("dynamodb:DescribeContinuousBackups")),
        time_to_live=read(calls.answer("dynamodb:DescribeTimeToLive"), _time_to_live),
        stream=of(_stream),
        kinesis_destinations=kinesis(calls.answer("dynamodb:DescribeKinesisStreamingDestination"), place),
        replicas=of(lambda table: tuple(replica(item, record.account, calls, place) for item in table.replicas)),
        global_table_version=of(lambda table: table.global_table_version),
        consistency_mode=of(lambda table: table.multi_region_consistency or "EVENTUAL"),
        witness_regions=of(
            lambda table: tuple(item.region_name for item in table.global_table_witnesses if item.region_name)
        ),
        table_class=of(lambda table: (table.table_class_summary or responses.TableClass()).table_class),
        deletion_protection_enabled=of(lambda table: table.deletion_protection_enabled),
        created_from=of(lambda table: "restore" if table.restore_summary is not None else None),
        tags=tags(calls.answer("dynamodb:ListTagsOfResource")),
        resource_policies=_policies(record, described, calls, place),
        recovery_points=RecoveryPoints(_age_in_days(beside.backups.get(record.name), time)),
        usage=own_use,
    )


def _billing_mode(table: responses.Table) -> str:
    summary = table.billing_mode_summary
    return (summary.billing_mode if summary is not None else None) or "PROVISIONED"


def _struct(value: Any, kind: type[Any]) -> Any:
    """A struct that is never unknown as a whole: all of its fields are."""
    return kind(*(value for _ in kind.__struct_fields__)) if isinstance(value, Unknown) else value


def _time_to_live(found: responses.DescribeTimeToLive) -> TimeToLive:
    described = found.time_to_live_description
    return TimeToLive(enabled=described.time_to_live_status in _ON, attribute_name=described.attribute_name)


def _stream(table: responses.Table) -> Stream:
    stream = table.stream_specification
    return Stream(enabled=stream.stream_enabled, view_type=stream.stream_view_type if stream.stream_enabled else None)


def _policies(record: TableRecord, described: Any, calls: Calls, place: Location) -> Any:
    """The policies of the table and of its stream, where they have any."""
    found: list[ResourcePolicy] = []
    because: frozenset[str] = frozenset()
    holders: list[tuple[Literal["table", "stream"], str | None]] = [("table", record.arn)]
    if isinstance(described, Unknown):
        because |= described.because
    elif described.table.stream_specification.stream_enabled:
        holders.append(("stream", described.table.latest_stream_arn))
    for holder, arn in holders:
        answer = calls.answer("dynamodb:GetResourcePolicy", ResourceArn=arn)
        if isinstance(answer, Unknown):
            because |= answer.because
        elif answer is not None and answer.policy:
            places = {"": place}
            policy = ResourcePolicy(locations=places, attached_to=holder, statements=statements(answer.policy, places))
            found.append(policy)
    return OpenList(tuple(found), because) if because else tuple(found)


def _age_in_days(backup: str | None, time: str) -> int | None:
    if backup is None:
        return None
    try:
        return max(0, (datetime.fromisoformat(time) - datetime.fromisoformat(backup)).days)
    except (ValueError, TypeError):
        return None


def _with_hidden(table: Table, hidden: dict[str, frozenset[str]]) -> Table:
    """The table without what the calls that failed for the whole Region would have told."""
    changes: dict[str, Any] = {}
    indexes = table.global_secondary_indexes
    if "autoscaling" in hidden:
        why = Unknown(hidden["autoscaling"])
        changes["autoscaling"] = Autoscaling(read=why, write=why)
        indexes = _each(indexes, autoscaling=Autoscaling(read=why, write=why))
    if "insights" in hidden:
        changes["contributor_insights"] = Unknown(hidden["insights"])
        indexes = _each(indexes, contributor_insights=Unknown(hidden["insights"]))
    for field in ("alarms", "backup_plans"):
        if field in hidden:
            changes[field] = _opened(getattr(table, field), hidden[field])
    if "consumers" in hidden and isinstance(table.stream, Stream):
        consumers = _opened(table.stream.consumers, hidden["consumers"])
        changes["stream"] = msgspec.structs.replace(table.stream, consumers=consumers)
    if "recovery_points" in hidden:
        changes["recovery_points"] = Unknown(hidden["recovery_points"])
    if "global_tables" in hidden and table.global_table_version is None:
        changes["global_table_version"] = Unknown(hidden["global_tables"])
    return msgspec.structs.replace(table, global_secondary_indexes=indexes, **changes)


def _each(indexes: Any, **changes: Any) -> Any:
    if isinstance(indexes, Unknown):
        return indexes
    return tuple(msgspec.structs.replace(index, **changes) for index in indexes)


def _opened(items: Any, because: frozenset[str]) -> Any:
    if isinstance(items, OpenList):
        return OpenList(items.items, items.because | because)
    return OpenList(items, because) if isinstance(items, tuple) else items
