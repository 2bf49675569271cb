"""Estimates for everything that a scan's inputs declare."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dyncheck.cost.book import PriceBook
from dyncheck.cost.estimate import Estimate
from dyncheck.cost.estimator import Terms, estimate_dax_cluster, estimate_table
from dyncheck.cost.usage import UsageFile
from dyncheck.inputs import require_paths
from dyncheck.model import DaxCluster, Problem, Table
from dyncheck.parsers.files import discover, find_root
from dyncheck.settings import Settings
from dyncheck.sources import sources


class Collection(msgspec.Struct, frozen=True):
    """What was estimated, and what could not be read on the way."""

    estimates: tuple[Estimate, ...]
    problems: tuple[Problem, ...]
    files: int


def collect_estimates(
    settings: Settings,
    book: PriceBook,
    usage: UsageFile,
    terms: Terms,
    *,
    environment: Mapping[str, str] | None = None,
) -> Collection:
    """Estimate every table and DAX cluster below the paths. Raises ConfigError for paths that do not exist."""
    require_paths(settings.paths)
    paths = [Path(path) for path in settings.paths]
    root = find_root(paths)
    files = discover(paths, root)
    problems = list(files.problems)
    estimates: list[Estimate] = []
    for source in sources(settings, root, files, os.environ if environment is None else environment):
        for item in source.collect():
            if isinstance(item, Problem):
                problems.append(item)
            elif isinstance(item, Table):
                name = item.name if isinstance(item.name, str) else None
                estimates.append(estimate_table(item, usage.for_table(item.address, name), book, terms))
            elif isinstance(item, DaxCluster):
                estimates.append(estimate_dax_cluster(item, book, terms))
    return Collection(tuple(estimates), tuple(sorted(set(problems))), files.count)
