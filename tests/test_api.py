"""The public names of the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dyncheck
from dyncheck.model import Table
from dyncheck.policy.rule import Outcome
from dyncheck.report import Finding, Report, ScannedResource, WholeResource
from dyncheck.settings import Output, Settings


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


@pytest.mark.parametrize("number", [0, 1])
def test_the_programs_of_the_guide_run(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "guide.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert len(programs) == 2
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text('resource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DYNCHECK_NO_CACHE", "1")
    exec(compile(programs[number], "guide.md", "exec"), {})
    assert ("DDB-BAK-001 fail aws_dynamodb_table.t ()", "<!doctype html>")[number] in capsys.readouterr().out


def test_models_are_kept_for_the_reports_that_show_them_and_for_no_other(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_dynamodb_table" "t" {\n  name = "t"\n  read_capacity = 5\n  write_capacity = 5\n}\n'
    )

    def scanned(*outputs: Output) -> ScannedResource:
        settings = Settings(paths=(str(tmp_path),), outputs=outputs, cost=True, region="eu-west-1", cache=False)
        (resource,) = dyncheck.scan(settings, environment={}).resources
        return resource

    whole, plain = scanned(Output("text"), Output("html", "x.html")), scanned(Output("text"))
    assert isinstance(whole, WholeResource)
    assert isinstance(whole.model, Table)
    assert whole.model.name == "t"
    assert [part.what for part in whole.cost_parts] == ["write capacity", "read capacity"]
    assert type(plain) is ScannedResource


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(dyncheck.__file__).parent / "py.typed").exists()
