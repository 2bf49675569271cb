"""From verdicts of rules to verdicts of controls: scans of real configurations, and the reports that show them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import jsonschema
import msgspec
import pytest

import dyncheck
from dyncheck import Settings, scan
from dyncheck.compliance.catalogue import Catalogue, Control, catalogue
from dyncheck.compliance.view import LEFT_OUT, NO_RULE, NOTHING, Judgement, judgements
from dyncheck.report import Report
from dyncheck.reports import Options, render
from dyncheck.settings import Override

SCHEMA = Path(dyncheck.__file__).parent / "schemas" / "report.schema.json"
TABLE = """
resource "aws_dynamodb_table" "orders" {{
  name         = "orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
{settings}
  attribute {{
    name = "id"
    type = "S"
  }}
}}
"""
ON = "  deletion_protection_enabled = true"
OFF = "  deletion_protection_enabled = false"
UNDECIDED = "  deletion_protection_enabled = var.protect"
ASIDE = "  deletion_protection_enabled = false # dyncheck:ignore[DDB-BAK-004] a table for tests"


def report(tmp_path: Path, settings: str, **options: Any) -> Report:
    (tmp_path / ".git").mkdir(exist_ok=True)
    (tmp_path / "main.tf").write_text(TABLE.format(settings=settings), encoding="utf-8")
    asked = Settings(paths=(str(tmp_path),), framework="aws-fsbp", cache=False)
    return scan(msgspec.structs.replace(asked, **options), environment={})


def judged(found: Report) -> dict[str, Judgement]:
    return {item.control.id: item for item in judgements(catalogue("aws-fsbp"), found)}


@pytest.mark.parametrize(("settings", "verdict"), [(ON, "pass"), (OFF, "fail"), (UNDECIDED, "unknown")])
def test_a_control_has_the_verdict_of_the_rule_that_evaluates_it(tmp_path: Path, settings: str, verdict: str) -> None:
    control = judged(report(tmp_path, settings))["DynamoDB.6"]

    assert (control.verdict, control.rules, control.reason) == (verdict, ("DDB-BAK-004",), None)


def test_one_failure_among_passes_fails_the_control(tmp_path: Path) -> None:
    (tmp_path / "other.tf").write_text(TABLE.format(settings=ON).replace('"orders"', '"other"'), encoding="utf-8")

    control = judged(report(tmp_path, OFF))["DynamoDB.6"]

    assert (control.verdict, control.passed, len(control.failing)) == ("fail", 1, 1)


def test_a_finding_that_is_set_aside_still_fails_its_control(tmp_path: Path) -> None:
    found = report(tmp_path, ASIDE)
    control = judged(found)["DynamoDB.6"]

    assert [finding.suppression is not None for finding in control.failing] == [True]
    assert control.verdict == "fail"
    assert "(set aside)" in render("text", found, Options())


def test_a_control_of_what_is_not_there_is_not_covered(tmp_path: Path) -> None:
    control = judged(report(tmp_path, ON))["DynamoDB.3"]

    assert (control.verdict, control.reason) == ("not covered", NOTHING)


def test_a_control_that_no_rule_evaluates_is_not_covered(tmp_path: Path) -> None:
    unheard = Catalogue("aws-fsbp", "", {}, (Control("DynamoDB.99", ()),))

    (control,) = judgements(unheard, report(tmp_path, ON))

    assert (control.verdict, control.reason, control.rules) == ("not covered", NO_RULE, ())


def test_the_rules_of_the_framework_run_and_no_others(tmp_path: Path) -> None:
    found = report(tmp_path, ON)

    assert found.rules
    assert all("aws-fsbp" in rule.controls for rule in found.rules)


def test_selected_rules_run_instead_where_any_are_named(tmp_path: Path) -> None:
    found = report(tmp_path, ON, select=("DDB-BAK-004",))

    assert [rule.id for rule in found.rules] == ["DDB-BAK-004"]
    assert judged(found)["DynamoDB.2"].reason == LEFT_OUT


@pytest.mark.parametrize(
    "settings",
    [
        {"ignore": ("DDB-BAK-004",)},
        {"select": ("DDB-BAK-001",)},
        {"overrides": (Override(paths=("**/dev",), ignore=("DDB-BAK-004",)),)},
    ],
)
def test_what_was_kept_from_running_is_named_beside_its_control(tmp_path: Path, settings: dict[str, Any]) -> None:
    found = report(tmp_path, OFF, **settings)
    control = judged(found)["DynamoDB.6"]
    runs_elsewhere = "overrides" in settings

    assert control.left_out == ("DDB-BAK-004",)
    assert (control.verdict, control.reason) == (("fail", None) if runs_elsewhere else ("not covered", LEFT_OUT))
    for name in ("text", "markdown"):
        shown = " ".join(render(name, found, Options(width=200)).split())
        assert ("left out: DDB-BAK-004" in shown, "DynamoDB.6" in shown) == (True, True)
    assert judged(report(tmp_path, OFF))["DynamoDB.6"].left_out == ()


def test_passes_are_counted_only_where_a_framework_asks(tmp_path: Path) -> None:
    assert report(tmp_path, ON).passed["DDB-BAK-004"] == 1
    assert report(tmp_path, ON, framework=None).passed == {}


def test_json_holds_every_control_beside_the_findings_and_keeps_to_the_schema(tmp_path: Path) -> None:
    found = report(tmp_path, OFF)
    data = json.loads(render("json", found, Options()))

    jsonschema.validate(data, json.loads(SCHEMA.read_text(encoding="utf-8")), jsonschema.Draft202012Validator)
    controls = {item["id"]: item for item in data["compliance"]["controls"]}
    assert list(controls) == [f"DynamoDB.{number}" for number in (1, 2, 3, 4, 6, 7)]
    assert data["compliance"]["summary"] == {"fail": 3, "unknown": 0, "pass": 1, "not_covered": 2}
    assert set(controls["DynamoDB.6"]["failing"]) <= {finding["fingerprint"] for finding in data["findings"]}


def test_json_without_a_framework_says_nothing_of_controls(tmp_path: Path) -> None:
    assert "compliance" not in json.loads(render("json", report(tmp_path, ON, framework=None), Options()))


def test_text_lists_controls_from_the_worst_and_each_finding_once(tmp_path: Path) -> None:
    lines = render("text", report(tmp_path, OFF), Options(width=400)).splitlines()

    verdicts = [line.split("  ")[1].strip() for line in lines if "DynamoDB." in line]
    assert verdicts == ["fail", "fail", "fail", "pass", "not covered", "not covered"]
    assert sum("DDB-BAK-004 fail:" in line for line in lines) == 1
    assert "6 controls of aws-fsbp: 3 fail, 0 unknown, 1 pass, 2 not covered" in lines


def test_text_says_which_tables_were_exempt_from_rules(tmp_path: Path) -> None:
    lock = TABLE.format(settings=OFF).replace('"id"', '"LockID"')
    (tmp_path / "lock.tf").write_text(lock.replace('"orders"', '"terraform-lock"'), encoding="utf-8")
    found = report(tmp_path, ON)

    assert judged(found)["DynamoDB.6"].verdict == "pass"
    said = (
        "1 Terraform state-lock table is exempt from rules about data worth keeping (aws_dynamodb_table.terraform-lock)"
    )
    assert said in render("text", found, Options())
    assert said not in render("text", found, Options(verbosity=-1))


def test_the_text_keeps_to_the_width_of_a_terminal(tmp_path: Path) -> None:
    found = msgspec.structs.replace(report(tmp_path, OFF), framework="nist-800-53-r5")
    for color in (False, True):
        lines = click.unstyle(render("text", found, Options(width=80, color=color))).splitlines()
        controls = lines[2 : lines.index("", 3)]
        assert any(line.startswith(" " * 17) for line in controls)
        assert max(map(len, controls)) <= 80


def test_what_could_not_be_read_is_said_before_the_controls(tmp_path: Path) -> None:
    (tmp_path / "broken.tf").write_text('resource "aws_dynamodb_table" "t" {', encoding="utf-8")

    text = render("text", report(tmp_path, ON), Options())

    assert "broken.tf:1" in text.partition("Foundational")[0]


def test_quiet_text_is_the_sums_alone(tmp_path: Path) -> None:
    lines = render("text", report(tmp_path, ON), Options(verbosity=-1)).splitlines()

    assert lines[0] == "6 controls of aws-fsbp: 2 fail, 0 unknown, 2 pass, 2 not covered"
    assert len(lines) == 2


def test_markdown_is_a_table_of_controls_in_which_names_cannot_do_harm(tmp_path: Path) -> None:
    found = report(tmp_path, OFF)
    spoilt = msgspec.structs.replace(
        found,
        findings=tuple(msgspec.structs.replace(item, message="a <b>|@x") for item in found.findings),
    )
    text = render("markdown", spoilt, Options())

    assert "| DynamoDB.6 DynamoDB tables should have deletion protection enabled | fail | DDB-BAK-004 |" in text
    assert "<b>" not in text
    assert "@x" not in text
