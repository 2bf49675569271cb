"""A collection sees everything that is there, in a stable order, with no more than the policy allows."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dyncheck.errors import ConfigError
from dyncheck.model import Autoscaling, ContributorInsights, DaxCluster, ScalableTarget, ScalingDimension, Table
from dyncheck.parsers.live.accounts import Reach
from dyncheck.parsers.live.operations import OPERATIONS
from dyncheck.parsers.live.policy import actions, policy_text
from tests.parsers.live import aws
from tests.parsers.live.collecting import access, lasting, options, read, run, small, tables
from tests.parsers.live.faults import Fault, inject

REGIONS_OF_THE_ACCOUNT = """<DescribeRegionsResponse><regionInfo>
<item><regionName>us-east-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>
<item><regionName>eu-west-1</regionName><optInStatus>opted-in</optInStatus></item>
<item><regionName>me-south-1</regionName><optInStatus>not-opted-in</optInStatus></item>
</regionInfo></DescribeRegionsResponse>"""

ORGANIZATION = json.dumps(
    {
        "Accounts": [
            {"Id": aws.HOME, "Name": "management", "Status": "ACTIVE"},
            {"Id": aws.OTHER, "Name": "shop", "Status": "ACTIVE"},
            {"Id": "333333333333", "Name": "closed", "Status": "SUSPENDED"},
            {"Id": "444444444444", "Name": "sandbox-1", "Status": "ACTIVE"},
        ]
    }
)


@pytest.fixture(scope="module")
def whole(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of the large account in its three Regions."""
    target = tmp_path_factory.mktemp("whole") / "main.jsonl"
    run(Reach(access=access(endpoint, aws.MAIN), regions=aws.REGIONS), target)
    return target


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_every_table_of_every_region_is_in_the_snapshot(whole: Path) -> None:
    found = Counter((item.account, item.region) for item in read(whole)[0] if isinstance(item, Table))
    assert found == {place: number for place, number in aws.TABLES.items() if place[0] == aws.MAIN}


def test_a_collection_without_faults_has_no_problems(whole: Path) -> None:
    assert read(whole)[1] == []


def test_records_stand_by_account_region_kind_and_name(whole: Path) -> None:
    kinds = {"region": 0, "table": 1, "cluster": 2}
    header, *others = records(whole)
    places = [(it["account"], it["region"], kinds[it["record"]], it.get("name", "")) for it in others]
    assert header["record"] == "header"
    assert places == sorted(places)


def test_every_record_follows_the_schema_that_is_shipped(whole: Path) -> None:
    from jsonschema import Draft202012Validator

    import dyncheck

    schema = json.loads((Path(dyncheck.__file__).parent / "schemas" / "snapshot.schema.json").read_text())
    validator = Draft202012Validator(schema)
    some = [record for number, record in enumerate(records(whole)) if number % 9 == 0 or record["record"] != "table"]
    assert [error.message for record in some for error in validator.iter_errors(record)] == []


def test_the_shape_of_every_table_arrives(whole: Path) -> None:
    found = tables(whole, "eu-west-1")
    provisioned, indexed, encrypted = found["orders-0001"], found["orders-0002"], found["orders-0003"]
    streaming, expiring, shared = found["orders-0004"], found["orders-0005"], found["orders-0006"]
    assert (provisioned.billing_mode, provisioned.provisioned_throughput.read_capacity_units) == ("PROVISIONED", 5)
    assert (provisioned.autoscaling.read.enabled, provisioned.autoscaling.write.max_capacity) == (True, 100)
    assert "ReadThrottleEvents" in {alarm.metric_name for alarm in provisioned.alarms}
    assert [index.index_name for index in indexed.global_secondary_indexes] == ["ByEmail"]
    assert (encrypted.encryption.kind, encrypted.encryption.key.rotation_enabled) == ("customer_managed", False)
    assert (streaming.stream.enabled, streaming.point_in_time_recovery.enabled) == (True, True)
    assert [consumer.name for consumer in streaming.stream.consumers] == ["orders"]
    assert (expiring.time_to_live.enabled, expiring.time_to_live.attribute_name) == (True, "expires")
    assert [policy.statements[0].principals for policy in shared.resource_policies] == [("*",)]
    assert shared.tags == {"number": "6"}
    assert found["orders-0000"].contributor_insights.mode == "THROTTLED_KEYS"
    assert [plan.name for plan in shared.backup_plans] == ["all-orders"]
    assert found["orders-0009"].backup_plans == ()


def test_the_newest_backup_counts_whichever_service_made_it(whole: Path) -> None:
    found = tables(whole, "eu-west-1")
    ages = {name: table.recovery_points.newest_age_days for name, table in found.items()}
    assert {name for name, age in ages.items() if age is not None} == {"orders-0000", "orders-0001"}
    assert ages["orders-0001"] == 19


