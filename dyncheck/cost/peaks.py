"""What capacity is planned for, and what that leaves out: hours beyond it, and the price of covering them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dyncheck.cost.alternatives import TARGET, units_for
from dyncheck.cost.lines import name_of
from dyncheck.cost.units import HOURS_PER_MONTH
from dyncheck.model import Table, Usage

BURSTS: Final = "bursts within an hour do not show in sums over an hour"
PERCENTILE: Final = "99th percentile"
KINDS: Final = ("read", "write")


def plan(usage: Usage, planned: Any) -> str:
    """Capacity in words, with what it is planned for; ``planned``: the table or index with that capacity."""
    return " and ".join(_plan(usage, kind, capacity) for kind, capacity in _capacities(planned))


def limits(usage: Usage) -> str:
    """Minimum and maximum for autoscaling in words: what the median and the most need; empty where not known."""
    found = []
    for kind in KINDS:
        median, most = _rate(usage, kind, "p50"), _rate(usage, kind, "maximum")
        if median is not None and most:
            found.append(f"{kind}s between {units_for(median)} and {units_for(most)}")
    return ", ".join(found)


def risk(table: Table, planned: Table, more: str | None) -> str:
    """What goes wrong with the planned capacity, in hours, and how much ``more`` a month it costs to cover the most."""
    texts = list(_beyond(table.usage, planned, ""))
    indexes = planned.global_secondary_indexes
    for index in indexes if isinstance(indexes, tuple) else ():
        texts += _beyond(index.usage, index, f" of index {name_of(index)}")
    hours = _hours(table.usage)
    if not texts and hours is not None:
        texts.append(f"none of the {hours} hours needed more, but {BURSTS}")
    texts.append("requests beyond the capacity are throttled once burst credits are used up")
    if more is not None:
        texts.append(f"capacity for the {'most' if hours is None else 'busiest hour'} costs {more} more a month")
    return "; ".join(texts)


def _beyond(usage: Any, planned: Any, where: str) -> Iterator[str]:
    """The time in which a table or index needs more than its planned capacity."""
    if not isinstance(usage, Usage):
        return
    hours = _hours(usage)
    for kind, capacity in _capacities(planned):
        most = _rate(usage, kind, "maximum")
        if most is not None and most <= capacity:
            continue
        if hours is not None:
            beyond = sum(1 for rate in getattr(usage, f"{kind}_units_busiest") if rate > capacity)
            yield (
                f"{beyond} of the {hours} hours needed more {kind} units{where}, up to {most:,.1f} a second, and would "
                "have been throttled"
            )
        elif _rate(usage, kind, "p99") is not None:
            rate = f"up to {most:,.1f} units a second" if most is not None else "more, how much is not stated"
            yield (
                f"the {PERCENTILE} leaves out up to 1 % of the time, {HOURS_PER_MONTH / 100:.1f} hours a month, "
                f"in which {kind}s{where} need {rate}"
            )


def _plan(usage: Usage, kind: str, capacity: int) -> str:
    percentile, most = _rate(usage, kind, "p99"), _rate(usage, kind, "maximum")
    rate, name = (most, "most") if percentile is None else (percentile, PERCENTILE)
    hours = _hours(usage)
    among = f" of {hours} hours" if hours is not None else ""
    units = f"{capacity} {kind} unit{'' if capacity == 1 else 's'}"
    return f"{units} ({TARGET:.0%} used by the {name}{among}, {rate or 0:,.1f} a second)"


def _capacities(planned: Any) -> tuple[tuple[str, int], ...]:
    throughput = planned.provisioned_throughput
    return ("read", throughput.read_capacity_units), ("write", throughput.write_capacity_units)


def _hours(usage: Any) -> int | None:
    """The hours that were looked at; None where use is stated."""
    days = getattr(usage, "days", None)
    return days * 24 if isinstance(days, int) else None


def _rate(usage: Usage, kind: str, name: str) -> float | None:
    rate = getattr(usage, f"{kind}_units_{name}")
    return rate if isinstance(rate, (int, float)) else None
