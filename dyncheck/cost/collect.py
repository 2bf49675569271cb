"""Estimates for everything that a scan's inputs declare."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dyncheck.cost.advice import Advice, advise
from dyncheck.cost.costing import Costing
from dyncheck.cost.estimate import Estimate
from dyncheck.cost.unmet import Named, named, unmet
from dyncheck.inputs import require_paths
from dyncheck.model import Problem, Table
from dyncheck.parsers.files import discover, find_root
from dyncheck.settings import Settings
from dyncheck.sources import sources


class Collection(msgspec.Struct, frozen=True):
    """What was estimated, advice by stack and address, and what could not be read on the way.

    ``unmet``: what the usage file speaks of that no table has.
    """

    estimates: tuple[Estimate, ...]
    advice: dict[tuple[str, str], tuple[Advice, ...]]
    problems: tuple[Problem, ...]
    files: int
    unmet: tuple[str, ...] = ()


def collect_estimates(
    settings: Settings, costing: Costing, *, advice: bool = False, environment: Mapping[str, str] | None = None
) -> Collection:
    """Estimate every table and DAX cluster below the paths. Raises ConfigError for paths that do not exist.

    ``advice``: whether to give any. ``environment``: where ``TF_VAR_*`` are looked up; the process's own when None.
    """
    require_paths(settings.paths)
    paths = [Path(path) for path in settings.paths]
    root = find_root(paths)
    files = discover(paths, root)
    problems = list(files.problems)
    estimates: list[Estimate] = []
    names: list[Named] = []
    advised: dict[tuple[str, str], tuple[Advice, ...]] = {}
    for source in sources(settings, root, files, os.environ if environment is None else environment):
        for item in source.collect():
            if isinstance(item, Problem):
                problems.append(item)
                continue
            estimate = costing.estimate(item)
            if estimate is None:
                continue
            estimates.append(estimate)
            if isinstance(item, Table):
                names.append(named(item))
            if advice and isinstance(item, Table):
                advised[item.stack, item.address] = _advice(item, estimate, costing)
    return Collection(
        tuple(estimates), advised, tuple(sorted(set(problems))), files.count, tuple(unmet(costing.usage, names))
    )


def _advice(table: Table, estimate: Estimate, costing: Costing) -> tuple[Advice, ...]:
    priced = costing.priced(table)
    assert isinstance(priced, Table)
    return advise(priced, costing.use_of(table), costing.book, estimate.region, costing.terms.day)
