"""Totals: the estimates of a scan together with what is charged once, not per table.

A customer managed key is charged once however many tables use it. The free tier is one per account and Region, and is
taken off only on request: 25 GB of Standard storage, 25 read and 25 write capacity units of the Standard class, and
2.5 million stream reads a month (the developer guide, and AWS's price list tiers).
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from dyncheck.cost.advice import Advice
from dyncheck.cost.book import PriceBook
from dyncheck.cost.estimate import CostLine, Estimate, certainty_of, weakest
from dyncheck.cost.keys import KEY_ITEM, KeyUse
from dyncheck.cost.units import HOURS_PER_MONTH, ZERO, Range, plus
from dyncheck.model import Certainty, Problem

FREE_TIER: Final[dict[str, Decimal]] = {
    "storage_gb_month": Decimal(25),
    "read_capacity_unit_hour": 25 * HOURS_PER_MONTH,
    "write_capacity_unit_hour": 25 * HOURS_PER_MONTH,
    "stream_read_request_unit": Decimal(2_500_000),
}


_FREE: Final = {
    "storage_gb_month": "storage",
    "read_capacity_unit_hour": "read capacity",
    "write_capacity_unit_hour": "write capacity",
    "stream_read_request_unit": "stream reads",
}


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """All estimates, what they share, what the free tier takes off, and the sum; advice by stack and address.

    ``day``: that of the prices, None for the newest. ``unread``: what could not be read, and may hold more tables.
    """

    estimates: tuple[Estimate, ...]
    shared: tuple[CostLine, ...] = ()
    free_tier: tuple[CostLine, ...] = ()
    amount: Range = ZERO
    day: datetime.date | None = None
    advice: dict[tuple[str, str], tuple[Advice, ...]] = {}
    unread: tuple[Problem, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """The least certain price among all lines."""
        return weakest([certainty_of(self.shared), *(estimate.certainty for estimate in self.estimates)])

    @property
    def unpriced(self) -> int:
        """How many resources have a part that could not be priced."""
        return sum(1 for estimate in self.estimates if estimate.unpriced)

    @property
    def partial(self) -> bool:
        """Whether something is missing from the sum, which is then a lower bound."""
        return bool(self.unpriced or self.unread)


def total(
    estimates: Iterable[Estimate],
    book: PriceBook,
    day: datetime.date | None = None,
    *,
    free_tier: bool = False,
    problems: Iterable[Problem] = (),
) -> Total:
    """The sum over estimates, sorted by stack and address; ``problems``: what was met while they were read."""
    ordered = sorted(estimates, key=lambda estimate: (estimate.stack, estimate.address))
    shared = _keys(ordered, book, day)
    free = _free(ordered) if free_tier else ()
    amount = ZERO
    for estimate in ordered:
        amount = plus(amount, estimate.amount)
    for line in (*shared, *free):
        amount = plus(amount, line.amount)
    # The free tier is taken off the dearest alternative, which may use more of it than the cheapest costs.
    floor = Decimal(0)
    return Total(
        estimates=tuple(ordered),
        shared=shared,
        free_tier=free,
        amount=(max(floor, amount[0]), amount[1]),
        day=day,
        unread=tuple(problem for problem in problems if problem.level == "error"),
    )


def _keys(estimates: list[Estimate], book: PriceBook, day: datetime.date | None) -> tuple[CostLine, ...]:
    keys: dict[tuple[str | None, str, str], KeyUse] = {}
    for estimate in estimates:
        for use in estimate.kms_keys:
            key = (estimate.account, use.region, use.identity)
            if key not in keys or use.certain:
                keys[key] = use
    lines = (key_line(use, book, day) for _, use in sorted(keys.items(), key=str))
    return tuple(line for line in lines if line is not None)


def key_line(use: KeyUse, book: PriceBook, day: datetime.date | None) -> CostLine | None:
    """What a key costs; None where its price is not known."""
    price = book.price(use.region, KEY_ITEM, day)
    if price is None:
        return None
    return CostLine(f"KMS key {use.name}", KEY_ITEM, "key-month", use.region, (Decimal(use.certain), Decimal(1)), price)


def _free(estimates: list[Estimate]) -> tuple[CostLine, ...]:
    used: dict[tuple[str | None, str, str], Range] = defaultdict(lambda: ZERO)
    prices = {}
    for estimate in estimates:
        for line in estimate.lines:
            if line.item in FREE_TIER:
                key = (estimate.account, line.region, line.item)
                used[key] = plus(used[key], line.quantity)
                prices[key] = line
    lines = []
    for key in sorted(used, key=str):
        low, high = (min(amount, FREE_TIER[key[2]]) for amount in used[key])
        line = prices[key]
        what = f"free tier, {_FREE[key[2]]}"
        lines.append(CostLine(f"{what} ({key[1]})", line.item, line.unit, line.region, (-low, -high), line.price))
    return tuple(lines)
