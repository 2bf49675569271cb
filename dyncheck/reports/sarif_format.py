"""SARIF 2.1.0, as GitHub code scanning reads it.

One run; every rule that ran; results only for what failed, unless more is asked for. What GitHub demands of the file
(https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning):
relative percent-encoded URIs, regions with all four numbers and an exclusive end column, text lengths, at most 20 tags,
``security-severity`` as a string and only where the rule is about security, at most 25,000 results.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

import msgspec
import sarif_om as sarif

from dyncheck.location import Location, Span
from dyncheck.model import Problem
from dyncheck.policy.rule import SEVERITIES, Rule, Severity
from dyncheck.report import Finding, Report, Suppression
from dyncheck.reports import Options
from dyncheck.reports.line_hash import line_hashes
from dyncheck.reports.sarif_json import to_json
from dyncheck.reports.summary import broken
from dyncheck.reports.wording import count, first_sentence, shorten, visible

MAX_RESULTS: Final = 25_000
MAX_TAGS: Final = 20
MAX_NAME: Final = 255
MAX_DESCRIPTION: Final = 1024
MAX_RELATED: Final = 100

SECURITY_CATEGORIES: Final = frozenset({"encryption", "access"})
"""Categories whose rules are security rules; others are when they carry the tag ``security``."""

_LEVEL: Final[dict[Severity, str]] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "info": "note",
}
_PROBLEM_SEVERITY: Final = {"error": "error", "warning": "warning", "note": "recommendation"}
_SECURITY_SEVERITY: Final[dict[Severity, str]] = {
    "critical": "9.5",
    "high": "8.0",
    "medium": "5.5",
    "low": "3.0",
    "info": "1.0",
}


def render(report: Report, options: Options) -> str:
    """The report as SARIF."""
    return to_json(_log(report, options))


def _log(report: Report, options: Options) -> Any:
    rules = sorted(report.rules, key=lambda rule: rule.id)
    indexes = {rule.id: position for position, rule in enumerate(rules)}
    chosen = [finding for finding in report.findings if _is_shown(finding, options)]
    hashes: dict[str, list[str]] = {}
    results = [_result(finding, indexes, report, hashes) for finding in _worst(chosen)]
    run = sarif.Run(
        tool=sarif.Tool(driver=_driver(report, rules)),
        invocations=[_invocation(report, dropped=len(chosen) - len(results))],
        automation_details=sarif.RunAutomationDetails(id=f"{options.category.rstrip('/')}/"),
        column_kind="unicodeCodePoints",
        results=results,
    )
    return sarif.SarifLog(version="2.1.0", runs=[run])


def _is_shown(finding: Finding, options: Options) -> bool:
    if finding.suppression is not None and not options.include_suppressed:
        return False
    return finding.outcome == "fail" or (finding.outcome == "unknown" and options.include_unknown)


def _worst(findings: list[Finding]) -> list[Finding]:
    """As many findings as a run may hold, in their order: without the mildest, of which the last go first."""
    by_badness = sorted(range(len(findings)), key=lambda number: SEVERITIES.index(findings[number].severity))
    return [findings[number] for number in sorted(by_badness[:MAX_RESULTS])]


def _driver(report: Report, rules: Iterable[Rule]) -> Any:
    return sarif.ToolComponent(
        name="dyncheck",
        version=report.version,
        semantic_version=report.version,
        rules=[_rule(rule) for rule in rules],
    )


def _rule(rule: Rule) -> Any:
    level = _LEVEL[rule.severity]
    security = _is_security(rule)
    labels = dict.fromkeys([*(["security"] if security else []), rule.category, *rule.tags])
    properties: dict[str, Any] = {"tags": list(labels)[:MAX_TAGS], "precision": rule.confidence}
    if security:
        properties["security-severity"] = _SECURITY_SEVERITY[rule.severity]
    else:
        properties["problem.severity"] = _PROBLEM_SEVERITY[level]
    links = [reference for reference in rule.references if reference.startswith("https://")]
    return sarif.ReportingDescriptor(
        id=rule.id,
        name=shorten(rule.name, MAX_NAME),
        short_description=sarif.MultiformatMessageString(text=shorten(rule.title, MAX_DESCRIPTION)),
        full_description=sarif.MultiformatMessageString(text=shorten(rule.description.strip(), MAX_DESCRIPTION)),
        help=sarif.MultiformatMessageString(text=_help(rule, heading="{}:"), markdown=_help(rule, heading="**{}**")),
        help_uri=links[0] if links else None,
        default_configuration=sarif.ReportingConfiguration(level=level),
        properties=properties,
    )


def _is_security(rule: Rule) -> bool:
    return rule.category in SECURITY_CATEGORIES or "security" in rule.tags


def _help(rule: Rule, heading: str) -> str:
    """What the rule's page says; nothing in it comes from a result."""
    parts = [
        rule.description.strip(),
        f"{heading.format('Why')} {rule.rationale.strip()}",
        f"{heading.format('Fix')} {rule.remediation.strip()}",
    ]
    if rule.cost_note:
        parts.append(f"{heading.format('Cost')} {rule.cost_note.strip()}")
    if rule.references:
        parts.append("\n".join([heading.format("References"), "", *(f"* {link}" for link in rule.references)]))
    return "\n\n".join(parts)


