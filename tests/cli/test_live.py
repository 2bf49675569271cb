"""The commands for live accounts, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dyncheck.parsers.live.policy import policy_text
from dyncheck.reports import FORMATS
from tests.parsers.live import aws
from tests.parsers.live.conftest import ENVIRONMENT
from tests.parsers.live.snapshots import call, header, region, write

ACCOUNT = "555555555555"
ROLE = aws.role_arn(ACCOUNT)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server with an account of these tests alone, which holds seven tables in one Region."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.setattr(aws, "TABLES", {(ACCOUNT, "us-east-1"): 7})
        with aws.server() as url:
            aws.populate(url)
            yield url


def dyncheck(cwd: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DYNCHECK_"))}
    return subprocess.run(
        [sys.executable, "-m", "dyncheck", *arguments],
        cwd=cwd,
        env={**given, **ENVIRONMENT, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        check=False,
    )


def reach(endpoint: str) -> tuple[str, ...]:
    return ("--endpoint-url", endpoint, "--role-arn", ROLE, "--region", "us-east-1")


def test_an_audit_is_byte_for_byte_the_scan_of_its_snapshot_in_every_format(endpoint: str, tmp_path: Path) -> None:
    forms = [part for form in FORMATS for part in ("-f", f"{form}=FOLDER/report.{form}")]
    exits = []
    for folder, command in (("audit", ["audit", *reach(endpoint)]), ("scan", ["scan", "dyncheck-snapshot.jsonl"])):
        (tmp_path / folder).mkdir()
        written = [part.replace("FOLDER", folder) for part in forms]
        exits.append(dyncheck(tmp_path, *command, *written, SOURCE_DATE_EPOCH="1795300000").returncode)
    audited, scanned = (
        {path.name: path.read_bytes() for path in (tmp_path / it).iterdir()} for it in ("audit", "scan")
    )
    assert exits == [1, 1]
    assert {name for name in audited if audited[name] != scanned[name]} == set()
    assert {name for name, content in audited.items() if len(content) > 500} == {f"report.{form}" for form in FORMATS}


@pytest.mark.parametrize("more", [("--framework", "hipaa"), ("--cost", "--budget", "1")], ids=" ".join)
def test_an_audit_shows_controls_and_money_as_a_scan_does(more: tuple[str, ...], endpoint: str, tmp_path: Path) -> None:
    audited = dyncheck(tmp_path, "audit", *reach(endpoint), *more)
    scanned = dyncheck(tmp_path, "scan", "dyncheck-snapshot.jsonl", *more)
    assert (audited.returncode, audited.stdout) == (scanned.returncode, scanned.stdout)
    assert scanned.stdout != dyncheck(tmp_path, "scan", "dyncheck-snapshot.jsonl").stdout


def test_a_snapshot_scans_the_same_elsewhere_compressed_or_not(endpoint: str, tmp_path: Path) -> None:
    taken = dyncheck(tmp_path, "snapshot", "-o", "account.jsonl.gz", *reach(endpoint))
    assert (taken.returncode, taken.stdout) == (0, b"")
    assert b"dyncheck scan account.jsonl.gz" in taken.stderr
    report = json.loads(dyncheck(tmp_path, "scan", "account.jsonl.gz", "-f", "json").stdout)
    assert report["summary"]["tables"] == 7
    assert {table["address"] for table in report["tables"]} == {
        f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders-{number:04}" for number in range(7)
    }


def test_sarif_points_into_the_snapshot_and_names_the_arn(endpoint: str, tmp_path: Path) -> None:
    log = json.loads(dyncheck(tmp_path, "audit", *reach(endpoint), "-f", "sarif").stdout)
    places = [result["locations"][0] for result in log["runs"][0]["results"]]
    lines = (tmp_path / "dyncheck-snapshot.jsonl").read_bytes().splitlines()
    for place in places:
        physical, (logical,) = place["physicalLocation"], place["logicalLocations"]
        assert physical["artifactLocation"]["uri"] == "dyncheck-snapshot.jsonl"
        record = json.loads(lines[physical["region"]["startLine"] - 1])
        assert logical["fullyQualifiedName"].startswith(record["arn"])
    assert len(places) > 7


def test_a_snapshot_can_come_from_standard_input(endpoint: str, tmp_path: Path) -> None:
    dyncheck(tmp_path, "snapshot", "-o", "snapshot.jsonl", *reach(endpoint))
    piped = subprocess.run(
        [sys.executable, "-m", "dyncheck", "scan", "-", "-f", "json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        input=(tmp_path / "snapshot.jsonl").read_bytes(),
        capture_output=True,
        check=False,
    )
    assert piped.stdout == dyncheck(tmp_path, "scan", "snapshot.jsonl", "-f", "json").stdout


def test_an_endpoint_that_does_not_answer_is_exit_2(tmp_path: Path) -> None:
    bad = ("--endpoint-url", "http://127.0.0.1:9", "--region", "us-east-1")
    failed = dyncheck(tmp_path, "audit", *bad, AWS_MAX_ATTEMPTS="1")
    assert failed.returncode == 2
    assert b"EndpointConnectionError" in failed.stderr


def test_without_credentials_the_error_says_how_to_give_some(tmp_path: Path) -> None:
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_CONFIG_FILE": os.devnull}
    none |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    failed = dyncheck(tmp_path, "audit", "--region", "eu-west-1", **none)
    assert failed.returncode == 2
    assert b"NoCredentialsError: Unable to locate credentials; name some with --profile" in failed.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--region", "eu-west-1", "--all-regions"], "exclude each other"),
        (["--include", "1"], "they need --org"),
        (["--external-id", "x"], "needs --role-arn or --org"),
        (["--engine", "dask"], "need each other"),
        (["--usage", "0"], "0 is not in the range"),
        (["--resume"], "nothing to resume"),
        (["--profile", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_done_is_exit_2_and_says_why(arguments: list[str], message: str, tmp_path: Path) -> None:
    failed = dyncheck(tmp_path, "snapshot", "-o", "account.jsonl", *arguments)
    assert failed.returncode == 2
    assert message in failed.stderr.decode()
    assert b"Traceback" not in failed.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_boto3_the_error_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text("raise ImportError('No module named boto3')\n")
    failed = dyncheck(tmp_path, "audit", PYTHONPATH=f"{tmp_path}:{Path(__file__).parents[2]}")
    assert failed.returncode == 2
    assert "pip install 'dyncheck[live]'" in failed.stderr.decode()


def test_a_scan_of_a_snapshot_needs_no_boto3(endpoint: str, tmp_path: Path) -> None:
    dyncheck(tmp_path, "snapshot", "-o", "account.jsonl", *reach(endpoint))
    (tmp_path / "boto3.py").write_text("raise ImportError('No module named boto3')\n")
    scanned = dyncheck(tmp_path, "scan", "account.jsonl", PYTHONPATH=f"{tmp_path}:{Path(__file__).parents[2]}")
    assert scanned.returncode == 1


def test_a_region_that_could_not_be_read_is_never_said_to_be_empty(tmp_path: Path) -> None:
    denied = call("dynamodb:ListTables", error="AccessDeniedException")
    write(tmp_path / "s.jsonl", header(), region(0, denied))
    scanned = dyncheck(tmp_path, "scan", "s.jsonl", "-f", "json")
    assert b"no DynamoDB tables found in 1 file, and not everything could be read" in scanned.stderr
    assert b"Region eu-west-1 could not be audited" in scanned.stderr
    assert dyncheck(tmp_path, "scan", "s.jsonl", "--strict").returncode == 2


def test_an_account_of_which_nothing_could_be_listed_is_reported_and_no_success(tmp_path: Path) -> None:
    with aws.server(without_permissions) as url:
        audited = dyncheck(tmp_path, "audit", *reach(url), "--region", "eu-west-1", "-f", "json")
        taken = dyncheck(tmp_path, "snapshot", "-o", "account.jsonl", *reach(url))
    scanned = dyncheck(tmp_path, "scan", "dyncheck-snapshot.jsonl", "-f", "json")
    assert (audited.returncode, taken.returncode) == (2, 2)
    assert audited.stdout == scanned.stdout
    could_not = [
        it["message"] for it in json.loads(audited.stdout)["problems"] if "could not be audited" in it["message"]
    ]
    assert len(could_not) == 2
    assert taken.stderr.endswith(b"could be listed: 'dyncheck scan account.jsonl' says why\n")


def without_permissions(application: Any) -> Any:
    """A server on which nobody may do anything but take a role."""

    def answer(environ: dict[str, Any], start: aws.Start) -> Any:
        if "HTTP_X_AMZ_TARGET" not in environ:
            return application(environ, start)
        body = b'{"__type": "AccessDeniedException", "Message": "not allowed"}'
        start("400 Bad Request", [("Content-Type", "application/x-amz-json-1.0"), ("Content-Length", str(len(body)))])
        return [body]

    return answer


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no file's size")
def test_a_disk_that_is_full_is_said_and_what_was_collected_is_gone_on_from(endpoint: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dyncheck", "snapshot", "-o", "account.jsonl", *reach(endpoint)]
    full = subprocess.run(
        ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *command],
        cwd=tmp_path,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        check=False,
    )
    assert (full.returncode, full.stdout) == (2, b"")
    assert b"error: cannot write account.jsonl.partial: File too large" in full.stderr
    assert b"bug" not in full.stderr
    resumed = dyncheck(tmp_path, "snapshot", "-o", "account.jsonl", *reach(endpoint), "--resume")
    assert (resumed.returncode, [path.name for path in tmp_path.iterdir()]) == (0, ["account.jsonl"])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in directories")
def test_a_snapshot_never_takes_the_place_of_what_is_no_file(endpoint: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    taken = dyncheck(tmp_path, "snapshot", "-o", "pipe", *reach(endpoint))
    assert (taken.returncode, taken.stderr) == (2, b"error: cannot write pipe: it is no regular file\n")
    assert [path.is_fifo() for path in tmp_path.iterdir()] == [True]


def test_the_policy_is_printed_as_json(tmp_path: Path) -> None:
    printed = dyncheck(tmp_path, "iam-policy", "--usage", "--org", "--org-role", "reader")
    assert printed.stdout.decode() == policy_text(usage=True, role="reader")
    assert "arn:aws:iam::*:role/reader" in printed.stdout.decode()


def test_the_policy_is_for_a_partition_that_there_is(tmp_path: Path) -> None:
    assert b'"arn:aws-cn:iam::' in dyncheck(tmp_path, "iam-policy", "--org", "--partition", "aws-cn").stdout
    unknown = dyncheck(tmp_path, "iam-policy", "--org", "--partition", "aws-ch")
    assert (unknown.returncode, b"did you mean 'aws-cn'?" in unknown.stderr) == (2, True)


def test_the_smallest_policy_leaves_out_what_options_need(tmp_path: Path) -> None:
    printed = dyncheck(tmp_path, "iam-policy").stdout.decode()
    for action in ("cloudwatch:GetMetricData", "ec2:DescribeRegions", "organizations:ListAccounts", "sts:AssumeRole"):
        assert action not in printed
