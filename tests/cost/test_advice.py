"""Advice: break-even from the book, modes and capacity from peaks, and what moves the bill besides."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dyncheck.cost.advice import Advice, advise, break_even
from dyncheck.cost.book import load_book
from dyncheck.cost.costing import Costing
from dyncheck.cost.usage import load_usage
from dyncheck.model import ScalingDimension, Table, Usage
from dyncheck.values import unknown
from tests.cost.tables import index, observed_table, one_table

BOOK = load_book()
ON_DEMAND = '  billing_mode = "PAY_PER_REQUEST"\n'


def provisioned(reads: int, writes: int) -> str:
    return f'  billing_mode = "PROVISIONED"\n  read_capacity = {reads}\n  write_capacity = {writes}\n'


def advice(tmp_path: Path, body: str, usage: str = "") -> dict[str, Advice]:
    path = tmp_path / "usage.yaml"
    path.write_text(f"defaults: {usage}\n" if usage else "")
    costing = Costing(BOOK, load_usage(path))
    table = costing.priced(one_table(body))
    assert isinstance(table, Table)
    return {item.topic: item for item in advise(table, costing.use_of(table), BOOK, "us-east-1", None)}


def advice_of(table: Table) -> dict[str, Advice]:
    costing = Costing(BOOK)
    priced = costing.priced(table)
    assert isinstance(priced, Table)
    return {item.topic: item for item in advise(priced, costing.use_of(table), BOOK, "us-east-1", None)}


class TestBreakEven:
    def test_it_is_the_price_of_an_hour_over_that_of_an_hour_of_requests(self) -> None:
        # 0.00013 / (3600 x 0.000000125)
        share = break_even(BOOK, "us-east-1", "read")
        assert share is not None
        assert round(share, 4) == Decimal("0.2889")

    def test_before_the_cut_it_was_half_of_that(self) -> None:
        share = break_even(BOOK, "us-east-1", "write", datetime.date(2024, 10, 31))
        assert share is not None
        assert round(share, 4) == Decimal("0.1444")

    @pytest.mark.parametrize("region", BOOK.regions())
    def test_it_is_about_the_same_in_every_region(self, region: str) -> None:
        for kind in ("read", "write"):
            share = break_even(BOOK, region, kind)
            assert share is not None
            assert Decimal("0.287") < share < Decimal("0.293")

    def test_a_region_without_prices_has_none(self) -> None:
        assert break_even(BOOK, "cn-north-1", "read") is None


class TestMode:
    def test_little_use_of_much_capacity_is_paid_better_by_request(self, tmp_path: Path) -> None:
        found = advice(tmp_path, provisioned(100, 100), "{reads_per_second: 1, writes_per_second: 1}")
        # 56.94 now; 2.628m x (0.5 x 0.125 + 0.625) = 1.80675 by request
        assert found["billing mode"].saving_usd == 55.13
        assert "saves at least $55.13 a month ($56.94 now, $1.81 then)" in found["billing mode"].text
        assert found["billing mode"].risk

    def test_steady_use_is_paid_better_by_the_hour(self, tmp_path: Path) -> None:
        rate = "{average: 100, p99: 110}"
        found = advice(tmp_path, ON_DEMAND, f"{{reads_per_month: 0, writes_per_second: {rate}}}")
        # 164.25 by request; 158 write units and a read unit: 75.0659 by the hour
        assert "PROVISIONED saves at least $89.18 a month ($164.25 now" in found["billing mode"].text

    def test_an_average_without_a_peak_leads_to_no_capacity_but_to_a_limit(self, tmp_path: Path) -> None:
        found = advice(tmp_path, ON_DEMAND, "{reads_per_month: 0, writes_per_second: 100}")
        # 100 x 0.7 / 0.2889
        assert "pays while write peaks stay below 242.3 units a second" in found["billing mode"].text
        assert "capacity" not in found

    def test_a_cheap_mode_is_said_to_be_one(self, tmp_path: Path) -> None:
        rates = "{average: 10, maximum: 70}"
        found = advice(tmp_path, ON_DEMAND, f"{{reads_per_second: {rates}, writes_per_second: {rates}}}")
        assert found["billing mode"].text.startswith("PAY_PER_REQUEST is the cheaper mode at this use")


class TestCapacity:
    def test_it_is_planned_for_the_99th_percentile_not_the_average(self, tmp_path: Path) -> None:
        rates = "{average: 10, p50: 7, p99: 70, maximum: 700}"
        usage = f"{{reads_per_second: {rates}, writes_per_second: {rates}, strongly_consistent_share: 1}}"
        found = advice(tmp_path, provisioned(500, 500), usage)
        assert found["capacity"].text == (
            "fixed capacity of 100 read units (70% used by the 99th percentile, 70.0 a second) and 100 write units "
            "(70% used by the 99th percentile, 70.0 a second); autoscaled with a target of 70%: reads between 10 and "
            "1000, writes between 10 and 1000"
        )
        assert found["capacity"].saving_usd == 227.76  # 400 x 730 x 0.00078
        # 900 more units of each: 900 x 730 x 0.00078
        assert found["capacity"].risk == (
            "the 99th percentile leaves out up to 1 % of the time, 7.3 hours a month, in which reads need up to 700.0 "
            "units a second; the 99th percentile leaves out up to 1 % of the time, 7.3 hours a month, in which writes "
            "need up to 700.0 units a second; requests beyond the capacity are throttled once burst credits are used "
            "up; "
            "capacity for the most costs $512.46 more a month"
        )

    def test_of_observed_use_the_hours_beyond_it_are_counted(self) -> None:
        # A week: 165 hours of 7 units a second, and three of more; the 99th percentile is the second busiest.
        hours = [*[7.0] * 165, 210.0, 70.0, 140.0]
        found = advice_of(observed_table(reads=hours, writes=[7.0] * 168, capacity=(500, 500)))
        assert found["capacity"].text == (
            "fixed capacity of 200 read units (70% used by the 99th percentile of 168 hours, 140.0 a second) and 10 "
            "write units (70% used by the 99th percentile of 168 hours, 7.0 a second); autoscaled with a target of "
            "70%: reads between 10 and 300, writes between 10 and 10"
        )
        # 100 more read units: 100 x 730 x 0.00013
        assert found["capacity"].risk == (
            "1 of the 168 hours needed more read units, up to 210.0 a second, and would have been throttled; requests "
            "beyond the capacity are throttled once burst credits are used up; capacity for the busiest hour costs "
            "$9.49 more a month"
        )
        # 500 x 0.00078 x 730 = 284.70 now; 730 x (200 x 0.00013 + 10 x 0.00065) = 23.725 then
        assert found["capacity"].saving_usd == 260.98

    def test_where_no_hour_is_beyond_it_that_is_said(self) -> None:
        found = advice_of(observed_table(reads=[7.0] * 168, writes=[7.0] * 168, capacity=(500, 500)))
        assert found["capacity"].risk.startswith("none of the 168 hours needed more, but bursts within an hour do not")
        assert "costs" not in found["capacity"].risk

    def test_an_index_is_planned_for_by_its_own_hours(self) -> None:
        table = observed_table(
            reads=[7.0] * 168, writes=[7.0] * 168, capacity=(500, 500), indexes={"by-email": [*[7.0] * 167, 700.0]}
        )
        risk = advice_of(table)["capacity"].risk
        assert "1 of the 168 hours needed more write units of index by-email, up to 700.0 a second" in risk
        # 990 more write units of the index: 990 x 730 x 0.00065
        assert risk.endswith("capacity for the busiest hour costs $469.76 more a month")


class TestUseThatIsNotKnown:
    def live(self, **averages: Any) -> dict[str, Advice]:
        table = observed_table(reads=[1.0] * 24, writes=[1.0] * 24, capacity=(100, 100), size_gb=1000)
        assert isinstance(table.usage, Usage)
        return advice_of(msgspec.structs.replace(table, usage=msgspec.structs.replace(table.usage, **averages)))

    @pytest.mark.parametrize("average", [None, unknown("AccessDenied: cloudwatch:GetMetricData")])
    def test_requests_that_nobody_saw_are_not_taken_for_none(self, average: Any) -> None:
        found = self.live(read_units_average=average, write_units_average=average)
        assert set(found) == {"break-even", "capacity", "reserved capacity"}
        assert all(item.saving_usd == 0 for item in found.values())

    @pytest.mark.parametrize("stated", ["reads_per_second", "writes_per_second"])
    def test_reads_alone_or_writes_alone_save_nothing_for_certain(self, tmp_path: Path, stated: str) -> None:
        use = f"{{storage_gb: 5000, {stated}: {{average: 1, maximum: 1}}}}"
        for body in (provisioned(100, 100), ON_DEMAND):
            found = advice(tmp_path, body, use)
            assert "break-even" in found
            assert all(item.saving_usd == 0 for item in found.values())

    def test_requests_that_are_not_stated_are_not_taken_for_none(self, tmp_path: Path) -> None:
        found = advice(tmp_path, provisioned(100, 100), "{storage_gb: 5}")
        assert "billing mode" not in found
        assert found["break-even"].text.startswith("provisioned capacity pays once 28.9%")


class TestTheRest:
    def test_a_class_for_much_storage_and_little_use(self, tmp_path: Path) -> None:
        found = advice(tmp_path, ON_DEMAND, "{storage_gb: 1000, reads_per_month: 0, writes_per_month: 1000000}")
        # 250 + 0.625 against 100 + 0.78
        assert found["table class"].text.startswith("STANDARD_INFREQUENT_ACCESS saves at least $149.85 a month")

    def test_how_much_indexes_multiply_a_write(self, tmp_path: Path) -> None:
        found = advice(tmp_path, ON_DEMAND + index("a") + index("b"))
        assert found["indexes"].text == "they make a write cost 3.0 times as much: $1.25 of $1.875 for a million writes"

    def test_what_nothing_bounds(self, tmp_path: Path) -> None:
        assert "can cost $78,840.00 a month" in advice(tmp_path, ON_DEMAND)["exposure"].text

    def test_an_index_without_a_known_name_is_exposed_too(self, tmp_path: Path) -> None:
        body = ON_DEMAND + index("a").replace('"a"', "var.name") + '}\nvariable "name" {\n'
        assert "writes of index (name unknown) a second" in advice(tmp_path, body)["exposure"].text

    def test_reserved_capacity_comes_in_lots_of_a_hundred(self, tmp_path: Path) -> None:
        found = advice(tmp_path, provisioned(250, 5))
        # 200 x 0.30 upfront; 200 x 730 x 0.000025 = 3.65; 200 x (730 x 0.000105 - 0.025) = 10.33 less
        assert found["reserved capacity"].text == (
            "200 reserved read units for a year: $60.00 upfront, then $3.65 a month, $10.33 a month less than now"
        )

    def test_reserved_capacity_is_for_the_minimum_of_what_scales(self) -> None:
        table = one_table(provisioned(1000, 5))
        reads = ScalingDimension(registered=True, enabled=True, min_capacity=250, max_capacity=2000)
        scaled = msgspec.structs.replace(table, autoscaling=msgspec.structs.replace(table.autoscaling, read=reads))
        assert advice_of(scaled)["reserved capacity"].text.startswith("200 reserved read units for a year")

    def test_undecided_tables_get_no_advice(self, tmp_path: Path) -> None:
        assert advice(tmp_path, '  billing_mode = var.m\n}\nvariable "m" {\n') == {}
