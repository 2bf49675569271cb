from __future__ import annotations

import csv
import io

import msgspec
import pytest

from dyncheck.report import Report
from dyncheck.reports import Options, render
from dyncheck.reports.csv_format import COLUMNS
from tests.reports import awkward


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render("csv", report, Options()))))


def test_there_is_one_row_per_finding_under_a_fixed_header() -> None:
    found = rows(awkward.report())
    assert [row["fingerprint"] for row in found] == [item.fingerprint for item in awkward.report().findings]
    assert all(set(row) == set(COLUMNS) for row in found)
    assert render("csv", awkward.empty(), Options()) == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    one = awkward.report().findings[0]
    strange = msgspec.structs.replace(one, message=text, address=text, element=text, because=(text,), stack=text)
    (row,) = rows(msgspec.structs.replace(awkward.empty(), findings=(strange,)))
    assert {row[name] for name in ("message", "address", "element", "because", "stack")} == {f"'{text}"}


@pytest.mark.parametrize("text", ["x;=1+1", "x; -1", 'x;"=1', "x;＝1", "a;b;@SUM(A1)"])
def test_no_cell_is_a_formula_where_semicolons_separate_cells(text: str) -> None:
    one = awkward.report().findings[0]
    strange = msgspec.structs.replace(one, message=text, address=text, because=(text,))
    shown = render("csv", msgspec.structs.replace(awkward.empty(), findings=(strange,)), Options())
    cells = [cell.strip(' "') for line in shown.splitlines() for cell in line.split(";")]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@＝"))]


def test_account_and_region_come_from_the_resource() -> None:
    live = next(row for row in rows(awkward.report()) if row["address"] == awkward.LIVE)
    assert (live["account"], live["region"], live["path"], live["line"]) == ("111122223333", "eu-west-1", "", "")


def test_a_sum_of_money_is_two_numbers() -> None:
    idle = next(row for row in rows(awkward.report()) if row["rule"] == "DDB-CST-001")
    assert (idle["monthly_cost_usd_low"], idle["monthly_cost_usd_high"]) == ("2.85", "3.0")
