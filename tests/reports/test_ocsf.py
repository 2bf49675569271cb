"""OCSF 1.3.0, class 2003, against what the schema of that class demands.

No package at hand ships the schema; required attributes, types and numbers are written down here from
https://github.com/ocsf/ocsf-schema (events/findings/compliance_finding.json and the objects that it names).
"""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from dyncheck.report import Report
from dyncheck.reports import Options, render
from tests.reports import awkward

TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": [
        "activity_id",
        "category_uid",
        "class_uid",
        "compliance",
        "finding_info",
        "metadata",
        "severity_id",
        "time",
        "type_uid",
    ],
    "additionalProperties": False,
    "properties": {
        "activity_id": {"enum": [0, 1, 2, 3, 99]},
        "activity_name": TEXT,
        "category_uid": {"const": 2},
        "category_name": {"const": "Findings"},
        "class_uid": {"const": 2003},
        "class_name": {"const": "Compliance Finding"},
        "type_uid": {"const": 200301},
        "type_name": TEXT,
        "time": {"type": "integer", "minimum": 0},
        "severity_id": {"enum": [0, 1, 2, 3, 4, 5, 6, 99]},
        "severity": TEXT,
        "status_id": {"enum": [0, 1, 2, 3, 4, 99]},
        "status": TEXT,
        "confidence_id": {"enum": [0, 1, 2, 3, 99]},
        "confidence": TEXT,
        "message": TEXT,
        "cloud": {
            "type": "object",
            "required": ["provider"],
            "properties": {"account": {"type": "object", "required": ["uid"]}},
        },
        "metadata": {
            "type": "object",
            "required": ["product", "version"],
            "additionalProperties": False,
            "properties": {
                "version": {"const": "1.3.0"},
                "event_code": TEXT,
                "profiles": {"type": "array", "items": {"const": "cloud"}},
                "product": {
                    "type": "object",
                    "required": ["vendor_name"],
                    "additionalProperties": False,
                    "properties": {"name": TEXT, "vendor_name": TEXT, "version": TEXT},
                },
            },
        },
        "finding_info": {
            "type": "object",
            "required": ["title", "uid"],
            "additionalProperties": False,
            "properties": {"uid": TEXT, "title": TEXT, "desc": TEXT, "types": {"type": "array", "items": TEXT}},
        },
        "compliance": {
            "type": "object",
            "required": ["standards"],
            "additionalProperties": False,
            "properties": {
                "control": TEXT,
                "standards": {"type": "array", "items": TEXT, "minItems": 1},
                "requirements": {"type": "array", "items": TEXT},
                "status": TEXT,
                "status_id": {"enum": [0, 1, 2, 3, 99]},
                "status_detail": TEXT,
            },
        },
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "uid": TEXT,
                    "name": TEXT,
                    "type": TEXT,
                    "region": TEXT,
                    "cloud_partition": TEXT,
                    "group": {"type": "object", "required": ["name"]},
                },
            },
        },
        "remediation": {
            "type": "object",
            "required": ["desc"],
            "additionalProperties": False,
            "properties": {"desc": TEXT, "references": {"type": "array", "items": TEXT}},
        },
        "unmapped": {"type": "object"},
    },
}


def events(report: Report) -> list[dict[str, Any]]:
    found = json.loads(render("ocsf", report, Options(time=1_700_000_000)))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    "report", [awkward.report(), awkward.empty(), awkward.live()], ids=["awkward", "empty", "live"]
)
def test_events_keep_to_their_class(report: Report) -> None:
    jsonschema.validate(events(report), {"type": "array", "items": SCHEMA})


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
