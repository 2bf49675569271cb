"""What holds for every format, and the goldens of those that have no file of tests of their own."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from dyncheck.report import Report
from dyncheck.reports import FORMATS, Options, left_out, pieces, render
from tests.reports import awkward

FIXED = Options(time=1_700_000_000)
GOLDENS = {
    "junit": "junit.xml",
    "gitlab": "gitlab.json",
    "github": "github.txt",
    "markdown": "report.md",
    "csv": "report.csv",
    "jsonl": "report.jsonl",
    "ocsf": "ocsf.json",
    "asff": "asff.json",
}
FOR_PEOPLE = {"text", "markdown", "github", "csv", "junit"}


@pytest.mark.parametrize(("name", "file"), GOLDENS.items())
def test_the_awkward_report(golden: Callable[[str, str], None], name: str, file: str) -> None:
    golden(file, render(name, awkward.report(), FIXED))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "report", [awkward.report(), awkward.empty(), awkward.live()], ids=["awkward", "empty", "live"]
)
def test_a_format_is_a_pure_function_that_ends_its_last_line(name: str, report: Report) -> None:
    text = render(name, report, FIXED)
    assert text == render(name, report, FIXED)
    assert text == "" or text.endswith("\n")


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_character_and_no_lone_surrogate_gets_through(name: str) -> None:
    one = awkward.report().findings[0]
    assert one.location is not None
    evil = "\x00\x1b]0;x\x07\r\n\udcff\ufffe\u202e\u2028"
    span = msgspec.structs.replace(one.location.span, path=f"a{evil}.tf")
    strange = msgspec.structs.replace(
        one, message=evil, address=evil, element=evil, location=msgspec.structs.replace(one.location, span=span)
    )
    resource = msgspec.structs.replace(awkward.report().resources[0], address=evil, name=evil, stack=one.stack)
    report = msgspec.structs.replace(awkward.empty(), findings=(strange,), resources=(resource,))
    text = render(name, report, FIXED)
    text.encode("utf-8")
    assert not [character for character in text if ord(character) < 0x20 and character != "\n"]
    if name in FOR_PEOPLE:
        assert not {"\u202e", "\u2028"} & set(text)


@pytest.mark.parametrize("name", ["asff", "csv", "gitlab", "json", "jsonl", "ocsf"])
def test_formats_for_very_many_findings_are_written_finding_by_finding(name: str) -> None:
    findings = tuple(item for item in awkward.live().findings if item.outcome == "fail")
    placed = msgspec.structs.replace(awkward.report().findings[0], address=awkward.LIVE, stack="", suppression=None)
    few, many = (
        list(pieces(name, msgspec.structs.replace(awkward.live(), findings=(*findings, *[placed] * number)), FIXED))
        for number in (1, 200)
    )
    assert len(many) == len(few) + 199
    assert max(map(len, many)) == max(map(len, few))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_line_that_says_what_it_is_for(name: str) -> None:
    assert 10 < len(FORMATS[name]) < 60


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        render("xml", awkward.empty(), Options())


class TestJsonLines:
    def test_lines_are_a_start_then_findings_and_problems_then_a_summary(self) -> None:
        lines = [json.loads(line) for line in render("jsonl", awkward.report(), Options()).splitlines()]
        report = awkward.report()
        kinds = [line["type"] for line in lines]
        assert kinds == ["start", *["finding"] * len(report.findings), *["problem"] * len(report.problems), "summary"]
        assert lines[0]["schema"] == "dyncheck-report/1"

    def test_a_line_holds_what_the_json_report_holds(self) -> None:
        whole = json.loads(render("json", awkward.report(), Options()))
        lines = [json.loads(line) for line in render("jsonl", awkward.report(), Options()).splitlines()]
        assert [{key: value for key, value in line.items() if key != "type"} for line in lines[1:-1]] == [
            *whole["findings"],
            *whole["problems"],
        ]
        assert {**whole["summary"], "type": "summary"} == lines[-1]


class TestLeftOut:
    @pytest.mark.parametrize("name", sorted(set(FORMATS) - {"asff", "gitlab"}))
    def test_most_formats_hold_everything(self, name: str) -> None:
        assert left_out(name, awkward.report()) is None

    def test_what_a_format_cannot_hold_is_counted(self) -> None:
        assert left_out("gitlab", awkward.report()) == "1 finding left out: GitLab shows nothing that has no file"
        assert left_out("asff", awkward.report()) == "7 findings left out: their account or Region is not known"
        assert left_out("asff", awkward.live()) is None
        assert left_out("gitlab", awkward.empty()) is None
