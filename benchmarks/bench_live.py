"""Live accounts: how fast a collection is, how close a sweep comes to AWS's quotas, and what a huge snapshot costs.

::

    python benchmarks/bench_live.py collect [TABLES]     against a local server: one call after the other, and together
    python benchmarks/bench_live.py quotas [TABLES]      on a simulated clock, with AWS's documented rates
    python benchmarks/bench_live.py scan [TABLES]        memory and time of scanning a snapshot with all rules
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from dyncheck.parsers.live import operations as ops  # noqa: E402
from dyncheck.parsers.live.access import Access, Clients, open_session  # noqa: E402
from dyncheck.parsers.live.accounts import Reach  # noqa: E402
from dyncheck.parsers.live.collection import Hooks, collect  # noqa: E402
from dyncheck.parsers.live.units import UnitOptions  # noqa: E402
from tests.parsers.live import aws, snapshots  # noqa: E402
from tests.parsers.live.conftest import ENVIRONMENT  # noqa: E402
from tests.parsers.live.test_scheduler import bound, sweep  # noqa: E402

REGION = "us-east-1"
ROUND_TRIPS = (0.0, 0.002, 0.005, 0.02)
"""Seconds that an answer is on its way: none, as from a machine in the Region, and as from one that is not."""


class Far:
    """The local server as if it were ``seconds`` away."""

    seconds = 0.0

    def __init__(self, near: Any) -> None:
        self._near = near

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        time.sleep(self.seconds)
        return self._near(environ, start)


def serve(tables: int, round_trip: float) -> None:
    """A server in a process of its own, which says its address and ends with its standard input."""
    aws.TABLES.clear()
    aws.TABLES[(aws.OTHER, REGION)] = tables
    with aws.server(Far) as url:
        aws.populate(url)
        Far.seconds = round_trip
        print(url, flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def server(tables: int, round_trip: float) -> Iterator[str]:
    command = [sys.executable, __file__, "serve", str(tables), str(round_trip)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        assert process.stdin is not None
        process.stdin.close()


Made = list[tuple[ops.Operation, str, dict[str, Any]]]


def one_after_the_other(access: Access, made: Made) -> float:
    """Seconds for the calls of a collection, made in turn."""
    clients = Clients(open_session(access), access)
    started = time.perf_counter()
    for operation, region, parameters in made:
        clients.call(operation, region, parameters)
    return time.perf_counter() - started


def together(access: Access) -> tuple[float, Made]:
    """Seconds of a collection without quotas, and the calls that it made."""
    made: Made = []
    original = Clients.call

    def noted(self: Clients, operation: ops.Operation, region: str, parameters: Mapping[str, Any]) -> Any:
        made.append((operation, region, dict(parameters)))
        return original(self, operation, region, parameters)

    options = UnitOptions(time="2026-11-20T12:00:00+00:00", quotas=False)
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(Clients, "call", noted):
        started = time.perf_counter()
        hooks = Hooks(print, lambda _: None)
        collect(Reach(access=access, regions=(REGION,)), Path(folder) / "s.jsonl", hooks, options=options)
        return time.perf_counter() - started, made


def bench_collect(tables: int) -> None:
    os.environ.update(ENVIRONMENT)
    for round_trip in ROUND_TRIPS:
        with server(tables, round_trip) as url:
            access = Access(endpoint_url=url, role_arn=aws.role_arn(aws.OTHER), attempts=1)
            fast, made = min((together(access) for _ in range(2)), key=lambda found: found[0])
            slow = one_after_the_other(access, made)
            print(
                f"{tables} tables, {len(made)} calls, {round_trip * 1000:.0f} ms away: "
                f"one after the other {slow:.1f} s, together {fast:.1f} s, {slow / fast:.1f} times as fast",
                flush=True,
            )


def bench_quotas(tables: int) -> None:
    for regions, latency in ((1, 0.02), (1, 0.05), (1, 0.2), (20, 0.2)):
        taken = sweep(tables, regions=regions, latency=latency).now()
        least = bound(tables)
        print(
            f"{tables} tables in each of {regions} Regions at {latency * 1000:.0f} ms a call: {taken:.1f} s; "
            f"the slowest quota needs {least:.1f} s: {100 * (taken / least - 1):+.1f} %"
        )


def bench_scan(tables: int) -> None:
    """Accounts of 10,000 tables in a Region, as many as AWS allows; one table in twenty lacks recovery."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshot.jsonl"
        write_snapshot(path, tables)
        arguments = ["scan", str(path), "--select", "*", "-f", f"json={folder}/report.json"]
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "dyncheck", *arguments], cwd=ROOT, check=False)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        summary = json.loads((Path(folder) / "report.json").read_text())["summary"]
        print(
            f"{summary['tables']:,} tables, {path.stat().st_size / 1e6:,.0f} MB, "
            f"{sum(summary['findings'].values()):,} findings: {seconds:.0f} s, {peak:.0f} MB at the most"
        )


def write_snapshot(path: Path, tables: int) -> None:
    regions = max(1, tables // 10_000)
    recovery = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}}
    with path.open("w") as file:
        file.write(json.dumps(snapshots.header(regions), separators=(",", ":")) + "\n")
        for region in range(regions):
            account = f"{region:012}"
            record = snapshots.region(tables // regions, account=account)
            file.write(json.dumps(record) + "\n")
            for number in range(tables // regions):
                backups = recovery if number % 20 else {}
                about = snapshots.call("dynamodb:DescribeContinuousBackups", {"ContinuousBackupsDescription": backups})
                made = snapshots.table(f"table-{number}", about, description={"DeletionProtectionEnabled": True})
                made |= {"account": account, "arn": made["arn"].replace(snapshots.ACCOUNT, account)}
                file.write(json.dumps(made) + "\n")


def main() -> None:
    what, *rest = sys.argv[1:] or ["quotas"]
    if what == "serve":
        serve(int(rest[0]), float(rest[1]))
        return
    benchmarks = {"collect": (bench_collect, 1000), "quotas": (bench_quotas, 2500), "scan": (bench_scan, 100_000)}
    run, number = benchmarks[what]
    run(int(rest[0]) if rest else number)


if __name__ == "__main__":
    main()
