"""Collections as the tests run them: against the local server, without quotas, at a fixed time."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dyncheck.model import Problem, Resource, Table
from dyncheck.parsers.live.access import Access
from dyncheck.parsers.live.accounts import Reach
from dyncheck.parsers.live.collection import Hooks, Progress, collect
from dyncheck.parsers.live.source import SnapshotSource
from dyncheck.parsers.live.units import UnitOptions
from tests.parsers.live import aws

TIME = "2026-11-20T12:00:00+00:00"


def options(**changes: Any) -> UnitOptions:
    return UnitOptions(**{"time": TIME, "quotas": False, **changes})


def access(endpoint: str, account: str | None = aws.OTHER) -> Access:
    role = aws.role_arn(account) if account is not None else None
    return Access(endpoint_url=endpoint, role_arn=role, attempts=1)


def small(endpoint: str) -> Reach:
    """The account with twenty tables in one Region."""
    return Reach(access=access(endpoint), regions=("us-east-1",))


def run(reach: Reach, target: Path, **arguments: Any) -> list[str]:
    """Collect, and give the remarks that were made."""
    said: list[str] = []
    progress: Callable[[Progress], None] = arguments.pop("progress", lambda _: None)
    arguments.setdefault("options", options())
    collect(reach, target, Hooks(said.append, progress), **arguments)
    return said


def read(path: Path) -> tuple[list[Resource], list[Problem]]:
    """The resources and problems of a snapshot."""
    found = list(SnapshotSource(path.parent, path.name).collect())
    resources = [item for item in found if not isinstance(item, Problem)]
    return resources, [item for item in found if isinstance(item, Problem)]


def tables(path: Path, region: str = "us-east-1") -> dict[str, Any]:
    """The tables of a Region, by name."""
    return {str(item.name): item for item in read(path)[0] if isinstance(item, Table) and item.region == region}


def lasting(path: Path) -> list[bytes]:
    """The lines of a snapshot without the times that the server makes up anew for every call."""
    pattern = rb'"(?:Earliest|Latest)RestorableDateTime":"[^"]*",?'
    return [re.sub(pattern, b"", line) for line in path.read_bytes().splitlines()]
