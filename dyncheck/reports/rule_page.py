"""A rule's page: what it looks at, why, how to repair it, and examples. Markdown that reads well in a terminal too."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from dyncheck.policy.rule import Example, Rule

_LEAD = re.compile(r" *(?:[*-]|\d+\.) +")
_EXPECTATION = re.compile(r"[ \t]*# expect(?:-unknown)?:[^\n]*")


def rule_page(rule: Rule, packs: Sequence[str] = ()) -> str:
    """The page of a rule, ending in a newline. ``packs``: the packs that run it."""
    return "\n\n".join(part for part in _parts(rule, packs) if part) + "\n"


def fitted(page: str, width: int) -> str:
    """A page with its prose wrapped to so many columns. Code, tables and headings stay as they are."""
    lines: list[str] = []
    prose: list[str] = []
    fenced = False
    for line in [*page.splitlines(), ""]:
        fence = line.lstrip().startswith("```")
        raw = fenced or fence or not line.strip() or line.startswith(("#", "|"))
        if raw or _LEAD.match(line):
            lines += _wrapped(prose, width)
            prose = []
        if raw:
            lines.append(line)
            fenced ^= fence
        else:
            prose.append(line)
    return "\n".join(lines)


def _wrapped(prose: Sequence[str], width: int) -> list[str]:
    """The lines of a paragraph or an item of a list, wrapped anew."""
    if not prose:
        return []
    found = _LEAD.match(prose[0])
    lead = found.group() if found else ""
    text = " ".join([prose[0].removeprefix(lead), *prose[1:]])
    return textwrap.wrap(
        " ".join(text.split()),
        max(width, 20),
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def rule_data(rule: Rule, packs: Sequence[str] = ()) -> dict[str, Any]:
    """The same as plain data, for ``-f json``."""
    return {
        "id": rule.id,
        "name": rule.name,
        "title": rule.title,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "category": rule.category,
        "status": rule.status,
        "since": rule.since,
        "kind": rule.kind,
        "packs": list(packs),
        "aliases": list(rule.aliases),
        "tags": list(rule.tags),
        "exempt": list(rule.exempt),
        "params": {
            name: {"default": param.default, "description": param.description} for name, param in rule.params.items()
        },
        "description": rule.description.strip(),
        "rationale": rule.rationale.strip(),
        "remediation": rule.remediation.strip(),
        "cost_note": rule.cost_note.strip() if rule.cost_note else None,
        "references": list(rule.references),
        "controls": {framework: list(ids) for framework, ids in rule.controls.items()},
    }


def _parts(rule: Rule, packs: Sequence[str]) -> Iterator[str]:
    yield f"# {rule.id} {rule.name}"
    yield rule.title
    yield "\n".join(_item(f"{label}: {value}") for label, value in _facts(rule, packs) if value)
    yield rule.description.strip()
    yield _section("Why", rule.rationale)
    yield _section("How to fix it", rule.remediation)
    yield _section("Cost", rule.cost_note)
    yield _section("Parameters", "\n".join(_parameters(rule)))
    for heading, examples in (
        ("Fails", rule.examples.fail),
        ("Passes", rule.examples.passing),
        ("Unknown", rule.examples.unknown),
    ):
        yield _section(heading, "\n\n".join(_example(example) for example in examples))
    yield _section(
        "Controls", "\n".join(_item(f"{name}: {', '.join(ids)}") for name, ids in sorted(rule.controls.items()))
    )
    yield _section("References", "\n".join(f"* {link}" for link in rule.references))


def _facts(rule: Rule, packs: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield "severity", rule.severity
    yield "category", rule.category
    yield "packs", ", ".join(packs)
    yield "tags", ", ".join(rule.tags)
    yield "not applied to", ", ".join(f"{profile} tables" for profile in rule.exempt)
    yield "known elsewhere as", ", ".join(rule.aliases)
    yield "since", f"{rule.since} ({rule.status})"


def _parameters(rule: Rule) -> Iterator[str]:
    for name, param in sorted(rule.params.items()):
        yield _item(f"`{name}` = {_code(param.default)}: {param.description}")


def _code(value: Any) -> str:
    """A value as code: what a pattern holds would be taken for links and emphasis."""
    text = repr(value)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _item(text: str) -> str:
    lines = textwrap.wrap(text, 96, break_long_words=False, break_on_hyphens=False)
    return "\n".join(["* " + lines[0], *("  " + line for line in lines[1:])])


def _section(heading: str, text: str | None) -> str:
    return f"## {heading}\n\n{text.strip()}" if text else ""


def _example(example: Example) -> str:
    blocks = [
        f"```{language}\n{_without_expectations(text)}```"
        for language, text in (
            ("hcl", example.terraform),
            ("yaml", example.cloudformation),
            ("json", example.plan),
            ("json", example.snapshot),
        )
        if text
    ]
    given = ", ".join(f"`{name}` = {_code(value)}" for name, value in sorted(example.params.items()))
    return "\n\n".join([f"{example.title}{f' ({given})' if given else ''}:", *blocks])


def _without_expectations(text: str) -> str:
    """An example without the comments that say what its test expects."""
    lines = [line for line in text.strip("\n").split("\n") if not _EXPECTATION.fullmatch(line)]
    return "".join(f"{_EXPECTATION.sub('', line)}\n" for line in lines)
