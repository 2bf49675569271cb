from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
import xmlschema
from junitparser import JUnitXml

from dyncheck.report import Report
from dyncheck.reports import Options, render
from dyncheck.reports.junit_format import MAX_PASSES
from tests.reports import awkward

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")
REPORTS = pytest.mark.parametrize(
    "report", [awkward.report(), awkward.empty(), awkward.live()], ids=["awkward", "empty", "live"]
)


def suites(report: Report) -> ET.Element:
    return ET.fromstring(render("junit", report, Options()))


@REPORTS
def test_a_report_is_valid_by_the_schema_of_jenkins(report: Report) -> None:
    SCHEMA.validate(ET.fromstring(render("junit", report, Options())))


@REPORTS
def test_a_reader_of_junit_finds_in_it_what_was_written(report: Report) -> None:
    read = JUnitXml.fromstring(render("junit", report, Options()).encode())
    results = [result for suite in read for case in suite for result in case.result]
    written = [node for tag in ("failure", "error", "skipped") for node in suites(report).iter(tag)]
    assert sorted((type(item).__name__.lower(), item.message) for item in results) == sorted(
        (node.tag, node.attrib["message"]) for node in written
    )
    cases = [case for suite in suites(report) for case in suite]
    assert [(case.classname, case.name) for suite in read for case in suite] == [
        (case.attrib["classname"], case.attrib["name"]) for case in cases
    ]


def test_no_two_cases_are_taken_for_one() -> None:
    one = next(item for item in awkward.report().findings if item.rule == "DDB-BAK-001" and not item.suppression)
    elsewhere = msgspec.structs.replace(one, stack="other")
    base = msgspec.structs.replace(awkward.report().resources[1], address=one.address)
    again = msgspec.structs.replace(base, stack="other")
    found = suites(
        msgspec.structs.replace(awkward.empty(), findings=(one, elsewhere, elsewhere), resources=(base, again))
    )
    names = [(case.attrib["classname"], case.attrib["name"]) for case in found.iter("testcase")]
    assert len(set(names)) == len(names) == 3 + 2 * (len(awkward.RULES) - 1)
    assert [name for _, name in names[:3]] == [
        f"DDB-BAK-001 {one.address} in in fra",
        f"DDB-BAK-001 {one.address} in other",
        f"DDB-BAK-001 {one.address} in other (2)",
    ]


def test_the_counts_of_a_suite_are_those_of_its_cases() -> None:
    for suite in suites(awkward.report()):
        assert int(suite.attrib["tests"]) == len(suite)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{tag}"))


def test_what_fails_is_a_failure_and_what_is_undecided_or_suppressed_is_skipped() -> None:
    found = suites(awkward.report())
    assert len(found.findall(".//failure")) == 6
    assert {node.attrib["message"] for node in found.findall(".//skipped")} == {
        "suppressed: known | <reason>",
        "unknown because of var.kms_key_arn",
        "module.far (source not available): not looked into",
    }
    assert {node.attrib["type"] for node in found.findall(".//error")} == {"rule-error", "unreadable"}


def test_a_rule_that_found_nothing_on_a_resource_is_a_passing_case() -> None:
    one = awkward.report().resources[1]
    quiet = msgspec.structs.replace(awkward.empty(), resources=(one,))
    cases = suites(quiet).findall("testsuite/testcase")
    assert [case.attrib["name"] for case in cases] == [
        f"{rule} {one.address} in {one.stack}" for rule in sorted(awkward.RULES)
    ]
    assert not [case for case in cases if len(case)]


def test_passing_cases_are_left_out_when_there_are_very_many() -> None:
    one = awkward.report().resources[1]
    many = tuple(
        msgspec.structs.replace(one, address=f"t{number}") for number in range(MAX_PASSES // len(awkward.RULES) + 1)
    )
    assert len(suites(msgspec.structs.replace(awkward.report(), resources=many)).findall(".//testcase")) == 11
