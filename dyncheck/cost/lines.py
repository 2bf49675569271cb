"""The lines of one table's estimate, Region by Region: throughput, storage, backups, streams and the rest.

Billing rules: every write to a global table is a replicated write unit in each of its Regions, the first included;
index writes are ordinary write units everywhere; a local index uses the table's capacity; point-in-time recovery is
charged by the size of the table and its local indexes, whatever its window. Sources are named in docs/cost.md.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from dyncheck.cost.book import PriceBook
from dyncheck.cost.estimate import CostLine, Gap, PerMillion, missing, weakest
from dyncheck.cost.units import (
    HOURS_PER_MONTH,
    MILLION,
    ZERO,
    Range,
    change_units,
    data_gb,
    entry_read_units,
    entry_write_units,
    exact,
    plus,
    read_units,
    times,
    write_units,
)
from dyncheck.cost.usage import REQUESTS, IndexUse, Use
from dyncheck.model import (
    Certainty,
    GlobalSecondaryIndex,
    LocalSecondaryIndex,
    Replica,
    ReplicaIndex,
    ScalingDimension,
    Table,
    VectorIndex,
)
from dyncheck.values import OpenList, Unknown

NO_INDEX_USE: Final = IndexUse()

SIZES: Final = frozenset({"storage_gb", "item_count", "growth_gb_per_month"})
"""What a usage file says of storage by."""


class TableLines:
    """Collects the lines of a table whose choices are decided; ``region`` is the table's own."""

    def __init__(self, table: Table, use: Use, book: PriceBook, day: datetime.date | None, region: str) -> None:
        self.table = table
        self.use = use
        self.book = book
        self.day = day
        self.region = region
        self.lines: list[CostLine] = []
        self._entries: dict[int, Range] = {}
        self.gaps: set[Gap] = set()
        self.assumptions: list[str] = []
        self.replicas = self._items(table.replicas, "replicas")
        # A live table's replicas are tables of their own in a scan of their Regions.
        self.elsewhere = table.source == "live"
        self.indexes = self._items(table.global_secondary_indexes, "global secondary indexes")
        self.local_indexes = self._items(table.local_secondary_indexes, "local secondary indexes")

    def add_all(self) -> None:
        """Every line of the table, its indexes and its replicas."""
        self._add_region(self.region, None)
        for replica in () if self.elsewhere else self.replicas:
            if isinstance(replica.region_name, str):
                if replica.region_name in self.book.regions():
                    self._add_region(replica.region_name, replica)
                else:
                    self._miss(f"no prices for Region {replica.region_name}")
            else:
                self._miss("a replica's Region", replica.region_name)
        self._add_extras()

    def per_million(self) -> PerMillion | None:
        """What a million reads (eventually consistent unless the usage says otherwise) and writes cost.

        Every index and replica is included; None where a price or a Region is not known, or capacity is provisioned.
        """
        if self.table.billing_mode != "PAY_PER_REQUEST":
            return None
        used: set[Certainty] = set()
        reads = self._priced(exact(read_units(self.use, MILLION)), self.region, self.item("read", self.table), used)
        indexes = replicas = own = ZERO
        for region, holder in self.places():
            in_table = self._priced(exact(write_units(self.use, MILLION)), region, self.item(self.write, holder), used)
            in_indexes: Range | None = ZERO
            for index in (*self.indexes, *self.local_indexes):
                kind = "write" if isinstance(index, GlobalSecondaryIndex) else self.write
                part = self._priced(self._index_write_units(index, MILLION), region, self.item(kind, holder), used)
                in_indexes = None if in_indexes is None or part is None else plus(in_indexes, part)
            if in_table is None or in_indexes is None:
                return None
            if holder is self.table:
                own, indexes = in_table, in_indexes
            else:
                replicas = plus(replicas, plus(in_table, in_indexes))
        if reads is None:
            return None
        return PerMillion(reads, plus(own, plus(indexes, replicas)), indexes, replicas, weakest(used))

    def places(self) -> list[tuple[str | None, Table | Replica]]:
        """The Regions that are charged to this table, with what is set there; None for a Region that is not known."""
        replicas = () if self.elsewhere else self.replicas
        found = [
            (replica.region_name if isinstance(replica.region_name, str) else None, replica) for replica in replicas
        ]
        return [(self.region, self.table), *found]

    @property
    def write(self) -> str:
        """A write to a global table is a replicated write in every Region."""
        return "replicated_write" if self.replicas else "write"

    def _add_region(self, region: str, replica: Replica | None) -> None:
        suffix = f", replica {region}" if replica is not None else ""
        table_class = replica.table_class if replica is not None else self.table.table_class
        infrequent = table_class == "STANDARD_INFREQUENT_ACCESS"
        if not isinstance(table_class, str):
            self._miss(f"table class{suffix}", table_class)
        if self.table.billing_mode == "PROVISIONED":
            self._add_provisioned(region, replica, suffix, infrequent)
        else:
            self._add_on_demand(region, replica, suffix, infrequent)
        self._add_storage(region, replica, suffix, infrequent)

    def _add_provisioned(self, region: str, replica: Replica | None, suffix: str, infrequent: bool) -> None:
        table = self.table
        reads, scaling = table.provisioned_throughput.read_capacity_units, table.autoscaling.read
        if replica is not None:
            override = replica.provisioned_throughput.read_capacity_units
            reads = reads if override is None else override
            scaling = _overriding(replica.autoscaling.read, scaling)
        read_range = self._capacity(reads, scaling, f"read capacity{suffix}")
        write_range = self._capacity(
            table.provisioned_throughput.write_capacity_units, table.autoscaling.write, f"write capacity{suffix}"
        )
        prefix = "ia_" if infrequent else ""
        element = region if replica is not None else None
        self._add(f"read capacity{suffix}", f"{prefix}read_capacity_unit_hour", region, _hours(read_range), element)
        self._add(
            f"write capacity{suffix}", f"{prefix}{self.write}_capacity_unit_hour", region, _hours(write_range), element
        )
        for index in self.indexes:
            name = name_of(index)
            for kind, index_units, index_scaling in _index_capacity(index, replica):
                what = f"{kind} capacity, index {name}{suffix}"
                quantity = _hours(self._capacity(index_units, index_scaling, what))
                self._add(what, f"{prefix}{kind}_capacity_unit_hour", region, quantity, name)

    def _capacity(self, units: Any, scaling: Any, what: str) -> Range:
        least: int | None = None
        if isinstance(scaling, Unknown) or (
            isinstance(scaling, ScalingDimension) and isinstance(scaling.enabled, Unknown)
        ):
            self._miss(f"autoscaling of {what}", scaling if isinstance(scaling, Unknown) else scaling.enabled)
            least = 1
        elif isinstance(scaling, ScalingDimension) and scaling.enabled is True:
            low, high = scaling.min_capacity, scaling.max_capacity
            if isinstance(low, int) and isinstance(high, int):
                return Decimal(low), Decimal(max(low, high))
            self._miss(f"autoscaling limits of {what}", low, high)
            least = low if isinstance(low, int) else 1
        if isinstance(units, int):
            return Decimal(units if least is None else min(least, units)), Decimal(units)
        self._miss(what, units) if isinstance(units, Unknown) else self._miss(f"{what} is not set")
        return exact(least or 0)

    def _add_on_demand(self, region: str, replica: Replica | None, suffix: str, infrequent: bool) -> None:
        use = self.use
        prefix = "ia_" if infrequent else ""
        requests = use.reads_per_month if replica is None else use.replica_reads_per_month.get(region, Decimal(0))
        element = region if replica is not None else None
        reads = exact(read_units(use, requests))
        self._add(f"reads{suffix}", f"{prefix}read_request_unit", region, reads, element)
        writes = exact(write_units(use, use.writes_per_month))
        self._add(f"writes{suffix}", f"{prefix}{self.write}_request_unit", region, writes, element)
        for index in self.indexes:
            name = name_of(index)
            units = self._index_read_units(index) if replica is None else ZERO
            self._add(f"reads, index {name}{suffix}", f"{prefix}read_request_unit", region, units, name)
            units = self._index_write_units(index, use.writes_per_month)
            self._add(f"writes, index {name}{suffix}", f"{prefix}write_request_unit", region, units, name)
        for local in self.local_indexes:
            name = name_of(local)
            units = self._index_read_units(local) if replica is None else ZERO
            self._add(f"reads, local index {name}{suffix}", f"{prefix}read_request_unit", region, units, name)
            units = self._index_write_units(local, use.writes_per_month)
            item = f"{prefix}{self.write}_request_unit"
            self._add(f"writes, local index {name}{suffix}", item, region, units, name)

    def _index_read_units(self, index: GlobalSecondaryIndex | LocalSecondaryIndex) -> Range:
        """Read units of the reads of an index that are stated or were observed."""
        requests = self.use.indexes.get(name_of(index), NO_INDEX_USE).reads_per_month
        strong = Decimal(0) if isinstance(index, GlobalSecondaryIndex) else self.use.strongly_consistent_share
        least, most = self._entry_bytes(index)
        return entry_read_units(least, requests, strong), entry_read_units(most, requests, strong)

    def _index_write_units(self, index: GlobalSecondaryIndex | LocalSecondaryIndex, requests: Decimal) -> Range:
        """Write units that so many writes to the table make in an index."""
        if not requests:
            return ZERO
        per_write = self._entries.get(id(index))
        if per_write is None:
            per_write = self._entries[id(index)] = self._units_per_write(index)
        return times(per_write, requests)

    def _units_per_write(self, index: GlobalSecondaryIndex | LocalSecondaryIndex) -> Range:
        index_use = self.use.indexes.get(name_of(index), NO_INDEX_USE)
        share = Decimal(1) if index_use.write_share is None else index_use.write_share
        least, most = self._entry_bytes(index)
        # A changed key deletes one entry and writes another.
        return times((entry_write_units(least), entry_write_units(most)), share * (1 + index_use.key_change_share))

    def _entry_bytes(self, index: GlobalSecondaryIndex | LocalSecondaryIndex) -> Range:
        """The size of an entry: as stated, that of the item where all is projected, else up to that."""
        stated = self.use.indexes.get(name_of(index), NO_INDEX_USE).entry_size_bytes
        if stated is not None:
            return exact(stated)
        whole = self.use.item_size_bytes
        return exact(whole) if _projects_all(index) else (Decimal(0), whole)

    def _add_storage(self, region: str, replica: Replica | None, suffix: str, infrequent: bool) -> None:
        item = "ia_storage_gb_month" if infrequent else "storage_gb_month"
        element = region if replica is not None else None
        size = exact(data_gb(self.use, replicated=bool(self.replicas)))
        self._add(f"storage{suffix}", item, region, size, element)
        backed_up = size
        for index in (*self.indexes, *self.local_indexes):
            index_size = self._index_gb(index, size)
            self._add(f"storage, index {name_of(index)}{suffix}", item, region, index_size, name_of(index))
            if isinstance(index, LocalSecondaryIndex):
                backed_up = plus(backed_up, index_size)
        recovery = replica.point_in_time_recovery if replica is not None else self.table.point_in_time_recovery
        enabled = recovery if isinstance(recovery, Unknown) else getattr(recovery, "enabled", False)
        if isinstance(enabled, Unknown):
            if size[1]:
                self._miss(f"point-in-time recovery{suffix}", enabled)
        elif enabled:
            self._add(f"point-in-time recovery{suffix}", "pitr_gb_month", region, backed_up, element)

    def _index_gb(self, index: GlobalSecondaryIndex | LocalSecondaryIndex, size: Range) -> Range:
        stated = self.use.indexes.get(name_of(index), NO_INDEX_USE).storage_gb
        if stated is not None:
            return exact(stated)
        # A local index of a live table may hold few of its items; how many is not looked up.
        sparse = self.elsewhere and isinstance(index, LocalSecondaryIndex) and "storage_gb" not in self.use.given
        if _projects_all(index) and not sparse:
            return size
        overhead = data_gb(Use(item_count=self.use.item_count), replicated=bool(self.replicas))
        return Decimal(0) if sparse else min(overhead, size[0]), size[1]

    def _add_extras(self) -> None:
        use, region = self.use, self.region
        self._add("on-demand backups", "backup_gb_month", region, exact(use.backup_gb))
        self._add("stream reads", "stream_read_request_unit", region, exact(use.stream_reads_per_month))
        self._add("exports to S3", "export_gb", region, exact(use.export_gb_per_month))
        self._add("imports from S3", "import_gb", region, exact(use.import_gb_per_month))
        self._add("restores", "restore_gb", region, exact(use.restore_gb_per_month))
        self._add("KMS requests", "kms_request", region, exact(use.kms_requests_per_month))
        for place, holder in self.places():
            suffix = "" if holder is self.table else f", replica {place}"
            for _ in self._items(holder.kinesis_destinations, f"Kinesis destinations{suffix}"):
                units = exact(change_units(use, use.writes_per_month))
                if place is not None:
                    self._add(f"change data capture for Kinesis{suffix}", "change_data_capture_unit", place, units)
        for index in self._items(self.table.vector_indexes, "vector indexes"):
            self._miss(f"vector index {name_of(index)}: vector search is not estimated")
        if self.elsewhere and self.replicas:
            self.assumptions.append("its replicas are counted in the audits of their own Regions")
        self.assumptions += self._not_stated()

    def _not_stated(self) -> Iterator[str]:
        """What counts as none because nobody says how much of it there is."""
        requests = self.table.billing_mode == "PAY_PER_REQUEST"
        captured = any(holder.kinesis_destinations != () for _, holder in self.places())
        counts = {
            "reads": requests and "reads_per_month" not in self.use.given,
            "writes": (requests or captured) and "writes_per_month" not in self.use.given,
            "storage": not self.use.given & SIZES and not self.elsewhere,
        }
        unstated = [what for what, is_missing in counts.items() if is_missing]
        if not unstated or (self.elsewhere and not self.use.given & REQUESTS):
            return
        words = "requests and storage" if len(unstated) == len(counts) else " and ".join(unstated)
        be, count = ("is", "counts") if unstated == ["storage"] else ("are", "count")
        yield (
            f"{words} {be} not stated, and {count} as none"
            if self.use.stated
            else f"no use is stated: {words} {count} as none"
        )

    def _add(self, what: str, item: str, region: str, quantity: Range, element: str | None = None) -> None:
        if not quantity[1]:
            return
        price = self.book.price(region, item, self.day)
        if price is None:
            self._miss(f"{what}: no price in {region}")
            return
        unit = self.book.content.items[item].unit
        self.lines.append(CostLine(what, item, unit, region, quantity, price, element))

    def _miss(self, what: str, *values: Any) -> None:
        """Note that something cannot be priced, because of values that are not known."""
        self.gaps.add(missing(what, *values))

    def _priced(self, quantity: Range, region: str | None, item: str, used: set[Certainty]) -> Range | None:
        """What so much costs, with the certainty of the price added to those that were ``used``."""
        price = None if region is None else self.book.price(region, item, self.day)
        if price is None:
            return None
        used.add(price.certainty)
        return times(quantity, price.amount)

    def item(self, kind: str, holder: Table | Replica) -> str:
        """The item of the price book for requests of a kind, in the class of a table or replica."""
        prefix = "ia_" if holder.table_class == "STANDARD_INFREQUENT_ACCESS" else ""
        return f"{prefix}{kind}_request_unit"

    def _items(self, value: Any, what: str) -> tuple[Any, ...]:
        if isinstance(value, Unknown):
            self._miss(what, value)
            return ()
        if isinstance(value, OpenList):
            self._miss(f"there may be more {what}", value)
            value = value.items
        hidden = [item for item in value if isinstance(item, Unknown)]
        if hidden:
            self._miss(what, *hidden)
        return tuple(item for item in value if not isinstance(item, Unknown))


