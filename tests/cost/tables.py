"""Tables for tests of cost: read by the real parsers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dyncheck.model import DaxCluster, Table
from dyncheck.sources import collect_text

PROVIDER = 'provider "aws" {\n  region = "us-east-1"\n}\n'
ATTRIBUTE = '  attribute {\n    name = "id"\n    type = "S"\n  }\n'


def terraform(body: str, name: str = "orders") -> str:
    """The text of a table with a key."""
    return f'resource "aws_dynamodb_table" "{name}" {{\n  name = "{name}"\n  hash_key = "id"\n{ATTRIBUTE}{body}\n}}\n'


def index(name: str, projection: str = "ALL", more: str = "") -> str:
    """The text of an index on the key of the table."""
    return (
        f'  global_secondary_index {{\n    name = "{name}"\n    hash_key = "id"\n'
        f'    projection_type = "{projection}"\n{more}\n  }}\n'
    )


def one_table(body: str, before: str = PROVIDER) -> Table:
    """The table that Terraform text declares in us-east-1, or wherever ``before`` says."""
    (table,) = (item for item in collect_text(before + terraform(body), "main.tf") if isinstance(item, Table))
    return table


def template(text: str, region: str | None = "us-east-1") -> Table:
    """The table of a template."""
    (table,) = (item for item in collect_text(text, "template.yaml", region=region) if isinstance(item, Table))
    return table


def one_cluster(body: str, before: str = PROVIDER) -> DaxCluster:
    """A DAX cluster."""
    text = f'resource "aws_dax_cluster" "c" {{\n  cluster_name = "c"\n  iam_role_arn = "r"\n{body}\n}}\n'
    (cluster,) = (item for item in collect_text(before + text, "main.tf") if isinstance(item, DaxCluster))
    return cluster


def observed_table(
    *,
    reads: Sequence[float],
    writes: Sequence[float],
    capacity: tuple[int, int] | None = None,
    indexes: Mapping[str, Sequence[float]] | None = None,
    size_gb: int = 0,
) -> Table:
    """A live table in us-east-1 with these units a second in each hour; on-demand without a capacity.

    ``indexes``: the writes of each index in each hour; nobody reads them.
    """
    units = {"ReadCapacityUnits": capacity[0], "WriteCapacityUnits": capacity[1]} if capacity else None
    series = [reads, writes, (), (), (), ()]
    described: dict[str, Any] = {
        "TableName": "orders",
        "TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "ItemCount": 0,
        "TableSizeBytes": size_gb * 10**9,
        **({"ProvisionedThroughput": units} if units else {"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}),
        "GlobalSecondaryIndexes": [],
    }
    for name, written in (indexes or {}).items():
        series += [(), written, (), (), (), ()]
        described["GlobalSecondaryIndexes"].append(
            {
                "IndexName": name,
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": units or {},
            }
        )
    metrics = [{"Id": f"m{number}", "Values": [rate * 3600 for rate in values]} for number, values in enumerate(series)]
    return snapshot_table(
        described,
        {
            "operation": "cloudwatch:GetMetricData",
            "parameters": {"Days": len(reads) // 24},
            "response": {"MetricDataResults": metrics},
        },
    )


def snapshot_table(described: Mapping[str, Any], *calls: Mapping[str, Any]) -> Table:
    """The table of a snapshot of us-east-1 by its description and further calls; nothing scales, recovery is off."""
    place = {"account": "111122223333", "region": "us-east-1"}
    recovery = {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }
    time = "2026-11-01T00:00:00Z"
    name = described["TableName"]

    def call(operation: str, response: Mapping[str, Any]) -> dict[str, Any]:
        return {"operation": operation, "response": response}

    records = [
        {
            "record": "header",
            "schema": "dyncheck-snapshot/1",
            "tool": {"name": "dyncheck", "version": "0.1.0", "botocore": "1.40.0"},
            "time": time,
            "regions": 1,
        },
        {
            "record": "region",
            **place,
            "partition": "aws",
            "time": time,
            "complete": True,
            "tables": 1,
            "calls": [
                call("dynamodb:ListTables", {"TableNames": [name]}),
                call("application-autoscaling:DescribeScalableTargets", {"ScalableTargets": []}),
                call("application-autoscaling:DescribeScalingPolicies", {"ScalingPolicies": []}),
            ],
        },
        {
            "record": "table",
            **place,
            "name": name,
            "arn": f"arn:aws:dynamodb:us-east-1:111122223333:table/{name}",
            "calls": [
                call("dynamodb:DescribeTable", {"Table": described}),
                call("dynamodb:DescribeContinuousBackups", {"ContinuousBackupsDescription": recovery}),
                *calls,
            ],
        },
    ]
    text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
    (table,) = (item for item in collect_text(text, "orders.jsonl") if isinstance(item, Table))
    return table
