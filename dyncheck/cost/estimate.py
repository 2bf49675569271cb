"""What an estimate is made of: lines that add up, reasons for what could not be priced, and stated assumptions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import msgspec

from dyncheck.cost.book import Price
from dyncheck.cost.keys import KeyUse, agreed
from dyncheck.cost.units import ZERO, Range, either, plus, times
from dyncheck.model import Certainty
from dyncheck.values import reasons

_PRECISION: Final = 28
"""Digits of a decimal number, as Python has them unless told otherwise."""


class CostLine(msgspec.Struct, frozen=True, gc=False):
    """One line of a sum: a quantity at a price. ``element`` names an index or a replica's Region.

    Lines are many and hold no cycles, so the garbage collector need not look at them.
    """

    what: str
    item: str
    unit: str
    region: str
    quantity: Range
    price: Price
    element: str | None = None

    @property
    def amount(self) -> Range:
        """US dollars a month."""
        return times(self.quantity, self.price.amount)


class PerMillion(msgspec.Struct, frozen=True, gc=False):
    """What a million requests cost on an on-demand table, every index and replica included.

    ``index_writes``: the part of ``writes`` that the indexes make in the table's own Region; ``replica_writes``: all
    that is written in other Regions. ``certainty``: of the least certain price.
    """

    reads: Range
    writes: Range
    index_writes: Range = ZERO
    replica_writes: Range = ZERO
    certainty: Certainty = "list"


class Gap(msgspec.Struct, frozen=True, order=True, gc=False):
    """A part that is missing from a sum. ``because``: what would have to be known, in the user's terms."""

    text: str
    because: tuple[str, ...] = ()

    @property
    def is_capacity(self) -> bool:
        """Whether the part may be provisioned capacity."""
        return not self.text.startswith(("point-in-time recovery", "Kinesis destinations", "KMS key "))


def missing(what: str, *values: Any) -> Gap:
    """The gap that unknown values leave, or that has no reason but itself."""
    because = tuple(sorted(reasons(values)))
    if because:
        return Gap(f"{what}: {', '.join(because)}", because)
    return Gap(f"{what} is not known" if values else what, (what,))


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The monthly cost of one resource.

    ``gaps``: what is missing from the sum (the amounts are then a lower bound). ``scenario``: under which turn of
    undecided conditions ``lines`` hold; the range covers all of them. ``others``: the least certain price of the other
    turns. ``kms_keys``: the customer managed keys in use, which are charged once for all tables.
    """

    kind: str
    address: str
    stack: str
    name: str | None
    region: str | None
    account: str | None = None
    lines: tuple[CostLine, ...] = ()
    amount: Range = ZERO
    per_million: PerMillion | None = None
    gaps: tuple[Gap, ...] = ()
    assumptions: tuple[str, ...] = ()
    scenario: str | None = None
    others: Certainty = "list"
    kms_keys: tuple[KeyUse, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """The least certain price in the range."""
        return weakest((certainty_of(self.lines), self.others))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """What is missing from the sum, and why."""
        return tuple(gap.text for gap in self.gaps)

    def subtotal(self, *items: str) -> Range:
        """The sum of the lines of these items."""
        return total_of([line for line in self.lines if line.item in items])


def is_throughput(line: CostLine) -> bool:
    """Whether a line is for reads or writes, provisioned or by request."""
    return line.item.endswith(("capacity_unit_hour", "read_request_unit", "write_request_unit")) and (
        line.item != "stream_read_request_unit"
    )


def weakest(certainties: Iterable[Certainty]) -> Certainty:
    """The least certain of some."""
    found = set(certainties)
    return "assumed" if "assumed" in found else "derived" if "derived" in found else "list"


def certainty_of(lines: Iterable[CostLine]) -> Certainty:
    """The least certain price among lines that cost anything."""
    return weakest(line.price.certainty for line in lines if line.amount[1])


def total_of(lines: Iterable[CostLine]) -> Range:
    """The sum of lines."""
    amount = ZERO
    for line in lines:
        amount = plus(amount, line.amount)
    return amount


def merged(estimates: list[tuple[str, Estimate]]) -> Estimate:
    """One estimate over alternatives: the lines of the dearest, the range of all."""
    label, dearest = max(estimates, key=lambda pair: pair[1].amount[1])
    amount = dearest.amount
    gaps = set(dearest.gaps)
    for _, estimate in estimates:
        amount = either(amount, estimate.amount)
        gaps.update(estimate.gaps)
    if all(estimate.amount == dearest.amount for _, estimate in estimates):
        label = ""
    keys = agreed(estimate.kms_keys for _, estimate in estimates)
    return msgspec.structs.replace(
        dearest,
        amount=amount,
        gaps=tuple(sorted(gaps)),
        scenario=label or None,
        others=weakest(estimate.certainty for _, estimate in estimates),
        kms_keys=keys,
    )


def cents(amount: Decimal) -> Decimal:
    """An amount rounded to the cent, half a cent upwards; as it is where its digits end before the cent."""
    if amount.adjusted() >= _PRECISION - 2:
        return amount
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
