"""Observed use: what a live account shows of a table, as the use that its estimate rests on.

CloudWatch counts capacity units, not requests; here a unit stands as a request for an item of one unit, which costs the
same. The units of a table include those of its local indexes and leave out those of its global ones.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dyncheck.cost.usage import SECONDS_PER_MONTH, IndexUse, Use
from dyncheck.model import Table, Usage

BYTES_PER_GB = Decimal(10) ** 9


def observed_use(table: Table, stated: Use) -> Use:
    """The use of a table: what a usage file states, else what was observed of the table, else nothing."""
    seen = table.usage
    if stated.stated or not isinstance(seen, Usage):
        return stated
    reads, writes = _monthly(seen.read_units_average), _monthly(seen.write_units_average)
    indexes = {}
    for index in table.global_secondary_indexes if isinstance(table.global_secondary_indexes, tuple) else ():
        own = getattr(index, "usage", None)
        if isinstance(own, Usage) and isinstance(index.index_name, str):
            share = _monthly(own.write_units_average) / writes if writes else Decimal(0)
            indexes[index.index_name] = IndexUse(_monthly(own.read_units_average), share)
    for local in table.local_secondary_indexes if isinstance(table.local_secondary_indexes, tuple) else ():
        name = getattr(local, "index_name", None)
        if isinstance(name, str):
            indexes[name] = IndexUse(write_share=Decimal(0))
    return Use(
        reads_per_month=reads,
        writes_per_month=writes,
        strongly_consistent_share=Decimal(1),
        storage_gb=_number(seen.table_size_bytes) / BYTES_PER_GB,
        item_count=_number(seen.item_count),
        indexes=indexes,
        stated=True,
    )


def _monthly(rate: Any) -> Decimal:
    return _number(rate) * SECONDS_PER_MONTH


def _number(value: Any) -> Decimal:
    """An observed figure as the decimal that it is written as; what nobody saw counts as nothing."""
    return Decimal(str(value)) if isinstance(value, (int, float)) else Decimal(0)
