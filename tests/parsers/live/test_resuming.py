"""A collection that stops, for whatever reason, keeps what it has, and goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from dyncheck.errors import ConfigError, LiveError
from dyncheck.parsers.live.collection import Progress
from dyncheck.parsers.live.journal import Journal, earlier, table_key
from dyncheck.parsers.live.records import MARK, SCHEMA, Header, Tool
from tests.parsers.live import aws
from tests.parsers.live.collecting import TIME, lasting, read, run, small, tables
from tests.parsers.live.faults import Fault, denied, inject


def stop_after(number: int) -> object:
    """A listener that interrupts once so many tables are there."""

    def listen(progress: Progress) -> None:
        if progress.tables == number:
            raise KeyboardInterrupt

    return listen


def test_an_interrupted_collection_keeps_what_it_has_and_says_that_it_is_not_all(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(small(endpoint), tmp_path / "s.jsonl", progress=stop_after(7))
    _, problems = read(tmp_path / "s.jsonl")
    assert len(tables(tmp_path / "s.jsonl")) == 7
    assert [problem.message for problem in problems if "interrupted" in problem.message] == [
        f"account {aws.OTHER}, Region us-east-1: the collection was interrupted; tables are missing"
    ]


def test_a_resumed_collection_is_the_one_that_was_never_interrupted(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(small(endpoint), tmp_path / "whole.jsonl")
    with pytest.raises(KeyboardInterrupt):
        run(small(endpoint), tmp_path / "s.jsonl", progress=stop_after(7))
    with monkeypatch.context() as patch:
        called = inject(patch)
        run(small(endpoint), tmp_path / "s.jsonl", resume=True)
    assert called.count("dynamodb.DescribeTimeToLive") == 13
    assert lasting(tmp_path / "s.jsonl") == lasting(tmp_path / "whole.jsonl")


def test_a_whole_region_is_not_collected_again(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(small(endpoint), tmp_path / "s.jsonl")
    before = (tmp_path / "s.jsonl").read_bytes()
    called = inject(monkeypatch)
    run(small(endpoint), tmp_path / "s.jsonl", resume=True)
    assert {operation for operation in called if not operation.startswith("sts.")} == set()
    assert (tmp_path / "s.jsonl").read_bytes() == before


def test_a_failed_region_is_tried_again(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        inject(patch, Fault("dynamodb.ListTables", "AccessDeniedException"))
        run(small(endpoint), tmp_path / "s.jsonl")
    run(small(endpoint), tmp_path / "s.jsonl", resume=True)
    assert (len(tables(tmp_path / "s.jsonl")), read(tmp_path / "s.jsonl")[1]) == (20, [])


def test_expired_credentials_stop_with_a_file_that_can_be_resumed(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        inject(patch, Fault("dynamodb.DescribeTimeToLive", "ExpiredTokenException", after=5))
        with pytest.raises(LiveError, match="ExpiredTokenException") as stopped:
            run(small(endpoint), tmp_path / "s.jsonl")
    assert (stopped.value.account, stopped.value.operation) == (aws.OTHER, "dynamodb:DescribeTimeToLive")
    assert len(tables(tmp_path / "s.jsonl")) <= 5
    run(small(endpoint), tmp_path / "s.jsonl", resume=True)
    assert (len(tables(tmp_path / "s.jsonl")), read(tmp_path / "s.jsonl")[1]) == (20, [])


def test_fields_of_a_newer_version_are_kept_when_a_file_is_continued(endpoint: str, tmp_path: Path) -> None:
    run(small(endpoint), tmp_path / "s.jsonl")
    path = tmp_path / "s.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"name":"orders-0003",', b'"name":"orders-0003","mood":"good",'))
    run(small(endpoint), path, resume=True)
    assert path.read_bytes().count(b'"mood":"good"') == 1
    assert (len(tables(path)), read(path)[1]) == (20, [])


def test_a_killed_process_leaves_a_file_that_can_be_resumed(endpoint: str, tmp_path: Path) -> None:
    script = (
        "from tests.parsers.live.collecting import *\n"
        "import sys, time\n"
        "def slow(progress):\n"
        "    time.sleep(0.05 if progress.tables > 3 else 0)\n"
        "run(small(sys.argv[1]), Path(sys.argv[2]), progress=slow)\n"
    )
    target = tmp_path / "s.jsonl"
    partial = tmp_path / "s.jsonl.partial"
    process = subprocess.Popen([sys.executable, "-c", script, endpoint, str(target)], cwd=Path(__file__).parents[3])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (partial.exists() and partial.read_bytes().count(b"\n") > 6):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not target.exists()
    run(small(endpoint), target, resume=True)
    assert (len(tables(target)), read(target)[1]) == (20, [])
    assert [path.name for path in tmp_path.iterdir()] == ["s.jsonl"]


def test_a_crash_while_going_on_loses_nothing(endpoint: str, tmp_path: Path) -> None:
    run(small(endpoint), tmp_path / "s.jsonl")
    lines = (tmp_path / "s.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "s.jsonl").unlink()
    tables_of_it = [line for line in lines if b'"record":"table"' in line]
    (tmp_path / "s.jsonl.partial.former").write_bytes(b"".join([lines[0], *tables_of_it[:15]]))
    (tmp_path / "s.jsonl.partial").write_bytes(b"".join([lines[0], *tables_of_it[:2], tables_of_it[2][:50]]))
    kept = earlier(tmp_path / "s.jsonl").records
    run(small(endpoint), tmp_path / "s.jsonl", resume=True)
    assert len(kept) == 15
    assert (len(tables(tmp_path / "s.jsonl")), read(tmp_path / "s.jsonl")[1]) == (20, [])
    assert [path.name for path in tmp_path.iterdir()] == ["s.jsonl"]


def test_without_anything_to_resume_nothing_is_collected(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to resume"):
        run(small(endpoint), tmp_path / "s.jsonl", resume=True)


@pytest.mark.parametrize(
    "content",
    [
        b'{"record":"table","account":"1","region":"r","name":"n","arn":"a","calls":[]}\n',
        b'resource "aws_dynamodb_table" "orders" {}\n',
        b"\n\xff\xfe\x00\n",
        b'\n[{"record":"header"}]\n',
    ],
    ids=["no header", "Terraform", "no text", "other JSON"],
)
def test_a_file_that_is_no_snapshot_is_neither_resumed_nor_overwritten(
    content: bytes, endpoint: str, tmp_path: Path
) -> None:
    (tmp_path / "s.jsonl").write_bytes(content)
    with pytest.raises(ConfigError, match="no snapshot"):
        run(small(endpoint), tmp_path / "s.jsonl", resume=True)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("s.jsonl", content)]


def test_a_region_that_is_not_gone_on_with_stays_as_it_was_left(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.jsonl"
    both = msgspec.structs.replace(small(endpoint), regions=("ap-southeast-2", "us-east-1"))
    with monkeypatch.context() as patch:
        inject(patch, denied("dynamodb.ListTables", region="ap-southeast-2"))
        with pytest.raises(KeyboardInterrupt):
            run(both, path, progress=stop_after(7))
    before = read(path)[1]
    run(msgspec.structs.replace(small(endpoint), regions=("eu-west-1",)), path, resume=True)
    left = [problem.message for problem in read(path)[1]]
    assert (len(tables(path)), left) == (7, [problem.message for problem in before])
    assert (len(left), path.read_bytes().count(b'"record":"region"')) == (2, 3)


def test_a_region_of_which_a_crash_left_nothing_but_tables_is_not_taken_for_whole(
    endpoint: str, tmp_path: Path
) -> None:
    path = tmp_path / "s.jsonl"
    run(small(endpoint), path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.rename(tmp_path / "s.jsonl.partial")
    (tmp_path / "s.jsonl.partial").write_bytes(b"".join([lines[0], *lines[2:9]]))
    run(msgspec.structs.replace(small(endpoint), regions=("eu-west-1",)), path, resume=True)
    assert (len(tables(path)), [problem.message for problem in read(path)[1]]) == (
        7,
        [f"account {aws.OTHER}, Region us-east-1: the collection was interrupted; tables are missing"],
    )


def test_collections_into_the_same_file_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    target = tmp_path / "s.jsonl"
    line = b'{"record":"table","account":"%d","region":"r","name":"n","arn":"a","calls":[]}'
    head = Header(SCHEMA, Tool("dyncheck", "1", "1"), TIME, 0, 0)
    one, other = Journal(target, head), Journal(target, head)
    one.add(table_key("1", "r", "n"), line % 1)
    other.add(table_key("2", "r", "n"), line % 2)
    written = []
    for journal in (one, other):
        journal.write_snapshot()
        written.append(target.read_bytes().splitlines()[1:])
    assert written == [[line % 1], [line % 2]]
    assert [path.name for path in tmp_path.iterdir()] == ["s.jsonl"]


def test_a_snapshot_is_written_to_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "s.jsonl").symlink_to("elsewhere/account.jsonl")
    Journal(tmp_path / "s.jsonl", Header(SCHEMA, Tool("dyncheck", "1", "1"), TIME, 0, 0)).write_snapshot()
    assert (tmp_path / "s.jsonl").is_symlink()
    assert (tmp_path / "elsewhere" / "account.jsonl").read_bytes().count(MARK) == 1
