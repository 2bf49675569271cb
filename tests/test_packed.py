"""What is packed comes out as it went in, sorted as a list would be, and no report tells the difference."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck import packed
from dyncheck.findings import counts_of, ordered
from dyncheck.packed import Packed, SortedRuns
from dyncheck.report import Finding
from dyncheck.reports import FORMATS, Options, render
from dyncheck.scanner import scan
from dyncheck.settings import Settings
from tests.reports.awkward import report as awkward_report

FIXTURES = Path(__file__).parents[1] / "fixtures"


class Record(msgspec.Struct, frozen=True):
    number: int
    text: str = ""


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of three records, so that a handful is many."""
    monkeypatch.setattr(packed, "PLAIN", 6)
    monkeypatch.setattr(packed, "RUN", 3)


RECORDS = st.lists(st.builds(Record, st.integers(0, 9), st.text(st.characters(codec=None), max_size=3)), max_size=40)


@given(RECORDS, RECORDS)
def test_records_come_out_in_the_order_in_which_they_were_added(first: list[Record], more: list[Record]) -> None:
    held = Packed(Record, first)
    for record in more:
        held.append(record)
    held.extend(first)
    assert (list(held), len(held)) == (expected := [*first, *more, *first], len(expected))


@given(RECORDS)
def test_what_is_taken_is_no_longer_held(records: list[Record]) -> None:
    held = Packed(Record, records)
    assert list(held.taken()) == records
    assert (list(held), len(held)) == ([], 0)


@given(RECORDS)
def test_runs_are_sorted_as_a_list_is(records: list[Record]) -> None:
    def key(record: Record) -> tuple[int, str]:
        return record.number, record.text

    assert list(SortedRuns(records, Record, key)) == sorted(records, key=key)


@given(RECORDS)
def test_records_that_sort_alike_stay_in_the_order_in_which_they_were_added(records: list[Record]) -> None:
    def key(record: Record) -> int:
        return record.number

    assert list(SortedRuns(records, Record, key)) == sorted(records, key=key)


def test_a_run_is_unpacked_only_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    class Noted(packed.Run[Record]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            opened.append(self)
            return super().__iter__()

    monkeypatch.setattr(packed, "Run", Noted)
    found = SortedRuns(map(Record, range(30)), Record, lambda record: record.number)
    assert [len(opened) for _ in found] == [number // 3 + 1 for number in range(30)]


def test_an_index_and_a_slice_give_what_they_give_of_a_list() -> None:
    plain = [Record(number) for number in range(20)]
    runs = SortedRuns(plain, Record, lambda record: record.number)
    assert (runs[0], runs[-1], runs[7]) == (plain[0], plain[-1], plain[7])
    assert (runs[3:9], runs[::-4], runs[30:]) == (tuple(plain[3:9]), tuple(plain[::-4]), ())
    with pytest.raises(IndexError):
        runs[20]


def test_findings_that_share_a_fingerprint_get_their_own_where_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [item for item in awkward_report().findings for _ in range(3)]
    many = ordered(findings)
    monkeypatch.setattr(packed, "PLAIN", 1_000_000)
    few = ordered(findings)
    assert isinstance(few, tuple)
    assert not isinstance(many, tuple)
    assert tuple(many) == few
    assert len({item.fingerprint for item in many}) == len(many) == len(few)
    assert counts_of(many) == counts_of(few)
    assert (many[0], many[-1], many[2:5]) == (few[0], few[-1], few[2:5])


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_tells_whether_findings_were_packed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = (FIXTURES / "quickstart", FIXTURES / "seed")
    settings = Settings(paths=tuple(map(os.fspath, folders)), select=("*",), cache=False, verbosity=1)
    options = Options(time=1, include_unknown=True, include_suppressed=True)
    packed_report = scan(settings, environment={})
    monkeypatch.setattr(packed, "PLAIN", 1_000_000)
    plain_report = scan(settings, environment={})
    assert isinstance(plain_report.findings, tuple)
    assert not isinstance(packed_report.findings, tuple)
    assert render(name, packed_report, options) == render(name, plain_report, options)


def test_a_finding_whose_text_utf8_cannot_hold_is_kept_as_it_is() -> None:
    broken = [msgspec.structs.replace(item, message="\ud800") for item in awkward_report().findings]
    assert list(Packed(Finding, broken * 3)) == broken * 3


def test_a_record_with_more_to_it_than_its_type_says_keeps_that() -> None:
    class Whole(Record, frozen=True):
        model: str = "large"

    records = [Record(1), Whole(2), Record(3)] * 5
    assert [type(record) for record in Packed(Record, records)] == [Record, Whole, Record] * 5
