"""The estimator: a table (or DAX cluster), its use and the price book give an estimate. Pure.

An autoscaled dimension is a range from its minimum to its maximum. An undecided condition, an unknown table class or an
index projection of unknown width is a range too. What cannot even be a range is named in ``unpriced``.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

import msgspec

from dyncheck.cost.book import PriceBook
from dyncheck.cost.estimate import CostLine, Estimate, merged, total_of
from dyncheck.cost.lines import TableLines
from dyncheck.cost.units import HOURS_PER_MONTH, exact
from dyncheck.cost.usage import Use
from dyncheck.model import DaxCluster, Table
from dyncheck.scenarios import describe_scenario, enumerate_scenarios
from dyncheck.values import Unknown, conditions_in, is_known, reasons, resolve

STANDARD: Final = "STANDARD"
INFREQUENT: Final = "STANDARD_INFREQUENT_ACCESS"


class Terms(msgspec.Struct, frozen=True):
    """How to estimate: prices of which day, and the Region of resources that name none."""

    day: datetime.date | None = None
    region: str | None = None


DEFAULT_TERMS: Final = Terms()


def estimate_table(table: Table, use: Use, book: PriceBook, terms: Terms = DEFAULT_TERMS) -> Estimate:
    """The monthly cost of a table with its indexes and replicas."""
    blank = Estimate(
        kind="table",
        address=table.address,
        stack=table.stack,
        name=table.name if isinstance(table.name, str) else None,
        region=_plain(table.region) or terms.region,
        account=_plain(table.account),
    )
    conditions = conditions_in(table)
    scenarios = enumerate_scenarios(conditions)
    if scenarios is None:
        why = ", ".join(sorted({reason for condition in conditions for reason in condition.because}))
        return msgspec.structs.replace(blank, unpriced=(f"too many undecided conditions: {why}",))
    alternatives: list[tuple[str, Estimate]] = []
    for scenario in scenarios:
        label = describe_scenario(scenario)
        decided = resolve(table, scenario) if scenario else table
        if decided.presence is False:
            alternatives.append((label, blank))
            continue
        for words, settled in _settle(decided):
            label_here = " and ".join(part for part in (label, words) if part)
            alternatives.append((label_here, _estimate_settled(settled, use, book, terms, blank)))
    return merged(alternatives)


def estimate_dax_cluster(cluster: DaxCluster, book: PriceBook, terms: Terms = DEFAULT_TERMS) -> Estimate:
    """The monthly cost of a DAX cluster: its nodes."""
    region = _plain(cluster.region) or terms.region
    blank = Estimate(
        kind="dax_cluster",
        address=cluster.address,
        stack=cluster.stack,
        name=_plain(cluster.name),
        region=region,
        account=_plain(cluster.account),
    )
    nodes, node_type = cluster.replication_factor, cluster.node_type
    if not isinstance(nodes, int) or not isinstance(node_type, str):
        why = sorted(reasons([nodes, node_type])) or ["the node type or count is not set"]
        return msgspec.structs.replace(blank, unpriced=(f"DAX nodes: {', '.join(why)}",))
    if region is None:
        return msgspec.structs.replace(blank, unpriced=(_no_region(cluster.region),))
    item = f"{node_type}_hour"
    price = book.price(region, item, terms.day)
    if price is None:
        return msgspec.structs.replace(blank, unpriced=(f"no price for {node_type} nodes in {region}",))
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
        return msgspec.structs.replace(blank, unpriced=(_no_region(table.region),))
    if blank.region not in book.regions():
        return msgspec.structs.replace(blank, unpriced=(f"no prices for Region {blank.region}",))
    lines = TableLines(table, use, book, terms.day, blank.region)
    lines.add_all()
    key = lines.customer_key()
    return msgspec.structs.replace(
        blank,
        lines=tuple(lines.lines),
        amount=total_of(lines.lines),
        per_million=lines.per_million(),
        unpriced=tuple(sorted(lines.unpriced)),
        assumptions=tuple(lines.assumptions),
        kms_key=key,
    )


def _no_region(region: Any) -> str:
    because = f": {', '.join(sorted(region.because))}" if isinstance(region, Unknown) else ""
    return f"the Region is not known{because}"


def _plain(value: Any) -> str | None:
    return value if isinstance(value, str) else None
