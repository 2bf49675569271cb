"""Keys, indexes and capacities of a live table, as the model has them."""

from __future__ import annotations

from typing import Any, Final

from dyncheck.location import Location
from dyncheck.model import (
    AttributeDefinition,
    GlobalSecondaryIndex,
    KeyElement,
    LocalSecondaryIndex,
    OnDemandThroughput,
    Projection,
    ProvisionedThroughput,
    VectorIndex,
    WarmThroughput,
)
from dyncheck.parsers.live import responses

_DEFAULT_WARM: Final = (12_000, 4_000)
"""What every on-demand table is ready for from the start."""

_UNLIMITED: Final = -1


def provisioned(found: responses.Provisioned, billing_mode: str) -> ProvisionedThroughput:
    """Capacity; an on-demand table reports 0, which is none."""
    if billing_mode != "PROVISIONED":
        return ProvisionedThroughput()
    return ProvisionedThroughput(found.read_capacity_units, found.write_capacity_units)


def override(found: responses.ReadOverride) -> ProvisionedThroughput:
    """Read capacity of a replica where it has its own; 0 is none."""
    return ProvisionedThroughput(found.read_capacity_units or None)


def on_demand(found: responses.OnDemand) -> OnDemandThroughput:
    """Limits; -1 is no limit."""
    return OnDemandThroughput(_limit(found.max_read_request_units), _limit(found.max_write_request_units))


def on_demand_override(found: responses.RequestOverride) -> OnDemandThroughput:
    """The limit of a replica's reads where it has its own."""
    return OnDemandThroughput(_limit(found.max_read_request_units))


def _limit(units: int | None) -> int | None:
    return None if units == _UNLIMITED else units


def warm(found: responses.Warm, billing_mode: str) -> WarmThroughput:
    """Warm throughput above what an on-demand table starts with; that of a provisioned table follows its capacity."""
    if billing_mode != "PAY_PER_REQUEST":
        return WarmThroughput()
    reads, writes = found.read_units_per_second, found.write_units_per_second
    return WarmThroughput(
        None if reads == _DEFAULT_WARM[0] else reads,
        None if writes == _DEFAULT_WARM[1] else writes,
    )


def attributes(found: tuple[responses.Attribute, ...]) -> tuple[AttributeDefinition, ...]:
    """Attribute definitions; their order means nothing, so they stand by name."""
    return tuple(
        AttributeDefinition(attribute_name=item.attribute_name, attribute_type=item.attribute_type)
        for item in sorted(found, key=lambda item: item.attribute_name)
    )


def key_schema(found: tuple[responses.KeyElement, ...]) -> tuple[KeyElement, ...]:
    """The elements of a key, in order."""
    return tuple(KeyElement(attribute_name=item.attribute_name, key_type=item.key_type) for item in found)


def projection(found: responses.Projection) -> Projection:
    """What an index holds."""
    return Projection(projection_type=found.projection_type, non_key_attributes=tuple(sorted(found.non_key_attributes)))


def global_index(found: responses.GlobalIndex, billing_mode: str, usage: Any, place: Location) -> GlobalSecondaryIndex:
    """A global secondary index."""
    return GlobalSecondaryIndex(
        locations={"": place},
        index_name=found.index_name,
        key_schema=key_schema(found.key_schema),
        projection=projection(found.projection),
        provisioned_throughput=provisioned(found.provisioned_throughput, billing_mode),
        on_demand_throughput=on_demand(found.on_demand_throughput),
        warm_throughput=warm(found.warm_throughput, billing_mode),
        usage=usage,
    )


def local_index(found: responses.LocalIndex, place: Location) -> LocalSecondaryIndex:
    """A local secondary index."""
    return LocalSecondaryIndex(
        locations={"": place},
        index_name=found.index_name,
        key_schema=key_schema(found.key_schema),
        projection=projection(found.projection),
    )


def vector_index(found: responses.VectorIndex, place: Location) -> VectorIndex:
    """A vector index."""
    return VectorIndex(
        locations={"": place},
        index_name=found.index_name,
        vector_attribute=found.vector_attribute.attribute_name,
        dimensions=found.dimensions,
        distance_function=found.distance_function,
        projection=projection(found.projection),
        search_schema=tuple(
            KeyElement(attribute_name=item.attribute_name, key_type=item.search_schema_element_type)
            for item in found.search_schema
        ),
    )
