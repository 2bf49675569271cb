"""The same table otherwise: in the other billing mode, with capacity that fits its use, in the other table class."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

import msgspec

from dyncheck.model import (
    Autoscaling,
    GlobalSecondaryIndex,
    ProvisionedThroughput,
    Replica,
    Table,
    Usage,
)

TARGET: Final = Decimal("0.7")
"""The utilisation at which capacity is planned: the target that AWS's console proposes."""

INFREQUENT: Final = "STANDARD_INFREQUENT_ACCESS"


class NeedUnknown(Exception):
    """The capacity that a table needs cannot be told: its peaks are not known."""


def on_demand(table: Table) -> Table:
    """The table paid by request."""
    return msgspec.structs.replace(table, billing_mode="PAY_PER_REQUEST")


def in_class(table: Table, name: str) -> Table:
    """The table, and its replicas, in a table class."""
    replicas = table.replicas
    if isinstance(replicas, tuple):
        replicas = tuple(
            msgspec.structs.replace(replica, table_class=name) if isinstance(replica, Replica) else replica
            for replica in replicas
        )
    return msgspec.structs.replace(table, table_class=name, replicas=replicas)


def other_class(table: Table) -> str:
    """The name of the class that the table is not in."""
    return "STANDARD" if table.table_class == INFREQUENT else INFREQUENT


def provisioned_for(table: Table, *, busiest: bool = False) -> Table:
    """The table with fixed capacity for its use, of which TARGET is then used. Raises NeedUnknown.

    The use is the 99th percentile where that is known, else the most; with ``busiest`` it is the most. An index whose
    use is not known gets the writes of the table, as AWS advises, and a single read unit.
    """
    reads, writes = _capacity(table.usage, busiest)
    indexes = table.global_secondary_indexes
    if not isinstance(indexes, tuple):
        raise NeedUnknown
    fitted = []
    for index in indexes:
        if not isinstance(index, GlobalSecondaryIndex):
            raise NeedUnknown
        own = _capacity(index.usage, busiest) if isinstance(index.usage, Usage) else (1, writes)
        fitted.append(msgspec.structs.replace(index, **_fixed(own)))
    replicas = table.replicas
    if isinstance(replicas, tuple):
        plain = {"provisioned_throughput": ProvisionedThroughput(), "autoscaling": Autoscaling()}
        replicas = tuple(
            msgspec.structs.replace(replica, **plain, global_secondary_indexes=())
            if isinstance(replica, Replica)
            else replica
            for replica in replicas
        )
    return msgspec.structs.replace(
        table,
        billing_mode="PROVISIONED",
        global_secondary_indexes=tuple(fitted),
        replicas=replicas,
        **_fixed((reads, writes)),
    )


def _fixed(capacity: tuple[int, int]) -> dict[str, Any]:
    return {"provisioned_throughput": ProvisionedThroughput(*capacity), "autoscaling": Autoscaling()}


def _capacity(usage: Any, busiest: bool) -> tuple[int, int]:
    if not isinstance(usage, Usage):
        raise NeedUnknown
    return (
        _fitting(usage.read_units_p99, usage.read_units_maximum, busiest),
        _fitting(usage.write_units_p99, usage.write_units_maximum, busiest),
    )


def _fitting(percentile: Any, maximum: Any, busiest: bool) -> int:
    known = [peak for peak in (percentile, maximum) if isinstance(peak, (int, float))]
    if not known:
        raise NeedUnknown
    return units_for(known[-1] if busiest else known[0])


def units_for(rate: float) -> int:
    """Capacity units of which a rate of units a second uses TARGET; at least one."""
    return max(1, int((Decimal(str(rate)) / TARGET).to_integral_value(rounding=ROUND_CEILING)))
