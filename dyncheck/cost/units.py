"""How requests become units, and items become gigabytes, by AWS's rules.

Sources: the developer guide's pages on read and write capacity, on item sizes (100 bytes of overhead for each item and
index entry, 48 more in a global table) and on the billing of global tables. Decimal gigabytes are assumed where bytes
are turned into gigabytes.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from dyncheck.cost.usage import Use

HOURS_PER_MONTH: Final = Decimal(730)
HALF: Final = Decimal("0.5")
READ_UNIT_BYTES: Final = Decimal(4096)
WRITE_UNIT_BYTES: Final = Decimal(1024)
ITEM_OVERHEAD_BYTES: Final = Decimal(100)
GLOBAL_ITEM_OVERHEAD_BYTES: Final = Decimal(48)
BYTES_PER_GB: Final = Decimal(10) ** 9
MILLION: Final = Decimal(10) ** 6

Range = tuple[Decimal, Decimal]
"""The least and the most; equal when it is exact."""

ZERO: Final[Range] = (Decimal(0), Decimal(0))


def exact(amount: Decimal | int) -> Range:
    """A range of one amount."""
    value = Decimal(amount)
    return value, value


def plus(left: Range, right: Range) -> Range:
    """The sum of two ranges."""
    return left[0] + right[0], left[1] + right[1]


def times(value: Range, factor: Decimal) -> Range:
    """A range multiplied by a factor of at least 0."""
    low, high = value
    product = low * factor
    # Most ranges are one amount twice: it is multiplied once.
    return (product, product) if low is high else (product, high * factor)


def either(left: Range, right: Range) -> Range:
    """The range that covers both."""
    return min(left[0], right[0]), max(left[1], right[1])


def read_units(use: Use, requests: Decimal) -> Decimal:
    """Read units of that many reads: 1 for each 4 KB read strongly, half of it eventually, 2 in a transaction."""
    plain = 1 - use.transactional_share
    return entry_read_units(use.item_size_bytes, requests * plain, use.strongly_consistent_share) + (
        2 * use.transactional_share * requests * _units(use.item_size_bytes, READ_UNIT_BYTES)
    )


def entry_read_units(entry_bytes: Decimal, requests: Decimal, strong: Decimal = Decimal(0)) -> Decimal:
    """Read units of that many reads outside of transactions; ``strong``: the part of them that is consistent.

    Global indexes are read eventually consistently, and no index in transactions.
    """
    return requests * _units(entry_bytes, READ_UNIT_BYTES) * (1 + strong) * HALF


def write_units(use: Use, requests: Decimal) -> Decimal:
    """Write units of that many writes to the table: 1 for each KB, 2 in a transaction."""
    return requests * _units(use.item_size_bytes, WRITE_UNIT_BYTES) * (1 + use.transactional_share)


def entry_write_units(entry_bytes: Decimal) -> Decimal:
    """Write units of one change of an index entry; transactions do not double them."""
    return _units(entry_bytes, WRITE_UNIT_BYTES)


def change_units(use: Use, requests: Decimal) -> Decimal:
    """Change data capture units of that many writes: 1 for each KB."""
    return requests * _units(use.item_size_bytes, WRITE_UNIT_BYTES)


def data_gb(use: Use, *, replicated: bool) -> Decimal:
    """The billed size of the table's own items in the middle of the month, overhead included."""
    overhead = ITEM_OVERHEAD_BYTES + (GLOBAL_ITEM_OVERHEAD_BYTES if replicated else 0)
    return use.storage_gb + use.growth_gb_per_month / 2 + use.item_count * overhead / BYTES_PER_GB


def _units(size: Decimal, unit: Decimal) -> Decimal:
    return max(Decimal(1), (size / unit).to_integral_value(rounding=ROUND_CEILING))
