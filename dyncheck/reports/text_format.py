"""The report for people: findings by file under the source line, then what is undecided, then problems and the sum."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from typing import Final

import click

from dyncheck.location import Location, Span
from dyncheck.packed import in_order
from dyncheck.policy.rule import SEVERITIES, Severity
from dyncheck.report import Finding, Report, Suppression
from dyncheck.reports import Options, compliance
from dyncheck.reports.snippet import lines_of, snippet
from dyncheck.reports.summary import broken, by_severity, failures, summarize, summary_line, undecided
from dyncheck.reports.wording import count, hint, money, visible

MANY: Final = 3
"""How many of a set of equal things are named before the rest is only counted."""

_COLORS: Final[dict[Severity, str]] = {
    "critical": "bright_red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "info": "blue",
}
_KINDS: Final = {"inline": "a comment or metadata", "config": "the configuration", "baseline": "the baseline"}
_SEVERITY_WIDTH: Final = max(map(len, SEVERITIES))
_INDENT: Final = "  "
_NARROWEST: Final = 24
"""Columns that text gets in any case, so that it stays readable on a narrow terminal."""

_OPTIONS: Final = {"var.": "--var or --var-file", "parameter ": "--parameters"}
"""What gives a value to reasons that begin so."""

_COMMAND: Final = re.compile(r"^\s*:(?=:)|#(?=#\[)", re.MULTILINE)
_NO_BREAK: Final = "\u00a0"


def pieces(report: Report, options: Options) -> Iterator[str]:
    """The report as text: with ``verbosity`` -1 the summary line alone, with -2 (or where nothing is) nothing."""
    if options.verbosity <= -2 or not (report.resources or report.findings or report.problems):
        return
    page = _Page(report, options)
    if report.framework is not None:
        yield from (f"{_plain(line)}\n" for line in chain(page.errors(), page.problems()))
        yield compliance.text(report, report.framework, options)
        yield from (f"{_plain(line)}\n" for line in (page.exempted() if options.verbosity >= 0 else ()))
    elif options.verbosity >= 0:
        suppressed = page.suppressed() if options.verbosity > 0 else ()
        sections = page.files(), page.errors(), page.unknowns(), suppressed, page.problems()
        yield from (f"{_plain(line)}\n" for line in chain(*sections, page.exempted(), page.cost()))
    yield f"{page.summary()}\n"


def _plain(lines: str) -> str:
    """Lines in which the runner of GitHub's workflows, which reads every log, finds no command."""
    return _COMMAND.sub(r"\g<0> ", lines) if ":" in lines or "#" in lines else lines


