"""Examples of rules as resources: what the real parsers make of them, and the suppressions that stand in them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from dyncheck.engine import judge
from dyncheck.errors import ParseError
from dyncheck.findings import findings_of, scanned
from dyncheck.model import Problem, Resource, WrittenSuppression
from dyncheck.parsers.base import Collected
from dyncheck.policy.loader import load_rules
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.selection import Selection, select
from dyncheck.sources import collect_text
from dyncheck.suppress.apply import Suppressor, by_resource
from dyncheck.suppress.terms import Terms
from dyncheck.suppress.texts import needles, read_suppressions

TODAY: Final = datetime.date(2026, 1, 1)
"""The day on which the suppressions in examples are looked at."""


def read_example(files: Mapping[str, str], region: str | None = None) -> tuple[Resource, ...]:
    """The resources of an example's files by name, the one to be judged first. Raises ParseError."""
    resources = []
    for item in collect_example(files, region):
        if not isinstance(item, Problem):
            resources.append(item)
        elif item.level == "error":
            raise ParseError(item.message, path=item.path, line=item.line, column=item.column)
    return tuple(resources)


def collect_example(files: Mapping[str, str], region: str | None = None) -> tuple[Collected, ...]:
    """What stands in an example's files. All shipped rules are asked before a suppression is said to hide nothing."""
    (name, text), *others = files.items()
    items = collect_text(text, name, dict(others), region)
    if not any(needle.decode() in text for needle in needles(())):
        return items
    resources = [item for item in items if not isinstance(item, Problem)]
    return (*items, *_suppressions(text, name, resources))


def _suppressions(text: str, name: str, resources: Sequence[Resource]) -> list[WrittenSuppression]:
    ruleset, selection = _everything()
    found = read_suppressions(text, name, frozenset())
    suppressor = Suppressor(ruleset, Terms(TODAY), placed=found.placed)
    known = by_resource(map(scanned, resources))
    for resource in resources:
        for finding in findings_of(resource, judge(resource, selection), selection):
            suppressor.mark(finding, known[resource.stack, resource.address])
    return suppressor.written(lambda rule, path: rule in selection.by_id, lambda item: False)


@cache
def _everything() -> tuple[RuleSet, Selection]:
    ruleset = load_rules()
    return ruleset, select(ruleset, packs=("strict",))
