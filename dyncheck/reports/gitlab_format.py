"""GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.

A JSON array. GitLab compares two reports by fingerprint and shows only the first of equal ones, so each is unique and
free of lines and values. An entry must name a file: findings about resources that stand in none are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dyncheck.policy.rule import Severity
from dyncheck.report import Finding, Report
from dyncheck.reports import Options
from dyncheck.reports.json_array import json_array
from dyncheck.reports.summary import failures
from dyncheck.reports.wording import count, visible

_SEVERITY: Final[dict[Severity, str]] = {
    "critical": "blocker",
    "high": "critical",
    "medium": "major",
    "low": "minor",
    "info": "info",
}


def pieces(report: Report, options: Options) -> Iterator[str]:
    """The report as a Code Quality array: what failed, and what is unknown when that is asked for."""
    outcomes = ("fail", "unknown") if options.include_unknown else ("fail",)
    shown = (item for item in report.findings if item.suppression is None and item.outcome in outcomes)
    yield from json_array(_entry(finding) for finding in shown if finding.location is not None)


def left_out(report: Report) -> str | None:
    """What the format cannot hold, as a remark; None when it holds everything."""
    missing = sum(finding.location is None for finding in failures(report))
    return f"{count(missing, 'finding')} left out: GitLab shows nothing that has no file" if missing else None


def _entry(finding: Finding) -> dict[str, Any]:
    assert finding.location is not None
    span = finding.location.span
    decided = finding.outcome == "fail"
    message = finding.message if decided else f"unknown because of {', '.join(finding.because)}: {finding.message}"
    return {
        "description": visible(message),
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITY[finding.severity] if decided else "info",
        "location": {
            "path": visible(span.path.removeprefix("./")),
            "lines": {"begin": span.line, "end": max(span.line, span.end_line)},
        },
    }