class _Page:
    """One rendering: the report, how to style it, and the lines of its sources."""

    def __init__(self, report: Report, options: Options) -> None:
        self._report = report
        self._options = options
        self._lines = {path: lines_of(text) for path, text in report.sources.items()}
        self._rules = {rule.id: rule for rule in report.rules}
        self._hidden = frozenset(_lines_with_secrets(report))

    def files(self) -> Iterator[str]:
        """The lines of one section per file, findings without a file last."""
        for path, group in groupby(failures(self._report), key=lambda item: _path(item.location)):
            places = groupby(group, key=lambda item: item.location.span if item.location else None)
            heading = self._style(visible(path) if path is not None else "without a file", bold=True)
            yield from _section(heading, (self._place(span, list(findings)) for span, findings in places))

    def errors(self) -> Iterator[str]:
        """Rules that broke."""
        lines = (
            f"{_INDENT}{finding.rule} on {visible(finding.address)}: {visible('; '.join(finding.because))}"
            for finding in broken(self._report)
        )
        return _section(
            self._style("rules that broke (please report those that come with dyncheck)", fg="red", bold=True), lines
        )

    def unknowns(self) -> Iterator[str]:
        """What is undecided, by reason."""
        found = in_order(undecided(self._report), Finding, _by_reason)
        groups = groupby(found, key=lambda item: item.because)
        return _section(self._style("unknown, because these are not known here", bold=True), self._undecided(groups))

    def _undecided(self, groups: Iterable[tuple[tuple[str, ...], Iterator[Finding]]]) -> Iterator[str]:
        """Each reason with what it leaves undecided, then the options that give values."""
        starts: set[str] = set()
        for because, group in groups:
            yield from self._unknown(because, group)
            starts |= {start for start in _OPTIONS for reason in because if reason.startswith(start)}
        if starts:
            options = [option for start, option in _OPTIONS.items() if start in starts]
            yield f"{_INDENT}to decide these, give values with {', or '.join(options)}"

    def _unknown(self, because: tuple[str, ...], findings: Iterator[Finding]) -> Iterator[str]:
        yield _INDENT + self._style(visible(", ".join(because)) or "no reason given", fg="magenta")
        if self._options.verbosity > 0:
            yield from (f"{_INDENT * 2}{item.rule} {self._subject(item)}" for item in findings)
            return
        rules: set[str] = set()
        subjects: list[str] = []
        number = 0
        for _, group in groupby(findings, key=_element):
            members = list(group)
            rules.update(item.rule for item in members)
            named = dict.fromkeys(map(self._subject, members))
            number += len(named)
            subjects += islice(named, max(MANY - len(subjects), 0))
        yield f"{_INDENT * 2}{_some(sorted(rules))}: {_some(subjects, number)}"

    def suppressed(self) -> Iterator[str]:
        """What is set aside, with what sets it aside."""
        found = (finding for finding in self._report.findings if finding.suppression is not None)
        lines = (line for finding in found for line in self._set_aside(finding))
        return _section(self._style("suppressed, so these do not count", fg="bright_black", bold=True), lines)

    def _set_aside(self, finding: Finding) -> Iterator[str]:
        outcome = "" if finding.outcome == "fail" else f" ({finding.outcome})"
        yield f"{_INDENT}{finding.rule}{outcome} {self._subject(finding)}"
        yield from self._wrapped(visible(_aside(finding.suppression)), _INDENT * 2)

    def problems(self) -> Iterator[str]:
        """What could not be read."""
        lines = (
            f"{_INDENT}{visible(problem.path)}:{problem.line}:{problem.column}: "
            + (self._style("problem", fg="red") if problem.level == "error" else self._style("note", fg="cyan"))
            + f": {visible(problem.message)}"
            for problem in self._report.problems
        )
        return _section(self._style("could not be read, or not fully", bold=True), lines)

    def exempted(self) -> Iterator[str]:
        """State-lock tables, said once."""
        exempted = [visible(address) for address in self._report.exempted]
        if exempted:
            verb = "is" if len(exempted) == 1 else "are"
            names = ", ".join(exempted) if self._options.verbosity > 0 else _some(exempted)
            yield (
                f"{count(len(exempted), 'Terraform state-lock table')} {verb} exempt from rules about data worth "
                f"keeping ({names}); --pack strict exempts nothing"
            )

    def cost(self) -> Iterator[str]:
        """What everything costs, where that was asked for."""
        if self._report.monthly_cost_usd is not None:
            yield f"estimated cost: {money(self._report.monthly_cost_usd)} a month; dyncheck cost shows its parts"

    def summary(self) -> str:
        """The summary line, coloured by the worst finding."""
        counts = summarize(self._report)
        worst = next((severity for severity in SEVERITIES if counts.findings[severity]), None)
        color = _COLORS[worst] if worst is not None else "green"
        trouble = counts.errors or counts.problems
        return self._style(summary_line(self._report), fg="red" if trouble else color, bold=True)

    def _place(self, span: Span | None, findings: list[Finding]) -> str:
        """The source line, and below it all that is wrong there."""
        lines = list(self._source(span)) if span else []
        key = _finding_itself if self._options.verbosity > 0 else _equal_but_for_resource
        for _, group in groupby(sorted(by_severity(findings), key=_equal_but_for_resource), key=key):
            lines += self._finding(list(group))
        return "\n".join(lines)

    def _source(self, span: Span) -> Iterator[str]:
        label = f"{_INDENT}{span.line}:{span.column}"
        hidden = (span.path, span.line) in self._hidden
        lines = [] if hidden else self._lines.get(span.path, [])
        shown = snippet(lines, span, max(self._options.width - len(label) - 2, 20))
        if shown is None:
            yield self._style(label, fg="bright_black")
            return
        yield f"{self._style(label, fg='bright_black')}  {shown.text}"
        yield " " * (len(label) + 2) + self._style(shown.carets, fg="bright_black")

    def _finding(self, same: list[Finding]) -> Iterator[str]:
        """The first of some findings that are alike, with the addresses of all."""
        first = same[0]
        margin = " " * (len(_INDENT) * 2 + _SEVERITY_WIDTH + 1)
        severity = self._style(f"{first.severity:<{_SEVERITY_WIDTH}}", fg=_COLORS[first.severity], bold=True)
        yield f"{_INDENT * 2}{severity} {self._style(first.rule, bold=True)} {first.name}"
        yield from self._wrapped(visible(first.message), margin)
        subjects = list(dict.fromkeys(_named(item) for item in same))
        if len(subjects) > 1 or visible(first.address) not in visible(first.message):
            yield from self._wrapped(f"on {_some(subjects)}", margin)
        for place in dict.fromkeys(_related(same)):
            yield f"{margin}{place}"
        known = self._rules.get(first.rule)
        if known is not None:
            # The command stays on one line, so that it can be copied.
            command = f"(dyncheck explain {known.id})".replace(" ", _NO_BREAK)
            lines = self._wrapped(f"fix: {visible(hint(known.remediation))} {command}", margin)
            advice = "\n".join(lines).replace(_NO_BREAK, " ")
            yield advice.replace("fix:", self._style("fix:", fg="green"), 1)

    def _wrapped(self, text: str, margin: str) -> list[str]:
        """A text in lines of the terminal's width, each behind a margin."""
        width = max(self._options.width - len(margin), _NARROWEST)
        return [margin + line for line in textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)]

    def _subject(self, finding: Finding) -> str:
        element = f" {finding.element}" if finding.element else ""
        where = finding.location
        place = f" ({where.span.path}:{where.span.line})" if where else ""
        return visible(f"{finding.address}{element}{place}")

    def _style(self, text: str, *, fg: str | None = None, bold: bool | None = None) -> str:
        return click.style(text, fg=fg, bold=bold) if self._options.color else text


