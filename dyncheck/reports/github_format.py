"""GitHub annotations: workflow commands that a runner reads from a step's output.

A step shows ten annotations of each level, so only the ten worst findings become annotations; how many there are is
said in a line of its own. Data and properties are escaped as the runner's toolkit does
(https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts), columns are given only where a finding
stays on one line, and nothing that a file says can begin a line.
"""

from __future__ import annotations

from typing import Final

from dyncheck.policy.rule import Severity
from dyncheck.report import Finding, Report
from dyncheck.reports import Options
from dyncheck.reports.summary import broken, by_severity, failures, summary_line
from dyncheck.reports.wording import shorten, visible

MAX_ANNOTATIONS: Final = 10
MAX_MESSAGE: Final = 4_000
"""Characters of a message; the runner cuts at 4,096."""

_LEVEL: Final[dict[Severity, str]] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "notice",
    "info": "notice",
}


def render(report: Report, options: Options) -> str:
    """The ten worst findings as workflow commands, then the summary line."""
    worst = [*broken(report), *by_severity(failures(report))]
    # A finding of a module that several stacks call is one annotation.
    every = list(dict.fromkeys(map(_annotation, worst)))
    lines = every[:MAX_ANNOTATIONS]
    if len(every) > MAX_ANNOTATIONS:
        lines.append(f"dyncheck: the {MAX_ANNOTATIONS} worst of {len(worst):,} findings are annotated")
    lines.append(f"dyncheck: {summary_line(report)}")
    return "\n".join(lines) + "\n"


def command(name: str, message: str, properties: dict[str, str | int] | None = None) -> str:
    """A workflow command on one line."""
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in (properties or {}).items())
    return f"::{name}{' ' if listed else ''}{listed}::{_data(shorten(visible(message), MAX_MESSAGE))}"


def _annotation(finding: Finding) -> str:
    if finding.outcome == "error":
        text = f"{finding.rule} broke on {finding.address}: {'; '.join(finding.because)}"
        return command("error", text, {"title": "dyncheck could not judge this"})
    return command(_LEVEL[finding.severity], finding.message, _properties(finding))


def _properties(finding: Finding) -> dict[str, str | int]:
    title = f"{finding.rule} {finding.name}"
    if finding.location is None:
        return {"title": f"{title} ({finding.address})"}
    span = finding.location.span
    place: dict[str, str | int] = {"file": span.path, "line": span.line, "endLine": max(span.line, span.end_line)}
    if span.line == span.end_line:
        place |= {"col": span.column, "endColumn": max(span.end_column, span.column)}
    return {**place, "title": title}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
