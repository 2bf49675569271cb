"""Advice with numbers: mode, class and capacity for the use that is known, and what else moves the bill. Pure.

Capacity is planned for the 99th percentile, of the hours that were observed or as a usage file states it, else for the
most, and never for an average. Where neither is known, the advice says up to which peak provisioned capacity would pay.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec

from dyncheck.cost.alternatives import TARGET, NeedUnknown, provisioned_for
from dyncheck.cost.book import PriceBook
from dyncheck.cost.estimate import weakest
from dyncheck.cost.estimator import Terms
from dyncheck.cost.figures import throughput
from dyncheck.cost.observed import unknown_requests
from dyncheck.cost.peaks import limits, plan
from dyncheck.cost.peaks import risk as risk_of
from dyncheck.cost.units import HOURS_PER_MONTH, exact
from dyncheck.cost.usage import Use
from dyncheck.cost.wording import money
from dyncheck.model import Cost, ProvisionedThroughput, ScalingDimension, Table, Usage
from dyncheck.values import is_known

SECONDS_PER_HOUR: Final = Decimal(3600)
RESERVED_UNITS: Final = 100
"""Reserved capacity is sold in lots of so many units."""

MODE_RISK: Final = "AWS limits how often the mode can be changed in a day"


class Advice(msgspec.Struct, frozen=True):
    """One piece of advice: what to do or to know, what it saves a month at least, and the risk of it."""

    topic: str
    text: str
    saving_usd: float = 0.0
    risk: str = ""


def break_even(
    book: PriceBook, region: str, kind: str, day: datetime.date | None = None, *, infrequent: bool = False
) -> Decimal | None:
    """The part of provisioned capacity that must be used, on average, for it to cost less than requests.

    ``kind``: read or write. None where a price is not known.
    """
    prefix = "ia_" if infrequent else ""
    hour = book.price(region, f"{prefix}{kind}_capacity_unit_hour", day)
    request = book.price(region, f"{prefix}{kind}_request_unit", day)
    if hour is None or request is None or not request.amount:
        return None
    return hour.amount / (SECONDS_PER_HOUR * request.amount)


def advise(
    table: Table, use: Use, book: PriceBook, region: str | None, day: datetime.date | None
) -> tuple[Advice, ...]:
    """What can be said of a table with its cost; nothing where conditions or the Region are not decided."""
    if not isinstance(table.cost, Cost) or region is None or not is_known(table.billing_mode):
        return ()
    known = unknown_requests(table, use) is None
    planned, risk = _planned(table, use, book, Terms(day, region))
    shares = _shares(table, book, region, day)
    return (
        *_mode(table, table.cost, shares, risk if known else None),
        *_capacity(table, table.cost, planned, risk),
        *_class(table, table.cost),
        *_indexes(table.cost),
        *_exposure(table.cost),
        *_reserved(table, book, region, day),
    )


def _planned(table: Table, use: Use, book: PriceBook, terms: Terms) -> tuple[Table | None, str]:
    """The table with capacity for its use, and the risk of that; None where its use is not known enough."""
    try:
        planned, covering = provisioned_for(table), provisioned_for(table, busiest=True)
    except NeedUnknown:
        return None, ""
    least, most = (throughput(item, use, book, terms) for item in (planned, covering))
    more = most.amount[0] - least.amount[0], most.amount[1] - least.amount[1]
    return planned, risk_of(table, planned, money(more, most.certainty) if more[1] > 0 else None)


def _shares(
    table: Table, book: PriceBook, region: str, day: datetime.date | None
) -> tuple[Decimal | None, Decimal | None]:
    """The break-even of reads and of writes in the class of the table."""
    infrequent = table.table_class == "STANDARD_INFREQUENT_ACCESS"
    read, write = (break_even(book, region, kind, day, infrequent=infrequent) for kind in ("read", "write"))
    return read, write


def _mode(
    table: Table, cost: Cost, shares: tuple[Decimal | None, Decimal | None], risk: str | None
) -> Iterator[Advice]:
    if shares[0] is None or shares[1] is None:
        return
    even = (
        f"provisioned capacity pays once {shares[0]:.1%} of read and {shares[1]:.1%} of write units are used on average"
    )
    usage = table.usage
    provisioned = table.billing_mode == "PROVISIONED"
    if not isinstance(usage, Usage) or risk is None:
        yield Advice("break-even", even)
        return
    if cost.other_mode.low > 0:
        other = "PAY_PER_REQUEST" if provisioned else "PROVISIONED"
        text = f"{other} saves at least {cost.other_mode.text} a month ({cost.other_mode.sum}); {even}"
        yield Advice("billing mode", text, cost.other_mode.low, MODE_RISK if provisioned else risk)
    elif not provisioned and not is_known(cost.other_mode.usd):
        limits = [
            f"{kind} peaks stay below {Decimal(str(average)) * TARGET / share:.1f} units a second"
            for kind, average, share in (
                ("read", usage.read_units_average, shares[0]),
                ("write", usage.write_units_average, shares[1]),
            )
            if isinstance(average, (int, float)) and average
        ]
        yield Advice(
            "billing mode", f"provisioned capacity pays while {' and '.join(limits) or 'there is any use'}; {even}"
        )
    else:
        yield Advice("billing mode", f"{table.billing_mode} is the cheaper mode at this use; {even}")


def _capacity(table: Table, cost: Cost, planned: Table | None, risk: str) -> Iterator[Advice]:
    if planned is None or not isinstance(table.usage, Usage):
        return
    text = f"fixed capacity of {plan(table.usage, planned)}"
    scaled = limits(table.usage)
    if scaled:
        text += f"; autoscaled with a target of {TARGET:.0%}: {scaled}"
    yield Advice("capacity", text, cost.spare.low, risk)


def _class(table: Table, cost: Cost) -> Iterator[Advice]:
    if cost.other_class.low > 0:
        other = "STANDARD" if table.table_class == "STANDARD_INFREQUENT_ACCESS" else "STANDARD_INFREQUENT_ACCESS"
        text = f"{other} saves at least {cost.other_class.text} a month ({cost.other_class.sum})"
        yield Advice(
            "table class", text, cost.other_class.low, "AWS limits how often the class can be changed in a month"
        )


def _indexes(cost: Cost) -> Iterator[Advice]:
    own = cost.million_writes.low - cost.million_index_writes.low - cost.million_replica_writes.low
    if own > 0 and cost.million_index_writes.low > 0:
        factor = 1 + cost.million_index_writes.low / own
        yield Advice(
            "indexes",
            f"they make a write cost {factor:.1f} times as much: {cost.million_index_writes.text} of "
            f"{cost.million_writes.text} for a million writes",
        )


def _exposure(cost: Cost) -> Iterator[Advice]:
    if cost.uncapped.low > 0:
        yield Advice(
            "exposure", f"requests without a maximum can cost {cost.uncapped.text} a month: {cost.uncapped.sum}"
        )


def _reserved(table: Table, book: PriceBook, region: str, day: datetime.date | None) -> Iterator[Advice]:
    """A year of reserved capacity, for information: Standard class and one Region alone."""
    throughput = table.provisioned_throughput
    if table.billing_mode != "PROVISIONED" or table.table_class != "STANDARD" or table.replicas != ():
        return
    if not isinstance(throughput, ProvisionedThroughput):
        return
    for kind, units in (
        ("read", _steady(throughput.read_capacity_units, table.autoscaling.read)),
        ("write", _steady(throughput.write_capacity_units, table.autoscaling.write)),
    ):
        listed = book.price(region, f"{kind}_capacity_unit_hour", day)
        upfront = book.price(region, f"reserved_1y_{kind}_upfront", day)
        hourly = book.price(region, f"reserved_1y_{kind}_hour", day)
        if not isinstance(units, int) or listed is None or upfront is None or hourly is None:
            continue
        lots = units // RESERVED_UNITS * RESERVED_UNITS
        if lots:
            saved = lots * (HOURS_PER_MONTH * (listed.amount - hourly.amount) - upfront.amount / 12)
            sure = weakest((listed.certainty, upfront.certainty, hourly.certainty))
            once, monthly, less = (
                money(exact(amount), sure)
                for amount in (lots * upfront.amount, lots * hourly.amount * HOURS_PER_MONTH, saved)
            )
            text = (
                f"{lots} reserved {kind} units for a year: {once} upfront, then {monthly} a month, {less} a month less "
                "than now"
            )
            yield Advice("reserved capacity", text, risk="paid for the whole year, used or not")


def _steady(units: Any, scaling: Any) -> Any:
    """The capacity that is always there: of what scales, the minimum."""
    if isinstance(scaling, ScalingDimension) and scaling.enabled is False:
        return units
    return getattr(scaling, "min_capacity", scaling)
