"""CSV: one row per finding, a fixed header, UTF-8; no cell is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from dyncheck.report import Finding, Report
from dyncheck.reports import Options
from dyncheck.reports.wording import visible

COLUMNS: Final = (
    "rule",
    "name",
    "severity",
    "category",
    "outcome",
    "suppressed",
    "address",
    "element",
    "stack",
    "account",
    "region",
    "path",
    "line",
    "column",
    "message",
    "because",
    "monthly_cost_usd_low",
    "monthly_cost_usd_high",
    "monthly_cost_certainty",
    "monthly_cost_partial",
    "fingerprint",
)
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_AFTER_SEMICOLON: Final = re.compile(r"(;[\s\"']*)(?=[=+\-@＝＋－＠])")


def pieces(report: Report, options: Options) -> Iterator[str]:
    """The findings as CSV, suppressed and unknown ones included."""
    places = {(item.stack, item.address): (item.account, item.region) for item in report.resources}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in report.findings:
        writer.writerow(_row(finding, *places.get((finding.stack, finding.address), (None, None))))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def safe(text: str) -> str:
    """A text that a spreadsheet takes for text: what would be a formula is put behind an apostrophe.

    One that separates cells by semicolons, as many languages do, takes what follows a semicolon for a cell.
    """
    text = _AFTER_SEMICOLON.sub(r"\1'", text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(finding: Finding, account: str | None, region: str | None) -> list[str | int | float]:
    span = finding.location.span if finding.location else None
    money = finding.monthly_cost_usd
    texts = (
        finding.rule,
        finding.name,
        finding.severity,
        finding.category,
        finding.outcome,
        finding.suppression.kind if finding.suppression else "",
        finding.address,
        finding.element or "",
        finding.stack,
        account or "",
        region or "",
        span.path if span else "",
    )
    return [
        *(safe(visible(text)) for text in texts),
        span.line if span else "",
        span.column if span else "",
        safe(visible(finding.message)),
        safe(visible("; ".join(finding.because))),
        money.low if money else "",
        money.high if money else "",
        money.certainty if money else "",
        str(money.partial).lower() if money else "",
        finding.fingerprint,
    ]
