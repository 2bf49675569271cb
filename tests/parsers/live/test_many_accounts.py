"""What hundreds of accounts and Regions would cost a process: models are read once, and connections are allowed."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from dyncheck.errors import DyncheckError
from dyncheck.parsers.live.access import Access, Clients, open_session
from dyncheck.parsers.live.accounts import Reach
from dyncheck.parsers.live.collection import LEAST_WORKERS, MOST_WORKERS, workers_for
from dyncheck.parsers.live.scheduler import Job, Scheduler
from dyncheck.parsers.live.units import Unit, UnitRun
from tests.parsers.live import aws
from tests.parsers.live.collecting import options, run
from tests.parsers.live.faults import Fault, inject
from tests.parsers.live.test_collection import ORGANIZATION

ROOT = Path(__file__).parents[3]


def test_the_sessions_of_all_accounts_share_the_service_models(credentials: None) -> None:
    one, other = (open_session(Access(role_arn=aws.role_arn(account))) for account in (aws.MAIN, aws.OTHER))
    loaders = [session._session.get_component("data_loader") for session in (one, other)]
    assert one.get_credentials() is not other.get_credentials()
    assert loaders[0] is loaders[1]
    assert len(loaders[0].search_paths) == len(set(loaders[0].search_paths))


def test_a_session_of_a_profile_that_is_not_there_is_refused(credentials: None) -> None:
    with pytest.raises(DyncheckError, match="nobody"):
        open_session(Access(profile="nobody"))


def test_the_workers_grow_with_the_regions_and_have_a_bound() -> None:
    assert [workers_for(units) for units in (0, 1, 20, 5000)] == [LEAST_WORKERS, LEAST_WORKERS, 480, MOST_WORKERS]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(("hard", "allowed"), [(600, 600), (20_000, 8192)])
def test_a_process_may_open_as_many_connections_as_the_system_lets_it(hard: int, allowed: int) -> None:
    import resource

    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("the system allows fewer")
    script = (
        "import resource\n"
        "from dyncheck.parsers.live.open_files import allow_many_open_files\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}))\n"
        "allow_many_open_files()\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) == allowed


def test_an_external_id_goes_with_every_role_and_one_role_may_assume_the_other(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    assumed: list[tuple[str, str, bool]] = []
    original = boto3.Session

    def note(request: Any, **_: Any) -> None:
        asked = parse_qs(request.body.decode() if isinstance(request.body, bytes) else request.body)
        own = "Credential=AKIATEST/" in str(request.headers["Authorization"])
        assumed.append((asked["RoleArn"][0], asked["ExternalId"][0], own))

    def session(**arguments: Any) -> Any:
        made = original(**arguments)
        made.events.register("before-send.sts.AssumeRole", note)
        return made

    monkeypatch.setattr(boto3, "Session", session)
    inject(monkeypatch, Fault("organizations.ListAccounts", text=ORGANIZATION))
    first = Access(endpoint_url=endpoint, role_arn=aws.role_arn(aws.HOME), external_id="secret-7", attempts=1)
    reach = Reach(access=first, organization=True, include=("shop",), regions=("us-east-1",))
    run(reach, tmp_path / "organization.jsonl")
    assert set(assumed) == {
        (aws.role_arn(aws.HOME), "secret-7", True),
        (aws.role_arn(aws.OTHER), "secret-7", False),
    }
    assert b"secret-7" not in (tmp_path / "organization.jsonl").read_bytes()


def test_a_table_that_waits_for_its_quota_takes_little_memory() -> None:
    class Nobody:
        workers = 0

        def now(self) -> float:
            return 0.0

        def start(self, job: Job) -> None:
            raise AssertionError

        def wait(self, seconds: float | None) -> list[tuple[Job, Any]]:
            raise AssertionError

    number = 500
    clients = Clients(None, Access(endpoint_url="http://127.0.0.1"))
    unit = Unit(aws.MAIN, "aws", "eu-west-1")
    run_of_it = UnitRun(unit, clients, scheduler=Scheduler(Nobody()), sink=lambda *_: None, options=options())
    run_of_it.start()
    tracemalloc.start()
    run_of_it._page({"TableNames": [f"orders-{it:04}" for it in range(number)]})
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert run_of_it.listed == number
    assert taken / number < 7000
