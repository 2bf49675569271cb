"""Sensitive values of plans and states reach no report, message, error or cache, whatever is wrong with a document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dyncheck.reports import FORMATS

SECRET = "hunter2"
TABLE = {
    "name": f"{SECRET}-name",
    "arn": f"arn:aws:dynamodb:eu-west-1:111122223333:table/{SECRET}-name",
    "id": f"{SECRET}-name",
    "region": f"{SECRET}-region",
    "billing_mode": "PROVISIONED",
    "read_capacity": 5,
    "write_capacity": 5,
    "hash_key": f"{SECRET}-key",
    "attribute": [{"name": f"{SECRET}-key", "type": "S"}, {"name": f"{SECRET}-unused", "type": "S"}],
    "global_secondary_index": [
        {"name": f"{SECRET}-index", "hash_key": f"{SECRET}-key", "projection_type": f"{SECRET}-type"}
    ],
    "replica": [{"region_name": f"{SECRET}-replica", "kms_key_arn": f"alias/{SECRET}"}],
    "server_side_encryption": [{"enabled": False, "kms_key_arn": f"alias/{SECRET}"}],
    "stream_enabled": True,
    "stream_view_type": f"{SECRET}-view",
    "stream_arn": f"arn:aws:dynamodb:eu-west-1:111122223333:table/{SECRET}-name/stream/1",
    "table_class": f"{SECRET}-class",
    "tags": {"Owner": f"{SECRET}-owner"},
    "tags_all": {"Owner": f"{SECRET}-owner"},
    "ttl": [{"attribute_name": f"{SECRET}-ttl", "enabled": False}],
    "point_in_time_recovery": [{"enabled": False, "recovery_period_in_days": 7}],
    "deletion_protection_enabled": False,
}
OTHERS: dict[str, dict[str, Any]] = {
    "aws_dynamodb_table_item": {
        "table_name": f"{SECRET}-name",
        "hash_key": "id",
        "item": json.dumps({"id": {"S": "a"}, "password": {"S": SECRET}}),
    },
    "aws_dynamodb_resource_policy": {
        "resource_arn": f"arn:aws:dynamodb:eu-west-1:111122223333:table/{SECRET}-name",
        "policy": json.dumps(
            {"Statement": [{"Sid": SECRET, "Effect": "Allow", "Principal": "*", "Action": "dynamodb:*"}]}
        ),
    },
    "aws_dynamodb_table_replica": {
        "global_table_arn": f"arn:aws:dynamodb:eu-west-1:111122223333:table/{SECRET}-name",
        "kms_key_arn": f"alias/{SECRET}",
    },
    "aws_appautoscaling_target": {
        "resource_id": f"table/{SECRET}-name",
        "service_namespace": "dynamodb",
        "scalable_dimension": f"dynamodb:table:{SECRET}",
        "min_capacity": 1,
        "max_capacity": 1,
    },
    "aws_cloudwatch_metric_alarm": {
        "alarm_name": SECRET,
        "namespace": "AWS/DynamoDB",
        "metric_name": "ReadThrottleEvents",
        "dimensions": {"TableName": f"{SECRET}-name"},
    },
    "aws_dax_cluster": {"cluster_name": SECRET, "node_type": f"dax.{SECRET}", "replication_factor": 1},
    "aws_kms_key": {"enable_key_rotation": False, "description": SECRET, "policy": f'{{"a": "{SECRET}"}}'},
}
NOT_SENSITIVE = ("arn", "id", "stream_arn", "tags_all")
"""What the provider computes: Terraform marks none of it, though it repeats what is sensitive."""


def marks(values: Any) -> Any:
    """A mirror in which every text that holds a secret is sensitive, as Terraform marks them."""
    if isinstance(values, dict):
        return {key: marks(value) for key, value in values.items() if key not in NOT_SENSITIVE}
    if isinstance(values, list):
        return [marks(item) for item in values]
    return isinstance(values, str) and SECRET in values


def change(kind: str, values: dict[str, Any], *actions: str) -> dict[str, Any]:
    is_there, stays = "create" not in actions, "delete" not in actions
    return {
        "address": f"{kind}.r_{'_'.join(actions)}",
        "mode": "managed",
        "type": kind,
        "name": "r",
        "change": {
            "actions": list(actions),
            "before": values if is_there else None,
            "after": values if stays else None,
            "after_unknown": {},
            "before_sensitive": marks(values) if is_there else False,
            "after_sensitive": marks(values) if stays else False,
        },
    }


KINDS = {"aws_dynamodb_table": TABLE, **OTHERS}
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "variables": {"password": {"value": SECRET}, "region": {"value": f"{SECRET}-region"}},
    "resource_changes": [
        change(kind, values, action) for kind, values in KINDS.items() for action in ("create", "update", "delete")
    ]
    + [change("aws_dynamodb_table", {key: TABLE[key] for key in ("name", "hash_key", "attribute")}, "create", "x")],
    "configuration": {
        "provider_config": {
            "aws": {
                "name": "aws",
                "expressions": {"region": {"references": ["var.region"]}, "secret_key": {"constant_value": SECRET}},
            }
        },
        "root_module": {"variables": {"password": {"sensitive": True}, "region": {"sensitive": True}}},
    },
}
SHOWN_STATE = {
    "format_version": "1.0",
    "values": {
        "outputs": {"password": {"sensitive": True, "value": SECRET}},
        "root_module": {
            "resources": [
                {
                    "address": f"{kind}.r",
                    "mode": "managed",
                    "type": kind,
                    "name": "r",
                    "values": values,
                    "sensitive_values": marks(values),
                }
                for kind, values in KINDS.items()
            ]
        },
    },
}
STATE_FILE = {
    "version": 4,
    "terraform_version": "1.9.0",
    "outputs": {"password": {"value": SECRET, "type": "string", "sensitive": True}},
    "resources": [
        {
            "mode": "managed",
            "type": kind,
            "name": "r",
            "instances": [
                {
                    "attributes": values,
                    "sensitive_attributes": [
                        [{"type": "get_attr", "value": name}] for name in values if name not in NOT_SENSITIVE
                    ],
                }
            ],
        }
        for kind, values in KINDS.items()
    ],
}
DOCUMENTS = {"plan": PLAN, "state": SHOWN_STATE, "state file": STATE_FILE}


def scan(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A scan in a process of its own, with a cache in the folder, and with its diagnostics."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "dyncheck", "scan", "plan.json", "-v", "--pack", "strict", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)


def everything_written(folder: Path) -> bytes:
    """The contents of all files in a folder but the document."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "plan.json")
    return b"\n".join(path.read_bytes() for path in files)


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("indent", [None, 2])
def test_no_format_shows_a_sensitive_value(tmp_path: Path, name: str, indent: int | None) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(DOCUMENTS[name], indent=indent))
    outputs = [part for format_name in FORMATS for part in ("-f", f"{format_name}=out.{format_name}")]

    done = scan(tmp_path, *outputs, "-f", "text", "--cost", "--sarif-include-unknown")

    assert done.returncode == 1, done.stderr
    assert len(list(tmp_path.glob("out.*"))) == len(FORMATS)
    assert SECRET not in done.stdout + done.stderr
    assert SECRET.encode() not in everything_written(tmp_path)


@pytest.mark.parametrize("format_name", ["text", "json", "markdown"])
def test_no_view_of_a_framework_shows_a_sensitive_value(tmp_path: Path, format_name: str) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))

    done = scan(tmp_path, "--framework", "nist-800-53-r5", "-f", format_name)

    assert done.returncode in (0, 1), done.stderr
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("damage", ["cut", "a quote is missing", "another type", "an escape", "more", "stream"])
def test_no_error_shows_a_sensitive_value(tmp_path: Path, damage: str) -> None:
    text = json.dumps(PLAN, indent=1)
    broken = {
        "cut": text[: text.index(SECRET) + 7],
        "a quote is missing": text.replace(f'"{SECRET}-name"', f'"{SECRET}-name', 1),
        "another type": text.replace('"actions": [', f'"replace_paths": "{SECRET}", "actions": [', 1),
        "an escape": text.replace(SECRET, f"{SECRET}\\x", 1),
        "more": f"{text} {SECRET}",
        "stream": f'{{"@level":"info","@module":"terraform.ui","@message":"{SECRET}"}}\n{text}',
    }[damage]
    (tmp_path / "plan.json").write_text(broken)

    done = scan(tmp_path, "--strict")

    assert done.returncode == 2
    assert "plan.json:" in done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
