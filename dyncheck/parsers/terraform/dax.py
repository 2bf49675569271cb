"""``aws_dax_cluster``: encryption at rest and TLS are off unless they are asked for, at creation only."""

from __future__ import annotations

from dyncheck.model import DaxCluster
from dyncheck.parsers.terraform.body import Body, single
from dyncheck.parsers.terraform.reading import Context, flag, merged_tags, number, places, strings, tag_map, text
from dyncheck.parsers.terraform.undecided import default
from dyncheck.values import lift


def dax_cluster(context: Context, body: Body) -> DaxCluster:
    """A DAX cluster."""
    encryption = single(body.blocks("server_side_encryption"))
    locations = places(
        body,
        {
            "name": "cluster_name",
            "region": "region",
            "node_type": "node_type",
            "replication_factor": "replication_factor",
            "availability_zones": "availability_zones",
            "sse_enabled": "server_side_encryption",
            "cluster_endpoint_encryption_type": "cluster_endpoint_encryption_type",
            "tags": "tags",
        },
    )
    if hasattr(encryption, "place"):
        locations["sse_enabled"] = encryption.place("enabled") or encryption.header
    return DaxCluster(
        address=context.address,
        stack=context.stack,
        source="terraform",
        resource_type=context.resource_type,
        presence=context.presence,
        name=text(body, "cluster_name"),
        region=context.provider.region,
        account=context.provider.account,
        node_type=text(body, "node_type"),
        replication_factor=number(body, "replication_factor"),
        availability_zones=strings(body.value("availability_zones")),
        sse_enabled=lift(lambda block: False if block is None else flag(block, "enabled"), encryption),
        cluster_endpoint_encryption_type=default(text(body, "cluster_endpoint_encryption_type"), "NONE"),
        tags=merged_tags(tag_map(context.provider.default_tags), tag_map(body.value("tags"))),
        locations=locations,
    )
