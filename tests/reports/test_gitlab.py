from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from dyncheck.findings import ordered
from dyncheck.report import Report
from dyncheck.reports import Options, render
from tests.reports import awkward

# The fields that https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format demands. No schema of the
# array is published; the one by which GitLab itself checks an entry (app/validators/json_schemas/codeclimate.json)
# demands less of it: neither a name, nor one of the severities, nor a place.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                    },
                },
            },
        },
    },
}


def entries(report: Report, **options: Any) -> list[Any]:
    found = json.loads(render("gitlab", report, Options(**options)))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    "report", [awkward.report(), awkward.empty(), awkward.live()], ids=["awkward", "empty", "live"]
)
@pytest.mark.parametrize("unknown", [True, False])
def test_reports_keep_to_gitlabs_format(report: Report, unknown: bool) -> None:
    jsonschema.validate(entries(report, include_unknown=unknown), SCHEMA)


def test_fingerprints_are_unique_even_for_findings_that_look_alike() -> None:
    one = awkward.report().findings[1]
    report = msgspec.structs.replace(awkward.empty(), findings=ordered([one, one, one]))
    assert len({entry["fingerprint"] for entry in entries(report)}) == 3


def test_a_fingerprint_knows_no_line_and_no_message() -> None:
    one = next(item for item in awkward.report().findings if item.location)
    assert one.location is not None
    span = msgspec.structs.replace(one.location.span, line=99, end_line=99)
    moved = msgspec.structs.replace(
        one, message="other", location=msgspec.structs.replace(one.location, span=span), suppression=None
    )
    before = msgspec.structs.replace(one, suppression=None)
    first, second = (
        entries(msgspec.structs.replace(awkward.empty(), findings=(item,)))[0]["fingerprint"]
        for item in (before, moved)
    )
    assert first == second


def test_unknown_verdicts_are_there_only_when_they_are_asked_for() -> None:
    more = [
        entry for entry in entries(awkward.report(), include_unknown=True) if entry not in entries(awkward.report())
    ]
    assert [(entry["check_name"], entry["severity"]) for entry in more] == [("DDB-ENC-001", "info")]
    assert more[0]["description"] == "unknown because of var.kms_key_arn: The key of t is AWS owned"
