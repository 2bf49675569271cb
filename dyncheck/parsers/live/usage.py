"""Observed use: what to ask CloudWatch for, and what its answer says.

Consumed units are sums over a period, so units per second are the sum divided by the period. CloudWatch emits nothing
where there was no traffic: no data points are zero units (assumed for throttle events too).
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from dyncheck.model import Usage
from dyncheck.parsers.live import responses
from dyncheck.parsers.live.calls import Calls
from dyncheck.parsers.live.records import Call
from dyncheck.values import Unknown

PERIOD: Final = 3600
"""Seconds of a data point: CloudWatch keeps these for 455 days."""

SECONDS_PER_DAY: Final = 86_400

METRICS: Final = (
    ("ConsumedReadCapacityUnits", "Sum"),
    ("ConsumedWriteCapacityUnits", "Sum"),
    ("ProvisionedReadCapacityUnits", "Average"),
    ("ProvisionedWriteCapacityUnits", "Average"),
    ("ReadThrottleEvents", "Sum"),
    ("WriteThrottleEvents", "Sum"),
)
"""The metrics of a table and of each index, in the order of the queries."""


def queries(table: str, indexes: Sequence[str], first: int) -> list[dict[str, Any]]:
    """The metric queries of one table and its indexes; ids are ``m`` and a number that starts at ``first``."""
    found: list[dict[str, Any]] = []
    for index in (None, *indexes):
        dimensions = [{"Name": "TableName", "Value": table}]
        if index is not None:
            dimensions.append({"Name": "GlobalSecondaryIndexName", "Value": index})
        for metric, statistic in METRICS:
            found.append(
                {
                    "Id": f"m{first + len(found)}",
                    "MetricStat": {
                        "Metric": {"Namespace": "AWS/DynamoDB", "MetricName": metric, "Dimensions": dimensions},
                        "Period": PERIOD,
                        "Stat": statistic,
                    },
                    "ReturnData": True,
                }
            )
    return found


def usage(calls: Calls, table: responses.Table) -> tuple[Any, dict[str, Any]]:
    """The use of the table itself, and of each global secondary index by name.

    Size and item count come with the table's description; an index has no use where CloudWatch was not asked.
    """
    found = list(calls.answers("cloudwatch:GetMetricData"))
    if not found:
        return Usage(table_size_bytes=table.table_size_bytes, item_count=table.item_count), {}
    call, answer = found[0]
    names = [index.index_name for index in table.global_secondary_indexes]
    if isinstance(answer, Unknown) or answer is None:
        return answer, dict.fromkeys(names, answer)
    series = {result.id: result.values for result in answer.metric_data_results}
    days = _days(call)
    every = [
        _usage([series.get(f"m{start + offset}", ()) for offset in range(len(METRICS))], days)
        for start in range(0, len(METRICS) * (len(names) + 1), len(METRICS))
    ]
    itself = msgspec.structs.replace(every[0], table_size_bytes=table.table_size_bytes, item_count=table.item_count)
    return itself, dict(zip(names, every[1:], strict=True))


def _days(call: Call) -> int:
    days = call.parameters.get("Days")
    return days if isinstance(days, int) and days > 0 else 1


def _usage(series: list[tuple[float, ...]], days: int) -> Usage:
    reads, writes, _, _, throttled_reads, throttled_writes = series
    return Usage(
        days=days,
        read_units_average=sum(reads) / (days * SECONDS_PER_DAY),
        read_units_maximum=max(reads, default=0.0) / PERIOD,
        write_units_average=sum(writes) / (days * SECONDS_PER_DAY),
        write_units_maximum=max(writes, default=0.0) / PERIOD,
        read_throttle_events=round(sum(throttled_reads)),
        write_throttle_events=round(sum(throttled_writes)),
    )