def _invocation(report: Report, dropped: int) -> Any:
    notifications = [_notification(problem) for problem in report.problems]
    errors = list(broken(report))
    for finding in errors:
        text = f"{finding.rule} broke on {finding.address}: {'; '.join(finding.because)}"
        notifications.append(sarif.Notification(level="error", message=sarif.Message(text=visible(text))))
    if dropped:
        text = f"{count(dropped, 'result')} left out, the mildest: a run holds {MAX_RESULTS:,} results at most."
        notifications.append(sarif.Notification(level="warning", message=sarif.Message(text=text)))
    return sarif.Invocation(execution_successful=not errors, tool_execution_notifications=notifications)


def _notification(problem: Problem) -> Any:
    span = Span(problem.path, problem.line, problem.column, problem.line, problem.column + 1)
    locations = [sarif.Location(physical_location=_physical(span))] if problem.path else None
    message = sarif.Message(text=visible(problem.message))
    return sarif.Notification(level=problem.level, message=message, locations=locations)


def _result(finding: Finding, indexes: dict[str, int], report: Report, hashes: dict[str, list[str]]) -> Any:
    location = finding.location
    failed = finding.outcome == "fail"
    result = sarif.Result(
        rule_id=finding.rule,
        rule_index=indexes.get(finding.rule, -1),
        kind="fail" if failed else "open",
        level=_LEVEL[finding.severity] if failed else "none",
        message=sarif.Message(text=_message(finding)),
        locations=[_location(finding)],
        partial_fingerprints=_fingerprints(finding, report, hashes),
    )
    if location and location.related:
        result.related_locations = list(_related(location))
    if finding.monthly_cost_usd:
        result.properties = {"monthly_cost_usd": msgspec.structs.asdict(finding.monthly_cost_usd)}
    if finding.suppression:
        result.suppressions = [_suppression(finding.suppression)]
    return result


def _message(finding: Finding) -> str:
    """The finding's message, then links to the related places."""
    text = _without_links(visible(finding.message))
    related = finding.location.related[:MAX_RELATED] if finding.location else ()
    links = [f"[{_link_text(place.message)}]({number})" for number, place in enumerate(related, start=1)]
    if not links:
        return text
    return f"{text}{'' if text.endswith(('.', '!', '?')) else '.'} See {', '.join(links)}."


def _without_links(text: str) -> str:
    """Text in which nothing reads as an embedded link."""
    return re.sub(r"\](?=\()", r"\\]", text)


def _link_text(text: str) -> str:
    return re.sub(r"([\\\[\]])", r"\\\1", visible(first_sentence(text)))


def _location(finding: Finding) -> Any:
    logical = sarif.LogicalLocation(fully_qualified_name=visible(finding.address), kind="resource")
    physical = _physical(finding.location.span) if finding.location else None
    return sarif.Location(physical_location=physical, logical_locations=[logical])


def _related(location: Location) -> Iterable[Any]:
    for number, place in enumerate(location.related[:MAX_RELATED], start=1):
        message = sarif.Message(text=visible(place.message))
        yield sarif.Location(id=number, physical_location=_physical(place.span), message=message)


def _physical(span: Span) -> Any:
    end_line = max(span.end_line, span.line)
    end_column = max(span.end_column, span.column + 1) if end_line == span.line else span.end_column
    return sarif.PhysicalLocation(
        artifact_location=sarif.ArtifactLocation(uri=uri(span.path)),
        region=sarif.Region(start_line=span.line, start_column=span.column, end_line=end_line, end_column=end_column),
    )


def uri(path: str) -> str:
    """A path relative to the repository's root as a relative URI."""
    return quote(path.removeprefix("./"), safe="/!$&'()*+,;=@~", errors="surrogateescape")


def _fingerprints(finding: Finding, report: Report, hashes: dict[str, list[str]]) -> dict[str, str]:
    found = {"dyncheck/v1": finding.fingerprint}
    span = finding.location.span if finding.location else None
    if span and span.path in report.sources:
        if span.path not in hashes:
            hashes[span.path] = line_hashes(report.sources[span.path])
        lines = hashes[span.path]
        if span.line <= len(lines):
            found = {"primaryLocationLineHash": lines[span.line - 1], **found}
    return found


def _suppression(suppression: Suppression) -> Any:
    kind = "inSource" if suppression.kind == "inline" else "external"
    return sarif.Suppression(kind=kind, justification=suppression.reason, state="accepted")
