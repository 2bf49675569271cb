"""The baseline: what it hides, what it must not hide, and what its file looks like."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dyncheck import Report, Settings
from dyncheck.errors import ConfigError
from dyncheck.report import Known
from dyncheck.scanner import examine
from dyncheck.suppress.baseline import Baseline, baseline_of, decode, differences, encode, pruned, updated
from tests.suppress.scanning import RULES, TABLE, TODAY, counting, of_rule, report, suppressed, write


def taken(root: Path, files: dict[str, str], **changes: Any) -> str:
    """A baseline of a project, in a file; ``changes`` of its entries."""
    write(root, files)
    found = examine(Settings(paths=(str(root),), select=RULES, cache=False), environment={}, today=TODAY)
    made = baseline_of(found.marked.findings, "dyncheck test")
    entries = tuple(msgspec.structs.replace(entry, **changes) for entry in made.findings)
    path = root / ".dyncheck-baseline.json"
    path.write_text(encode(msgspec.structs.replace(made, findings=entries)))
    return str(path)


def again(root: Path, files: dict[str, str], path: str, **settings: Any) -> Report:
    for old in root.rglob("*.tf"):
        old.unlink()
    return report(root, files, baseline=path, **settings)


def test_what_was_there_does_not_count(tmp_path: Path) -> None:
    path = taken(tmp_path, {"main.tf": TABLE})
    found = again(tmp_path, {"main.tf": TABLE}, path)
    assert (counting(found), suppressed(found)) == ([], ["DDB-BAK-001", "DDB-BAK-004", "DDB-ENC-001"])
    suppression = found.findings[0].suppression
    assert suppression is not None
    assert (suppression.kind, suppression.where) == ("baseline", ".dyncheck-baseline.json")


def test_a_new_finding_counts(tmp_path: Path) -> None:
    path = taken(tmp_path, {"main.tf": TABLE})
    other = TABLE.replace('"orders"', '"other"')
    found = again(tmp_path, {"main.tf": TABLE + other}, path)
    assert {item.address for item in found.findings if item.suppression is None} == {"aws_dynamodb_table.other"}


def test_moving_a_block_between_files_of_its_module_keeps_it_known(tmp_path: Path) -> None:
    path = taken(tmp_path, {"main.tf": TABLE})
    found = again(tmp_path, {"main.tf": "# nothing\n", "tables.tf": f"# moved\n\n{TABLE}"}, path)
    assert counting(found) == []
    assert found.stale == ()


def test_an_entry_of_one_stack_never_hides_a_finding_of_another(tmp_path: Path) -> None:
    path = taken(tmp_path, {"a/main.tf": TABLE})
    found = again(tmp_path, {"a/main.tf": TABLE, "b/main.tf": TABLE}, path)
    assert {item.stack for item in found.findings if item.suppression is not None} == {"a"}
    assert {item.stack for item in found.findings if item.suppression is None} == {"b"}


def test_of_identical_findings_only_so_many_are_hidden(tmp_path: Path) -> None:
    twice = Known(rule="R", address="a", stack=".", count=2, fingerprint="f" * 32)
    made = Baseline(findings=(twice,))
    assert decode(encode(made).encode(), "b.json") == made
    path = taken(tmp_path, {"main.tf": f"# dyncheck:ignore[DDB-BAC-001]\n{TABLE}"})
    again_twice = f"# dyncheck:ignore[DDB-BAC-001]\n# dyncheck:ignore[DDB-BAC-001]\n{TABLE}"
    found = again(tmp_path, {"main.tf": again_twice}, path)
    assert [item.suppression is not None for item in of_rule(found, "DDB-META-002")] == [True, False]
    assert len({item.fingerprint for item in of_rule(found, "DDB-META-002")}) == 2


def test_what_failed_before_and_is_unknown_now_is_nothing_new_but_the_other_way_round_it_is(tmp_path: Path) -> None:
    def with_recovery(value: str) -> dict[str, str]:
        block = f"  point_in_time_recovery {{\n    enabled = {value}\n  }}\n}}\n"
        return {"main.tf": TABLE.removesuffix("}\n") + block + 'variable "on" {}\n'}

    failing = taken(tmp_path, with_recovery("false"))
    unknown = again(tmp_path, with_recovery("var.on"), failing)
    assert (counting(unknown), unknown.stale) == ([], ())
    before = taken(tmp_path, with_recovery("var.on"))
    assert counting(again(tmp_path, with_recovery("false"), before)) == ["DDB-BAK-001"]


def test_an_expired_entry_hides_nothing(tmp_path: Path) -> None:
    path = taken(tmp_path, {"main.tf": TABLE}, until=TODAY - datetime.timedelta(days=1))
    found = again(tmp_path, {"main.tf": TABLE}, path)
    assert suppressed(found) == []
    assert set(counting(found)) == {"DDB-BAK-001", "DDB-BAK-004", "DDB-ENC-001", "DDB-META-003"}


@pytest.mark.parametrize("indent", [None, 2])
def test_an_expired_entry_whose_finding_is_still_there_is_said_at_its_place(tmp_path: Path, indent: int | None) -> None:
    path = taken(tmp_path, {"main.tf": TABLE}, until=TODAY - datetime.timedelta(days=1), reason="wait for {the} team")
    document = json.loads(Path(path).read_text())
    document["findings"][1]["until"] = TODAY.isoformat()
    text = json.dumps(document, indent=indent)
    Path(path).write_text(text)
    better = TABLE.replace("{\n", "{\n  deletion_protection_enabled = true\n", 1)
    found = again(tmp_path, {"main.tf": better}, path)
    said = of_rule(found, "DDB-META-003")
    assert [(item.address, item.outcome, item.suppression) for item in said] == [
        ("baseline[DDB-BAK-001] of aws_dynamodb_table.orders", "fail", None),
        ("baseline[DDB-ENC-001] of aws_dynamodb_table.orders", "fail", None),
    ]
    assert "expired on 2026-06-14" in said[0].message
    for item in said:
        assert item.location is not None
        span = item.location.span
        assert span.path == ".dyncheck-baseline.json"
        assert text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1] == '"until"'
    assert len({item.fingerprint for item in said}) == len({item.location for item in said}) == 2


def test_an_expired_entry_of_a_baseline_elsewhere_is_said_without_a_place(tmp_path: Path) -> None:
    inside = tmp_path / "repository"
    inside.mkdir()
    path = taken(inside, {"main.tf": TABLE}, until=TODAY - datetime.timedelta(days=1))
    elsewhere = Path(path).rename(tmp_path / "known.json")
    found = again(inside, {"main.tf": TABLE}, str(elsewhere))
    assert [item.location for item in of_rule(found, "DDB-META-003")] == [None] * 3


def test_what_is_suppressed_otherwise_is_not_taken_in(tmp_path: Path) -> None:
    path = taken(tmp_path, {"main.tf": f"# dyncheck:ignore[DDB-BAK-001]\n{TABLE}"})
    rules = [entry.rule for entry in decode(Path(path).read_bytes(), path).findings]
    assert rules == ["DDB-BAK-004", "DDB-ENC-001"]


class TestStaleEntries:
    def gone(self, found: Report) -> list[str]:
        return sorted(entry.rule for entry in found.stale)

    def test_are_those_that_are_no_longer_found(self, tmp_path: Path) -> None:
        path = taken(tmp_path, {"main.tf": TABLE})
        better = TABLE.replace("{\n", "{\n  deletion_protection_enabled = true\n", 1)
        assert self.gone(again(tmp_path, {"main.tf": better}, path)) == ["DDB-BAK-004"]

    def test_are_not_looked_for_where_nothing_was_scanned(self, tmp_path: Path) -> None:
        path = taken(tmp_path, {"a/main.tf": TABLE, "b/main.tf": TABLE})
        clean = {"a/main.tf": "", "b/main.tf": TABLE}
        assert self.gone(again(tmp_path, clean, path, paths=(str(tmp_path / "b"),))) == []

    def test_are_not_looked_for_when_their_rule_did_not_run(self, tmp_path: Path) -> None:
        path = taken(tmp_path, {"main.tf": TABLE})
        better = TABLE.replace("{\n", "{\n  deletion_protection_enabled = true\n", 1)
        assert self.gone(again(tmp_path, {"main.tf": better}, path, select=("DDB-BAK-001",))) == []


KEPT = Known(rule="A", address="t", path="a.tf", stack=".", reason="why", until=TODAY, fingerprint="1" * 32)
NEW = Known(rule="B", address="t", path="a.tf", stack=".", fingerprint="2" * 32)
GONE = Known(rule="C", address="t", path="a.tf", stack=".", count=3, fingerprint="3" * 32)
OTHER = Known(rule="D", address="t", path="b.tf", stack=".", fingerprint="4" * 32)
OLD_FILE = Baseline(created_with="old", findings=(GONE, KEPT, OTHER))
NOW = Baseline(created_with="new", findings=(msgspec.structs.replace(KEPT, reason=None, until=None), NEW))


def in_a(entry: Known) -> bool:
    return entry.path == "a.tf"


def test_an_update_keeps_reasons_and_what_was_not_scanned() -> None:
    assert updated(OLD_FILE, NOW, in_a) == Baseline(created_with="new", findings=(KEPT, NEW, OTHER))
    assert differences(OLD_FILE, updated(OLD_FILE, NOW, in_a)) == (1, 3)


def test_pruning_takes_out_and_never_in() -> None:
    assert pruned(OLD_FILE, NOW, in_a) == Baseline(created_with="old", findings=(KEPT, OTHER))
    fewer = Baseline(findings=(msgspec.structs.replace(GONE, count=1),))
    assert pruned(Baseline(findings=(GONE,)), fewer, in_a).findings == fewer.findings


def test_the_file_is_sorted_with_one_line_for_each_entry() -> None:
    assert encode(Baseline(created_with="dyncheck 1", findings=(KEPT, NEW))) == (
        '{\n"version": 1,\n"created_with": "dyncheck 1",\n"findings": [\n'
        '{"rule":"A","address":"t","path":"a.tf","stack":".","reason":"why","until":"2026-06-15",'
        f'"fingerprint":"{"1" * 32}"}},\n'
        f'{{"rule":"B","address":"t","path":"a.tf","stack":".","fingerprint":"{"2" * 32}"}}\n]\n}}\n'
    )


def test_an_empty_baseline_is_one() -> None:
    assert decode(encode(Baseline(created_with="x")).encode(), "b") == Baseline(created_with="x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "b.json: not a baseline: Input data was truncated"),
        ("[1]", "b.json: not a baseline: Expected `object`, got `array`"),
        ('{"version": 2}', "b.json: /version: not a baseline: Invalid enum value 2"),
        ('{"findings": [{"rule": 1}]}', "b.json: /findings/0/rule: not a baseline: Expected `str`, got `int`"),
        ('{"finding": []}', "b.json: not a baseline: Object contains unknown field `finding`"),
        ("\xff", "b.json: not a baseline: JSON is malformed: invalid character (byte 0)"),
        (encode(Baseline(findings=(NEW, NEW))), "b.json: /findings/1: the same finding stands here twice"),
        (
            encode(Baseline(findings=(msgspec.structs.replace(NEW, count=0),))),
            "b.json: /findings/0/count: count must be 1 or more",
        ),
        ("[" * 100_000, "b.json: not a baseline: "),
    ],
)
def test_a_broken_file_is_an_error_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        decode(text.encode("latin-1"), "b.json")
    assert str(caught.value).startswith(message)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        report(tmp_path, {"main.tf": TABLE}, baseline=str(tmp_path / "gone.json"))
