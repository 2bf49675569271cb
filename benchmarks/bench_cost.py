"""The monthly cost of synthetic tables, idle and in use.

    python benchmarks/bench_cost.py [TABLES]

Target: 10,000 tables in less than 1 s on one core.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.synthetic_tables import synthetic_tables
from dyncheck.cost.book import load_book
from dyncheck.cost.estimator import estimate_table
from dyncheck.cost.total import total
from dyncheck.cost.usage import Use

USED = Use(
    reads_per_month=Decimal(10_000_000),
    writes_per_month=Decimal(1_000_000),
    item_size_bytes=Decimal(1800),
    storage_gb=Decimal(12),
    item_count=Decimal(6_000_000),
    given=frozenset({"reads_per_month", "writes_per_month", "item_size_bytes", "storage_gb", "item_count"}),
)


def _best(work: Callable[[], Any], repeats: int = 3) -> tuple[Any, float]:
    """The result of some work, and the seconds of the processor that its fastest run took."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return result, min(times)


def main(count: int = 10_000) -> None:
    tables = list(synthetic_tables(count))
    start = time.process_time()
    book = load_book()
    print(f"price book read in {(time.process_time() - start) * 1000:.1f} ms")
    for words, use in (("idle", Use()), ("in use", USED)):
        estimates, took = _best(lambda use=use: [estimate_table(table, use, book) for table in tables])
        sums, added = _best(lambda estimates=estimates: total(estimates, book))
        lines = sum(len(estimate.lines) for estimate in estimates)
        low, high = sums.amount
        print(
            f"{count:,} tables {words}: {took:.2f} s for {lines:,} lines, {added:.2f} s for the total "
            f"(${low:,.2f} to ${high:,.2f})"
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
