"""What CloudWatch's hourly sums say of use: averages, percentiles over all hours of the window, and the busiest."""

from __future__ import annotations

from typing import Any

import msgspec

from dyncheck.model import Usage
from dyncheck.parsers.live import responses
from dyncheck.parsers.live.calls import Calls
from dyncheck.parsers.live.records import Call
from dyncheck.parsers.live.usage import usage

TABLE = responses.Table(table_name="orders", table_status="ACTIVE", table_size_bytes=10, item_count=2)
HOUR = 3600.0


def observed(days: int, *series: list[float], indexes: tuple[str, ...] = ()) -> tuple[Usage, dict[str, Any]]:
    """The use that sums per hour mean, given in the order of the queries."""
    results = [{"Id": f"m{number}", "Values": values} for number, values in enumerate(series)]
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
