"""What a table may cost beyond its use: requests that nothing bounds, and throughput that is warmed up once. Pure.

The account's default quotas bound an on-demand table: 40,000 read and 40,000 write request units a second, for the
table and for each of its indexes. Warm throughput up to 12,000 reads and 4,000 writes a second costs nothing; more is
charged once, by the units above that (that the hourly price of a provisioned unit is what each costs is assumed).
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from dyncheck.cost.estimate import CostLine, Gap, missing
from dyncheck.cost.lines import TableLines, name_of
from dyncheck.cost.units import exact
from dyncheck.cost.usage import SECONDS_PER_MONTH

QUOTA: Final = Decimal(40_000)
"""Request units a second that a table, and each index, may use unless the account's quota is another."""

WARM_READS: Final = 12_000
WARM_WRITES: Final = 4_000

Lines = tuple[list[CostLine], list[Gap]]


def uncapped_lines(lines: TableLines) -> Lines:
    """The most that requests without a maximum can cost in a month, in every Region; nothing under provisioned mode."""
    found: Lines = ([], [])
    table = lines.table
    if table.billing_mode != "PAY_PER_REQUEST":
        return found
    writes = table.on_demand_throughput.max_write_request_units
    for region, holder in lines.places():
        own = holder.on_demand_throughput.max_read_request_units
        reads = table.on_demand_throughput.max_read_request_units if own is None else own
        suffix = "" if holder is table else f", replica {region}"
        for what, item, cap in (
            (f"reads{suffix}", lines.item("read", holder), reads),
            (f"writes{suffix}", lines.item(lines.write, holder), writes),
            *_of_indexes(lines, holder, suffix, writes),
        ):
            if cap is not None and not isinstance(cap, int):
                found[1].append(missing(f"the maximum of {what}", cap))
            elif cap is None and region is not None:
                _add(found, lines, f"{QUOTA:,} {what} a second", (region, item), QUOTA * SECONDS_PER_MONTH)
    return found


def _of_indexes(lines: TableLines, holder: Any, suffix: str, table_writes: Any) -> Iterator[tuple[str, str, Any]]:
    for index in lines.indexes:
        caps = index.on_demand_throughput
        yield f"reads of index {name_of(index)}{suffix}", lines.item("read", holder), caps.max_read_request_units
        # An index is written as often as its table at most.
        cap = caps.max_write_request_units if table_writes is None else table_writes
        yield f"writes of index {name_of(index)}{suffix}", lines.item("write", holder), cap


def warm_lines(lines: TableLines) -> Lines:
    """The one-off charge for warm throughput above AWS's default, in the table's own Region."""
    found: Lines = ([], [])
    for name, holder in (("", lines.table), *((f", index {name_of(index)}", index) for index in lines.indexes)):
        warm = holder.warm_throughput
        for kind, units, free in (
            ("read", warm.read_units_per_second, WARM_READS),
            ("write", warm.write_units_per_second, WARM_WRITES),
        ):
            if units is not None and not isinstance(units, int):
                found[1].append(missing(f"warm {kind}s{name}", units))
            elif units is not None and units > free:
                what = f"{units - free:,} {kind}s a second above {free:,}{name}"
                _add(found, lines, what, (lines.region, f"{kind}_capacity_unit_hour"), Decimal(units - free))
    # That the hourly price of a provisioned unit is the charge for a warm one is assumed.
    charged = [replace(line, price=replace(line.price, certainty="assumed")) for line in found[0]]
    return charged, found[1]


def _add(found: Lines, lines: TableLines, what: str, at: tuple[str, str], quantity: Decimal) -> None:
    """Add a quantity ``at`` the price of a Region and item."""
    region, item = at
    price = lines.book.price(region, item, lines.day)
    if price is None:
        found[1].append(missing(f"{what}: no price in {region}"))
    else:
        found[0].append(CostLine(what, item, lines.book.content.items[item].unit, region, exact(quantity), price))
