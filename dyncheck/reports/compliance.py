"""The controls of a framework with their verdicts: as data, as text, and as Markdown."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from dyncheck.compliance.catalogue import Catalogue, catalogue
from dyncheck.compliance.view import VERDICTS, ControlVerdict, Judgement, judgements
from dyncheck.report import Finding, Report
from dyncheck.reports import Options
from dyncheck.reports.wording import count, visible
from dyncheck.settings import Framework

DISCLAIMER: Final = (
    "A verdict says what the configuration of DynamoDB and DAX shows of a control, "
    "never that the control as a whole is met."
)
_COLORS: Final[dict[ControlVerdict, str]] = {
    "fail": "red",
    "unknown": "magenta",
    "pass": "green",
    "not covered": "cyan",
}
_WIDTH: Final = max(map(len, VERDICTS))
_NARROWEST: Final = 40


def data(report: Report, framework: Framework) -> dict[str, Any]:
    """The view as plain data for the JSON report; findings by their fingerprints."""
    known = catalogue(framework)
    judged = judgements(known, report)
    return {
        "framework": known.id,
        "title": known.title,
        "sources": known.sources,
        "summary": dict(_sums(judged)),
        "controls": [
            {
                "id": item.control.id,
                "title": item.control.title,
                "verdict": item.verdict,
                "reason": item.reason,
                "rules": list(item.rules),
                "left_out": list(item.left_out),
                "passed": item.passed,
                "failing": [finding.fingerprint for finding in item.failing],
                "unknown": [finding.fingerprint for finding in item.unknown],
                "sources": list(item.control.sources),
            }
            for item in judged
        ],
    }


def text(report: Report, framework: Framework, options: Options) -> str:
    """The view for people: what fails first, each finding once."""
    known = catalogue(framework)
    judged = judgements(known, report)
    if options.verbosity < 0:
        return _sum_line(known, judged) + "\n"
    lines = [click.style(known.title, bold=True) if options.color else known.title, ""]
    for item in _ordered(judged):
        label = f"{item.verdict:<{_WIDTH}}"
        name = " ".join(filter(None, (item.control.id, item.control.title)))
        line = _wrapped(f"{label}  {name}{_because(item)}", options.width, " " * (_WIDTH + 6))
        lines.append(line.replace(label, click.style(label, fg=_COLORS[item.verdict]), 1) if options.color else line)
    found = _evidence(judged)
    if found:
        lines += ["", *(_wrapped(_line(finding), options.width) for finding in found)]
    return "\n".join([*lines, "", DISCLAIMER, _sum_line(known, judged)]) + "\n"


def markdown(report: Report, framework: Framework) -> Iterator[tuple[str, int]]:
    """The view as blocks of Markdown, each with the findings in it: a table of controls, then what stands behind it."""
    known = catalogue(framework)
    judged = judgements(known, report)
    lines = [f"# {known.title}", "", _sum_line(known, judged), "", "| control | verdict | rules |", "|---|---|---|"]
    for item in _ordered(judged):
        name = " ".join(filter(None, (item.control.id, item.control.title)))
        rules = ", ".join(item.rules)
        reason = f"{item.reason}{f' ({rules})' if rules else ''}" if item.reason is not None else rules
        lines.append(f"| {name} | {item.verdict} | {reason}{_left_out(item)} |")
    yield "\n".join([*lines, "", DISCLAIMER]), 0
    found = _evidence(judged)
    if found:
        from dyncheck.reports.markdown_format import escape

        yield "\n## Findings\n", 0
        yield from ((f"* {escape(_line(finding))}", 1) for finding in found)


def _wrapped(text: str, width: int, indent: str = "    ") -> str:
    return textwrap.fill(
        text,
        max(width, _NARROWEST),
        initial_indent="  ",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _ordered(judged: Sequence[Judgement]) -> list[Judgement]:
    return sorted(judged, key=lambda item: VERDICTS.index(item.verdict))


def _sums(judged: Sequence[Judgement]) -> Iterator[tuple[str, int]]:
    sums = Counter(item.verdict for item in judged)
    yield from ((verdict.replace(" ", "_"), sums[verdict]) for verdict in VERDICTS)


def _sum_line(known: Catalogue, judged: Sequence[Judgement]) -> str:
    sums = ", ".join(f"{number} {verdict.replace('_', ' ')}" for verdict, number in _sums(judged))
    return f"{count(len(judged), 'control')} of {known.id}: {sums}"


def _because(item: Judgement) -> str:
    if item.reason is not None:
        return f" ({item.reason}{_left_out(item)})"
    counted = [(len(item.failing), "failing"), (len(item.unknown), "unknown"), (item.passed, "passing")]
    told = ", ".join(f"{number} {word}" for number, word in counted if number)
    return f" ({', '.join(item.rules)}: {told}{_left_out(item)})"


def _left_out(item: Judgement) -> str:
    return f"; left out: {', '.join(item.left_out)}" if item.left_out else ""


def _evidence(judged: Sequence[Judgement]) -> list[Finding]:
    """The findings behind the controls, each once, failures first."""
    failing = {finding.fingerprint: finding for item in judged for finding in item.failing}
    unknown = {finding.fingerprint: finding for item in judged for finding in item.unknown}
    return [*failing.values(), *unknown.values()]


def _line(finding: Finding) -> str:
    place = finding.location.span if finding.location else None
    where = f"{place.path}:{place.line}: " if place else ""
    aside = " (set aside)" if finding.suppression is not None else ""
    return visible(f"{where}{finding.rule} {finding.outcome}{aside}: {finding.message}")
