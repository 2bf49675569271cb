"""What fails hides what it would have told, says so once, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from dyncheck.engine import judge
from dyncheck.errors import LiveError
from dyncheck.model import Table
from dyncheck.parsers.live.accounts import Reach
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import select
from dyncheck.values import OpenList, Unknown
from tests.parsers.live import aws
from tests.parsers.live.collecting import access, read, run, small, tables
from tests.parsers.live.faults import Fault, denied, inject

NAME = "orders-0003"
PART: dict[str, Callable[[Any], Any]] = {
    "dynamodb.DescribeTable": lambda table: table.key_schema,
    "dynamodb.DescribeContinuousBackups": lambda table: table.point_in_time_recovery,
    "dynamodb.DescribeTimeToLive": lambda table: table.time_to_live,
    "dynamodb.ListTagsOfResource": lambda table: table.tags,
    "dynamodb.GetResourcePolicy": lambda table: table.resource_policies,
    "dynamodb.DescribeKinesisStreamingDestination": lambda table: table.kinesis_destinations,
    "kms.DescribeKey": lambda table: table.encryption.kind,
    "kms.GetKeyRotationStatus": lambda table: table.encryption.key.rotation_enabled,
}
"""What of a table each operation about it tells."""

PART_OF_ALL: dict[str, Callable[[Any], Any]] = {
    "application-auto-scaling.DescribeScalableTargets": lambda table: table.autoscaling.read,
    "application-auto-scaling.DescribeScalingPolicies": lambda table: table.autoscaling.write,
    "cloudwatch.DescribeAlarms": lambda table: table.alarms,
    "lambda.ListEventSourceMappings": lambda table: table.stream.consumers,
    "pipes.ListPipes": lambda table: table.stream.consumers,
    "dynamodb.ListContributorInsights": lambda table: table.contributor_insights,
    "dynamodb.ListGlobalTables": lambda table: table.global_table_version,
    "dynamodb.ListBackups": lambda table: table.recovery_points,
    "backup.ListProtectedResources": lambda table: table.recovery_points,
    "backup.ListBackupPlans": lambda table: table.backup_plans,
    "backup.DescribeRegionSettings": lambda table: table.backup_plans,
}
"""What of every table each operation about a whole Region tells."""

PART_OF_A_REPLICA: dict[str, Callable[[Any], Any]] = {
    "dynamodb.DescribeTable": lambda replica: replica.encryption,
    "dynamodb.DescribeContinuousBackups": lambda replica: replica.point_in_time_recovery,
    "dynamodb.ListTagsOfResource": lambda replica: replica.tags,
    "dynamodb.DescribeKinesisStreamingDestination": lambda replica: replica.kinesis_destinations,
    "dynamodb.ListContributorInsights": lambda replica: replica.contributor_insights,
}
"""What of a replica each operation in its Region tells."""


def reasons(value: Any) -> set[str]:
    return set(value.because) if isinstance(value, (Unknown, OpenList)) else set()


def named(operation: str) -> str:
    return operation.replace(".", ":").replace("auto-scaling", "autoscaling")


@pytest.mark.parametrize("operation", PART)
def test_a_denied_call_about_a_table_hides_its_values_of_that_table_alone(
    operation: str, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, denied(operation, NAME if operation.startswith("dynamodb") else ""))
    run(small(endpoint), tmp_path / "s.jsonl")
    found, (_, problems) = tables(tmp_path / "s.jsonl"), read(tmp_path / "s.jsonl")
    because = {f"AccessDeniedException: {named(operation)}"}
    assert len(found) == 20
    assert reasons(PART[operation](found[NAME])) == because
    if operation.startswith("dynamodb"):
        assert not any(reasons(PART[operation](table)) for name, table in found.items() if name != NAME)
        assert len(problems) == 1
    assert {named(operation) in problem.message for problem in problems} == {True}


@pytest.mark.parametrize("operation", PART_OF_ALL)
def test_a_denied_call_about_a_region_hides_its_values_of_every_table(
    operation: str, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, denied(operation))
    run(small(endpoint), tmp_path / "s.jsonl")
    found, (_, problems) = tables(tmp_path / "s.jsonl"), read(tmp_path / "s.jsonl")
    because = {f"AccessDeniedException: {named(operation)}"}
    assert {name for name, table in found.items() if reasons(PART_OF_ALL[operation](table)) != because} == set()
    assert [named(operation) in problem.message for problem in problems] == [True]


@pytest.mark.parametrize("operation", PART_OF_A_REPLICA)
def test_a_denied_call_in_the_region_of_a_replica_hides_its_values_of_that_replica_alone(
    operation: str, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, denied(operation, region="eu-west-1"))
    run(Reach(access=access(endpoint, aws.MAIN), regions=("us-east-1",)), tmp_path / "s.jsonl")
    sydney, ireland = tables(tmp_path / "s.jsonl")[aws.GLOBAL].replicas
    part = PART_OF_A_REPLICA[operation]
    assert (reasons(part(ireland)), reasons(part(sydney))) == ({f"AccessDeniedException: {named(operation)}"}, set())
    assert [problem.message for problem in read(tmp_path / "s.jsonl")[1]] == [
        f"arn:aws:dynamodb:us-east-1:{aws.MAIN}:table/{aws.GLOBAL}: {named(operation)} failed in eu-west-1: "
        "AccessDeniedException: as the test wants it"
    ]


def test_a_denied_call_about_the_autoscaling_of_replicas_hides_that_of_each(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, denied("dynamodb.DescribeTableReplicaAutoScaling"))
    run(Reach(access=access(endpoint, aws.MAIN), regions=("us-east-1",)), tmp_path / "s.jsonl")
    table = tables(tmp_path / "s.jsonl")[aws.GLOBAL]
    because = {"AccessDeniedException: dynamodb:DescribeTableReplicaAutoScaling"}
    scaled = [dimension for it in table.replicas for dimension in (it.autoscaling.read, it.autoscaling.write)]
    assert [reasons(each) for each in scaled] == [because] * 4
    assert reasons(table.autoscaling.read) == set()


def test_a_hidden_value_makes_the_verdict_unknown_with_operation_and_code(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, denied("dynamodb.DescribeContinuousBackups", NAME))
    run(small(endpoint), tmp_path / "s.jsonl")
    rule = select(load_rules(), packs=(), select=("DDB-BAK-001",))
    verdicts = {name: judge(table, rule)[0] for name, table in tables(tmp_path / "s.jsonl").items()}
    assert {name for name, each in verdicts.items() if each.outcome is Outcome.UNKNOWN} == {NAME}
    assert verdicts[NAME].because == ("AccessDeniedException: dynamodb:DescribeContinuousBackups",)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("dynamodb.DescribeTimeToLive", "InternalServerError", NAME, status=500), "InternalServerError"),
        (
            Fault("dynamodb.DescribeTimeToLive", body=NAME, raises=lambda: ReadTimeoutError(endpoint_url="x")),
            "ReadTimeoutError",
        ),
        (
            Fault("dynamodb.DescribeTimeToLive", body=NAME, raises=lambda: ConnectTimeoutError(endpoint_url="x")),
            "ConnectTimeoutError",
        ),
        (Fault("dynamodb.DescribeTimeToLive", body=NAME, text="<html>proxy</html>"), "InvalidResponse"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_however_a_call_fails_its_code_is_the_reason(
    fault: Fault, code: str, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, fault)
    run(small(endpoint), tmp_path / "s.jsonl")
    found = tables(tmp_path / "s.jsonl")
    assert reasons(found[NAME].time_to_live) == {f"{code}: dynamodb:DescribeTimeToLive"}
    assert [problem.message.count(code) for problem in read(tmp_path / "s.jsonl")[1]] == [1]


@pytest.mark.parametrize(
    "text",
    [
        '{"Table": "orders"}',
        '{"Table": {"KeySchema": 5}}',
        '{"Table": {"CreationDateTime": "never"}}',
        '{"Table": {"CreationDateTime": 1e300}}',
        "[1, 2]",
        "[" * 100_000,
    ],
    ids=lambda text: text[:40],
)
def test_an_answer_that_aws_never_gives_is_a_failed_call(
    text: str, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("dynamodb.DescribeTable", body=NAME, text=text))
    run(small(endpoint), tmp_path / "s.jsonl")
    found = tables(tmp_path / "s.jsonl")
    assert {name for name, table in found.items() if reasons(table.billing_mode)} == {NAME}
    assert [problem.message.count("InvalidResponse") for problem in read(tmp_path / "s.jsonl")[1]] == [1]


@pytest.mark.parametrize(
    "page",
    [
        '{"TableNames": 5}',
        '{"TableNames": ["orders-0001", {"a": 1}]}',
        '{"TableNames": ["orders-0001"], "LastEvaluatedTableName": {"a": [1]}}',
    ],
)
def test_a_list_of_tables_that_aws_never_gives_makes_a_failed_region(
    page: str, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("dynamodb.ListTables", text=page))
    run(small(endpoint), tmp_path / "s.jsonl")
    failed = [problem.message for problem in read(tmp_path / "s.jsonl")[1]]
    assert [message.partition("InvalidResponse")[0] for message in failed] == [
        f"account {aws.OTHER}, Region us-east-1 could not be audited: dynamodb:ListTables failed: "
    ]


@pytest.mark.parametrize(
    ("operation", "text"),
    [("pipes.ListPipes", '{"Pipes": [{}]}'), ("backup.ListBackupSelections", '{"BackupSelectionsList": [{}]}')],
)
def test_what_is_listed_without_a_name_is_a_failed_list(
    operation: str, text: str, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault(operation, text=text))
    run(Reach(access=access(endpoint, aws.MAIN), regions=("eu-west-1",)), tmp_path / "s.jsonl")
    problems = [problem.message for problem in read(tmp_path / "s.jsonl")[1]]
    assert [f"{named(operation)} failed: InvalidResponse" in problem for problem in problems] == [True]


def test_text_that_utf8_cannot_hold_is_kept_as_well_as_it_can_be(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '{"Tags": [{"Key": "a\\ud800b", "Value": "\u00e9"}]}'
    inject(monkeypatch, Fault("dynamodb.ListTagsOfResource", body=NAME, text=text))
    run(small(endpoint), tmp_path / "s.jsonl")
    assert tables(tmp_path / "s.jsonl")[NAME].tags == {"a?b": "\u00e9"}


def test_a_call_that_stays_throttled_hides_its_values(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("kms.DescribeKey", "ThrottlingException"))
    run(small(endpoint), tmp_path / "s.jsonl")
    found = tables(tmp_path / "s.jsonl")
    assert reasons(found[NAME].encryption.kind) == {"ThrottlingException: kms:DescribeKey"}


def test_a_throttled_call_is_tried_again(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = inject(monkeypatch, Fault("kms.DescribeKey", "ThrottlingException", times=1))
    patient = msgspec.structs.replace(access(endpoint), attempts=3)
    run(Reach(access=patient, regions=("us-east-1",)), tmp_path / "s.jsonl")
    assert called.count("kms.DescribeKey") == 2
    assert tables(tmp_path / "s.jsonl")[NAME].encryption.kind == "customer_managed"


def test_a_table_deleted_between_list_and_describe_is_no_table_and_a_note(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = "ResourceNotFoundException"
    inject(monkeypatch, *(Fault(name, gone, NAME) for name in PART if name.startswith("dynamodb")))
    run(small(endpoint), tmp_path / "s.jsonl")
    _, problems = read(tmp_path / "s.jsonl")
    assert tables(tmp_path / "s.jsonl").keys() == {f"orders-{n:04}" for n in range(20)} - {NAME}
    assert [(problem.level, problem.message.partition(" was ")[2]) for problem in problems] == [
        ("note", "deleted while it was read")
    ]


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException", "InvalidClientTokenId"])
def test_a_region_whose_tables_cannot_be_listed_is_a_failed_one(
    code: str, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("dynamodb.ListTables", code))
    run(small(endpoint), tmp_path / "s.jsonl")
    found, problems = read(tmp_path / "s.jsonl")
    assert [item for item in found if isinstance(item, Table)] == []
    assert [(problem.level, problem.message) for problem in problems] == [
        (
            "error",
            f"account {aws.OTHER}, Region us-east-1 could not be audited: dynamodb:ListTables failed: "
            f"{code}: as the test wants it",
        )
    ]


def test_of_a_list_that_breaks_off_the_tables_before_the_break_are_judged(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("dynamodb.ListTables", "InternalServerError", "ExclusiveStartTableName", status=500))
    run(Reach(access=access(endpoint, aws.MAIN), regions=("eu-west-1",)), tmp_path / "s.jsonl")
    _, problems = read(tmp_path / "s.jsonl")
    assert len(tables(tmp_path / "s.jsonl", "eu-west-1")) == 100
    assert ["could not be audited" in problem.message for problem in problems] == [True]


def test_tags_that_break_off_are_unknown_and_not_fewer(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = '{"Tags": [{"Key": "number", "Value": "3"}], "NextToken": "more"}'
    inject(
        monkeypatch,
        Fault("dynamodb.ListTagsOfResource", "InternalServerError", '"NextToken": "more"', status=500),
        Fault("dynamodb.ListTagsOfResource", body=NAME, text=page),
    )
    run(small(endpoint), tmp_path / "s.jsonl")
    assert reasons(tables(tmp_path / "s.jsonl")[NAME].tags) == {"InternalServerError: dynamodb:ListTagsOfResource"}


def test_credentials_that_are_no_good_at_all_stop_before_anything_is_written(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("sts.GetCallerIdentity", "ExpiredToken", status=403))
    with pytest.raises(LiveError, match="ExpiredToken"):
        run(small(endpoint), tmp_path / "s.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_list_that_goes_round_in_circles_ends_and_is_a_failed_one(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = '{"Tags": [{"Key": "number", "Value": "3"}], "NextToken": "more"}'
    called = inject(monkeypatch, Fault("dynamodb.ListTagsOfResource", body=NAME, text=page))
    run(small(endpoint), tmp_path / "s.jsonl")
    assert called.count("dynamodb.ListTagsOfResource") == 19 + 2
    assert reasons(tables(tmp_path / "s.jsonl")[NAME].tags) == {"InvalidResponse: dynamodb:ListTagsOfResource"}


@pytest.mark.parametrize("regions", [("me-south-1", "us-east-1"), ("us-east-1", "me-south-1")])
def test_a_region_that_is_not_enabled_does_not_stop_the_others_whichever_comes_first(
    regions: tuple[str, ...], endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(
        monkeypatch,
        Fault("sts.GetCallerIdentity", "InvalidClientTokenId", region="me-south-1", status=403),
        Fault("dynamodb.ListTables", "UnrecognizedClientException", region="me-south-1"),
    )
    run(Reach(access=access(endpoint), regions=regions), tmp_path / "s.jsonl")
    assert len(tables(tmp_path / "s.jsonl")) == 20
    failed = [problem.message for problem in read(tmp_path / "s.jsonl")[1] if "could not be audited" in problem.message]
    assert [message.partition(" could")[0] for message in failed] == [f"account {aws.OTHER}, Region me-south-1"]


def test_credentials_that_no_region_takes_are_refused_in_the_terms_of_the_first(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("sts.GetCallerIdentity", "InvalidClientTokenId", status=403))
    with pytest.raises(LiveError, match="sts:GetCallerIdentity failed in me-south-1: InvalidClientTokenId"):
        run(Reach(access=access(endpoint), regions=("me-south-1", "us-east-1")), tmp_path / "s.jsonl")
