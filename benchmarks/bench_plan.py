"""A scan of a large plan: seconds of CPU and the most memory, as another process sees them.

    python -m benchmarks.bench_plan [MEGABYTES] [TABLES]

The plan is that of many modules with one resource each; every resource stands in it twice, as in a real one. Target:
200 MB in bounded memory.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TAGS = {f"key-{number}": "a value of some length" for number in range(20)}
INSTANCE = {"ami": "ami-0123456789", "tags": TAGS, "user_data": "x" * 600, "disks": [{"size": 8, "key": None}] * 10}
TABLE = {
    "name": "orders",
    "billing_mode": "PAY_PER_REQUEST",
    "hash_key": "id",
    "attribute": [{"name": "id", "type": "S"}],
    "tags": TAGS,
    "tags_all": TAGS,
    "deletion_protection_enabled": False,
    "ttl": [{"attribute_name": "until", "enabled": True}],
    "point_in_time_recovery": [{"enabled": False}],
}


def plan(resources: int, tables: int) -> Iterator[str]:
    """The pieces of a plan with so many resources, some of them tables."""
    every = max(resources // max(tables, 1), 1)

    def resource(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
        is_table = number % every == 0
        kind, values = ("aws_dynamodb_table", TABLE) if is_table else ("aws_instance", INSTANCE)
        module = f'module.part["{number}"]'
        entry = {
            "address": f"{module}.{kind}.x",
            "module_address": module,
            "mode": "managed",
            "type": kind,
            "name": "x",
        }
        return entry, values

    yield '{"format_version": "1.2", "planned_values": {"root_module": {"resources": ['
    for number in range(resources):
        entry, values = resource(number)
        yield ("," if number else "") + json.dumps(entry | {"values": values})
    yield ']}}, "resource_changes": ['
    for number in range(resources):
        entry, values = resource(number)
        change = {"actions": ["create"], "before": None, "after": values, "after_unknown": {"id": True}}
        yield ("," if number else "") + json.dumps(entry | {"change": change})
    yield "]}"


def main(megabytes: int = 200, tables: int = 1_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plan.json")
        with path.open("w") as file:
            file.writelines(plan(megabytes * 300, tables))
        arguments = ["-m", "dyncheck", "scan", str(path), "--no-config", "--no-cache", "-q"]
        child = os.posix_spawn(sys.executable, [sys.executable, *arguments], os.environ)
        _, status, used = os.wait4(child, 0)
        print(f"{path.stat().st_size / 1e6:.0f} MB, exit code {os.waitstatus_to_exitcode(status)}")
        print(f"CPU {used.ru_utime + used.ru_stime:.2f} s, at most {used.ru_maxrss / 1024:.0f} MiB of memory")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
