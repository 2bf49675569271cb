"""Markdown for GitHub and GitLab: job summaries, comments, wikis.

Whatever comes from a scanned file stays text: punctuation with a meaning in Markdown or HTML becomes a character
reference, and names stand in ``<code>``, where no mention or reference is looked for. A reader that drops a text above
some size gets the worst findings that fit, and is told how many are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from dyncheck.policy.rule import SEVERITIES, Rule
from dyncheck.report import Finding, Money, Report, ScannedResource
from dyncheck.reports import Options, compliance
from dyncheck.reports.callers import calling_stack
from dyncheck.reports.summary import broken, by_severity, failures, summary_line, undecided
from dyncheck.reports.wording import MARKS_LEGEND, count, hint, shorten, visible
from dyncheck.reports.wording import money as in_words

MAX_BYTES: Final = 900_000
"""What fits into a job summary of GitHub (1 MiB, above which all of it is dropped), with room for other writers."""

MAX_TEXT: Final = 500
"""Characters of one message or name."""

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#+!|~&$:@]|www(?=\.)")
_PART: Final = 8_000
"""Bytes after which a list is continued in a block of its own."""
_ROOM: Final = 200
"""Bytes kept for the sentence about what is missing."""


def render(report: Report, options: Options) -> str:
    """The report as Markdown of at most ``options.max_bytes`` bytes."""
    blocks = _blocks(report) if report.framework is None else compliance.markdown(report, report.framework)
    return fit(blocks, options.max_bytes or MAX_BYTES)


def fit(blocks: Iterable[tuple[str, int]], max_bytes: int) -> str:
    """As many blocks as fit, in order, and a sentence that counts the findings in the blocks that do not.

    A block is text and the number of findings in it; no block is cut, so that no element stays open.
    """
    written = []
    left = max_bytes - _ROOM
    missing = 0
    for text, findings in blocks:
        left -= len(text.encode()) + 1
        if left >= 0:
            written.append(text)
        else:
            left = 0
            missing += findings
    if missing:
        written.append(f"\n_{count(missing, 'finding')} more did not fit here; other formats have them all._")
    return "\n".join(written) + "\n"


def escape(text: str) -> str:
    """A text from outside that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(_reference, shorten(visible(text), MAX_TEXT))


def code(text: str) -> str:
    """A name from outside in a fixed-width font."""
    return f"<code>{escape(text)}</code>"


def money(value: Money | None) -> str:
    """A monthly sum: ``$2.85``, ``$2.85 to $3.00``, or nothing."""
    return "" if value is None else in_words(value).replace("$", "&#36;").replace("~", "&#126;")


def finding_line(finding: Finding) -> str:
    """A finding as an item of a list: what, where, and on which resource."""
    where = finding.location.span if finding.location else None
    place = code(f"{where.path}:{where.line}") if where else code(finding.address)
    stack = calling_stack(finding.stack, finding.location)
    caller = f" in {code(stack)}" if stack else ""
    cost = f" ({money(finding.monthly_cost_usd)} a month)" if finding.monthly_cost_usd else ""
    return f"* {place}{caller}: {escape(finding.message)}{cost}"


def _blocks(report: Report) -> Iterator[tuple[str, int]]:
    yield f"## dyncheck\n\n{summary_line(report)}\n", 0
    if report.monthly_cost_usd is not None:
        yield f"Estimated cost: {money(report.monthly_cost_usd)} a month, with the KMS keys that tables use.\n", 0
        yield f"{MARKS_LEGEND.replace('~', '&#126;')}\n", 0
    failed = by_severity(failures(report))
    if failed:
        yield _table(failed), 0
    rules = {rule.id: rule for rule in report.rules}
    for rule_id, group in groupby(sorted(failed, key=_by_rule), key=lambda item: item.rule):
        yield from _rule(rules.get(rule_id), list(group))
    yield from _list("Rules that broke", [f"{code(item.rule)} on {code(item.address)}" for item in broken(report)])
    costs = [
        f"{code(item.address)}: {money(item.monthly_cost_usd)}"
        for item in sorted(report.resources, key=_by_cost)
        if item.monthly_cost_usd is not None
    ]
    yield from _list("Cost a month", costs)
    unknown = [
        f"{code(item.rule)} on {code(item.address)}: {code(', '.join(item.because) or 'no reason given')}"
        for item in undecided(report)
    ]
    yield from _list("Unknown, because these are not known here", unknown)
    problems = [f"{code(f'{item.path}:{item.line}')}: {escape(item.message)}" for item in report.problems]
    yield from _list("Could not be read, or not fully", problems)


def _table(failed: Sequence[Finding]) -> str:
    rows = ["| severity | findings | rules |", "|---|---:|---|"]
    for severity in SEVERITIES:
        found = [item.rule for item in failed if item.severity == severity]
        if found:
            rows.append(f"| {severity} | {len(found)} | {', '.join(map(code, sorted(set(found))))} |")
    return "\n".join(rows) + "\n"


def _rule(rule: Rule | None, group: list[Finding]) -> Iterator[tuple[str, int]]:
    first = group[0]
    heading = f"<b>{first.severity}</b> {code(first.rule)} {escape(first.name)} ({count(len(group), 'finding')})"
    fix = f"\nFix: {escape(hint(rule.remediation))}\n" if rule else ""
    for part in _parts(map(finding_line, group)):
        lines = "\n".join(part)
        yield f"<details>\n<summary>{heading}</summary>\n\n{lines}\n{fix}\n</details>\n", len(part)


def _list(heading: str, items: list[str]) -> Iterator[tuple[str, int]]:
    for part in _parts(f"* {item}" for item in items):
        lines = "\n".join(part)
        yield f"<details>\n<summary>{heading} ({len(items)})</summary>\n\n{lines}\n\n</details>\n", 0


def _parts(lines: Iterable[str]) -> Iterator[list[str]]:
    """A long list as several, so that a part of it can be shown."""
    part: list[str] = []
    size = 0
    for line in lines:
        part.append(line)
        size += len(line.encode())
        if size > _PART:
            yield part
            part, size = [], 0
    if part:
        yield part


def _by_cost(resource: ScannedResource) -> float:
    """The dearest first."""
    return -resource.monthly_cost_usd.high if resource.monthly_cost_usd else 0


def _by_rule(finding: Finding) -> tuple[int, str]:
    return SEVERITIES.index(finding.severity), finding.rule


def _reference(match: re.Match[str]) -> str:
    text = match.group()
    if text == "www":
        return "ww&#119;"
    # Mentions and references to issues are found after references have been decoded: these need a break.
    return f"&#{ord(text)};" + ("&#8203;" if text in "@#" else "")
