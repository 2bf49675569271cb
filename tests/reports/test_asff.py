"""Security Hub's format, against the shapes of boto3 and an import into moto's Security Hub."""

from __future__ import annotations

import json
from typing import Any

import boto3
import botocore.session
import msgspec
import pytest
from botocore.validate import ParamValidator
from moto import mock_aws

from dyncheck.report import Money, Report
from dyncheck.reports import Options, render
from tests.reports import awkward


def entries(report: Report, time: int = 1_700_000_000) -> list[dict[str, Any]]:
    found = json.loads(render("asff", report, Options(time=time)))
    assert isinstance(found, list)
    return found


def by_rule(report: Report) -> dict[str, dict[str, Any]]:
    return {entry["ProductFields"]["dyncheck/rule"]: entry for entry in entries(report)}


def test_findings_have_the_shape_that_the_api_demands() -> None:
    shape = botocore.session.get_session().get_service_model("securityhub").shape_for("BatchImportFindingsRequest")
    assert not ParamValidator().validate({"Findings": entries(awkward.live())}, shape).has_errors()


@mock_aws
def test_security_hub_imports_them_and_gives_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    client = boto3.client("securityhub", region_name="eu-west-1")
    client.enable_security_hub()
    done = client.batch_import_findings(Findings=entries(awkward.live()))
    assert (done["SuccessCount"], done["FailedCount"]) == (4, 0)
    stored = client.get_findings()["Findings"]
    assert {item["Id"] for item in stored} == {item["Id"] for item in entries(awkward.live())}


def test_an_id_stays_the_same_at_another_time() -> None:
    early, late = entries(awkward.live(), 1), entries(awkward.live(), 2_000_000_000)
    assert [item["Id"] for item in early] == [item["Id"] for item in late]
    assert len({item["Id"] for item in early}) == 4
    assert (early[0]["UpdatedAt"], late[0]["UpdatedAt"]) == ("1970-01-01T00:00:01Z", "2033-05-18T03:33:20Z")


def test_texts_keep_to_their_lengths() -> None:
    for entry in entries(awkward.live()):
        assert 0 < len(entry["Title"]) <= 256
        assert 0 < len(entry["Description"]) <= 1024
        assert 0 < len(entry["Remediation"]["Recommendation"]["Text"]) <= 512
        assert len(json.dumps(entry)) < 240_000


def test_a_sum_is_a_field_with_its_marks() -> None:
    report = awkward.live()
    first, *others = report.findings
    cost = Money(low=1200.5, high=1300.0, certainty="derived", partial=True)
    costly = msgspec.structs.replace(first, monthly_cost_usd=cost)
    plain = [msgspec.structs.replace(other, monthly_cost_usd=None) for other in others]
    found = entries(msgspec.structs.replace(report, findings=(costly, *plain)))
    said = [entry["ProductFields"].get("dyncheck/monthly_cost_usd") for entry in found]
    assert said == ["≥ $1,200.50 to $1,300.00~", *[None] * (len(found) - 1)]


def test_outcomes_become_states_of_compliance_and_workflow() -> None:
    found = by_rule(awkward.live())
    states = {rule: (item["Compliance"]["Status"], item["Workflow"]["Status"]) for rule, item in found.items()}
    assert states == {
        "DDB-ACC-001": ("FAILED", "NEW"),
        "DDB-BAK-001": ("WARNING", "NEW"),
        "DDB-ENC-001": ("FAILED", "SUPPRESSED"),
        "DDB-CST-001": ("FAILED", "NEW"),
    }
    assert found["DDB-ENC-001"]["Compliance"]["RelatedRequirements"] == [
        "nist-800-53-r5 SC-28",
        "nist-800-53-r5 SC-12",
        "aws-fsbp DynamoDB.1",
    ]


def test_a_resource_is_named_by_its_arn() -> None:
    found = by_rule(awkward.live())
    assert found["DDB-ACC-001"]["Resources"] == [
        {
            "Type": "AwsDynamoDbTable",
            "Id": awkward.LIVE,
            "Partition": "aws",
            "Region": "eu-west-1",
            "Details": {"AwsDynamoDbTable": {"TableName": "live"}},
        }
    ]
    assert found["DDB-CST-001"]["Resources"][0]["Type"] == "Other"


def test_a_table_of_a_template_gets_the_arn_that_it_will_have() -> None:
    report = awkward.live()
    planned = msgspec.structs.replace(report.resources[0], address="Orders", region="cn-north-1")
    finding = msgspec.structs.replace(report.findings[0], address="Orders")
    (entry,) = entries(msgspec.structs.replace(report, resources=(planned,), findings=(finding,)))
    assert entry["Resources"][0]["Id"] == "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/live"
