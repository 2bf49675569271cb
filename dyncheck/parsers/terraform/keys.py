"""Keys, attributes, projections and secondary indexes of ``aws_dynamodb_table``."""

from __future__ import annotations

from typing import Any, Final

from dyncheck.model import (
    AttributeDefinition,
    GlobalSecondaryIndex,
    KeyElement,
    LocalSecondaryIndex,
    Projection,
)
from dyncheck.parsers.terraform.body import Body, each
from dyncheck.parsers.terraform.capacity import (
    limit_places,
    on_demand_throughput,
    provisioned_throughput,
    warm_throughput,
)
from dyncheck.parsers.terraform.reading import collected, needed_text, places, strings, text
from dyncheck.values import ABSENT, Choice, OpenList, choose

_PROJECTION: Final = {"projection_type": "projection_type", "non_key_attributes": "non_key_attributes"}
_CAPACITY: Final = {
    "provisioned_throughput.read_capacity_units": "read_capacity",
    "provisioned_throughput.write_capacity_units": "write_capacity",
    "on_demand_throughput": "on_demand_throughput",
    "warm_throughput": "warm_throughput",
}


def attribute_definitions(body: Body) -> Any:
    """The ``attribute`` blocks of a table."""
    return collected(each(body.blocks("attribute"), _attribute_definition))


def _attribute_definition(body: Body) -> AttributeDefinition:
    return AttributeDefinition(
        attribute_name=needed_text(body, "name"),
        attribute_type=needed_text(body, "type"),
        locations=places(body, {"attribute_name": "name", "attribute_type": "type"}),
    )


def key_schema(body: Body) -> Any:
    """The keys given by ``hash_key`` and ``range_key``, and by ``key_schema`` blocks."""
    simple = (_simple_key(body, "hash_key", "HASH"), _simple_key(body, "range_key", "RANGE"))
    present = tuple(key for key in simple if key is not ABSENT)
    blocks = collected(each(body.blocks("key_schema"), _key_element))
    if isinstance(blocks, OpenList):
        return OpenList((*present, *blocks.items), blocks.because)
    return (*present, *blocks)


def _simple_key(body: Body, argument: str, key_type: str) -> Any:
    """A key element; one that may be null (an unknown name with a null default) may still be absent."""
    place = body.place(argument)
    locations = {"": place, "attribute_name": place} if place is not None else {"": body.header}

    def build(name: Any) -> Any:
        if isinstance(name, Choice):
            return choose(name.condition, build(name.if_true), build(name.if_false))
        return ABSENT if name is None else KeyElement(attribute_name=name, key_type=key_type, locations=locations)

    return build(text(body, argument))


def _key_element(body: Body) -> KeyElement:
    return KeyElement(
        attribute_name=needed_text(body, "attribute_name"),
        key_type=needed_text(body, "key_type"),
        locations=places(body, {"attribute_name": "attribute_name", "key_type": "key_type"}),
    )


def projection(body: Body) -> Projection:
    """The projection arguments of an index block."""
    return Projection(
        projection_type=text(body, "projection_type"),
        non_key_attributes=strings(body.value("non_key_attributes")),
        locations=places(body, _PROJECTION),
    )


def global_secondary_indexes(body: Body, billing_mode: Any) -> Any:
    """The ``global_secondary_index`` blocks of a table."""
    return collected(
        each(body.blocks("global_secondary_index"), lambda index: global_secondary_index(index, billing_mode))
    )


def global_secondary_index(body: Body, billing_mode: Any) -> GlobalSecondaryIndex:
    """One global secondary index from its block."""
    return GlobalSecondaryIndex(
        index_name=text(body, "name"),
        key_schema=key_schema(body),
        projection=projection(body),
        provisioned_throughput=provisioned_throughput(body, billing_mode),
        on_demand_throughput=on_demand_throughput(body),
        warm_throughput=warm_throughput(body),
        locations=places(body, {"index_name": "name", "key_schema": _key_argument(body), **_CAPACITY})
        | limit_places(body),
    )


def local_secondary_indexes(body: Body) -> Any:
    """The ``local_secondary_index`` blocks; their partition key is the table's."""
    partition_key = _simple_key(body, "hash_key", "HASH")

    def build(index: Body) -> LocalSecondaryIndex:
        keys = (partition_key, _simple_key(index, "range_key", "RANGE"))
        return LocalSecondaryIndex(
            index_name=text(index, "name"),
            key_schema=tuple(key for key in keys if key is not ABSENT),
            projection=projection(index),
            locations=places(index, {"index_name": "name", "key_schema": "range_key"}),
        )

    return collected(each(body.blocks("local_secondary_index"), build))


def _key_argument(body: Body) -> str:
    return "hash_key" if body.written("hash_key") else "key_schema"
