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
    assert set(dyncheck.__all__) == {"Finding", "Outcome", "Report", "Settings", "Table", "__version__", "scan"}
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
