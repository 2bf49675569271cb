"""SARIF, against the rules by which code scanning takes or refuses a file.

The schema is that of the schema store, which a package of npm ships. Where no such package can be had, a reduced one
stands in for it: the property names come from sarif-om's classes, which are generated from the standard; types,
required properties and limits are written down here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import attr
import jsonschema
import msgspec
import pytest
import sarif_om

from dyncheck.location import Location, Span
from dyncheck.policy.rule import Rule
from dyncheck.report import Finding, Report
from dyncheck.reports import Options, render
from dyncheck.reports.sarif_format import MAX_RESULTS, uri
from tests.npm import needs_npm, sarif_schema
from tests.reports import awkward

CLASSES: dict[str, str] = {
    "log": "SarifLog",
    "runs": "Run",
    "tool": "Tool",
    "driver": "ToolComponent",
    "rules": "ReportingDescriptor",
    "defaultConfiguration": "ReportingConfiguration",
    "shortDescription": "MultiformatMessageString",
    "fullDescription": "MultiformatMessageString",
    "help": "MultiformatMessageString",
    "invocations": "Invocation",
    "toolExecutionNotifications": "Notification",
    "automationDetails": "RunAutomationDetails",
    "results": "Result",
    "message": "Message",
    "locations": "Location",
    "relatedLocations": "Location",
    "physicalLocation": "PhysicalLocation",
    "logicalLocations": "LogicalLocation",
    "artifactLocation": "ArtifactLocation",
    "region": "Region",
    "suppressions": "Suppression",
}
EVERYTHING = Options(include_unknown=True, include_suppressed=True)


def log(report: Report, options: Options | None = None) -> Any:
    return json.loads(render("sarif", report, options or Options()))


def run(report: Report, options: Options | None = None) -> Any:
    (only,) = log(report, options)["runs"]
    return only


def results(report: Report, options: Options | None = None) -> list[Any]:
    found = run(report, options)["results"]
    assert isinstance(found, list)
    return found


def with_findings(*findings: Finding) -> Report:
    return msgspec.structs.replace(awkward.report(), findings=findings)


def one(rule: str, outcome: str = "fail") -> Finding:
    found = (item for item in awkward.report().findings if item.suppression is None)
    return next(item for item in found if (item.rule, item.outcome) == (rule, outcome))


def nodes(name: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, list):
        for item in value:
            yield from nodes(name, item)
    elif isinstance(value, dict):
        yield name, value
        for key, item in value.items():
            if key not in ("properties", "partialFingerprints"):
                yield from nodes(key, item)


def test_the_awkward_report(golden: Callable[[str, str], None]) -> None:
    golden("report.sarif", render("sarif", awkward.report(), Options()))


def test_the_awkward_report_with_everything(golden: Callable[[str, str], None]) -> None:
    golden("everything.sarif", render("sarif", awkward.report(), EVERYTHING))


@needs_npm
def test_reports_are_valid_by_the_schema_that_is_published(tmp_path: Path) -> None:
    validator = jsonschema.Draft4Validator(sarif_schema(tmp_path), format_checker=jsonschema.FormatChecker())
    for report in (awkward.report(), awkward.empty(), awkward.live()):
        for options in (Options(), EVERYTHING):
            found = validator.iter_errors(log(report, options))
            assert not [(list(error.path), error.message) for error in found]
    wrong = log(awkward.report())
    wrong["runs"][0]["results"][0]["level"] = "high"
    assert not validator.is_valid(wrong)


@pytest.mark.parametrize("report", [awkward.report(), awkward.empty()], ids=["awkward", "empty"])
def test_every_property_is_one_of_the_standard(report: Report) -> None:
    for name, node in nodes("log", log(report, EVERYTHING)):
        fields = attr.fields(getattr(sarif_om, CLASSES[name]))
        known = {field.metadata["schema_property_name"] for field in fields}
        if name == "suppressions":
            known = (known - {"state"}) | {"status"}
        assert set(node) <= known, name


def test_the_frame_is_one_run_with_schema_and_version_first() -> None:
    data = log(awkward.report())
    assert list(data)[:2] == ["$schema", "version"]
    assert (data["$schema"], data["version"]) == ("https://json.schemastore.org/sarif-2.1.0.json", "2.1.0")
    assert len(data["runs"]) == 1


def test_results_are_an_array_even_when_there_are_none() -> None:
    assert results(awkward.empty()) == []


def test_columns_are_counted_in_code_points() -> None:
    assert run(awkward.empty())["columnKind"] == "unicodeCodePoints"


@pytest.mark.parametrize(
    ("category", "run_id"), [("dyncheck", "dyncheck/"), ("live/eu-west-1", "live/eu-west-1/"), ("a/", "a/")]
)
def test_the_category_is_all_before_the_last_slash(category: str, run_id: str) -> None:
    assert run(awkward.empty(), Options(category=category))["automationDetails"] == {"id": run_id}


def test_the_driver_has_its_name_and_version() -> None:
    driver = run(awkward.empty())["tool"]["driver"]
    assert (driver["name"], driver["version"], driver["semanticVersion"]) == ("dyncheck", "1.2.3", "1.2.3")


def test_all_rules_that_ran_are_listed_by_id_whether_or_not_they_fired() -> None:
    shuffled = msgspec.structs.replace(awkward.empty(), rules=tuple(reversed(awkward.RULES.values())))
    assert [rule["id"] for rule in run(shuffled)["tool"]["driver"]["rules"]] == sorted(awkward.RULES)


def test_rules_keep_to_their_limits_and_required_texts() -> None:
    long = msgspec.structs.replace(
        awkward.RULES["DDB-BAK-001"], name="n" * 300, title="t" * 2000, description="d" * 2000
    )
    for rule in run(msgspec.structs.replace(awkward.empty(), rules=(long,)))["tool"]["driver"]["rules"]:
        assert len(rule["name"]) == 255
        assert len(rule["shortDescription"]["text"]) == 1024
        assert len(rule["fullDescription"]["text"]) == 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) == 20
        assert rule["helpUri"].startswith("https://")


def test_the_severity_of_a_rule_is_said_in_the_field_of_its_kind() -> None:
    rules = {rule["id"]: rule for rule in run(awkward.empty())["tool"]["driver"]["rules"]}
    severities = {
        rule_id: (
            rule["defaultConfiguration"]["level"],
            rule["properties"].get("security-severity"),
            rule["properties"].get("problem.severity"),
            "security" in rule["properties"]["tags"],
        )
        for rule_id, rule in rules.items()
    }
    assert severities == {
        "DDB-ACC-001": ("error", "9.5", None, True),
        "DDB-BAK-001": ("error", None, "error", False),
        "DDB-CST-001": ("note", None, "recommendation", False),
        "DDB-ENC-001": ("warning", "5.5", None, True),
        "DDB-KEY-011": ("note", None, "recommendation", False),
    }


@pytest.mark.parametrize(
    ("severity", "low", "high"), [("critical", 9.0, 10.0), ("high", 6.9, 8.9), ("medium", 3.9, 6.9), ("low", 0.0, 3.9)]
)
def test_security_severity_falls_into_the_band_of_its_name(severity: Any, low: float, high: float) -> None:
    rule: Rule = msgspec.structs.replace(awkward.RULES["DDB-ENC-001"], severity=severity)
    properties = run(msgspec.structs.replace(awkward.empty(), rules=(rule,)))["tool"]["driver"]["rules"][0][
        "properties"
    ]
    assert isinstance(properties["security-severity"], str)
    assert low < float(properties["security-severity"]) <= high


def test_a_tag_makes_a_rule_of_any_category_a_security_rule() -> None:
    rule = msgspec.structs.replace(awkward.RULES["DDB-KEY-011"], tags=("security",))
    properties = run(msgspec.structs.replace(awkward.empty(), rules=(rule,)))["tool"]["driver"]["rules"][0][
        "properties"
    ]
    assert properties == {"tags": ["security", "keys"], "precision": "high", "security-severity": "3.0"}


def test_rules_do_not_depend_on_results() -> None:
    with_results, without = run(awkward.report()), run(with_findings())
    assert with_results["results"] and not without["results"]
    assert with_results["tool"] == without["tool"]


def test_each_result_points_to_its_rule_and_states_its_level() -> None:
    data = run(awkward.report(), EVERYTHING)
    rules = data["tool"]["driver"]["rules"]
    assert data["results"]
    for result in data["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert (result["kind"], result["level"]) in {
            ("fail", "error"),
            ("fail", "warning"),
            ("fail", "note"),
            ("open", "none"),
        }
        assert result["message"]["text"]
        assert len(result["locations"]) == 1


def test_a_warning_says_so_although_it_is_the_default() -> None:
    (result,) = results(with_findings(one("DDB-ENC-001")))
    assert result["level"] == "warning"


def test_unknown_and_suppressed_results_are_left_out_unless_asked_for() -> None:
    def kinds(options: Options) -> list[tuple[str, bool]]:
        return [(item["kind"], "suppressions" in item) for item in results(awkward.report(), options)]

    assert kinds(Options()) == [("fail", False)] * 6
    assert sorted(kinds(Options(include_unknown=True))) == [*[("fail", False)] * 6, ("open", False)]
    assert sorted(kinds(Options(include_suppressed=True))) == [*[("fail", False)] * 6, ("fail", True)]


def test_a_suppression_has_the_name_that_the_standard_gives_its_status() -> None:
    (result,) = [item for item in results(awkward.report(), EVERYTHING) if "suppressions" in item]
    assert result["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "known | <reason>"}]


def test_regions_have_all_four_numbers_and_end_behind_the_last_character() -> None:
    (result,) = results(with_findings(one("DDB-CST-001")))
    region = {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 31}
    assert result["locations"][0]["physicalLocation"]["region"] == region
    assert awkward.STRANGE_SOURCE.split("\n")[2][3 - 1 : 31 - 1] == 'billing_mode = "PROVISIONED"'


def test_an_empty_span_becomes_a_region_of_one_column() -> None:
    empty = msgspec.structs.replace(one("DDB-CST-001"), location=Location(Span("main.tf", 2, 5, 2, 5)))
    (result,) = results(with_findings(empty))
    region = {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 6}
    assert result["locations"][0]["physicalLocation"]["region"] == region


@pytest.mark.parametrize(
    ("path", "encoded"),
    [
        ("modules/orders/main.tf", "modules/orders/main.tf"),
        ("./main.tf", "main.tf"),
        ("in fra/tèst#1/100%/main.tf", "in%20fra/t%C3%A8st%231/100%25/main.tf"),
        ("a:b/c?.tf", "a%3Ab/c%3F.tf"),
        ("[x].tf", "%5Bx%5D.tf"),
        ("byte\udcff.tf", "byte%FF.tf"),
    ],
)
def test_uris_are_relative_and_percent_encoded(path: str, encoded: str) -> None:
    assert uri(path) == encoded
    assert "./" + unquote(encoded, errors="surrogateescape") == "./" + path.removeprefix("./")


def test_the_file_holds_no_absolute_path() -> None:
    for name, node in nodes("log", log(awkward.report(), EVERYTHING)):
        if name == "artifactLocation":
            assert not re.match(r"/|[a-z]+:|\.", node["uri"])
        assert name != "originalUriBaseIds"


def test_fingerprints_are_the_hash_of_the_line_and_our_own() -> None:
    finding = one("DDB-CST-001")
    (result,) = results(with_findings(finding))
    assert set(result["partialFingerprints"]) == {"primaryLocationLineHash", "dyncheck/v1"}
    assert result["partialFingerprints"]["dyncheck/v1"] == finding.fingerprint
    assert re.fullmatch(r"[0-9a-f]{1,16}:1", result["partialFingerprints"]["primaryLocationLineHash"])


def test_a_result_without_a_readable_line_has_no_hash_of_it() -> None:
    beyond = msgspec.structs.replace(one("DDB-CST-001"), location=Location(Span("main.tf", 99, 1, 99, 2)))
    gone = msgspec.structs.replace(one("DDB-CST-001"), location=Location(Span("gone.tf", 1, 1, 1, 2)))
    assert [set(item["partialFingerprints"]) for item in results(with_findings(beyond, gone))] == [{"dyncheck/v1"}] * 2


def test_related_places_are_numbered_and_the_message_links_to_them() -> None:
    (result,) = results(with_findings(one("DDB-BAK-001")))
    assert result["message"]["text"] == "Recovery of orders is off. See [called here as module.orders](1)."
    (related,) = result["relatedLocations"]
    assert related["id"] == 1
    assert related["message"] == {"text": "called here as module.orders"}
    assert related["physicalLocation"]["artifactLocation"] == {"uri": "main.tf"}


def test_text_from_the_input_makes_no_link_and_no_control_character() -> None:
    (result,) = results(with_findings(one("DDB-KEY-011")))
    assert result["message"]["text"] == (r'Hostile\nname \x1b[2J | <script> "quoted" [click\](http://x) \u202egnp.exe')


def test_the_logical_location_is_the_address() -> None:
    (result,) = results(with_findings(one("DDB-CST-001")))
    assert result["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "module.orders.aws_dynamodb_table.orders", "kind": "resource"}
    ]


def test_a_result_without_a_file_has_its_logical_location_only() -> None:
    (result,) = results(with_findings(one("DDB-ACC-001")))
    assert list(result["locations"][0]) == ["logicalLocations"]


def test_problems_and_broken_rules_are_notifications() -> None:
    (invocation,) = run(awkward.report())["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [(item["level"], item["message"]["text"]) for item in invocation["toolExecutionNotifications"]] == [
        ("error", 'expected an attribute or "}", found "=" | <b>'),
        ("note", "module.far (source not available): not looked into"),
        ("error", 'DDB-KEY-011 broke on aws_dynamodb_table.t["a"]: division by zero'),
    ]
    assert run(awkward.empty())["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_too_many_results_leave_the_worst_and_a_note() -> None:
    mild, bad = one("DDB-KEY-011"), one("DDB-BAK-001")
    data = run(with_findings(*[mild] * (MAX_RESULTS + 5), bad))
    assert len(data["results"]) == MAX_RESULTS
    assert data["results"][-1]["ruleId"] == "DDB-BAK-001"
    assert data["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"] == (
        "6 results left out, the mildest: a run holds 25,000 results at most."
    )
