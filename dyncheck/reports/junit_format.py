"""JUnit XML: one suite per file, one test case per finding, and one for every rule that said nothing of a resource.

There is no standard. What is written is what Jenkins' schema (junit-10.xsd) allows and what GitLab, Azure DevOps and
Jenkins read: ``testsuites``, ``testsuite`` with its counts, ``testcase`` with ``classname``, ``name`` and ``file``, and
at most one ``failure``, ``error`` or ``skipped`` in each.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from typing import Final

from dyncheck.location import Location
from dyncheck.model import Problem
from dyncheck.report import Finding, Report, ScannedResource
from dyncheck.reports import Options
from dyncheck.reports.wording import hint, visible

MAX_PASSES: Final = 50_000
"""More passing cases than this are left out altogether: readers of JUnit hold the whole file in memory."""

NO_FILE: Final = "without a file"
_ILLEGAL: Final = re.compile("[\ufffe\uffff]")


def render(report: Report, options: Options) -> str:
    """The report as JUnit XML."""
    suites: dict[str, list[ET.Element]] = defaultdict(list)
    fixes = {rule.id: hint(rule.remediation) for rule in report.rules}
    for finding in report.findings:
        suites[_file(finding.location)].append(_finding_case(finding, fixes.get(finding.rule, "")))
    for resource, rule in _passes(report):
        suites[_file(resource.location)].append(_case(_file(resource.location), f"{rule} {_subject(resource.address)}"))
    for problem in report.problems:
        suites[problem.path].append(_problem_case(problem))
    root = ET.Element("testsuites", name="dyncheck")
    for path in sorted(suites):
        cases = suites[path]
        counts = {name: str(sum(case.find(tag) is not None for case in cases)) for name, tag in _COUNTED}
        suite = ET.SubElement(root, "testsuite", {"name": _text(path), "tests": str(len(cases)), **counts})
        suite.extend(cases)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


_COUNTED: Final = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))


def _passes(report: Report) -> list[tuple[ScannedResource, str]]:
    """Each resource with each rule for its kind that found nothing there: the rule passes, or does not apply."""
    told = {(finding.stack, finding.address, finding.rule) for finding in report.findings}
    rules: dict[str, list[str]] = defaultdict(list)
    for rule in report.rules:
        rules[rule.kind].append(rule.id)
    if sum(len(rules[resource.kind]) for resource in report.resources) > MAX_PASSES:
        return []
    return [
        (resource, rule)
        for resource in report.resources
        for rule in rules[resource.kind]
        if (resource.stack, resource.address, rule) not in told
    ]


def _finding_case(finding: Finding, fix: str) -> ET.Element:
    path = _file(finding.location)
    name = f"{finding.rule} {_subject(finding.address, finding.element)}"
    case = _case(path, name, finding.location.span.line if finding.location else None)
    message = _text(finding.message or finding.name)
    if finding.suppression is not None:
        reason = finding.suppression.reason or "no reason given"
        ET.SubElement(case, "skipped", message=_text(f"suppressed: {reason}"))
    elif finding.outcome == "fail":
        failure = ET.SubElement(case, "failure", message=message, type=finding.severity)
        failure.text = _text(f"{_place(finding.location)}{finding.message}") + (f"\nfix: {_text(fix)}" if fix else "")
    elif finding.outcome == "unknown":
        ET.SubElement(case, "skipped", message=_text(f"unknown because of {', '.join(finding.because)}"))
    else:
        ET.SubElement(case, "error", message=_text("; ".join(finding.because)), type="rule-error")
    return case


def _problem_case(problem: Problem) -> ET.Element:
    case = _case(problem.path, f"readable at {problem.line}:{problem.column}", problem.line)
    if problem.level == "error":
        ET.SubElement(case, "error", message=_text(problem.message), type="unreadable")
    else:
        ET.SubElement(case, "skipped", message=_text(problem.message))
    return case


def _case(path: str, name: str, line: int | None = None) -> ET.Element:
    case = ET.Element("testcase", classname=_text(path), name=_text(name))
    if path != NO_FILE:
        case.set("file", _text(path))
    if line is not None:
        case.set("line", str(line))
    return case


def _subject(address: str, element: str | None = None) -> str:
    return f"{address} [{element}]" if element else address


def _file(location: Location | None) -> str:
    return location.span.path if location else NO_FILE


def _place(location: Location | None) -> str:
    return f"{location.span.path}:{location.span.line}:{location.span.column}: " if location else ""


def _text(text: str) -> str:
    """A text in characters that XML 1.0 allows, the others as escapes."""
    return _ILLEGAL.sub(lambda match: f"\\u{ord(match.group()):04x}", visible(text))
