"""The pages of all rules and their index, as ``docs/rules`` holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from dyncheck.policy.rule import Rule
from dyncheck.reports.rule_page import rule_page

INDEX: Final = "README.md"

_HEADINGS: Final = {"keys": "Keys and indexes", "ttl": "Time to live"}
"""Headings of categories whose name does not read well by itself."""

_INTRODUCTION: Final = """\
# Rules

One page for each rule: what it looks at, why, how to fix what it finds, and examples that are tested.
`dyncheck explain RULE` shows the same page in the terminal. The pages are made from the rule files under `rules/`.
"""


def rule_pages(rules: Iterable[Rule], packs: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Every page by its file name, the index among them. ``packs``: the packs that run a rule, by its id."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    pages = {f"{rule.id}.md": rule_page(rule, packs.get(rule.id, ())) for rule in ordered}
    return {INDEX: _index(ordered, packs), **pages}


def _index(rules: Sequence[Rule], packs: Mapping[str, Sequence[str]]) -> str:
    by_category = groupby(sorted(rules, key=lambda rule: (rule.category, rule.id)), key=lambda rule: rule.category)
    return "\n".join([_INTRODUCTION, *(_table(category, list(members), packs) for category, members in by_category)])


def _table(category: str, rules: Sequence[Rule], packs: Mapping[str, Sequence[str]]) -> str:
    rows = [
        f"| [{rule.id}]({rule.id}.md) | {rule.title} | {rule.severity} | {', '.join(packs.get(rule.id, ()))} |"
        for rule in rules
    ]
    head = ["| rule | what it finds | severity | packs |", "|---|---|---|---|"]
    return "\n".join([f"## {_HEADINGS.get(category, category.capitalize())}", "", *head, *rows, ""])
