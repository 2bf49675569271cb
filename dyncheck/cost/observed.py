"""Observed use: what a live account shows of a table, as the use that its estimate rests on.

CloudWatch counts capacity units, not requests; here a unit stands as a request for an item of one unit, which costs the
same. The units of a table include those of its local indexes and leave out those of its global ones. What a usage file
states takes the place of what was observed: requests as a whole, for units and requests do not mix, all else by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from dyncheck.cost.estimate import Gap, missing
from dyncheck.cost.units import BYTES_PER_GB, data_gb
from dyncheck.cost.usage import REQUESTS, SECONDS_PER_MONTH, IndexUse, Use
from dyncheck.model import GlobalSecondaryIndex, Table, Usage
from dyncheck.values import Unknown

_OF_REQUESTS: Final = REQUESTS | {"item_size_bytes", "strongly_consistent_share", "transactional_share", "indexes"}

UNSEEN: Final = "requests were not observed, and count as none"


def observed_use(table: Table, stated: Use) -> Use:
    """The use of a table: what a usage file states, else what was observed of the table, else nothing."""
    seen = table.usage
    if table.source != "live" or not isinstance(seen, Usage):
        return stated
    sizes = {"storage_gb": _number(seen.table_size_bytes) / BYTES_PER_GB, "item_count": _number(seen.item_count)}
    own = {name: amount for name, amount in sizes.items() if name not in stated.given}
    if stated.given & REQUESTS:
        return replace(stated, **own, indexes=_sized(table, stated))
    return replace(
        stated,
        **own,
        reads_per_month=_monthly(seen.read_units_average),
        writes_per_month=_monthly(seen.write_units_average),
        **{name: getattr(_UNITS, name) for name in _OF_REQUESTS - REQUESTS - {"indexes"}},
        indexes={**_indexes(table, stated, Decimal(0)), **_locals(table, stated)},
    )


def typical_use(table: Table, stated: Use) -> Use:
    """The use by which a million requests are priced: as stated, with the part of writes that changed each index."""
    if table.source != "live" or not isinstance(table.usage, Usage) or stated.given & REQUESTS:
        return stated
    return replace(stated, indexes=_indexes(table, stated, None))


def unseen(table: Table, stated: Use) -> Iterator[Gap]:
    """What of a live table's use could not be observed, and why."""
    if table.source != "live":
        return
    seen, names = table.usage, sorted(REQUESTS - stated.given)
    if isinstance(seen, Unknown) and (names or "storage_gb" not in stated.given):
        yield missing("its use", seen)
    if not isinstance(seen, Usage) or stated.given & REQUESTS or table.billing_mode == "PROVISIONED":
        return
    indexes = ((where, usage) for where, _, usage in _index_usages(table))
    for where, usage in (("", seen), *indexes):
        for kind in ("read", "write"):
            rate = getattr(usage, f"{kind}_units_average", None)
            if isinstance(rate, Unknown):
                yield missing(f"its {kind}s{where}", rate)


def is_unmetered(table: Table, stated: Use) -> bool:
    """Whether nobody looked at a live table's requests, and nobody states them."""
    seen = table.usage
    looked = isinstance(seen, Unknown) or (isinstance(seen, Usage) and seen.read_units_average is not None)
    return table.source == "live" and not looked and not stated.given & REQUESTS


def unknown_requests(table: Table, stated: Use) -> Gap | None:
    """Why it is not known how much a table is read and written; None where that is stated, or was observed."""
    if stated.given & REQUESTS:
        unstated = sorted(REQUESTS - stated.given)
        return missing(f"its {unstated[0].partition('_')[0]} are not stated") if unstated else None
    seen = table.usage
    averages = (getattr(seen, "read_units_average", None), getattr(seen, "write_units_average", None))
    hidden = [value for value in (seen, *averages) if isinstance(value, Unknown)]
    if hidden:
        return missing("its use", *hidden)
    return missing("its requests are not known") if None in averages else None


_UNITS: Final = Use(item_size_bytes=Decimal(1024), strongly_consistent_share=Decimal(1))


def _indexes(table: Table, stated: Use, unread: Decimal | None) -> dict[str, IndexUse]:
    """What is stated of each index, with the reads and the part of writes that were observed of global ones.

    ``unread``: the part of writes that change an index which CloudWatch does not know.
    """
    writes = _monthly(getattr(table.usage, "write_units_average", None))
    found = _sized(table, stated)
    for _, name, own in _index_usages(table):
        if isinstance(own, Usage) and own.read_units_average is not None:
            size = found.get(name, IndexUse()).storage_gb
            share = _monthly(own.write_units_average) / writes if writes else unread
            # An index is read eventually consistently: a unit is two reads.
            reads = 2 * _monthly(own.read_units_average)
            found[name] = IndexUse(storage_gb=size, reads_per_month=reads, write_share=share)
    return found


def _sized(table: Table, stated: Use) -> dict[str, IndexUse]:
    """What is stated of each index, with the size that was observed of global ones where no storage is stated."""
    found = dict(stated.indexes)
    for _, name, own in () if "storage_gb" in stated.given else _index_usages(table):
        known = found.get(name, IndexUse())
        if known.storage_gb is None and isinstance(own, Usage) and isinstance(own.table_size_bytes, int):
            seen = Use(storage_gb=_number(own.table_size_bytes) / BYTES_PER_GB, item_count=_number(own.item_count))
            found[name] = replace(known, storage_gb=data_gb(seen, replicated=bool(table.replicas)))
    return found


def _locals(table: Table, stated: Use) -> dict[str, IndexUse]:
    """Local indexes, whose reads and writes are among those of the table already."""
    found = {}
    for index in table.local_secondary_indexes if isinstance(table.local_secondary_indexes, tuple) else ():
        name = getattr(index, "index_name", None)
        if isinstance(name, str):
            size = stated.indexes.get(name, IndexUse()).storage_gb
            found[name] = IndexUse(write_share=Decimal(0), storage_gb=size)
    return found


def _index_usages(table: Table) -> Iterator[tuple[str, str, Any]]:
    """What each global index is called, in words and by itself, and its use."""
    for index in table.global_secondary_indexes if isinstance(table.global_secondary_indexes, tuple) else ():
        if isinstance(index, GlobalSecondaryIndex) and isinstance(index.index_name, str):
            yield f" of index {index.index_name}", index.index_name, index.usage


def _monthly(rate: Any) -> Decimal:
    return _number(rate) * SECONDS_PER_MONTH


def _number(value: Any) -> Decimal:
    """An observed figure as the decimal that it is written as; what nobody saw counts as nothing."""
    return Decimal(str(value)) if isinstance(value, (int, float)) else Decimal(0)
