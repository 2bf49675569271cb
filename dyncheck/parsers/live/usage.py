"""Observed use: what to ask CloudWatch for, and what its answer says.

Consumed units are sums over a period, so units per second are the sum divided by the period. CloudWatch emits nothing
where there was no traffic: no data points are zero units (assumed for throttle events too). Percentiles are by nearest
rank over all hours of the window: of a day, the 99th is the busiest hour; of two weeks, the fourth busiest.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Union

import msgspec

from dyncheck.model import Usage
from dyncheck.parsers.live import responses
from dyncheck.parsers.live.calls import Calls
from dyncheck.parsers.live.records import Call
from dyncheck.parsers.live.services import MetricResult
from dyncheck.values import Unknown, unknown

Sums = Union[tuple[float, ...], Unknown]

PERIOD: Final = 3600
"""Seconds of a data point: CloudWatch keeps these for 455 days."""

SECONDS_PER_DAY: Final = 86_400
HOURS_PER_DAY: Final = 24

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

    Sizes and item counts come with the table's description; there is nothing else where CloudWatch was not asked.
    """
    indexes = table.global_secondary_indexes
    found = list(calls.answers("cloudwatch:GetMetricData"))
    if not found:
        return Usage(table_size_bytes=table.table_size_bytes, item_count=table.item_count), {
            index.index_name: _sized(Usage(), index) for index in indexes
        }
    call, answer = found[0]
    series = {} if isinstance(answer, Unknown) else {result.id: _sums(result) for result in answer.metric_data_results}
    nothing: Sums = answer if isinstance(answer, Unknown) else ()
    days = _days(call, table.creation_date_time)
    every = [
        _usage([series.get(f"m{start + offset}", nothing) for offset in range(len(METRICS))], days)
        for start in range(0, len(METRICS) * (len(indexes) + 1), len(METRICS))
    ]
    itself = msgspec.structs.replace(every[0], table_size_bytes=table.table_size_bytes, item_count=table.item_count)
    return itself, {index.index_name: _sized(use, index) for index, use in zip(indexes, every[1:], strict=True)}


def _sized(use: Usage, index: responses.GlobalIndex) -> Usage:
    return msgspec.structs.replace(use, table_size_bytes=index.index_size_bytes, item_count=index.item_count)


def _days(call: Call, created: str | None) -> int:
    """The days of the window in which the table was there: a new one was not idle before.

    A table may be made after the window's last whole hour, but not a day later: then one of the times is wrong.
    """
    days = call.parameters.get("Days")
    asked = days if isinstance(days, int) and days > 0 else 1
    try:
        age = datetime.fromisoformat(str(call.parameters.get("EndTime"))) - datetime.fromisoformat(str(created))
    except (ValueError, TypeError):
        return asked
    return asked if age.days < -1 else max(1, min(asked, age.days))


def _sums(result: MetricResult) -> Sums:
    """The sums of a metric; unknown where CloudWatch says that it does not give all of them."""
    if result.status_code in (None, "Complete"):
        return result.values
    return unknown(f"{result.status_code}: cloudwatch:GetMetricData")


def _usage(series: list[Sums], days: int) -> Usage:
    reads, writes, _, _, throttled_reads, throttled_writes = series
    return Usage(
        days=days,
        **_spread("read", reads, days),
        **_spread("write", writes, days),
        read_throttle_events=_total(throttled_reads),
        write_throttle_events=_total(throttled_writes),
    )


def _total(sums: Sums) -> Any:
    return sums if isinstance(sums, Unknown) else round(sum(sums))


def _spread(kind: str, sums: Sums, days: int) -> dict[str, Any]:
    """How the units of one kind are spread over the hours of the window."""
    if isinstance(sums, Unknown):
        return {f"{kind}_units_{name}": sums for name in ("average", "p50", "p99", "maximum")}
    busy = sorted((value / PERIOD for value in sums), reverse=True)
    hours = max(days * HOURS_PER_DAY, len(busy))
    above = hours - _rank(hours, 99)
    return {
        f"{kind}_units_average": sum(sums) / (days * SECONDS_PER_DAY),
        f"{kind}_units_p50": _at(busy, hours - _rank(hours, 50)),
        f"{kind}_units_p99": _at(busy, above),
        f"{kind}_units_maximum": _at(busy, 0),
        f"{kind}_units_busiest": tuple(busy[:above]),
    }


def _rank(count: int, percent: int) -> int:
    """The nearest rank of a percentile among so many values, counted from 1 at the smallest."""
    return -(-count * percent // 100)


def _at(busy: list[float], position: int) -> float:
    """The hour at a position from the busiest; hours without a data point had no traffic."""
    return busy[position] if position < len(busy) else 0.0
