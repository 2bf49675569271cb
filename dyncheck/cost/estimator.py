"""The estimator: a table (or DAX cluster), its use and the price book give an estimate. Pure.

An autoscaled dimension is a range from its minimum to its maximum. An undecided condition, an unknown table class or an
index projection of unknown width is a range too. What cannot even be a range is named in ``unpriced``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, Final

import msgspec

from dyncheck.cost.book import PriceBook
from dyncheck.cost.estimate import CostLine, Estimate, merged, missing, total_of
from dyncheck.cost.keys import KEY_ITEM, keys_of
from dyncheck.cost.lines import TableLines
from dyncheck.cost.observed import UNSEEN, is_unmetered, observed_use, typical_use, unseen
from dyncheck.cost.units import HOURS_PER_MONTH, exact
from dyncheck.cost.usage import Use
from dyncheck.model import DaxCluster, Table
from dyncheck.scenarios import describe_scenario, enumerate_scenarios
from dyncheck.values import Unknown, conditions_in, is_known, resolve

STANDARD: Final = "STANDARD"
INFREQUENT: Final = "STANDARD_INFREQUENT_ACCESS"


class Terms(msgspec.Struct, frozen=True):
    """How to estimate: prices of which day, and the Region of resources that name none."""

    day: datetime.date | None = None
    region: str | None = None


DEFAULT_TERMS: Final = Terms()

PRICED: Final = {
    "table": (
        "presence",
        "name",
        "region",
        "account",
        "billing_mode",
        "provisioned_throughput",
        "autoscaling",
        "global_secondary_indexes",
        "local_secondary_indexes",
        "vector_indexes",
        "encryption",
        "point_in_time_recovery",
        "kinesis_destinations",
        "replicas",
        "table_class",
        "usage",
    ),
    "dax_cluster": ("presence", "name", "region", "account", "node_type", "replication_factor"),
}
"""The fields that a cost hangs on: conditions elsewhere do not divide the estimate."""


def estimate_table(table: Table, use: Use, book: PriceBook, terms: Terms = DEFAULT_TERMS) -> Estimate:
    """The monthly cost of a table with its indexes and replicas.

    A live table's replicas are left out: each is a table of its own in a scan of its Region.
    """

    def settled(decided: Table) -> list[tuple[str, Estimate]]:
        return estimate_alternatives(decided, use, book, terms)

    return _over_scenarios(table, "table", settled, terms)


def estimate_alternatives(table: Table, use: Use, book: PriceBook, terms: Terms) -> list[tuple[str, Estimate]]:
    """The estimates of a table without undecided conditions: one, or one per value of an unknown class or mode."""
    blank = _blank(table, "table", terms)
    return [(words, _estimate_settled(item, use, book, terms, blank)) for words, item in _settle(table)]


def estimate_dax_cluster(cluster: DaxCluster, book: PriceBook, terms: Terms = DEFAULT_TERMS) -> Estimate:
    """The monthly cost of a DAX cluster: its nodes."""

    def settled(decided: DaxCluster) -> list[tuple[str, Estimate]]:
        return [("", _estimate_nodes(decided, book, terms, _blank(decided, "dax_cluster", terms)))]

    return _over_scenarios(cluster, "dax_cluster", settled, terms)


def _over_scenarios(
    resource: Any, kind: str, settled: Callable[[Any], list[tuple[str, Estimate]]], terms: Terms
) -> Estimate:
    """One estimate over all turns of a resource's undecided conditions, and over whether it exists at all."""
    conditions = conditions_in([getattr(resource, name) for name in PRICED[kind]])
    scenarios = enumerate_scenarios(conditions) if conditions else [{}]
    if scenarios is None:
        because = frozenset().union(*(condition.because for condition in conditions))
        gap = missing("too many undecided conditions", Unknown(because))
        return msgspec.structs.replace(_blank(resource, kind, terms), gaps=(gap,))
    alternatives: list[tuple[str, Estimate]] = []
    for scenario in scenarios:
        label = describe_scenario(scenario)
        decided = resolve(resource, scenario) if scenario else resource
        if decided.presence is not False:
            for words, estimate in settled(decided):
                alternatives.append((" and ".join(part for part in (label, words) if part), estimate))
        if decided.presence is not True:
            alternatives.append((label, _blank(decided, kind, terms)))
    return alternatives[0][1] if len(alternatives) == 1 else merged(alternatives)


