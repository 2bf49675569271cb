"""The partitions of Regions."""

from __future__ import annotations

import boto3

from dyncheck.partitions import partition_of


def test_every_region_has_the_partition_that_the_sdk_gives_it() -> None:
    session = boto3.Session()
    expected = {
        region: partition
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("dynamodb", partition)
    }
    assert len(set(expected.values())) > 5
    assert {region: partition_of(region) for region in expected} == expected