def test_a_replica_is_read_where_it_is(whole: Path) -> None:
    found = tables(whole, "us-east-1")[aws.GLOBAL].replicas
    there = tables(whole, "eu-west-1")[aws.GLOBAL]
    assert [replica.region_name for replica in found] == ["ap-southeast-2", "eu-west-1"]
    sydney, ireland = found
    assert (ireland.point_in_time_recovery.enabled, ireland.tags) == (True, there.tags)
    assert ireland.contributor_insights == ContributorInsights()
    assert sydney.autoscaling == Autoscaling()
    reads = ireland.autoscaling.read
    assert (reads.enabled, reads.min_capacity, reads.max_capacity) == (True, 5, 50)
    assert [policy.target_value for policy in reads.policies] == [70.0]
    assert ireland.autoscaling.write == ScalingDimension()
    assert [index.autoscaling.read.max_capacity for index in ireland.global_secondary_indexes] == [10]


def test_what_all_replicas_of_a_region_share_is_asked_for_once(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = inject(monkeypatch)
    run(Reach(access=access(endpoint, aws.MAIN), regions=("us-east-1",)), tmp_path / "one.jsonl")
    assert called.count("dynamodb.ListContributorInsights") == 1 + 2
    assert called.count("dynamodb.DescribeTableReplicaAutoScaling") == 1


def test_what_a_table_and_its_replicas_are_asked_in_one_region_is_asked_once(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = inject(monkeypatch)
    run(Reach(access=access(endpoint, aws.MAIN), regions=aws.REGIONS), tmp_path / "all.jsonl")
    number = sum(tables for (account, _), tables in aws.TABLES.items() if account == aws.MAIN)
    for operation in ("DescribeTable", "DescribeContinuousBackups", "ListTagsOfResource"):
        assert called.count(f"dynamodb.{operation}") == number
    run(Reach(access=access(endpoint, aws.MAIN), regions=("us-east-1",)), tmp_path / "one.jsonl")
    of_all, of_one = (
        [line for line in lasting(tmp_path / name) if b'"region":"us-east-1","name"' in line]
        for name in ("all.jsonl", "one.jsonl")
    )
    assert of_all == of_one


def test_clusters_and_scalable_targets_are_collected_too(whole: Path) -> None:
    found, _ = read(whole)
    clusters = [item for item in found if isinstance(item, DaxCluster)]
    targets = {item.resource_id for item in found if isinstance(item, ScalableTarget)}
    assert [(cluster.name, cluster.region, cluster.tags) for cluster in clusters] == [
        ("sessions", "eu-west-1", {"team": "shop"})
    ]
    assert targets == {"table/orders-0001"}


def test_addresses_are_arns_and_places_are_lines_of_the_snapshot(whole: Path) -> None:
    lines = whole.read_bytes().splitlines()
    for item in read(whole)[0]:
        if isinstance(item, Table):
            assert item.address == f"arn:aws:dynamodb:{item.region}:{item.account}:table/{item.name}"
            place = item.locations[""].span
            assert (place.path, json.loads(lines[place.line - 1])["arn"]) == ("main.jsonl", item.address)


def test_two_collections_of_the_same_account_have_the_same_records(endpoint: str, tmp_path: Path) -> None:
    run(small(endpoint), tmp_path / "one.jsonl")
    run(small(endpoint), tmp_path / "two.jsonl")
    assert lasting(tmp_path / "one.jsonl") == lasting(tmp_path / "two.jsonl")


def test_a_name_that_ends_in_gz_is_compressed(endpoint: str, tmp_path: Path) -> None:
    run(small(endpoint), tmp_path / "one.jsonl")
    run(small(endpoint), tmp_path / "one.jsonl.gz")
    (tmp_path / "again.jsonl").write_bytes(gzip.decompress((tmp_path / "one.jsonl.gz").read_bytes()))
    assert lasting(tmp_path / "again.jsonl") == lasting(tmp_path / "one.jsonl")
    assert len(read(tmp_path / "one.jsonl.gz")[0]) == len(read(tmp_path / "one.jsonl")[0]) > 20


def test_nothing_is_left_beside_the_snapshot_and_only_its_owner_reads_it(endpoint: str, tmp_path: Path) -> None:
    run(small(endpoint), tmp_path / "one.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["one.jsonl"]
    assert (tmp_path / "one.jsonl").stat().st_mode & 0o077 == 0


def test_the_operations_that_are_called_are_those_that_the_policy_allows(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = ORGANIZATION.replace(aws.OTHER, aws.MAIN)
    called = inject(
        monkeypatch,
        Fault("organizations.ListAccounts", text=organization),
        Fault("ec2.DescribeRegions", text=REGIONS_OF_THE_ACCOUNT.replace("us-east-1", "ap-southeast-2")),
    )
    reach = Reach(access=access(endpoint, None), all_regions=True, organization=True, include=(aws.MAIN,), regions=())
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    run(reach, tmp_path / "all.jsonl", options=options(usage_days=1))
    used = {operation.replace(".", ":").replace("auto-scaling", "autoscaling") for operation in called}
    assert used == set(OPERATIONS)
    policy = json.loads(policy_text(usage=True, all_regions=True, role="dyncheck-audit"))
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert {OPERATIONS[each].iam_action for each in used} - {""} == allowed


def test_calls_name_the_tool_in_the_trails_of_the_account(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    import dyncheck

    named: set[str] = set()
    original = boto3.Session

    def session(**arguments: Any) -> Any:
        made = original(**arguments)
        made.events.register("before-send", lambda request, **_: named.add(str(request.headers["User-Agent"])))
        return made

    monkeypatch.setattr(boto3, "Session", session)
    run(small(endpoint), tmp_path / "s.jsonl")
    assert {name for name in named if not name.startswith(f"b'dyncheck/{dyncheck.__version__} ")} == set()


def test_no_action_of_the_policy_reads_or_writes_items() -> None:
    reading = ("Describe", "List", "Get")
    items = {"dynamodb:GetItem", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}
    everything = actions(usage=True, all_regions=True, organization=True)
    assert [each for each in everything if not each.split(":")[1].startswith(reading) or each in items] == []


def test_all_regions_are_the_enabled_ones_and_the_others_are_skipped_aloud(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("ec2.DescribeRegions", text=REGIONS_OF_THE_ACCOUNT))
    said = run(Reach(access=access(endpoint), all_regions=True), tmp_path / "all.jsonl")
    assert said == [f"skipped: me-south-1: not enabled in account {aws.OTHER}"]
    assert [record["region"] for record in records(tmp_path / "all.jsonl")[1:] if record["record"] == "region"] == [
        "eu-west-1",
        "us-east-1",
    ]


def test_an_organization_is_its_active_accounts_without_those_that_are_excluded(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("organizations.ListAccounts", text=ORGANIZATION))
    reach = Reach(access=access(endpoint, None), organization=True, exclude=("sandbox-*",), regions=("us-east-1",))
    said = run(reach, tmp_path / "organization.jsonl")
    found = Counter(item.account for item in read(tmp_path / "organization.jsonl")[0] if isinstance(item, Table))
    accounts = [it["account"] for it in records(tmp_path / "organization.jsonl")[1:] if it["record"] == "region"]
    assert accounts == [aws.HOME, aws.OTHER]
    assert found == {aws.OTHER: 20}
    assert said == ["skipped: account 333333333333 (closed) is not active"]


def test_an_account_whose_role_cannot_be_assumed_is_a_failed_one(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(
        monkeypatch,
        Fault("organizations.ListAccounts", text=ORGANIZATION),
        Fault("sts.AssumeRole", "AccessDenied", "444444444444", status=403),
    )
    reach = Reach(access=access(endpoint, None), organization=True, include=("4*", "shop"), regions=("us-east-1",))
    run(reach, tmp_path / "organization.jsonl")
    found, problems = read(tmp_path / "organization.jsonl")
    assert len([item for item in found if isinstance(item, Table)]) == 20
    assert len(problems) == 1
    assert problems[0].message.startswith("account 444444444444, Region us-east-1 could not be audited")


def test_an_organization_of_which_nothing_is_left_is_refused(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, Fault("organizations.ListAccounts", text=ORGANIZATION))
    reach = Reach(access=access(endpoint, None), organization=True, include=("shpo",), regions=("us-east-1",))
    with pytest.raises(ConfigError, match="no active account"):
        run(reach, tmp_path / "organization.jsonl")


def test_use_is_read_for_the_table_and_for_each_index(endpoint: str, tmp_path: Path, credentials: None) -> None:
    import boto3

    from dyncheck.parsers.live.access import open_session

    session = open_session(access(endpoint))
    assert isinstance(session, boto3.Session)
    watch = session.client("cloudwatch", region_name="us-east-1", endpoint_url=endpoint)
    table = {"Name": "TableName", "Value": "orders-0002"}
    index = {"Name": "GlobalSecondaryIndexName", "Value": "ByEmail"}
    for metric, dimensions, value in (
        ("ConsumedReadCapacityUnits", [table], 7200.0),
        ("WriteThrottleEvents", [table, index], 3.0),
    ):
        datum = {"MetricName": metric, "Dimensions": dimensions, "Value": value, "Timestamp": "2026-11-20T03:15:00Z"}
        watch.put_metric_data(Namespace="AWS/DynamoDB", MetricData=[datum])
    run(small(endpoint), tmp_path / "used.jsonl", options=options(usage_days=2))
    found = tables(tmp_path / "used.jsonl")
    used = found["orders-0002"].usage
    (by_email,) = found["orders-0002"].global_secondary_indexes
    assert (used.days, used.read_units_maximum, used.read_units_average) == (2, 2.0, 7200 / 172_800)
    assert (used.write_throttle_events, by_email.usage.write_throttle_events) == (0, 3)
    assert found["orders-0001"].usage.read_units_maximum == 0