def _aside(suppression: Suppression | None) -> str:
    """What sets a finding aside, until when, and why."""
    if suppression is None:
        return ""
    until = f", until {suppression.until}" if suppression.until else ""
    return f"by {suppression.where or _KINDS[suppression.kind]}{until}: {suppression.reason or 'no reason given'}"


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading, the lines, and an empty one; nothing without lines."""
    begun = False
    for line in lines:
        if not begun:
            yield heading
            begun = True
        yield line
    if begun:
        yield ""


def _by_reason(finding: Finding) -> tuple[object, ...]:
    return finding.because, *_element(finding), finding.rule


def _element(finding: Finding) -> tuple[str, ...]:
    return finding.stack, finding.address, finding.element or ""


def _path(location: Location | None) -> str | None:
    return location.span.path if location else None


def _equal_but_for_resource(finding: Finding) -> tuple[object, ...]:
    """What findings share that one block makes many times over, by ``for_each`` or module calls."""
    return SEVERITIES.index(finding.severity), finding.rule


def _lines_with_secrets(report: Report) -> Iterator[tuple[str, int]]:
    """The lines that are not to be shown, because a rule about secrets points to them."""
    about_secrets = {rule.id for rule in report.rules if "secrets" in rule.tags}
    for finding in report.findings:
        if finding.rule in about_secrets and finding.location is not None:
            span = finding.location.span
            yield from ((span.path, line) for line in range(span.line, span.end_line + 1))


def _finding_itself(finding: Finding) -> tuple[object, ...]:
    return *_equal_but_for_resource(finding), finding.fingerprint


def _named(finding: Finding) -> str:
    """The resource, and the index or replica of it that is meant."""
    return visible(f"{finding.address} {finding.element}" if finding.element else finding.address)


def _related(findings: Iterable[Finding]) -> Iterator[str]:
    shown = 0
    for finding in findings:
        for place in finding.location.related if finding.location else ():
            if shown == MANY:
                return
            shown += 1
            yield visible(f"{place.message}: {place.span.path}:{place.span.line}:{place.span.column}")


def _some(names: list[str], number: int | None = None) -> str:
    """The first names, and how many more there are of ``number``, or of those at hand."""
    hidden = (len(names) if number is None else number) - MANY
    return ", ".join(names[:MANY]) + (f" and {hidden:,} more" if hidden > 0 else "")
