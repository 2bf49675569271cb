"""The replicas of a live table: what its own description says of them, and what was asked in their Regions."""

from __future__ import annotations

from typing import Any, Final

from dyncheck.location import Location
from dyncheck.model import (
    Autoscaling,
    ContributorInsights,
    Encryption,
    KinesisDestination,
    PointInTimeRecovery,
    Replica,
    ReplicaIndex,
)
from dyncheck.parsers.live import responses
from dyncheck.parsers.live.calls import Calls, read
from dyncheck.parsers.live.elements import on_demand_override, override
from dyncheck.parsers.live.encryption import encryption
from dyncheck.parsers.live.neighbours import insights
from dyncheck.parsers.live.replica_scaling import replica_autoscaling
from dyncheck.values import Unknown, unknown

_ACTIVE: Final = frozenset({"ACTIVE", "ENABLING", "UPDATING"})
_ARN_ACCOUNT: Final = 4
_AUTOSCALING: Final = "dynamodb:DescribeTableReplicaAutoScaling"


def replica(found: responses.Replica, account: str, calls: Calls, place: Location) -> Replica:
    """One replica. One of another account cannot be looked into."""
    region = found.region_name
    owner = (found.replica_arn or "").split(":")
    elsewhere = len(owner) > _ARN_ACCOUNT and owner[_ARN_ACCOUNT] not in ("", account)

    def answer(operation: str) -> Any:
        if elsewhere:
            return unknown(f"replica of account {owner[_ARN_ACCOUNT]}")
        return calls.answer(operation, region=region)

    described = answer("dynamodb:DescribeTable")
    summaries = answer("dynamodb:ListContributorInsights")
    scaling = unknown(f"replica of account {owner[_ARN_ACCOUNT]}") if elsewhere else calls.answer(_AUTOSCALING)
    table_class = found.replica_table_class_summary or responses.TableClass()
    return Replica(
        locations={"": place},
        region_name=region,
        encryption=_encryption(described, calls, region),
        point_in_time_recovery=recovery(answer("dynamodb:DescribeContinuousBackups")),
        deletion_protection_enabled=read(described, lambda it: it.table.deletion_protection_enabled),
        table_class=table_class.table_class,
        tags=tags(answer("dynamodb:ListTagsOfResource")),
        provisioned_throughput=override(found.provisioned_throughput_override),
        on_demand_throughput=on_demand_override(found.on_demand_throughput_override),
        autoscaling=replica_autoscaling(scaling, region, None, place),
        global_secondary_indexes=tuple(
            _index(item, summaries, replica_autoscaling(scaling, region, item.index_name, place), place)
            for item in found.global_secondary_indexes
        ),
        contributor_insights=_insights(summaries, None),
        kinesis_destinations=kinesis(answer("dynamodb:DescribeKinesisStreamingDestination"), place),
    )


def _encryption(described: Any, calls: Calls, region: str) -> Any:
    def of(answer: Any) -> Encryption:
        return encryption(answer.table.sse_description, calls, region)

    return read(described, of)


def _index(found: responses.ReplicaIndex, summaries: Any, scaling: Autoscaling, place: Location) -> ReplicaIndex:
    return ReplicaIndex(
        locations={"": place},
        index_name=found.index_name,
        provisioned_throughput=override(found.provisioned_throughput_override),
        autoscaling=scaling,
        contributor_insights=_insights(summaries, found.index_name),
    )


def _insights(summaries: Any, index: str | None) -> Any:
    def of(answer: Any) -> ContributorInsights:
        own = [item for item in answer.contributor_insights_summaries if item.index_name == index]
        return insights(own[0]) if own else ContributorInsights()

    return read(summaries, of)


def recovery(answer: Any) -> Any:
    """Point-in-time recovery; the window is 35 days where AWS does not say."""

    def of(found: Any) -> PointInTimeRecovery:
        status = found.continuous_backups_description.point_in_time_recovery_description
        enabled = status.point_in_time_recovery_status == "ENABLED"
        days = status.recovery_period_in_days
        return PointInTimeRecovery(enabled=enabled, recovery_period_in_days=(days or 35) if enabled else None)

    return read(answer, of)


def tags(answer: Any) -> Any:
    """Tags by key."""
    return read(answer, lambda found: {tag.key: tag.value for tag in found.tags})


def kinesis(answer: Any, place: Location) -> Any:
    """The Kinesis destinations that are on."""
    if isinstance(answer, Unknown):
        return answer
    return tuple(
        KinesisDestination(
            locations={"": place},
            stream_arn=item.stream_arn,
            approximate_creation_date_time_precision=item.approximate_creation_date_time_precision,
        )
        for item in answer.kinesis_data_stream_destinations
        if item.destination_status in _ACTIVE
    )
