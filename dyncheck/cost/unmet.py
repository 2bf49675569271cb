"""What a usage file speaks of that no table has: most often a misspelt name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from dyncheck.cost.nodes import suggest
from dyncheck.cost.usage import UsageFile, Use
from dyncheck.model import Table
from dyncheck.naming import is_meant


class Named(msgspec.Struct, frozen=True):
    """What a table is called, and what is in it; None where that is not all known."""

    address: str
    name: str | None
    indexes: frozenset[str] | None
    replicas: frozenset[str] | None


def named(table: Table) -> Named:
    """The names of a table."""
    name = table.name if isinstance(table.name, str) else None
    indexes = _names(table.global_secondary_indexes, "index_name"), _names(table.local_secondary_indexes, "index_name")
    every = None if indexes[0] is None or indexes[1] is None else indexes[0] | indexes[1]
    return Named(table.address, name, every, _names(table.replicas, "region_name"))


def unmet(usage: UsageFile, tables: Sequence[Named]) -> Iterator[str]:
    """A sentence for each entry of a usage file that means nothing among these tables."""
    known = tuple(text for table in tables for text in (table.address, table.name) if text is not None)
    for pattern, use in usage.patterns:
        meant = [table for table in tables if is_meant(pattern, table.address, table.name)]
        if not meant:
            yield f"no table is meant by {pattern!r}{suggest(pattern, known)}"
            continue
        yield from _parts(pattern, use, meant)


def _parts(pattern: str, use: Use, meant: Iterable[Named]) -> Iterator[str]:
    for what, stated, found in (
        ("index", use.indexes, [table.indexes for table in meant]),
        ("replica", use.replica_reads_per_month, [table.replicas for table in meant]),
    ):
        if any(names is None for names in found):
            continue
        known = frozenset[str]().union(*(names for names in found if names is not None))
        for name in sorted(stated.keys() - known):
            yield f"no table that is meant by {pattern!r} has the {what} {name!r}{suggest(name, tuple(sorted(known)))}"


def _names(items: Any, field: str) -> frozenset[str] | None:
    if not isinstance(items, tuple):
        return None
    names = [getattr(item, field, None) for item in items]
    return frozenset(name for name in names if isinstance(name, str)) if all(map(_is_text, names)) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str)
