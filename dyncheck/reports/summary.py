"""The counts that every format shows, and the summary line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from dyncheck.findings import counts_of
from dyncheck.policy.rule import SEVERITIES, Severity
from dyncheck.report import Finding, Report
from dyncheck.reports.wording import count


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How many of what: ``findings`` by severity, without the suppressed; ``errors`` are rules that broke."""

    tables: int
    findings: dict[Severity, int]
    unknown: int
    suppressed: int
    problems: int
    errors: int

    @property
    def total(self) -> int:
        """All findings that count."""
        return sum(self.findings.values())


def summarize(report: Report) -> Summary:
    """The counts of a report."""
    counts = counts_of(report.findings)
    return Summary(
        tables=sum(resource.kind == "table" for resource in report.resources),
        findings={severity: counts.get(("fail", severity, False), 0) for severity in SEVERITIES},
        unknown=sum(counts.get(("unknown", severity, False), 0) for severity in SEVERITIES),
        suppressed=sum(number for (_, _, suppressed), number in counts.items() if suppressed),
        problems=sum(problem.level == "error" for problem in report.problems),
        errors=sum(number for (outcome, _, _), number in counts.items() if outcome == "error"),
    )


def failures(report: Report) -> Iterator[Finding]:
    """Findings that failed and are not suppressed."""
    return _live(report, "fail")


def undecided(report: Report) -> Iterator[Finding]:
    """Findings that are unknown and not suppressed."""
    return _live(report, "unknown")


def broken(report: Report) -> Iterator[Finding]:
    """Rules that broke on a resource."""
    found = report.findings if summarize(report).errors else ()
    return (finding for finding in found if finding.outcome == "error")


def summary_line(report: Report) -> str:
    """The verdict in one line: ``4 findings (1 high, 3 medium), 2 unknown, 1 suppressed, 0 problems in 12 tables``."""
    counts = summarize(report)
    findings = count(counts.total, "finding")
    severities = ", ".join(f"{number} {severity}" for severity, number in counts.findings.items() if number)
    others = [
        f"{counts.unknown} unknown",
        f"{counts.suppressed} suppressed",
        count(counts.problems, "problem"),
        *([count(counts.errors, "rule error")] if counts.errors else []),
    ]
    detail = f" ({severities})" if severities else ""
    return f"{findings}{detail}, {', '.join(others)} in {count(counts.tables, 'table')}"


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Findings from worst to mildest, otherwise in their order."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _live(report: Report, outcome: str) -> Iterator[Finding]:
    return (item for item in report.findings if item.outcome == outcome and item.suppression is None)
