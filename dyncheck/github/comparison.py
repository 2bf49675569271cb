"""The findings of a pull request beside those of its base branch, and the comment that says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

import msgspec

from dyncheck.errors import ConfigError
from dyncheck.location import Location, Span
from dyncheck.parsers.files import read_bytes
from dyncheck.policy.rule import Severity
from dyncheck.report import Finding, Money, Report
from dyncheck.reports.markdown_format import code, escape, finding_line, fit, money
from dyncheck.reports.summary import by_severity, failures, summarize, summary_line
from dyncheck.reports.wording import count

MAX_BYTES: Final = 60_000
"""Of a comment: GitHub refuses those above 65,536 characters."""
MAX_BASE_BYTES: Final = 200_000_000
"""Of the report of the base branch: more than 100,000 findings."""


class _Place(msgspec.Struct, frozen=True):
    path: str
    line: int


class _Earlier(msgspec.Struct, frozen=True):
    """What the comparison needs of a finding in a JSON report."""

    rule: str
    name: str
    severity: Severity
    category: str
    outcome: Literal["fail", "unknown", "error"]
    address: str
    stack: str
    message: str
    fingerprint: str
    location: _Place | None
    suppression: dict[str, object] | None

    def as_finding(self) -> Finding:
        """The finding as far as it is known."""
        place = self.location
        return Finding(
            rule=self.rule,
            name=self.name,
            severity=self.severity,
            category=self.category,
            outcome=self.outcome,
            address=self.address,
            stack=self.stack,
            message=self.message,
            fingerprint=self.fingerprint,
            location=Location(Span(place.path, place.line)) if place else None,
        )


class _Sums(msgspec.Struct, frozen=True):
    monthly_cost_usd: Money | None = None


class Base(msgspec.Struct, frozen=True):
    """A JSON report of the base branch, as far as it is compared."""

    schema: Literal["dyncheck-report/1"]
    summary: _Sums
    findings: tuple[_Earlier, ...]


class Comparison(msgspec.Struct, frozen=True):
    """Findings that failed, worst first: ``new`` since the base, ``fixed`` since then, ``remaining`` in both.

    ``hidden``: those of the base that are suppressed, or that nobody can judge, now.
    """

    new: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    hidden: tuple[Finding, ...]
    remaining: tuple[Finding, ...]


def read_base(path: str) -> Base:
    """The report of the base branch in a file. Raises ConfigError when it cannot be used."""
    try:
        return msgspec.json.decode(read_bytes(path, MAX_BASE_BYTES), type=Base)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ConfigError(f"is no JSON report of dyncheck: {error}", path=path) from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path=path) from error


def compare(base: Base, report: Report) -> Comparison:
    """What changed between two reports, by fingerprint, so that moved lines and files change nothing."""
    earlier = {item.fingerprint: item for item in base.findings if item.outcome == "fail" and item.suppression is None}
    now = by_severity(failures(report))
    failed = {finding.fingerprint for finding in now}
    present = {finding.fingerprint for finding in report.findings}
    gone = {key: item.as_finding() for key, item in earlier.items() if key not in failed}
    return Comparison(
        new=tuple(item for item in now if item.fingerprint not in earlier),
        fixed=tuple(by_severity(item for key, item in gone.items() if key not in present)),
        hidden=tuple(by_severity(item for key, item in gone.items() if key in present)),
        remaining=tuple(item for item in now if item.fingerprint in earlier),
    )


def marker(category: str) -> str:
    """The first line of the comment about a category, which the next run finds it by."""
    return (
        f"<!-- dyncheck:{''.join(letter if letter.isalnum() or letter in '-_./' else '_' for letter in category)} -->"
    )


def comment(report: Report, base: Base | None, category: str) -> str:
    """The comment on a pull request, as Markdown that is short enough."""
    return f"{marker(category)}\n" + fit(_blocks(report, base), MAX_BYTES)


def cost_line(report: Report, base: Base | None = None) -> str | None:
    """What the tables cost a month, and what that is more or less than on the base branch; None when nobody knows."""
    now = report.monthly_cost_usd
    if now is None:
        return None
    text = f"Estimated cost: {money(now)} a month"
    before = base.summary.monthly_cost_usd if base else None
    if before is None:
        return f"{text}."
    # What has no price on either side may have changed by any sum.
    of_part = " in what could be priced" if now.partial or before.partial else ""
    low, high = now.low - before.low, now.high - before.high
    if not (round(low, 2) or round(high, 2)):
        return f"{text}, as before{of_part}."
    change = _signed(low) if round(low, 2) == round(high, 2) else f"{_signed(low)} to {_signed(high)}"
    return f"{text} ({change}{of_part} against the base branch)."


def _blocks(report: Report, base: Base | None) -> Iterator[tuple[str, int]]:
    yield f"### dyncheck\n\n{summary_line(report)}\n", 0
    cost = cost_line(report, base)
    if cost:
        yield f"{cost}\n", 0
    if base is None:
        yield from _list("Findings", by_severity(failures(report)), opened=True)
        return
    compared = compare(base, report)
    yield from _list("New", compared.new, opened=True)
    # What is not there may be in a file that broke.
    unread = summarize(report).problems
    yield from _list("Fixed, or in what could not be read" if unread else "Fixed", compared.fixed)
    yield from _list("Not fixed, but suppressed or unknown now", compared.hidden)
    yield from _list("Remaining", compared.remaining)
    if not (compared.new or compared.remaining):
        yield "No findings are left.\n", 0


def _list(heading: str, findings: Sequence[Finding], *, opened: bool = False) -> Iterator[tuple[str, int]]:
    if not findings:
        return
    shown = f"<summary>{heading}: {count(len(findings), 'finding')}</summary>"
    for part in _parts(findings, 20):
        lines = "\n".join(
            f"* <b>{item.severity}</b> {code(item.rule)} {escape(item.name)}\n  {finding_line(item)}" for item in part
        )
        yield f"<details{' open' if opened else ''}>\n{shown}\n\n{lines}\n\n</details>\n", len(part)


def _parts(findings: Sequence[Finding], size: int) -> Iterable[Sequence[Finding]]:
    return (findings[start : start + size] for start in range(0, len(findings), size))


def _signed(number: float) -> str:
    sum_of = money(Money(abs(number), abs(number)))
    return f"+{sum_of}" if number >= 0 else f"−{sum_of}"
