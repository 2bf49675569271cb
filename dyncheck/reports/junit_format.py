"""JUnit XML: one suite per file, one test case per finding, and one for every rule that said nothing of a resource.

There is no standard. What is written is valid by Jenkins' schema (junit-10.xsd of its xUnit plugin, which refuses what
is not) and what GitLab, Azure DevOps and Jenkins read: ``testsuites``, ``testsuite`` with its counts, ``testcase`` with
``classname`` and ``name``, and at most one ``failure``, ``error`` or ``skipped`` in each. Readers take cases of the
same names for one, so names tell apart the stacks that share a module.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from typing import Final

from dyncheck.location import Location
from dyncheck.model import Problem
from dyncheck.report import Finding, Report, ScannedResource
from dyncheck.reports import Options
from dyncheck.reports.callers import calling_stack
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
        path = _file(resource.location)
        name = f"{rule} {_subject(resource.address, calling_stack(resource.stack, resource.location))}"
        suites[path].append(_case(path, name))
    for problem in report.problems:
        suites[problem.path].append(_problem_case(problem))
    root = ET.Element("testsuites", name="dyncheck")
    for path in sorted(suites):
        cases = _told_apart(suites[path])
        counts = {name: str(sum(case.find(tag) is not None for case in cases)) for name, tag in _COUNTED}
        place = {} if path == NO_FILE else {"file": _text(path)}
        suite = ET.SubElement(root, "testsuite", {"name": _text(path), "tests": str(len(cases)), **counts, **place})
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
    subject = _subject(finding.address, calling_stack(finding.stack, finding.location), finding.element)
    case = _case(path, f"{finding.rule} {subject}")
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
    case = _case(problem.path, f"readable at {problem.line}:{problem.column}")
    if problem.level == "error":
        ET.SubElement(case, "error", message=_text(problem.message), type="unreadable")
    else:
        ET.SubElement(case, "skipped", message=_text(problem.message))
    return case


def _case(path: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=_text(path), name=_text(name))


def _told_apart(cases: list[ET.Element]) -> list[ET.Element]:
    """The cases, those whose name came before numbered."""
    seen: Counter[str] = Counter()
    for case in cases:
        name = case.attrib["name"]
        seen[name] += 1
        if seen[name] > 1:
            case.set("name", f"{name} ({seen[name]})")
    return cases


def _subject(address: str, stack: str | None, element: str | None = None) -> str:
    return f"{address}{f' [{element}]' if element else ''}{f' in {stack}' if stack else ''}"


def _file(location: Location | None) -> str:
    return location.span.path if location else NO_FILE


def _place(location: Location | None) -> str:
    return f"{location.span.path}:{location.span.line}:{location.span.column}: " if location else ""


def _text(text: str) -> str:
    """A text in characters that XML 1.0 allows, the others as escapes."""
    return _ILLEGAL.sub(lambda match: f"\\u{ord(match.group()):04x}", visible(text))
