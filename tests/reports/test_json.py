from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import jsonschema
import msgspec
import pytest

from dyncheck.report import Report
from dyncheck.reports import Options, render
from tests.reports import awkward


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((files("dyncheck") / "schemas" / "report.schema.json").read_text("utf-8"))


def document(report: Report) -> Any:
    return json.loads(render("json", report, Options()))


def test_the_awkward_report(golden: Callable[[str, str], None]) -> None:
    golden("report.json", render("json", awkward.report(), Options()))


def test_the_schema_is_a_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("report", [awkward.report(), awkward.empty()], ids=["awkward", "empty"])
def test_reports_keep_to_their_schema(schema: Any, report: Report) -> None:
    jsonschema.validate(document(report), schema, jsonschema.Draft202012Validator)


def test_the_schema_names_every_field_and_no_other(schema: Any) -> None:
    """A field that is written but not described, or described but never written, is a defect of the contract."""

    def described(node: Any) -> set[str]:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node
        inherited = [name for part in node.get("allOf", []) for name in described(part)]
        return {*node.get("properties", {}), *inherited}

    data = document(awkward.report())
    finding = next(item for item in data["findings"] if item["related"])
    suppressed = next(item for item in data["findings"] if item["suppression"])
    properties, parts = schema["properties"], schema["$defs"]
    assert set(data) | {"compliance"} == described(schema)
    assert set(data["summary"]) == described(parts["summary"])
    assert set(data["tables"][0]) == described(properties["tables"]["items"])
    assert set(data["resources"][0]) == described(properties["resources"]["items"])
    assert set(finding) == described(parts["finding"])
    assert set(finding["location"]) == described(parts["span"])
    assert set(finding["related"][0]) == described(parts["finding"]["properties"]["related"]["items"])
    assert set(suppressed["suppression"]) == described(parts["finding"]["properties"]["suppression"])
    assert set(data["problems"][0]) == described(parts["problem"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.update(schema="dyncheck-report/2"),
        lambda data: data["findings"][0].update(outcome="pass"),
        lambda data: data["findings"][0].pop("because"),
        lambda data: data["findings"][0]["location"].update(path="/home/me/main.tf"),
        lambda data: data["summary"]["findings"].pop("info"),
        lambda data: data["problems"][0].update(level="warning"),
    ],
    ids=["version", "outcome", "missing field", "absolute path", "missing severity", "level"],
)
def test_the_schema_refuses_what_is_no_report(schema: Any, spoil: Callable[[Any], None]) -> None:
    data = document(awkward.report())
    spoil(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema, jsonschema.Draft202012Validator)


def test_a_path_that_is_not_utf8_is_still_written() -> None:
    one = awkward.report().findings[0]
    strange = msgspec.structs.replace(one, message="bytes \udcff", address="\udc80")
    data = document(msgspec.structs.replace(awkward.empty(), findings=(strange,)))
    assert data["findings"][0]["message"] == "bytes \\udcff"


def test_equal_reports_give_equal_bytes() -> None:
    assert render("json", awkward.report(), Options()) == render("json", awkward.report(), Options(color=True, width=1))
