from __future__ import annotations

import xml.etree.ElementTree as ET

import msgspec
import pytest

from dyncheck.report import Report
from dyncheck.reports import Options, render
from dyncheck.reports.junit_format import MAX_PASSES
from tests.reports import awkward

# What Jenkins' junit-10.xsd allows: elements with their attributes, and the children of each.
ATTRIBUTES = {
    "testsuites": {"name"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"name", "classname", "file", "line"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped"},
}


def suites(report: Report) -> ET.Element:
    return ET.fromstring(render("junit", report, Options()))


@pytest.mark.parametrize(
    "report", [awkward.report(), awkward.empty(), awkward.live()], ids=["awkward", "empty", "live"]
)
def test_elements_and_attributes_are_those_that_readers_know(report: Report) -> None:
    for node in suites(report).iter():
        assert set(node.attrib) <= ATTRIBUTES[node.tag]
        assert {child.tag for child in node} <= CHILDREN.get(node.tag, set())
        assert node.tag != "testcase" or len(node) <= 1


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
    assert [case.attrib["name"] for case in cases] == [f"{rule} {one.address}" for rule in sorted(awkward.RULES)]
    assert not [case for case in cases if len(case)]


def test_passing_cases_are_left_out_when_there_are_very_many() -> None:
    one = awkward.report().resources[1]
    many = tuple(
        msgspec.structs.replace(one, address=f"t{number}") for number in range(MAX_PASSES // len(awkward.RULES) + 1)
    )
    assert len(suites(msgspec.structs.replace(awkward.report(), resources=many)).findall(".//testcase")) == 11
