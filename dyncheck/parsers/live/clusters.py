"""DAX clusters of a live account."""

from __future__ import annotations

from typing import Any

from dyncheck.location import Location
from dyncheck.model import DaxCluster
from dyncheck.parsers.live.calls import Calls
from dyncheck.parsers.live.records import ClusterRecord
from dyncheck.parsers.live.replicas import tags
from dyncheck.values import Unknown


def cluster(record: ClusterRecord, place: Location) -> DaxCluster:
    """The cluster of a record. Raises FieldError for a response that is not as it should be."""
    calls = Calls(record.calls)
    described = calls.answer("dax:DescribeClusters")

    def of(part: Any) -> Any:
        if isinstance(described, Unknown):
            return described
        own = [item for item in described.clusters if item.cluster_name == record.name]
        return part(own[0]) if own else Unknown(frozenset({"dax:DescribeClusters does not list it"}))

    return DaxCluster(
        locations={"": place},
        address=record.arn,
        stack="",
        source="live",
        resource_type="AWS::DAX::Cluster",
        name=record.name,
        region=record.region,
        account=record.account,
        node_type=of(lambda it: it.node_type),
        replication_factor=of(lambda it: it.total_nodes),
        availability_zones=of(lambda it: tuple(node.availability_zone for node in it.nodes if node.availability_zone)),
        sse_enabled=of(lambda it: it.sse_description is not None and it.sse_description.status == "ENABLED"),
        cluster_endpoint_encryption_type=of(lambda it: it.cluster_endpoint_encryption_type or "NONE"),
        tags=tags(calls.answer("dax:ListTags")),
    )
