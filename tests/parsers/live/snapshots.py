"""Snapshots made by hand: a few records, each a plain dictionary that a test may spoil."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-west-1"
TIME = "2026-11-20T12:00:00+00:00"

Record = dict[str, Any]


def call(operation: str, response: Any = None, *, error: str | None = None, **parameters: Any) -> Record:
    found: Record = {"operation": operation, "parameters": parameters, "response": response}
    return found if error is None else {**found, "error": {"code": error, "message": ""}}


def header(regions: int = 1, **changes: Any) -> Record:
    tool = {"name": "dyncheck", "version": "0.1.0", "botocore": "1.44.5"}
    return {
        "record": "header",
        "schema": "dyncheck-snapshot/1",
        "tool": tool,
        "time": TIME,
        "regions": regions,
    } | changes


def region(tables: int = 1, /, *calls: Record, **changes: Any) -> Record:
    """The record of a Region in which nothing stands beside the tables."""
    empty = [
        call("dynamodb:ListTables", {"TableNames": []}),
        call("dynamodb:ListContributorInsights", {}),
        call("dynamodb:ListBackups", {}),
        call("dynamodb:ListGlobalTables", {}),
        call("application-autoscaling:DescribeScalableTargets", {}),
        call("application-autoscaling:DescribeScalingPolicies", {}),
        call("backup:ListBackupPlans", {}),
        call("backup:ListProtectedResources", {}),
        call("backup:DescribeRegionSettings", {}),
        call("cloudwatch:DescribeAlarms", {}),
        call("lambda:ListEventSourceMappings", {}),
        call("pipes:ListPipes", {}),
    ]
    own = {each["operation"] for each in calls}
    return {
        "record": "region",
        "account": ACCOUNT,
        "partition": "aws",
        "region": REGION,
        "time": TIME,
        "complete": True,
        "tables": tables,
        "calls": [*(each for each in empty if each["operation"] not in own), *calls],
    } | changes


def arn(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def table(name: str = "orders", /, *calls: Record, description: Record | None = None, **changes: Any) -> Record:
    """The record of an on-demand table of which every call has the plainest answer."""
    described = {
        "TableName": name,
        "TableStatus": "ACTIVE",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        **(description or {}),
    }
    about = {"TableName": name}
    plain = [
        call("dynamodb:DescribeTable", {"Table": described}, **about),
        call("dynamodb:DescribeContinuousBackups", {"ContinuousBackupsDescription": {}}, **about),
        call("dynamodb:DescribeTimeToLive", {"TimeToLiveDescription": {}}, **about),
        call("dynamodb:ListTagsOfResource", {"Tags": []}, ResourceArn=arn(name)),
        call("dynamodb:GetResourcePolicy", error="PolicyNotFoundException", ResourceArn=arn(name)),
        call("dynamodb:DescribeKinesisStreamingDestination", {"KinesisDataStreamDestinations": []}, **about),
    ]
    own = {each["operation"] for each in calls}
    return {
        "record": "table",
        "account": ACCOUNT,
        "region": REGION,
        "name": name,
        "arn": arn(name),
        "calls": [*(each for each in plain if each["operation"] not in own), *calls],
    } | changes


def write(path: Path, *records: Record | bytes) -> Path:
    """Write records, or bytes as they are, one to a line."""
    lines = (it if isinstance(it, bytes) else json.dumps(it, separators=(",", ":")).encode() for it in records)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path
