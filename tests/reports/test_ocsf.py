"""OCSF 1.3.0, class 2003, against the schema of that class as OCSF publishes it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from dyncheck.report import Report
from dyncheck.reports import Options, render
from tests.reports import awkward


@cache
def validator() -> Any:
    published = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.3.0"))
    return jsonschema.Draft202012Validator(published.get_class_schema("compliance_finding", ["cloud"]))


def events(report: Report) -> list[dict[str, Any]]:
    found = json.loads(render("ocsf", report, Options(time=1_700_000_000)))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    "report", [awkward.report(), awkward.empty(), awkward.live()], ids=["awkward", "empty", "live"]
)
def test_events_keep_to_their_class(report: Report) -> None:
    for event in events(report):
        assert event["metadata"]["profiles"] == ["cloud"]
        assert not [(list(error.path), error.message) for error in validator().iter_errors(event)]


def test_a_resource_is_placed_as_far_as_its_account_and_region_are_known() -> None:
    clouds = {event["resources"][0]["uid"]: event["cloud"] for event in events(awkward.report())}
    account = {"uid": "111122223333", "type": "AWS Account", "type_id": 10}
    assert clouds[awkward.LIVE] == {"provider": "AWS", "region": "eu-west-1", "account": account}
    assert clouds['aws_dynamodb_table.t["a"]'] == {"provider": "AWS", "region": "eu-west-1"}


def test_times_are_milliseconds() -> None:
    assert {event["time"] for event in events(awkward.live())} == {1_700_000_000_000}


def test_outcomes_become_states() -> None:
    states = {
        event["metadata"]["event_code"]: (event["compliance"]["status"], event["status"], event["severity"])
        for event in events(awkward.live())
    }
    assert states == {
        "DDB-ACC-001": ("Fail", "New", "Critical"),
        "DDB-BAK-001": ("Warning", "New", "High"),
        "DDB-ENC-001": ("Fail", "Suppressed", "Medium"),
        "DDB-CST-001": ("Fail", "New", "Informational"),
    }


def test_the_standards_are_those_that_the_rule_names() -> None:
    found = {event["metadata"]["event_code"]: event["compliance"] for event in events(awkward.live())}
    assert found["DDB-ENC-001"]["standards"] == ["aws-fsbp", "nist-800-53-r5"]
    assert found["DDB-ENC-001"]["requirements"] == [
        "aws-fsbp DynamoDB.1",
        "nist-800-53-r5 SC-12",
        "nist-800-53-r5 SC-28",
    ]
    assert found["DDB-ACC-001"]["standards"] == ["dyncheck"]


def test_a_rule_that_broke_is_no_event() -> None:
    broken = sum(finding.outcome == "error" for finding in awkward.report().findings)
    assert len(events(awkward.report())) == len(awkward.report().findings) - broken