def _blank(resource: Any, kind: str, terms: Terms) -> Estimate:
    return Estimate(
        kind=kind,
        address=resource.address,
        stack=resource.stack,
        name=_plain(resource.name),
        region=_plain(resource.region) or terms.region,
        account=_plain(resource.account),
    )


def _estimate_nodes(cluster: DaxCluster, book: PriceBook, terms: Terms, blank: Estimate) -> Estimate:
    nodes, node_type, region = cluster.replication_factor, cluster.node_type, blank.region
    if not isinstance(nodes, int) or not isinstance(node_type, str):
        return msgspec.structs.replace(blank, gaps=(missing("the number or type of DAX nodes", nodes, node_type),))
    if region is None:
        return msgspec.structs.replace(blank, gaps=(missing("the Region", cluster.region),))
    item = f"{node_type}_hour"
    price = book.price(region, item, terms.day)
    if price is None:
        return msgspec.structs.replace(blank, gaps=(missing(f"no price for {node_type} nodes in {region}"),))
    line = CostLine(f"{nodes} x {node_type}", item, "node-hour", region, exact(nodes * HOURS_PER_MONTH), price)
    return msgspec.structs.replace(blank, lines=(line,), amount=line.amount)


def _settle(table: Table) -> list[tuple[str, Table]]:
    """The table under each value that an unknown table class or billing mode can take."""
    tables = [("", table)]
    for name, values in (("table_class", (STANDARD, INFREQUENT)), ("billing_mode", ("PROVISIONED", "PAY_PER_REQUEST"))):
        if is_known(getattr(table, name)):
            continue
        tables = [
            (" and ".join(part for part in (words, f"{name} is {value}") if part), _with(item, name, value))
            for words, item in tables
            for value in values
        ]
    return tables


def _with(table: Table, name: str, value: str) -> Table:
    return msgspec.structs.replace(table, **{name: value})


def _estimate_settled(table: Table, use: Use, book: PriceBook, terms: Terms, blank: Estimate) -> Estimate:
    if blank.region is None:
        return msgspec.structs.replace(blank, gaps=(missing("the Region", table.region),))
    if blank.region not in book.regions():
        return msgspec.structs.replace(blank, gaps=(missing(f"no prices for Region {blank.region}"),))
    seen, typical = observed_use(table, use), typical_use(table, use)
    lines = TableLines(table, seen, book, terms.day, blank.region)
    lines.add_all()
    of_millions = lines if typical is seen else TableLines(table, typical, book, terms.day, blank.region)
    keys = tuple(keys_of(lines.places(), table.address, table.stack))
    unpriced = (key for key in keys if book.price(key.region, KEY_ITEM, terms.day) is None)
    no_price = (missing(f"KMS key {key.name}: no price in {key.region}") for key in unpriced)
    unmetered = table.billing_mode == "PAY_PER_REQUEST" and is_unmetered(table, use)
    return msgspec.structs.replace(
        blank,
        lines=tuple(lines.lines),
        amount=total_of(lines.lines),
        per_million=of_millions.per_million(),
        gaps=tuple(sorted({*lines.gaps, *no_price, *unseen(table, use)})),
        assumptions=(*lines.assumptions, *((UNSEEN,) if unmetered else ())),
        kms_keys=keys,
    )


def _plain(value: Any) -> str | None:
    return value if isinstance(value, str) else None