def _hours(units: Range) -> Range:
    return times(units, HOURS_PER_MONTH)


def _overriding(own: Any, inherited: Any) -> Any:
    """The scaling that holds for a replica: its own where there is any, or where that cannot be told."""
    registered = own.enabled if isinstance(own, ScalingDimension) else own
    return inherited if registered is False else own


def _index_capacity(index: GlobalSecondaryIndex, replica: Replica | None) -> list[tuple[str, Any, Any]]:
    """Kind, fixed units and scaling of an index's reads and writes; a replica may have reads of its own."""
    units, scaling = index.provisioned_throughput.read_capacity_units, index.autoscaling.read
    overrides = replica.global_secondary_indexes if replica is not None else ()
    for own in overrides if isinstance(overrides, tuple) else ():
        if isinstance(own, ReplicaIndex) and own.index_name == index.index_name:
            stated = own.provisioned_throughput.read_capacity_units
            units = units if stated is None else stated
            scaling = _overriding(own.autoscaling.read, scaling)
    return [
        ("read", units, scaling),
        ("write", index.provisioned_throughput.write_capacity_units, index.autoscaling.write),
    ]


def _projects_all(index: GlobalSecondaryIndex | LocalSecondaryIndex) -> bool:
    return getattr(index.projection, "projection_type", None) == "ALL"


def name_of(index: GlobalSecondaryIndex | LocalSecondaryIndex | VectorIndex) -> str:
    """What an index is called in lines, also where its name is not known."""
    return index.index_name if isinstance(index.index_name, str) else "(name unknown)"
