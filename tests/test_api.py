"""The public names of the package."""

from __future__ import annotations

from pathlib import Path

import pytest

import dyncheck
from dyncheck.model import Table
from dyncheck.policy.rule import Outcome
from dyncheck.report import Finding, Report
from dyncheck.settings import Settings


def test_the_public_names_are_these_and_each_is_what_it_says() -> None:
    assert set(dyncheck.__all__) == {
        "DyncheckError",
        "Finding",
        "Outcome",
        "Report",
        "Settings",
        "Table",
        "__version__",
        "scan",
    }
    assert (dyncheck.Finding, dyncheck.Outcome, dyncheck.Report) == (Finding, Outcome, Report)
    assert (dyncheck.Settings, dyncheck.Table) == (Settings, Table)
    assert set(dyncheck.__all__) <= set(dir(dyncheck))


def test_scan_stays_a_function_whatever_has_been_imported() -> None:
    import dyncheck.cli.main
    import dyncheck.scanner

    assert callable(dyncheck.scan)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = dyncheck.nothing


def test_a_scan_is_one_call(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n')
    report = dyncheck.scan(dyncheck.Settings(paths=(str(tmp_path),), select=("DDB-BAK-001",), cache=False))
    assert [(finding.rule, finding.outcome) for finding in report.findings] == [("DDB-BAK-001", "fail")]
    assert report.version == dyncheck.__version__


def test_paths_are_enough(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n')
    whole = dyncheck.scan(dyncheck.Settings(paths=(str(tmp_path),)), environment={})
    assert whole.findings
    for what in (str(tmp_path), tmp_path, [tmp_path], (str(tmp_path / "main.tf"),)):
        assert dyncheck.scan(what, environment={}).findings == whole.findings


def test_what_cannot_be_scanned_is_one_family_of_errors(tmp_path: Path) -> None:
    with pytest.raises(dyncheck.DyncheckError, match="there is no file or directory"):
        dyncheck.scan(tmp_path / "gone")


def test_a_configuration_file_has_no_say_in_a_library_call(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n')
    before = dyncheck.scan(tmp_path, environment={})
    (tmp_path / "dyncheck.yaml").write_text("select: [DDB-BAK-001]\n")
    assert dyncheck.scan(tmp_path, environment={}).rules == before.rules


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(dyncheck.__file__).parent / "py.typed").exists()
