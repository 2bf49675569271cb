"""The total of a scan as text, JSON, Markdown or CSV, and one estimate explained line by line. Pure."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

import msgspec

from dyncheck.cost.advice import Advice
from dyncheck.cost.book import PriceBook
from dyncheck.cost.estimate import CostLine, Estimate, PerMillion, total_of
from dyncheck.cost.total import Total, key_line
from dyncheck.cost.units import Range
from dyncheck.cost.wording import bounded, exactly, line_money, money, plain, reckoning
from dyncheck.reports.wording import MARKS_LEGEND, visible

SCHEMA: Final = "dyncheck-cost/1"


_ESCAPES: Final = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "\\`*_[]|#"},
        **{sign: f"&#{ord(sign)};" for sign in "&<>@~"},
    }
)
"""What Markdown would take for more than text."""


def as_text(total: Total, book: PriceBook, width: int = 100) -> str:
    """A table of resources with their monthly cost, and the sum."""
    rows = [(_title(estimate), _place(estimate), _amount(estimate)) for estimate in total.estimates]
    rows += [
        (visible(line.what), line.region, money(line.amount, line.price.certainty))
        for line in (*total.shared, *total.free_tier)
    ]
    rows.append(("total", "", _sum(total)))
    money_width = max(len(row[2]) for row in rows)
    place_width = max(len(row[1]) for row in rows)
    name_width = min(max(len(row[0]) for row in rows), max(20, width - money_width - place_width - 4))
    lines = [
        f"{_cut(name, name_width):<{name_width}}  {place:<{place_width}}  {cost:>{money_width}}"
        for name, place, cost in rows
    ]
    lines.insert(-1, "-" * (name_width + place_width + money_width + 4))
    for estimate in total.estimates:
        lines += [f"{visible(estimate.address)}: {note}" for note in _notes(estimate)]
    lines += [f"not read: {visible(problem.path)}: {visible(problem.message)}" for problem in total.unread]
    for address, advice in _advice(total):
        lines.append(f"advice for {visible(address)}: {visible(_said(advice))}")
    lines.append(f"US dollars a month of 730 hours, {_dated(book, total.day)}. {MARKS_LEGEND}")
    return "\n".join(lines) + "\n"


def explained(estimate: Estimate, book: PriceBook, day: datetime.date | None = None) -> str:
    """Every line of an estimate: quantity, unit, price, amount with all digits, and where the price is from."""
    out = [f"{_title(estimate)}  {_place(estimate)}"]
    if estimate.scenario:
        out.append(f"  under the dearest alternative: {visible(estimate.scenario)}")
    for line in estimate.lines:
        out.append(f"  {visible(reckoning(line, all_digits=True))}")
    exact = exactly(total_of(estimate.lines), estimate.certainty)
    rounded = "" if exact == money(estimate.amount, estimate.certainty) else f"{exact}, "
    out.append(f"  sum: {rounded}{_amount(estimate)}")
    keys = [key for use in estimate.kms_keys if (key := key_line(use, book, day)) is not None]
    out += [f"  beside the sum, once for all that use it: {visible(reckoning(key, all_digits=True))}" for key in keys]
    out += [f"  {note}" for note in _notes(estimate)]
    sources = sorted({line.price.source for line in (*estimate.lines, *keys)})
    out += [f"  price source {source}: {book.content.sources.get(source, 'given by the user')}" for source in sources]
    out.append(f"  a month of 730 hours, {_dated(book, day)}")
    return "\n".join(out) + "\n"


def as_json(total: Total, book: PriceBook) -> str:
    """The public contract ``dyncheck-cost/1``; amounts are exact JSON numbers, nothing is rounded on the way."""
    document = {
        "schema": SCHEMA,
        "prices": {
            "date": book.date.isoformat(),
            "as_of": (total.day or book.date).isoformat(),
            "currency": "USD",
        },
        "total": _range(total.amount),
        "certainty": total.certainty,
        "unpriced": total.unpriced,
        "partial": total.partial,
        "tables": [_table(estimate, total) for estimate in total.estimates],
        "shared": [_line(line) for line in total.shared],
        "free_tier": [_line(line) for line in total.free_tier],
        "problems": [
            {"path": problem.path, "line": problem.line, "column": problem.column, "message": problem.message}
            for problem in total.unread
        ],
    }
    encoder = msgspec.json.Encoder(decimal_format="number")
    return msgspec.json.format(encoder.encode(document), indent=2).decode() + "\n"


def as_markdown(total: Total, book: PriceBook) -> str:
    """A table for a pull request or a wiki."""
    out = ["| resource | Region | US$ a month |", "| --- | --- | ---: |"]
    for estimate in total.estimates:
        out.append(f"| {_md(_title(estimate))} | {_md(_place(estimate))} | {_md(_amount(estimate))} |")
    for line in (*total.shared, *total.free_tier):
        out.append(f"| {_md(line.what)} | {line.region} | {_md(line_money(line))} |")
    out.append(f"| **total** | | **{_md(_sum(total))}** |")
    out += ["", *(f"- {_md(e.address)}: {_md(note)}" for e in total.estimates for note in _notes(e))]
    out += [f"- not read: {_md(problem.path)}: {_md(problem.message)}" for problem in total.unread]
    out += [f"- advice for {_md(address)}: {_md(_said(advice))}" for address, advice in _advice(total)]
    out.append(f"\nA month of 730 hours, {_dated(book, total.day)}. {MARKS_LEGEND}")
    return "\n".join(out) + "\n"


def as_csv(total: Total, book: PriceBook) -> str:
    """One row a line of every estimate; cells that a spreadsheet would run are defused."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "stack",
            "address",
            "what",
            "element",
            "region",
            "quantity_low",
            "quantity_high",
            "unit",
            "price_usd",
            "certainty",
            "low_usd",
            "high_usd",
        ]
    )
    for estimate in total.estimates:
        for line in estimate.lines:
            writer.writerow([_cell(cell) for cell in (estimate.stack, estimate.address, *_cells(line))])
    for line in (*total.shared, *total.free_tier):
        writer.writerow([_cell(cell) for cell in ("", "", *_cells(line))])
    return out.getvalue()


