"""On a Dask cluster a collection has the same bytes as on this machine, also when a worker dies."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dyncheck.errors import LiveError
from dyncheck.parsers.live.accounts import Reach
from tests.parsers.live import aws
from tests.parsers.live.collecting import access, lasting, read, run, tables
from tests.parsers.live.faults import Fault, inject

pytestmark = pytest.mark.filterwarnings("ignore")

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client(endpoint: str) -> Iterator[Any]:
    """A client of two worker processes on this machine."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as connected,
    ):
        yield connected


def everything(endpoint: str) -> Reach:
    return Reach(access=access(endpoint), regions=aws.REGIONS)


def test_a_cluster_makes_the_same_bytes_as_threads(client: Any, endpoint: str, tmp_path: Path) -> None:
    run(everything(endpoint), tmp_path / "threads.jsonl")
    run(everything(endpoint), tmp_path / "dask.jsonl", executor=client.get_executor(retries=2, pure=False))
    assert lasting(tmp_path / "dask.jsonl") == lasting(tmp_path / "threads.jsonl")
    assert (len(tables(tmp_path / "dask.jsonl")), read(tmp_path / "dask.jsonl")[1]) == (20, [])


def test_a_unit_whose_worker_dies_is_collected_by_another(client: Any, endpoint: str, tmp_path: Path) -> None:
    run(everything(endpoint), tmp_path / "threads.jsonl")
    victim = next(iter(client.run(os.getpid).values()))
    killer = threading.Timer(0.2, os.kill, (victim, signal.SIGKILL))
    killer.start()
    run(everything(endpoint), tmp_path / "dask.jsonl", executor=client.get_executor(retries=2, pure=False))
    killer.join()
    assert lasting(tmp_path / "dask.jsonl") == lasting(tmp_path / "threads.jsonl")


def test_the_command_line_takes_the_address_of_a_scheduler(client: Any, endpoint: str, tmp_path: Path) -> None:
    from dyncheck.cli.snapshot import snapshot

    run(everything(endpoint), tmp_path / "threads.jsonl")
    reach = ["--endpoint-url", endpoint, "--role-arn", aws.role_arn(aws.OTHER)]
    regions = [part for region in aws.REGIONS for part in ("--region", region)]
    engine = ["--engine", "dask", "--scheduler", client.scheduler.address]
    snapshot.main(["-o", str(tmp_path / "dask.jsonl"), *reach, *regions, *engine], standalone_mode=False)
    assert tables(tmp_path / "dask.jsonl").keys() == tables(tmp_path / "threads.jsonl").keys()
    assert read(tmp_path / "dask.jsonl")[1] == []


def test_expired_credentials_on_a_worker_stop_with_what_is_there(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as executor:
        inject(patch, Fault("dynamodb.DescribeTimeToLive", "ExpiredTokenException", after=3))
        with pytest.raises(LiveError, match="ExpiredTokenException"):
            run(everything(endpoint), tmp_path / "s.jsonl", executor=executor)
    assert [problem.message for problem in read(tmp_path / "s.jsonl")[1] if "interrupted" in problem.message] == [
        f"account {aws.OTHER}, Region us-east-1: the collection was interrupted; tables are missing"
    ]
    run(everything(endpoint), tmp_path / "s.jsonl", resume=True)
    assert (len(tables(tmp_path / "s.jsonl")), read(tmp_path / "s.jsonl")[1]) == (20, [])
