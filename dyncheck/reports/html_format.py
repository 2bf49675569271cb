"""HTML: one file that needs nothing else, to be opened from disk, mailed, or kept as an artifact.

The page loads nothing: its policy allows the one style sheet and the one script in it, by their hashes, and no other
source at all. What comes from the scan is JSON in a block that is never executed, in which no ``<`` is left; the
script puts it into the page as text. Rows are made as they are looked at, so that thousands of findings open at once.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Final

from dyncheck.location import Location
from dyncheck.model import Problem
from dyncheck.report import Finding, Money, Report, ScannedResource, WholeResource
from dyncheck.reports import Options
from dyncheck.reports.model_view import model_view
from dyncheck.reports.summary import by_severity, summarize, summary_line
from dyncheck.reports.wording import MARKS_LEGEND, money, visible

_WORDS: Final = {"error": "problem", "note": "note"}
_UNSAFE: Final = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def render(report: Report, options: Options) -> str:
    """The report as an HTML page."""
    style, script = _asset("report.css"), _asset("report.js")
    return Template(_asset("report.html")).substitute(
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        version=html.escape(report.version),
        summary=html.escape(summary_line(report)),
        cards="\n".join(_cards(report)),
        marks=_marks(report),
        problems=_problems(report.problems),
        data=_json(_data(report)),
    )


@cache
def _asset(name: str) -> str:
    return (files("dyncheck.reports") / "assets" / name).read_text("utf-8")


def _hash(text: str) -> str:
    """The source expression that allows an inline element with this text, by Content Security Policy level 2."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _cards(report: Report) -> Iterator[str]:
    counts = summarize(report)
    yield f"<li><strong>{counts.tables:,}</strong>tables</li>"
    for severity, number in counts.findings.items():
        yield f'<li class="{severity}"><strong>{number:,}</strong>{severity}</li>'
    yield f'<li class="unknown"><strong>{counts.unknown:,}</strong>unknown</li>'
    yield f"<li><strong>{counts.suppressed:,}</strong>suppressed</li>"
    yield f"<li><strong>{counts.problems:,}</strong>problems</li>"
    cost = report.monthly_cost_usd
    if cost is not None:
        yield f"<li><strong>{money(cost)}</strong>a month</li>"


def _marks(report: Report) -> str:
    """What is in the sum of everything, and what its marks mean."""
    if report.monthly_cost_usd is None:
        return ""
    said = f"US dollars a month; the sum holds the KMS keys that tables use too. {MARKS_LEGEND}"
    return f'<p class="soft">{html.escape(said)}</p>'


def _problems(problems: tuple[Problem, ...]) -> str:
    if not problems:
        return ""
    items = "\n".join(
        f"<li><code>{_escaped(f'{item.path}:{item.line}:{item.column}')}</code> "
        f'<strong class="{item.level}">{_WORDS[item.level]}</strong>: {_escaped(item.message)}</li>'
        for item in problems
    )
    return (
        '<section aria-labelledby="problems-title">\n<h2 id="problems-title">Could not be read, or not fully</h2>\n'
        f"<ul>\n{items}\n</ul>\n</section>"
    )


def _escaped(text: str) -> str:
    return html.escape(visible(text))


def _json(data: dict[str, Any]) -> str:
    """Data as JSON that can stand in a script element: nothing in it ends the element or begins a comment."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


def _data(report: Report) -> dict[str, Any]:
    found = {finding.rule for finding in report.findings}
    return {
        "rules": [
            {"id": rule.id, "rationale": _lines(rule.rationale), "remediation": _lines(rule.remediation)}
            for rule in report.rules
            if rule.id in found
        ],
        "resources": [_resource(resource) for resource in report.resources],
        "findings": [_finding(finding) for finding in by_severity(report.findings)],
    }


def _resource(resource: ScannedResource) -> dict[str, Any]:
    parts = resource.cost_parts if isinstance(resource, WholeResource) else ()
    model = model_view(resource.model) if isinstance(resource, WholeResource) else {}
    return {
        "kind": resource.kind.replace("_", " "),
        "address": visible(resource.address),
        "stack": visible(resource.stack),
        "name": visible(resource.name) if resource.name is not None else None,
        "source": resource.source,
        "account": visible(resource.account or ""),
        "region": visible(resource.region or ""),
        **_place(resource.location),
        "cost": _money(resource.monthly_cost_usd),
        "parts": [[visible(part.what), money(part.cost), part.cost.high] for part in parts],
        "model": model,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    suppression = finding.suppression
    related = finding.location.related if finding.location else ()
    return {
        "rule": finding.rule,
        "name": visible(finding.name),
        "severity": finding.severity,
        "outcome": finding.outcome,
        "address": visible(finding.address),
        "stack": visible(finding.stack),
        "element": visible(finding.element) if finding.element else None,
        "message": visible(finding.message),
        "because": [visible(reason) for reason in finding.because],
        **_place(finding.location),
        "related": [visible(f"{item.message}: {item.span.path}:{item.span.line}") for item in related],
        "suppression": {
            "kind": suppression.kind,
            "reason": visible(suppression.reason or ""),
            "until": suppression.until,
        }
        if suppression
        else None,
        "cost": _money(finding.monthly_cost_usd),
    }


def _lines(text: str) -> str:
    """A text of several lines."""
    return "\n".join(visible(line) for line in text.strip().splitlines())


def _place(location: Location | None) -> dict[str, Any]:
    return (
        {"path": visible(location.span.path), "line": location.span.line} if location else {"path": None, "line": None}
    )


def _money(value: Money | None) -> str | None:
    return money(value) if value else None
