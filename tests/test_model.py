"""Where a finding points: the attribute itself, else the nearest thing around it that has a place."""

from __future__ import annotations

import pytest

from dyncheck.location import Location, Span
from dyncheck.model import (
    Encryption,
    GlobalSecondaryIndex,
    Projection,
    Stream,
    StreamConsumer,
    Table,
    locate,
)
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, Choice, OpenList, unknown


def at(line: int) -> Location:
    return Location(Span("main.tf", line, 1, line, 10))


def table(**settings: object) -> Table:
    return Table(
        address="aws_dynamodb_table.t",
        stack="",
        source="terraform",
        resource_type="aws_dynamodb_table",
        **settings,  # type: ignore[arg-type]
    )


INDEXES = (
    GlobalSecondaryIndex(index_name="a"),
    GlobalSecondaryIndex(
        locations={"": at(10), "projection": at(11), "provisioned_throughput.write_capacity_units": at(12)},
        index_name="b",
        projection=Projection(locations={"": at(13), "projection_type": at(14)}, projection_type="ALL"),
    ),
)
TABLE = table(
    locations={"": at(1), "billing_mode": at(2), "encryption": at(3), "encryption.kms_key": at(4)},
    encryption=Encryption(locations={"": at(5), "sse_enabled": at(6)}),
    global_secondary_indexes=INDEXES,
    stream=Stream(consumers=(StreamConsumer(kind="lambda", locations={"": at(20)}),)),
)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("billing_mode", 2),
        ("table_class", 1),
        ("provisioned_throughput.read_capacity_units", 1),
        ("encryption", 5),
        ("encryption.sse_enabled", 6),
        ("encryption.kms_key", 4),
        ("encryption.kind", 5),
        ("global_secondary_indexes", 1),
        ("global_secondary_indexes[0]", 1),
        ("global_secondary_indexes[1]", 10),
        ("global_secondary_indexes[1].projection", 13),
        ("global_secondary_indexes[1].projection.projection_type", 14),
        ("global_secondary_indexes[1].projection.non_key_attributes", 13),
        ("global_secondary_indexes[1].provisioned_throughput.write_capacity_units", 12),
        ("global_secondary_indexes[1].provisioned_throughput.read_capacity_units", 10),
        ("global_secondary_indexes[7].index_name", 1),
        ("stream.consumers[0].maximum_retry_attempts", 20),
        ("no_such_field.at_all", 1),
    ],
)
def test_the_place_is_the_attribute_or_the_nearest_around_it(path: str, line: int) -> None:
    assert locate(TABLE, path) == at(line)


def test_a_resource_without_places_has_none() -> None:
    assert locate(table(), "billing_mode") is None


def test_elements_of_an_open_list_have_places_too() -> None:
    opened = table(global_secondary_indexes=OpenList(INDEXES, frozenset({"var.indexes"})))
    assert locate(opened, "global_secondary_indexes[1].projection") == at(13)


def test_an_unknown_setting_stands_where_it_is_written() -> None:
    undecided = table(locations={"": at(1), "encryption.kms_key": at(4)}, encryption=unknown("var.sse"))
    assert locate(undecided, "encryption.kms_key") == at(4)


def test_an_undecided_setting_falls_back_to_what_is_around_it() -> None:
    choice = Choice(Condition.opaque("c", ()), Encryption(locations={"": at(9)}), ABSENT)
    assert locate(table(locations={"": at(1)}, encryption=choice), "encryption.kind") == at(1)


def test_the_header_of_a_table_is_its_own_place() -> None:
    assert (TABLE.header(), table().header()) == (at(1), None)
