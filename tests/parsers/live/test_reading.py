"""Whatever happened to a snapshot file, what can be read is judged, and what cannot is a problem with its place."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dyncheck.model import Problem, ScalableTarget, Table
from dyncheck.parsers.live.lines import is_snapshot, starts_as_snapshot
from dyncheck.parsers.live.source import SnapshotSource
from dyncheck.values import Unknown
from tests.parsers.live.snapshots import call, header, region, table, write


def collect(path: Path) -> tuple[list[str], list[tuple[int, str]]]:
    """The names of the tables, and the problems by line."""
    found = list(SnapshotSource(path.parent, path.name).collect())
    names = [str(item.name) for item in found if isinstance(item, Table)]
    return names, [(item.line, item.message) for item in found if isinstance(item, Problem)]


def test_a_whole_snapshot_has_no_problems(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(2), table("a"), table("b"))
    assert collect(path) == (["a", "b"], [])


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        ({"name": 7}, "the record cannot be used: field name: must be str, this is int"),
        ({"calls": {}}, "the record cannot be used: field calls: must be array, this is object"),
        (
            {"calls": [{"operation": 1}]},
            "the record cannot be used: field calls[0].operation: must be str, this is int",
        ),
        (
            {"calls": [call("dynamodb:DescribeTable", {"Table": {"TableName": 3}}, TableName="b")]},
            "the record cannot be used: field calls[0].response.Table.TableName: must be str, this is int",
        ),
        (
            {"calls": [call("dynamodb:DescribeTable", {}, TableName="b")]},
            "the record cannot be used: field calls[0].response: the field Table is missing",
        ),
    ],
)
def test_a_spoilt_record_is_a_problem_with_line_and_field_and_the_others_are_judged(
    spoilt: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(3), table("a"), table("b", **spoilt), table("c"))
    names, problems = collect(path)
    assert names == ["a", "c"]
    assert (4, message) in problems


def test_a_record_without_a_field_says_which(tmp_path: Path) -> None:
    spoilt = table("b")
    del spoilt["arn"]
    path = write(tmp_path / "s.jsonl", header(), region(1), table("a"), spoilt)
    assert collect(path) == (["a"], [(4, "the record cannot be used: the field arn is missing")])


def test_a_line_that_is_not_json_is_a_problem_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(2), table("a"), b"{oops", table("b"))
    names, problems = collect(path)
    assert names == ["a", "b"]
    assert [(line, message.partition(":")[0]) for line, message in problems] == [(4, "the record is not valid JSON")]


def test_a_file_cut_off_in_a_record_says_what_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(2), region(2), table("a"), table("b"))
    path.write_bytes(path.read_bytes()[:-40])
    names, problems = collect(path)
    assert names == ["a"]
    assert [message for _, message in problems] == [
        "the record is cut off: the file ends in the middle of it",
        "account 111122223333, Region eu-west-1: 1 of 2 tables are missing",
        "the file is cut off: 1 of 2 accounts and Regions are in it",
    ]


def test_a_file_cut_off_between_records_does_not_look_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(2), table("a"))
    assert collect(path) == (["a"], [(2, "account 111122223333, Region eu-west-1: 1 of 2 tables are missing")])


def test_a_compressed_file_that_is_cut_off_gives_what_it_holds(tmp_path: Path) -> None:
    plain = write(tmp_path / "s.jsonl", header(), region(60), *(table(f"t{n}") for n in range(60)))
    path = tmp_path / "s.jsonl.gz"
    path.write_bytes(gzip.compress(plain.read_bytes())[:-30])
    names, problems = collect(path)
    assert names == [f"t{n}" for n in range(len(names))]
    assert "damaged or cut off" in problems[0][1]
    assert len(problems) == 2


@pytest.mark.parametrize(
    "schema", ["dyncheck-snapshot/2", "dyncheck-snapshot/0", "dyncheck-snapshot/"], ids=["newer", "older", "none"]
)
def test_another_version_is_refused_as_a_whole(schema: str, tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(schema=schema), region(), table())
    expected = f"made for another version: this is {schema}, what can be read here is dyncheck-snapshot/1"
    assert collect(path) == ([], [(1, expected)])


def test_fields_and_records_of_a_newer_tool_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(mood="good"), region(mood="good"), table(mood="good"), {"record": "new"})
    names, problems = collect(path)
    assert names == ["orders"]
    assert problems == [(4, "records of the kind 'new' are not known here: passed over")]


def test_without_the_record_of_the_region_what_it_would_tell_is_unknown(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(tables="one"), table())
    (found,) = [item for item in SnapshotSource(tmp_path, path.name).collect() if isinstance(item, Table)]
    assert found.autoscaling.read == Unknown(frozenset({"s.jsonl line 2 cannot be read"}))
    assert found.contributor_insights == Unknown(frozenset({"s.jsonl line 2 cannot be read"}))


def test_a_table_under_another_region_is_judged_without_its_neighbours(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(), table(region="us-east-1"))
    names, problems = collect(path)
    assert names == ["orders"]
    assert [line for line, message in problems if "does not belong" in message] == [3]


def test_a_table_that_stands_twice_is_judged_once(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(), table(), table())
    names, problems = collect(path)
    assert names == ["orders"]
    assert [(line, message.rpartition(" stands ")[2]) for line, message in problems] == [(4, "in the file twice")]


def test_two_files_put_together_are_told_apart(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(), table(), header(), region(), table())
    assert [line for line, message in collect(path)[1] if "second header" in message] == [4]


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", region(), table())
    assert not is_snapshot(path)
    assert collect(path) == ([], [(1, "the file does not start with the header of a snapshot")])


@pytest.mark.parametrize(
    "spoilt", [{"tool": 5}, {"regions": "1"}, {"time": None}], ids=lambda spoilt: next(iter(spoilt))
)
def test_a_spoilt_header_is_a_problem_and_the_records_are_judged(spoilt: dict[str, Any], tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(**spoilt), region(), table("a"))
    names, problems = collect(path)
    assert (names, [line for line, _ in problems]) == (["a"], [1])
    assert f"field {next(iter(spoilt))}" in problems[0][1]


@pytest.mark.parametrize("written", [{"sort_keys": True}, {"separators": (", ", ": ")}], ids=["sorted", "spaced"])
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gz"])
def test_a_snapshot_that_another_tool_wrote_anew_is_one(
    written: dict[str, Any], compressed: bool, tmp_path: Path
) -> None:
    text = "\n".join(json.dumps(record, **written) for record in (header(), region(), table("a"))) + "\n"
    path = tmp_path / "s.jsonl"
    path.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
    assert (is_snapshot(path), starts_as_snapshot(path.read_bytes()), collect(path)) == (True, True, (["a"], []))


@pytest.mark.parametrize(
    ("blank", "said"),
    [(b" ", "MB; nothing after this was read"), (b"\n", "blank lines; nothing after them was read")],
    ids=["long lines", "many lines"],
)
def test_a_small_file_that_claims_to_hold_very_much_is_not_read_to_its_end(
    blank: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dyncheck.parsers.live.lines.MAX_LINE", 100_000)
    lines = [json.dumps(record).encode() for record in (header(), region(2), table("a"), table("b"))]
    path = tmp_path / "s.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join([*lines[:3], *[blank * 50_000] * 2_000, lines[3]])))
    names, problems = collect(path)
    assert names == ["a"]
    assert any(message.endswith(said) for _, message in problems)


def test_a_file_of_nothing_but_damage_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dyncheck.parsers.live.source.MAX_BROKEN", 10)
    path = write(tmp_path / "s.jsonl", header(), region(2), table("a"), *[b"x"] * 1000, table("b"))
    names, problems = collect(path)
    assert (names, len(problems)) == (["a"], 12)
    assert problems[10] == (14, "10 records cannot be used; nothing after them was read")


def test_an_empty_description_does_not_stop_the_others(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(2), table("a", calls=[]), table("b"))
    names, problems = collect(path)
    assert (names, problems) == (["a", "b"], [])


def test_a_failed_call_that_answers_for_several_tables_is_one_problem(tmp_path: Path) -> None:
    calls = (
        call("kms:DescribeKey", error="AccessDeniedException", KeyId="arn:aws:kms:eu-west-1:111122223333:key/one"),
        call("cloudwatch:GetMetricData", error="Throttling", StartTime="2026-11-01T00:00:00Z"),
        call("dynamodb:DescribeTimeToLive", error="AccessDeniedException", TableName="x"),
    )
    path = write(tmp_path / "s.jsonl", header(), region(2), table("a", *calls), table("b", *calls))
    denied = "dynamodb:DescribeTimeToLive failed: AccessDeniedException"
    assert sorted(collect(path)[1]) == [
        (3, "account 111122223333, Region eu-west-1: cloudwatch:GetMetricData failed: Throttling"),
        (3, f"arn:aws:dynamodb:eu-west-1:111122223333:table/a: {denied}"),
        (3, "arn:aws:kms:eu-west-1:111122223333:key/one: kms:DescribeKey failed: AccessDeniedException"),
        (4, f"arn:aws:dynamodb:eu-west-1:111122223333:table/b: {denied}"),
    ]


def test_a_target_whose_table_is_not_there_does_not_fit(tmp_path: Path) -> None:
    target = {"ResourceId": "table/gone", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
    scaling = call("application-autoscaling:DescribeScalableTargets", {"ScalableTargets": [target]})
    path = write(tmp_path / "s.jsonl", header(), region(1, scaling), table())
    (found,) = [item for item in SnapshotSource(tmp_path, path.name).collect() if isinstance(item, ScalableTarget)]
    assert (found.fits, found.problem) == (False, "no table named gone")


@pytest.mark.parametrize("changes", [{"complete": False}, {"tables": 2}])
def test_where_tables_are_missing_no_target_is_said_to_lack_its_table(changes: dict[str, Any], tmp_path: Path) -> None:
    target = {"ResourceId": "table/gone", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}
    scaling = call("application-autoscaling:DescribeScalableTargets", {"ScalableTargets": [target]})
    path = write(tmp_path / "s.jsonl", header(), region(1, scaling, **changes), table())
    assert [item for item in SnapshotSource(tmp_path, path.name).collect() if isinstance(item, ScalableTarget)] == []


def test_a_huge_file_is_read_a_record_at_a_time(tmp_path: Path) -> None:
    number = 3000
    path = write(tmp_path / "s.jsonl", header(), region(number), *(table(f"table-{n}") for n in range(number)))
    tracemalloc.start()
    count = sum(isinstance(item, Table) for item in SnapshotSource(tmp_path, path.name).collect())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == number
    assert peak < path.stat().st_size / 2


def test_a_record_beyond_all_measure_ends_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dyncheck.parsers.live.lines.MAX_LINE", 4000)
    path = write(tmp_path / "s.jsonl", header(), region(2), table("a"), table("b", name="x" * 5000))
    names, problems = collect(path)
    assert names == ["a"]
    assert any("longer than" in message for _, message in problems)


def test_deep_nesting_is_a_problem(tmp_path: Path) -> None:
    deep = b'{"record":"table","calls":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    path = write(tmp_path / "s.jsonl", header(), region(1), deep, table())
    names, problems = collect(path)
    assert names == ["orders"]
    assert [line for line, _ in problems] == [3]


def test_a_response_that_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", header(), region(2), table("a"), table("b"))
    path.write_bytes(path.read_bytes().replace(b'"TableName":"b"', b'"TableName":"\x80"'))
    names, problems = collect(path)
    assert names == ["a"]
    assert sorted(line for line, _ in problems) == [2, 4]


WHOLE = [header(), region(2), table("a"), table("b")]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_change_of_a_file_breaks_the_reader(data: st.DataObject, tmp_path: Path) -> None:
    content = b"".join(json.dumps(record).encode() + b"\n" for record in WHOLE)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 200)))
    path = tmp_path / "s.jsonl"
    path.write_bytes(content[:start] + data.draw(st.binary(max_size=40)) + content[end:])
    names, problems = collect(path)
    assert len(names) == 2 or problems
