"""Capacity of tables and indexes: provisioned units, on-demand maxima, warm throughput."""

from __future__ import annotations

from typing import Any, Final

from dyncheck.location import Location
from dyncheck.model import OnDemandThroughput, ProvisionedThroughput, WarmThroughput
from dyncheck.parsers.terraform.body import BlockBody, Body, single
from dyncheck.parsers.terraform.reading import number
from dyncheck.parsers.terraform.undecided import pair
from dyncheck.values import Unknown, lift

_LIMITS: Final = {
    "on_demand_throughput": ("max_read_request_units", "max_write_request_units"),
    "warm_throughput": ("read_units_per_second", "write_units_per_second"),
}


def limit_places(body: Body) -> dict[str, Location]:
    """Where the arguments of the ``on_demand_throughput`` and ``warm_throughput`` blocks stand, by model path."""
    found: dict[str, Location] = {}
    for kind, arguments in _LIMITS.items():
        block = single(body.blocks(kind))
        for argument in arguments if isinstance(block, BlockBody) else ():
            place = block.place(argument)
            if place is not None:
                found[f"{kind}.{argument}"] = place
    return found


def provisioned_throughput(body: Body, billing_mode: Any) -> ProvisionedThroughput:
    """``read_capacity`` and ``write_capacity``; 0 is "not set" unless the table is known to be provisioned."""
    return ProvisionedThroughput(
        read_capacity_units=_capacity(number(body, "read_capacity"), billing_mode),
        write_capacity_units=_capacity(number(body, "write_capacity"), billing_mode),
    )


def _capacity(units: Any, billing_mode: Any) -> Any:
    if units is None or isinstance(units, Unknown):
        return units
    return pair(lambda plain, mode: None if plain == 0 and mode != "PROVISIONED" else plain, units, billing_mode)


def on_demand_throughput(body: Body) -> OnDemandThroughput:
    """The ``on_demand_throughput`` block; -1 takes a maximum away and is no maximum."""
    block = single(body.blocks("on_demand_throughput"))
    return OnDemandThroughput(
        max_read_request_units=lift(lambda inner: _maximum(inner, "max_read_request_units"), block),
        max_write_request_units=lift(lambda inner: _maximum(inner, "max_write_request_units"), block),
    )


def _maximum(body: Body | None, name: str) -> Any:
    if body is None:
        return None
    value = number(body, name)
    return value if isinstance(value, Unknown) else lift(lambda units: None if units == -1 else units, value)


def warm_throughput(body: Body) -> WarmThroughput:
    """The ``warm_throughput`` block."""
    block = single(body.blocks("warm_throughput"))
    return WarmThroughput(
        read_units_per_second=lift(lambda inner: inner and number(inner, "read_units_per_second"), block),
        write_units_per_second=lift(lambda inner: inner and number(inner, "write_units_per_second"), block),
    )
