"""The counts that every format shows, and the summary line."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

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
    failed = failures(report)
    return Summary(
        tables=sum(resource.kind == "table" for resource in report.resources),
        findings={severity: sum(finding.severity == severity for finding in failed) for severity in SEVERITIES},
        unknown=len(undecided(report)),
        suppressed=sum(finding.suppression is not None for finding in report.findings),
        problems=sum(problem.level == "error" for problem in report.problems),
        errors=len(broken(report)),
    )


def failures(report: Report) -> tuple[Finding, ...]:
    """Findings that failed and are not suppressed."""
    return _live(report, "fail")


def undecided(report: Report) -> tuple[Finding, ...]:
    """Findings that are unknown and not suppressed."""
    return _live(report, "unknown")


def broken(report: Report) -> tuple[Finding, ...]:
    """Rules that broke on a resource."""
    return tuple(finding for finding in report.findings if finding.outcome == "error")


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


def _live(report: Report, outcome: str) -> tuple[Finding, ...]:
    return tuple(item for item in report.findings if item.outcome == outcome and item.suppression is None)