FORMATS: Final[Mapping[str, Callable[[Total, PriceBook], str]]] = MappingProxyType(
    {"text": as_text, "json": as_json, "markdown": as_markdown, "csv": as_csv}
)
"""The formats of ``dyncheck cost``."""


def _dated(book: PriceBook, day: datetime.date | None) -> str:
    return f"prices of {book.date}" if day is None else f"prices as of {day} by the book of {book.date}"


def _title(estimate: Estimate) -> str:
    name = f" ({estimate.name})" if estimate.name else ""
    prefix = f"{estimate.stack}: " if estimate.stack not in ("", ".") else ""
    return visible(f"{prefix}{estimate.address}{name}")


def _place(estimate: Estimate) -> str:
    return visible(estimate.region or "?")


def _amount(estimate: Estimate) -> str:
    return bounded(estimate.amount, estimate.certainty, partial=bool(estimate.unpriced))


def _sum(total: Total) -> str:
    return bounded(total.amount, total.certainty, partial=total.partial)


def _notes(estimate: Estimate) -> list[str]:
    notes = [f"not priced: {visible(reason)}" for reason in estimate.unpriced]
    if estimate.per_million is not None and not any("request" in line.unit for line in estimate.lines):
        per = estimate.per_million
        reads, writes = exactly(per.reads, per.certainty), exactly(per.writes, per.certainty)
        notes.append(f"per million reads {reads}, per million writes {writes}")
    return notes + [visible(text) for text in estimate.assumptions]


def _advice(total: Total) -> Iterator[tuple[str, Advice]]:
    for estimate in total.estimates:
        for advice in total.advice.get((estimate.stack, estimate.address), ()):
            yield estimate.address, advice


def _said(advice: Advice) -> str:
    return f"{advice.topic}: {advice.text}" + (f"; risk: {advice.risk}" if advice.risk else "")


def _table(estimate: Estimate, total: Total) -> dict[str, Any]:
    per = estimate.per_million
    return {
        "address": estimate.address,
        "kind": estimate.kind,
        "stack": estimate.stack,
        "name": estimate.name,
        "region": estimate.region,
        "account": estimate.account,
        "monthly_cost_usd": _range(estimate.amount),
        "certainty": estimate.certainty,
        "per_million_usd": _per_million(per),
        "scenario": estimate.scenario,
        "lines": [_line(line) for line in estimate.lines],
        "unpriced": list(estimate.unpriced),
        "assumptions": list(estimate.assumptions),
        "advice": [
            msgspec.structs.asdict(advice) for advice in total.advice.get((estimate.stack, estimate.address), ())
        ],
    }


def _per_million(per: PerMillion | None) -> dict[str, Any] | None:
    if per is None:
        return None
    return {"reads": _range(per.reads), "writes": _range(per.writes), "certainty": per.certainty}


def _line(line: CostLine) -> dict[str, Any]:
    return {
        "what": line.what,
        "element": line.element,
        "region": line.region,
        "item": line.item,
        "quantity": _range(line.quantity),
        "unit": line.unit,
        "price_usd": _number(line.price.amount),
        "certainty": line.price.certainty,
        "source": line.price.source,
        "amount_usd": _range(line.amount),
    }


def _range(amount: Range) -> dict[str, Decimal]:
    return {"low": _number(amount[0]), "high": _number(amount[1])}


def _cells(line: CostLine) -> tuple[str, ...]:
    return (
        line.what,
        line.element or "",
        line.region,
        *(plain(value) for value in line.quantity),
        line.unit,
        plain(line.price.amount),
        line.price.certainty,
        *(plain(value) for value in line.amount),
    )


def _cell(text: str) -> str:
    text = visible(text)
    dangerous = text.startswith(("=", "+", "@", "\t", "\r")) or (text.startswith("-") and not text[1:2].isdigit())
    return f"'{text}" if dangerous else text


def _number(value: Decimal) -> Decimal:
    """The same amount without an exponent or needless zeros."""
    return Decimal(plain(value))


def _md(text: str) -> str:
    return visible(text).translate(_ESCAPES)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
