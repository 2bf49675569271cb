"""How much a table is used: read from a usage file, or assumed to be nothing.

A usage file is YAML (or JSON)::

    defaults:
      item_size_bytes: 1024
    tables:
      "aws_dynamodb_table.orders":      # an address, a table name, or a glob over either; the last match wins
        reads_per_month: 10000000
        writes_per_second: {average: 2, p99: 40, maximum: 90}
        storage_gb: 12.5

Every figure is an exact decimal. A misspelt, negative, missing or non-finite entry is refused with its line.
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from dyncheck.cost.nodes import NodeReader, compose, read_text
from dyncheck.naming import is_meant

SECONDS_PER_MONTH: Final = Decimal(730 * 3600)
"""A month is 730 hours, as in AWS's own calculator."""


REQUESTS: Final = frozenset({"reads_per_month", "writes_per_month"})
"""What a usage file must say for its requests, their sizes and their indexes to take the place of observed units."""


class IndexUse(msgspec.Struct, frozen=True):
    """Use of one index.

    ``write_share``: the part of the table's writes that change its entries, None: all of them. ``key_change_share``:
    the part of those that change the entry's key, and so delete one entry and write another.
    """

    reads_per_month: Decimal = Decimal(0)
    write_share: Decimal | None = None
    key_change_share: Decimal = Decimal(0)
    storage_gb: Decimal | None = None
    entry_size_bytes: Decimal | None = None


class Rates(msgspec.Struct, frozen=True):
    """Requests per second over time: the average, percentiles, and the most in any second. None where not stated."""

    average: Decimal
    p50: Decimal | None = None
    p99: Decimal | None = None
    maximum: Decimal | None = None


class Use(msgspec.Struct, frozen=True):
    """Monthly use of one table. Reads and writes are requests for items, not units.

    ``transactional_share``: the part of reads and writes made in transactions (each costs two units for one).
    ``storage_gb``: the table's own data at the start of the month; growth is added evenly over the month.
    ``read_rates`` and ``write_rates``: how reads and writes are spread over time, where that is stated. ``given``: what
    is stated, by name; all else is assumed.
    """

    reads_per_month: Decimal = Decimal(0)
    writes_per_month: Decimal = Decimal(0)
    item_size_bytes: Decimal = Decimal(1024)
    strongly_consistent_share: Decimal = Decimal(0)
    transactional_share: Decimal = Decimal(0)
    storage_gb: Decimal = Decimal(0)
    item_count: Decimal = Decimal(0)
    growth_gb_per_month: Decimal = Decimal(0)
    backup_gb: Decimal = Decimal(0)
    stream_reads_per_month: Decimal = Decimal(0)
    export_gb_per_month: Decimal = Decimal(0)
    import_gb_per_month: Decimal = Decimal(0)
    restore_gb_per_month: Decimal = Decimal(0)
    kms_requests_per_month: Decimal = Decimal(0)
    indexes: dict[str, IndexUse] = {}
    replica_reads_per_month: dict[str, Decimal] = {}
    read_rates: Rates | None = None
    write_rates: Rates | None = None
    given: frozenset[str] = frozenset()

    @property
    def stated(self) -> bool:
        """Whether anything is stated."""
        return bool(self.given)


class UsageFile(msgspec.Struct, frozen=True):
    """What a usage file says: patterns in order, the last that matches wins."""

    patterns: tuple[tuple[str, Use], ...] = ()
    default: Use = Use()

    def for_table(self, address: str, name: str | None) -> Use:
        """The use of a table by its address or name."""
        found = self.default
        for pattern, use in self.patterns:
            if is_meant(pattern, address, name):
                found = use
        return found


_SHARES = frozenset({"strongly_consistent_share", "transactional_share", "write_share", "key_change_share"})
_SIZES = frozenset({"item_size_bytes", "entry_size_bytes"})
MAX_ITEM_BYTES: Final = 400 * 1024
"""The largest item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

_RATES = {"reads_per_second": "reads_per_month", "writes_per_second": "writes_per_month"}
_SPREAD = {"reads_per_second": "read_rates", "writes_per_second": "write_rates"}


def load_usage(path: Path) -> UsageFile:
    """Read a usage file; raises ParseError (``path:line:column``) for anything that is not right."""
    root = compose(read_text(path, "usage file"), str(path))
    if root is None:
        return UsageFile()
    return _Reader(str(path)).file(root)


class _Reader(NodeReader):
    """Turns YAML nodes into usage, with the place of every mistake."""

    def file(self, root: Any) -> UsageFile:
        sections = self.mapping(root, ("defaults", "tables"))
        default = self.use(sections["defaults"], Use()) if "defaults" in sections else Use()
        patterns = []
        if "tables" in sections:
            for key, node in self.pairs(sections["tables"]):
                patterns.append((key, self.use(node, default)))
        return UsageFile(tuple(patterns), default)

    def use(self, node: Any, base: Use) -> Use:
        known = tuple(name for name in Use.__struct_fields__ if name not in ("given", "read_rates", "write_rates"))
        values: dict[str, Any] = {}
        for name, child in self.mapping(node, (*known, *_RATES)).items():
            if name == "indexes":
                values[name] = {key: self.index(value) for key, value in self.pairs(child)}
            elif name == "replica_reads_per_month":
                values[name] = {key: self.number(key, value) for key, value in self.pairs(child)}
            elif name in _RATES:
                rates = self.rates(name, child)
                values[_RATES[name]] = rates.average * SECONDS_PER_MONTH
                values[_SPREAD[name]] = rates
            else:
                values[name] = self.number(name, child)
        return msgspec.structs.replace(base, **values, given=base.given | values.keys())

    def rates(self, name: str, node: Any) -> Rates:
        if node.id == "scalar":
            return Rates(self.number(name, node))
        fields = self.mapping(node, Rates.__struct_fields__)
        if "average" not in fields:
            raise self.error(node, f"{name} needs an average")
        values = {key: self.number(f"{name}.{key}", child) for key, child in fields.items()}
        rising = [key for key in ("p50", "p99", "maximum") if key in values]
        for lower, higher in itertools.pairwise(rising):
            if values[lower] > values[higher]:
                raise self.error(fields[higher], f"{name}.{higher} is less than {name}.{lower}")
        if values["average"] > values.get("maximum", values["average"]):
            raise self.error(fields["maximum"], f"{name}.maximum is less than the average")
        return Rates(**values)

    def index(self, node: Any) -> IndexUse:
        fields = self.mapping(node, (*IndexUse.__struct_fields__, "reads_per_second"))
        values = {_RATES.get(name, name): self.number(name, child) for name, child in fields.items()}
        if "reads_per_second" in fields:
            values["reads_per_month"] *= SECONDS_PER_MONTH
        return IndexUse(**values)

    def number(self, name: str, node: Any) -> Decimal:
        number = super().number(name, node)
        if name in _SHARES and number > 1:
            raise self.error(node, f"{name} is a share between 0 and 1, found {node.value[:40]}")
        if name in _SIZES and number > MAX_ITEM_BYTES:
            raise self.error(node, f"{name} is more than an item can have, {MAX_ITEM_BYTES:,} bytes")
        return number

    def mapping(self, node: Any, known: tuple[str, ...]) -> dict[str, Any]:
        found = super().mapping(node, known)
        for rate, monthly in _RATES.items():
            if rate in found and monthly in found:
                raise self.error(node, f"give {rate} or {monthly}, not both")
        return found
