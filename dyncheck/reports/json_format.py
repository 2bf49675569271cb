"""The JSON report: ``dyncheck-report/1``, described by ``dyncheck/schemas/report.schema.json``.

It is a public contract: fields are added, never renamed or removed, within a version. Nothing in it depends on the
time, the machine, or the order of reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from dyncheck.location import Location
from dyncheck.model import Problem
from dyncheck.report import Finding, Money, Report, ScannedResource
from dyncheck.reports import Options, compliance
from dyncheck.reports.summary import summarize
from dyncheck.reports.wording import encodable

SCHEMA: Final = "dyncheck-report/1"


def pieces(report: Report, options: Options) -> Iterator[str]:
    """The report as indented JSON. ``options`` change nothing: a machine gets everything."""
    separator = "{"
    for name, value in document(report).items():
        yield f"{separator}\n  {_indented(name)}: "
        separator = ","
        if isinstance(value, Iterator):
            yield from _array(value)
        else:
            yield _indented(sound(value), "  ")
    yield "\n}\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain data, in the order of its schema; what may be long comes as iterators of items."""
    summary = summarize(report)
    view = {"compliance": compliance.data(report, report.framework)} if report.framework is not None else {}
    others = (item for item in report.resources if item.kind != "table")
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
        "tables": (_resource(item) for item in report.resources if item.kind == "table"),
        "resources": ({"kind": item.kind, **_resource(item)} for item in others),
        "findings": map(_finding, report.findings),
        "problems": map(_problem, report.problems),
        "exempted": list(report.exempted),
        "rules": [rule.id for rule in report.rules],
        **view,
    }


def sound(value: Any) -> Any:
    """The same data without lone surrogates, which no encoder takes."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(key): sound(item) for key, item in value.items()}
    if isinstance(value, list):
        return [sound(item) for item in value]
    return value


def _array(items: Iterator[dict[str, Any]]) -> Iterator[str]:
    separator = "["
    for item in items:
        yield f"{separator}\n    {_indented(sound(item), '    ')}"
        separator = ","
    yield "[]" if separator == "[" else "\n  ]"


def _indented(value: Any, margin: str = "") -> str:
    """Data as indented JSON, with a margin before all lines but the first. No string in JSON holds a line's end."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return text.replace("\n", f"\n{margin}")


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
