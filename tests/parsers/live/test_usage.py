"""What CloudWatch's hourly sums say of use: averages, percentiles over all hours of the window, and the busiest."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dyncheck.model import Usage
from dyncheck.parsers.live import responses
from dyncheck.parsers.live.calls import Calls
from dyncheck.parsers.live.pages import series as parts_joined
from dyncheck.parsers.live.records import Call, CallError
from dyncheck.parsers.live.usage import usage
from dyncheck.values import unknown

TABLE = responses.Table(table_name="orders", table_status="ACTIVE", table_size_bytes=10, item_count=2)
HOUR = 3600.0


def observed(days: int, *series: list[float], indexes: tuple[str, ...] = ()) -> tuple[Usage, dict[str, Any]]:
    """The use that sums per hour mean, given in the order of the queries."""
    every = [*series, *([[]] * (6 * (1 + len(indexes)) - len(series)))]
    return answered(days, [{"Id": f"m{number}", "Values": values} for number, values in enumerate(every)], indexes)


def answered(days: int, results: list[dict[str, Any]], indexes: tuple[str, ...] = ()) -> tuple[Usage, dict[str, Any]]:
    """The use that CloudWatch's results mean."""
    response = msgspec.Raw(msgspec.json.encode({"MetricDataResults": results}))
    call = Call(operation="cloudwatch:GetMetricData", parameters={"Days": days}, response=response)
    table = msgspec.structs.replace(
        TABLE, global_secondary_indexes=tuple(responses.GlobalIndex(index_name=name) for name in indexes)
    )
    return usage(Calls([call]), table)


def test_percentiles_are_by_nearest_rank_over_the_hours_of_the_window() -> None:
    # Two weeks are 336 hours: the median is the 168th, the 99th percentile the 333rd, with three hours above it.
    hours = [number * HOUR for number in range(1, 337)]
    found, _ = observed(14, hours[::2] + hours[1::2])
    assert (found.read_units_p50, found.read_units_p99, found.read_units_maximum) == (168.0, 333.0, 336.0)
    assert found.read_units_busiest == (336.0, 335.0, 334.0)
    assert found.read_units_average == 168.5


def test_hours_without_a_data_point_had_no_traffic() -> None:
    # A week has 168 hours, of which one is above the 99th percentile; here one hour alone has traffic.
    found, _ = observed(7, [], [HOUR * 50])
    assert (found.write_units_p50, found.write_units_p99, found.write_units_maximum) == (0.0, 0.0, 50.0)
    assert found.write_units_busiest == (50.0,)
    assert (found.read_units_p99, found.read_units_maximum, found.read_units_busiest) == (0.0, 0.0, ())


def test_of_a_single_day_the_99th_percentile_is_the_busiest_hour() -> None:
    found, _ = observed(1, [HOUR, HOUR * 9, HOUR * 2])
    assert (found.read_units_p50, found.read_units_p99, found.read_units_busiest) == (0.0, 9.0, ())


def test_an_index_has_percentiles_of_its_own() -> None:
    own = [HOUR * 5] * 168
    found, indexes = observed(7, *([[]] * 6), [], own, indexes=("by-email",))
    assert found.write_units_p99 == 0.0
    by_email = indexes["by-email"]
    assert (by_email.write_units_p50, by_email.write_units_p99, by_email.read_units_p99) == (5.0, 5.0, 0.0)


@pytest.mark.parametrize("status", ["InternalError", "Forbidden", "PartialData"])
def test_sums_of_which_some_are_missing_leave_that_use_unknown(status: str) -> None:
    results: list[dict[str, Any]] = [{"Id": f"m{number}", "Values": []} for number in range(6)]
    results[0] = {"Id": "m0", "Values": [HOUR], "StatusCode": status}
    results[1]["StatusCode"] = "Complete"
    found, _ = answered(7, results)
    because = unknown(f"{status}: cloudwatch:GetMetricData")
    reads = (found.read_units_average, found.read_units_p50, found.read_units_p99, found.read_units_maximum)
    assert reads == (because,) * 4
    assert (found.write_units_average, found.write_units_p99, found.read_throttle_events) == (0.0, 0.0, 0)


def test_the_status_of_a_series_in_parts_is_that_of_its_last_part() -> None:
    parts = [{"Id": "m7", "Values": [1.0], "StatusCode": "PartialData"}, {"Id": "m7", "StatusCode": "Complete"}]
    (whole,) = parts_joined({"MetricDataResults": parts}, 7, 1)
    assert whole == {"Id": "m0", "Timestamps": [], "Values": [1.0], "StatusCode": "Complete"}


def test_what_the_description_says_is_known_where_cloudwatch_must_not_be_asked() -> None:
    call = Call(operation="cloudwatch:GetMetricData", error=CallError("AccessDenied"))
    found, indexes = usage(
        Calls([call]),
        msgspec.structs.replace(TABLE, global_secondary_indexes=(responses.GlobalIndex(index_name="by-email"),)),
    )
    because = unknown("AccessDenied: cloudwatch:GetMetricData")
    assert (found.table_size_bytes, found.item_count) == (10, 2)
    assert (found.read_units_average, found.write_throttle_events) == (because, because)
    assert indexes["by-email"].read_units_average == because


@pytest.mark.parametrize(
    ("created", "days"),
    [
        ("2026-11-19T20:00:00.000+00:00", 1),
        ("2026-11-17T06:00:00.000+00:00", 3),
        ("2026-11-06T12:00:00.000+00:00", 14),
        ("2020-01-01T00:00:00.000+00:00", 14),
        ("2026-11-20T12:40:00.000+00:00", 1),
        ("2026-11-30T12:00:00.000+00:00", 14),
        ("some day", 14),
        (None, 14),
    ],
)
def test_a_table_was_not_idle_before_it_was_there(created: str | None, days: int) -> None:
    results = [{"Id": f"m{number}", "Values": [HOUR * 24] * (number == 0)} for number in range(6)]
    call = Call(
        operation="cloudwatch:GetMetricData",
        parameters={"Days": 14, "EndTime": "2026-11-20T12:00:00+00:00"},
        response=msgspec.Raw(msgspec.json.encode({"MetricDataResults": results})),
    )
    found, _ = usage(Calls([call]), msgspec.structs.replace(TABLE, creation_date_time=created))
    assert (found.days, found.read_units_average) == (days, pytest.approx(1 / days))
