"""The JSON report: ``dyncheck-report/1``, described by ``dyncheck/schemas/report.schema.json``.

It is a public contract: fields are added, never renamed or removed, within a version. Nothing in it depends on the
time, the machine, or the order of reading.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from dyncheck.location import Location
from dyncheck.model import Problem
from dyncheck.report import Finding, Money, Report, ScannedResource
from dyncheck.reports import Options, compliance
from dyncheck.reports.summary import summarize
from dyncheck.reports.wording import encodable

SCHEMA: Final = "dyncheck-report/1"


def render(report: Report, options: Options) -> str:
    """The report as indented JSON. ``options`` change nothing: a machine gets everything."""
    return msgspec.json.format(msgspec.json.encode(sound_document(report)), indent=2).decode() + "\n"


def sound_document(report: Report) -> dict[str, Any]:
    """The report as plain data that every encoder takes: :func:`document` without lone surrogates."""
    return {key: _sound(value) for key, value in document(report).items()}


def document(report: Report) -> dict[str, Any]:
    """The report as plain data, in the order of its schema."""
    summary = summarize(report)
    view = {"compliance": compliance.data(report, report.framework)} if report.framework is not None else {}
    return {
        "schema": SCHEMA,
        "tool": {"name": "dyncheck", "version": report.version},
        "summary": {
            "tables": summary.tables,
            "findings": dict(summary.findings),
            "unknown": summary.unknown,
            "suppressed": summary.suppressed,
            "problems": summary.problems,
            "errors": summary.errors,
            "files": report.files,
            "monthly_cost_usd": _money(report.monthly_cost_usd),
        },
        "tables": [_resource(item) for item in report.resources if item.kind == "table"],
        "resources": [{"kind": item.kind, **_resource(item)} for item in report.resources if item.kind != "table"],
        "findings": [_finding(item) for item in report.findings],
        "problems": [_problem(item) for item in report.problems],
        "exempted": list(report.exempted),
        "rules": [rule.id for rule in report.rules],
        **view,
    }


def _resource(resource: ScannedResource) -> dict[str, Any]:
    return {
        "address": resource.address,
        "stack": resource.stack,
        "name": resource.name,
        "source": resource.source,
        "region": resource.region,
        "account": resource.account,
        "location": _location(resource.location),
        "monthly_cost_usd": _money(resource.monthly_cost_usd),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    related = finding.location.related if finding.location else ()
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "category": finding.category,
        "outcome": finding.outcome,
        "address": finding.address,
        "stack": finding.stack,
        "element": finding.element,
        "message": finding.message,
        "because": list(finding.because),
        "location": _location(finding.location),
        "related": [{**msgspec.structs.asdict(place.span), "message": place.message} for place in related],
        "fingerprint": finding.fingerprint,
        "suppression": msgspec.structs.asdict(finding.suppression) if finding.suppression else None,
        "monthly_cost_usd": _money(finding.monthly_cost_usd),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return msgspec.structs.asdict(problem)


def _location(location: Location | None) -> dict[str, Any] | None:
    return msgspec.structs.asdict(location.span) if location else None


def _money(money: Money | None) -> dict[str, Any] | None:
    return msgspec.structs.asdict(money) if money else None


def _sound(value: Any) -> Any:
    """The same data without lone surrogates."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(key): _sound(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_sound(item) for item in value]
    return value
