"""Prices and use at hand: what puts a cost on the tables of a scan."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from dyncheck.cost.book import PriceBook, load_book
from dyncheck.cost.budget import over_total
from dyncheck.cost.estimate import Estimate, cents
from dyncheck.cost.estimator import Terms, estimate_dax_cluster, estimate_table
from dyncheck.cost.fetching import existing, user_prices
from dyncheck.cost.figures import with_cost
from dyncheck.cost.total import Total, total
from dyncheck.cost.units import Range, entry_read_units, read_units, write_units
from dyncheck.cost.usage import REQUESTS, SECONDS_PER_MONTH, Rates, UsageFile, Use, load_usage
from dyncheck.location import Location
from dyncheck.model import Certainty, DaxCluster, GlobalSecondaryIndex, Problem, Resource, Table, Usage
from dyncheck.policy.rule import Rule
from dyncheck.report import CostPart, Finding, Money
from dyncheck.settings import Budget


class Costing(msgspec.Struct, frozen=True):
    """A price book, stated use, and the terms of estimates."""

    book: PriceBook
    usage: UsageFile = UsageFile()
    terms: Terms = Terms()

    @classmethod
    def of(
        cls,
        *,
        usage: str | None = None,
        prices: Sequence[str] = (),
        region: str | None = None,
        day: datetime.date | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Costing:
        """From a usage file and price files. Raises ConfigError and ParseError for what is wrong with them.

        ``environment``: where the user's updated prices are looked for; None for those of the package alone.
        """
        stated = load_usage(Path(usage)) if usage is not None else UsageFile()
        own = existing(user_prices(environment)) if environment is not None else None
        return cls(load_book(*(Path(path) for path in prices), updated=own), stated, Terms(day, region))

    def use_of(self, table: Table) -> Use:
        """What is stated of a table's use."""
        return self.usage.for_table(table.address, table.name if isinstance(table.name, str) else None)

    def estimate(self, resource: Resource) -> Estimate | None:
        """The monthly cost of a table or DAX cluster; None for what costs nothing by itself."""
        if isinstance(resource, Table):
            return estimate_table(resource, self.use_of(resource), self.book, self.terms)
        return estimate_dax_cluster(resource, self.book, self.terms) if isinstance(resource, DaxCluster) else None

    def priced(self, resource: Resource) -> Resource:
        """A table with its cost for rules to read, and its stated use where none was observed; others as they are."""
        if not isinstance(resource, Table):
            return resource
        use = self.use_of(resource)
        return with_cost(with_stated_use(resource, use), use, self.book, self.terms)


class Bill:
    """Adds up what the resources of a scan cost, and puts a cost on each table for rules to read."""

    def __init__(self, costing: Costing) -> None:
        self._costing = costing
        self._estimates: list[Estimate] = []
        self._last: Estimate | None = None
        self._problems: tuple[Problem, ...] = ()

    def note(self, problems: Iterable[Problem]) -> None:
        """Remember what could not be read: it may hold more tables."""
        self._problems = tuple(problems)

    def add(self, resource: Resource) -> Resource:
        """Count a resource in; the resource as rules are to judge it."""
        self._last = self._costing.estimate(resource)
        if self._last is not None:
            # What no sum is made of is let go: there may be 100,000 tables.
            self._estimates.append(msgspec.structs.replace(self._last, per_million=None, assumptions=()))
        return self._costing.priced(resource)

    def total(self) -> Money:
        """The monthly cost of all resources, to the cent."""
        return _total_money(self._total())

    def over(self, budget: Budget, rule: Rule, place: Location | None) -> Finding | None:
        """What the rule about budgets says of all resources together."""
        sums = self._total()
        return over_total(sums, _total_money(sums), budget, rule, place)

    def _total(self) -> Total:
        return total(self._estimates, self._costing.book, self._costing.terms.day, problems=self._problems)

    def parts(self) -> tuple[CostPart, ...]:
        """What the sum of the resource that was counted in last is made of, the dearest first."""
        lines = sorted(self._last.lines if self._last else (), key=lambda line: line.amount[1], reverse=True)
        return tuple(CostPart(line.what, _money(line.amount, line.price.certainty)) for line in lines if line.amount[1])

    def last(self) -> Money | None:
        """The monthly cost of the resource that was counted in last; None where a part of it has no price."""
        if self._last is None or self._last.unpriced:
            return None
        return _money(self._last.amount, self._last.certainty)


def _total_money(sums: Total) -> Money:
    return _money(sums.amount, sums.certainty, partial=sums.partial)


def _money(amount: Range, certainty: Certainty, *, partial: bool = False) -> Money:
    low, high = amount
    return Money(float(cents(low)), float(cents(high)), certainty, partial)


def with_stated_use(table: Table, use: Use) -> Table:
    """The table with the use that a usage file states of it; stated requests take the place of observed ones."""
    seen = table.usage
    if not (use.stated if seen is None else use.given & REQUESTS):
        return table
    usage = usage_of(use)
    if isinstance(seen, Usage):
        usage = msgspec.structs.replace(
            usage,
            table_size_bytes=usage.table_size_bytes if "storage_gb" in use.given else seen.table_size_bytes,
            item_count=usage.item_count if "item_count" in use.given else seen.item_count,
        )
    indexes = table.global_secondary_indexes
    if isinstance(indexes, tuple):
        indexes = tuple(_with_index_use(index, use) for index in indexes)
    return msgspec.structs.replace(table, usage=usage, global_secondary_indexes=indexes)


def usage_of(use: Use) -> Usage:
    """Stated use in the terms of observed use. Requests that are not mentioned are not known, rather than none."""
    size = use.storage_gb * 10**9
    return Usage(
        read_units_average=_float(read_units(use, use.reads_per_month) / SECONDS_PER_MONTH),
        **_spread("read", use, read_units(use, Decimal(1)), use.read_rates),
        write_units_average=_float(write_units(use, use.writes_per_month) / SECONDS_PER_MONTH),
        **_spread("write", use, write_units(use, Decimal(1)), use.write_rates),
        table_size_bytes=int(size) or None,
        item_count=int(use.item_count) or None,
    )


def _with_index_use(index: Any, use: Use) -> Any:
    if not isinstance(index, GlobalSecondaryIndex):
        return index
    if index.index_name not in use.indexes:
        return msgspec.structs.replace(index, usage=None)
    own = use.indexes[str(index.index_name)]
    size = use.item_size_bytes if own.entry_size_bytes is None else own.entry_size_bytes
    units = entry_read_units(size, own.reads_per_month)
    return msgspec.structs.replace(index, usage=Usage(read_units_average=_float(units / SECONDS_PER_MONTH)))


def _float(value: Decimal) -> float | None:
    return float(value) or None


def _spread(kind: str, use: Use, units: Decimal, rates: Rates | None) -> dict[str, Any]:
    """Units a second over time, as far as that is stated; where none at all are stated, there are none at any time."""
    requests = f"{kind}s_per_month"
    if requests in use.given and not getattr(use, requests):
        return {f"{kind}_units_maximum": 0.0}
    stated = () if rates is None else (("p50", rates.p50), ("p99", rates.p99), ("maximum", rates.maximum))
    return {f"{kind}_units_{name}": float(rate * units) for name, rate in stated if rate is not None}
