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


def provisioned_for(table: Table, share: Decimal = TARGET) -> Table:
    """The table with fixed capacity for the peaks of its use, of which ``share`` is then used. Raises NeedUnknown.

    An index whose use is not known gets the writes of the table, as AWS advises, and a single read unit.
    """
    reads, writes = _capacity(table.usage, share)
    indexes = table.global_secondary_indexes
    if not isinstance(indexes, tuple):
        raise NeedUnknown
    fitted = []
    for index in indexes:
        if not isinstance(index, GlobalSecondaryIndex):
            raise NeedUnknown
        own = _capacity(index.usage, share) if isinstance(index.usage, Usage) else (1, writes)
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


def _capacity(usage: Any, share: Decimal) -> tuple[int, int]:
    if not isinstance(usage, Usage):
        raise NeedUnknown
    return _units(usage.read_units_maximum, share), _units(usage.write_units_maximum, share)


def _units(peak: Any, share: Decimal) -> int:
    """Capacity units of which a peak uses the share; at least one."""
    if not isinstance(peak, (int, float)):
        raise NeedUnknown
    return max(1, int((Decimal(str(peak)) / share).to_integral_value(rounding=ROUND_CEILING)))
