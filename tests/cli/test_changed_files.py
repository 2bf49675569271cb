"""``--changed-files`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_scan import BAD, found


@pytest.fixture
def two(project: Path) -> Path:
    """Two stacks, one of which has a configuration of its own."""
    for name in ("one", "two"):
        (project / name).mkdir()
        (project / name / "main.tf").write_text(BAD)
    (project / "dyncheck.yaml").write_text("select: [DDB-BAK-001, DDB-BAK-004]\n")
    (project / "two" / "dyncheck.yaml").write_text("select: [DDB-BAK-001]\n")
    return project


def test_only_what_a_change_touches_is_shown(run: Run, two: Path) -> None:
    done = run("scan", "--changed-files", "one/main.tf", "-f", "json")
    data = json.loads(done.out)
    assert (done.code, {item["location"]["path"] for item in data["findings"]}) == (1, {"one/main.tf"})
    assert (len(data["tables"]), data["summary"]["files"]) == (1, 1)


def test_the_configuration_is_the_same_for_every_part_of_the_files(run: Run, two: Path) -> None:
    whole = json.loads(run("scan", "--changed-files", "one/main.tf", "two/main.tf", "-f", "json").out)["findings"]
    parts = [json.loads(run("scan", "--changed-files", f"{name}/main.tf", "-f", "json").out) for name in ("one", "two")]
    assert [finding for part in parts for finding in part["findings"]] == whole
    assert len(whole) == 4


def test_no_file_means_that_nothing_changed(run: Run, two: Path) -> None:
    done = run("scan", "--changed-files")
    assert (done.code, done.out, done.err) == (0, "", "no DynamoDB tables found in 0 files\n")


def test_a_file_without_tables_prints_nothing_on_standard_output(run: Run, two: Path) -> None:
    (two / "bucket.tf").write_text('resource "aws_s3_bucket" "b" {}\n')
    done = run("scan", "--changed-files", "bucket.tf", "gone.tf")
    assert (done.code, done.out, done.err) == (0, "", "no DynamoDB tables found in 2 files\n")


def test_standard_input_is_no_changed_file(run: Run, two: Path) -> None:
    done = run("scan", "--changed-files", "-", stdin=BAD)
    assert (done.code, done.out) == (2, "")


def test_controls_are_not_asked_of_a_change(run: Run, two: Path) -> None:
    done = run("scan", "--changed-files", "one/main.tf", "--framework", "soc2")
    assert (done.code, "not about a change" in done.err) == (2, True)


def test_every_format_can_show_a_change(run: Run, two: Path) -> None:
    assert found(run("scan", "--changed-files", "one/main.tf", "-f", "json").out)
    assert "DDB-BAK-001" in run("scan", "--changed-files", "one/main.tf", "-f", "github").out
