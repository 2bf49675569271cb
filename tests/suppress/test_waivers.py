"""Suppressions in the configuration: which findings they mean, and what is said of those that mean none."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from dyncheck.errors import ConfigError
from dyncheck.report import Suppression
from dyncheck.settings import Origin, Override, Waiver
from tests.suppress.scanning import TABLE, counting, of_rule, report, suppressed

PROVIDER = 'provider "aws" {\n  region = "eu-west-1"\n}\n'
PROJECT = {
    "infra/orders/main.tf": TABLE + PROVIDER,
    "infra/log/main.tf": TABLE.replace('"orders"', '"log"') + PROVIDER,
}


def waiver(root: Path, **fields: object) -> Waiver:
    """A waiver of the rule about recovery, as ``dyncheck.yaml`` at the root has it."""
    origin = Origin(str(root / "dyncheck.yaml"), "dyncheck.yaml", 3, 5)
    return Waiver(rule="DDB-BAK-001", origin=origin, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "stacks"),
    [
        ({}, ["infra/log", "infra/orders"]),
        ({"path": "infra/orders/main.tf"}, ["infra/orders"]),
        ({"path": "infra/orders"}, ["infra/orders"]),
        ({"path": "infra/orders/"}, ["infra/orders"]),
        ({"path": "infra/*/main.tf"}, ["infra/log", "infra/orders"]),
        ({"path": "infra/*.tf"}, []),
        ({"path": "**/main.tf"}, ["infra/log", "infra/orders"]),
        ({"path": "**/l?g"}, ["infra/log"]),
        ({"path": "orders"}, []),
        ({"path": "."}, ["infra/log", "infra/orders"]),
        ({"path": "./"}, ["infra/log", "infra/orders"]),
        ({"path": "./infra/log"}, ["infra/log"]),
        ({"address": "aws_dynamodb_table.orders"}, ["infra/orders"]),
        ({"address": "aws_dynamodb_table.*"}, ["infra/log", "infra/orders"]),
        ({"address": "orders"}, []),
        ({"address": "*.log", "path": "infra/orders"}, []),
        ({"region": "eu-west-1"}, ["infra/log", "infra/orders"]),
        ({"region": "eu-west-2"}, []),
        ({"account": "111122223333"}, []),
    ],
)
def test_a_waiver_means_what_all_of_its_fields_mean(tmp_path: Path, fields: dict[str, str], stacks: list[str]) -> None:
    found = report(tmp_path, PROJECT, waivers=(waiver(tmp_path, **fields),))
    marked = sorted(item.stack for item in of_rule(found, "DDB-BAK-001") if item.suppression)
    assert marked == stacks


def test_instances_are_addressed_with_their_keys(tmp_path: Path) -> None:
    text = TABLE.replace("{\n", '{\n  for_each = toset(["a", "b"])\n', 1)
    found = report(tmp_path, {"main.tf": text}, waivers=(waiver(tmp_path, address='*["a"]'),))
    assert [item.address for item in of_rule(found, "DDB-BAK-001") if item.suppression] == [
        'aws_dynamodb_table.orders["a"]'
    ]


def test_a_path_may_be_that_of_the_call(tmp_path: Path) -> None:
    files = {"app/main.tf": 'module "t" {\n  source = "../shared"\n}\n', "shared/main.tf": TABLE}
    assert suppressed(report(tmp_path, files, waivers=(waiver(tmp_path, path="app"),))) == ["DDB-BAK-001"]


def test_globs_are_relative_to_the_file_and_those_of_a_file_elsewhere_to_the_root(tmp_path: Path) -> None:
    inside = Origin(str(tmp_path / "infra" / "dyncheck.yaml"), "infra/dyncheck.yaml")
    elsewhere = Origin("/elsewhere/dyncheck.yaml", "/elsewhere/dyncheck.yaml")
    for origin, path in ((inside, "orders"), (elsewhere, "infra/orders")):
        found = report(tmp_path, PROJECT, waivers=(Waiver(rule="DDB-BAK-001", path=path, origin=origin),))
        assert [item.stack for item in of_rule(found, "DDB-BAK-001") if item.suppression] == ["infra/orders"]


def test_the_report_says_what_the_waiver_says(tmp_path: Path) -> None:
    given = waiver(tmp_path, reason="rebuilt", until=datetime.date(2026, 6, 15))
    found = report(tmp_path, {"main.tf": TABLE}, waivers=(given,))
    (finding,) = of_rule(found, "DDB-BAK-001")
    assert finding.suppression == Suppression("config", "rebuilt", "2026-06-15", "dyncheck.yaml:3")


def test_a_comment_goes_before_a_waiver_and_both_are_used(tmp_path: Path) -> None:
    text = f"# dyncheck:ignore[DDB-BAK-001]\n{TABLE}"
    found = report(tmp_path, {"main.tf": text}, waivers=(waiver(tmp_path),))
    (finding,) = of_rule(found, "DDB-BAK-001")
    assert finding.suppression is not None
    assert finding.suppression.kind == "inline"
    assert counting(found) == ["DDB-BAK-004", "DDB-ENC-001"]


def test_selectors_name_many_rules(tmp_path: Path) -> None:
    found = report(tmp_path, {"main.tf": TABLE}, waivers=(Waiver(rule="DDB-BAK-*"), Waiver(rule="encryption")))
    assert counting(found) == []


def test_an_expired_waiver_hides_nothing_and_is_said(tmp_path: Path) -> None:
    found = report(tmp_path, {"main.tf": TABLE}, waivers=(waiver(tmp_path, until=datetime.date(2026, 6, 14)),))
    assert counting(found) == ["DDB-BAK-001", "DDB-BAK-004", "DDB-ENC-001", "DDB-META-003"]


class TestUnused:
    def test_is_said_at_its_place_when_everything_was_scanned(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"main.tf": TABLE}, waivers=(waiver(tmp_path, address="gone"),))
        (finding,) = of_rule(found, "DDB-META-001")
        assert (finding.address, finding.stack) == ("ignore[DDB-BAK-001]", "dyncheck.yaml")
        assert finding.location is not None
        assert (finding.location.span.path, finding.location.span.line) == ("dyncheck.yaml", 3)

    def test_is_not_said_when_a_part_was_scanned(self, tmp_path: Path) -> None:
        given = (waiver(tmp_path, path="infra/log"),)
        found = report(tmp_path, PROJECT, paths=(str(tmp_path / "infra" / "orders"),), waivers=given)
        assert of_rule(found, "DDB-META-001") == []

    def test_is_not_said_when_a_kind_of_input_was_left_out(self, tmp_path: Path) -> None:
        given = (waiver(tmp_path, path="template.yaml"),)
        found = report(tmp_path, {"main.tf": TABLE}, inputs=("terraform",), waivers=given)
        assert of_rule(found, "DDB-META-001") == []

    def test_is_not_said_when_its_rule_did_not_run(self, tmp_path: Path) -> None:
        found = report(tmp_path, {"main.tf": TABLE}, select=("DDB-ENC-001", "meta"), waivers=(waiver(tmp_path),))
        assert of_rule(found, "DDB-META-001") == []

    def test_a_waiver_may_be_about_what_is_said_of_suppressions(self, tmp_path: Path) -> None:
        text = f"# dyncheck:ignore[DDB-BAC-001]\n{TABLE}"
        origin = Origin(str(tmp_path / "dyncheck.yaml"), "dyncheck.yaml")
        found = report(tmp_path, {"main.tf": text}, waivers=(Waiver(rule="DDB-META-002", origin=origin),))
        assert suppressed(found) == ["DDB-META-002"]


@pytest.mark.parametrize(
    ("given", "settings", "message"),
    [
        ({"rule": "DDB-BAC-001"}, {}, "did you mean DDB-BAK-001"),
        ({"rule": "DDB-BAK-001"}, {"require_reason": True}, "needs a reason"),
        ({"rule": "DDB-BAK-001", "reason": " "}, {"require_reason": True}, "needs a reason"),
        ({"rule": "DDB-BAK-001", "reason": "x"}, {"max_days": 10}, "needs a last day here, at most 10 days away"),
        ({"rule": "DDB-BAK-001", "reason": "x"}, {"max_days": 1}, "needs a last day here, at most 1 day away"),
        ({"rule": "DDB-BAK-001", "until": datetime.date(2026, 6, 26)}, {"max_days": 10}, "more than 10 days away"),
        ({"rule": "DDB-BAK-001", "path": "*a" * 200}, {}, "longer than"),
        ({"rule": "DDB-BAK-001", "address": "*a" * 200}, {}, "longer than"),
        ({"rule": "DDB-BAK-001", "path": ""}, {}, "a path is empty"),
        ({"rule": "DDB-BAK-001", "path": "!infra/log"}, {}, "! does not turn a glob around"),
        ({"rule": "DDB-BAK-001", "path": "/infra/log"}, {}, "relative to the configuration file"),
        ({"rule": "DDB-BAK-001", "path": "C:/infra/log"}, {}, "relative to the configuration file"),
        ({"rule": "DDB-BAK-001", "path": "infra\\log"}, {}, "write / between names"),
        ({"rule": "DDB-BAK-001", "path": "infra/../log"}, {}, "there is no .. in a path"),
    ],
)
def test_a_waiver_that_cannot_be_honoured_is_an_error_at_its_place(
    tmp_path: Path, given: dict[str, object], settings: dict[str, object], message: str
) -> None:
    origin = Origin(str(tmp_path / "dyncheck.yaml"), "dyncheck.yaml", 7)
    with pytest.raises(ConfigError, match=message) as caught:
        report(tmp_path, {"main.tf": TABLE}, waivers=(Waiver(**given, origin=origin),), **settings)  # type: ignore[arg-type]
    assert str(caught.value).startswith("dyncheck.yaml:7: ")


def test_a_glob_of_many_stars_takes_time_linear_in_the_path(tmp_path: Path) -> None:
    from dyncheck.suppress.pathglobs import path_matches

    deep = "a/" * 2_000 + "b"
    assert not path_matches("**/a" * 15 + "/c", deep)
    assert not path_matches("*a" * 30 + "b", "a" * 4_000)


class TestOverrides:
    def test_brackets_braces_and_letters_of_all_kinds_in_a_glob_mean_themselves(self, tmp_path: Path) -> None:
        files = {"d\u00e9v [x] {y}/main.tf": TABLE, "d\u00e9v x y/main.tf": TABLE}
        given = (Override(paths=("d\u00e9v [x] {y}",), ignore=("DDB-*",)),)
        found = report(tmp_path, files, overrides=given)
        assert {item.stack for item in found.findings} == {"d\u00e9v x y"}

    def test_a_path_that_can_mean_nothing_is_an_error(self, tmp_path: Path) -> None:
        origin = Origin(str(tmp_path / "dyncheck.yaml"), "dyncheck.yaml", 4)
        given = (Override(paths=("infra", "../infra"), origin=origin),)
        with pytest.raises(ConfigError, match=r"dyncheck.yaml:4: \.\./infra: there is no \.\. in a path"):
            report(tmp_path, PROJECT, overrides=given)

    def test_severity_parameters_and_ignored_rules_hold_for_the_files_they_name(self, tmp_path: Path) -> None:
        given = (
            Override(paths=("infra/log",), ignore=("DDB-ENC-001",), severity={"CKV_AWS_28": "info"}),
            Override(paths=("infra/**",), severity={"deletion-protection-off": "critical"}),
            Override(paths=("infra/log",), severity={"DDB-BAK-004": "low"}),
        )
        found = report(tmp_path, PROJECT, overrides=given, severity={"DDB-BAK-001": "low"})
        assert {(item.stack, item.rule): item.severity for item in found.findings} == {
            ("infra/log", "DDB-BAK-001"): "info",
            ("infra/log", "DDB-BAK-004"): "low",
            ("infra/orders", "DDB-BAK-001"): "low",
            ("infra/orders", "DDB-BAK-004"): "critical",
            ("infra/orders", "DDB-ENC-001"): "medium",
        }

    def test_parameters_are_laid_over_those_of_the_whole(self, tmp_path: Path) -> None:
        short = TABLE.replace(
            "\n}\n", "\n  point_in_time_recovery {\n    enabled = true\n    recovery_period_in_days = 9\n  }\n}\n"
        )
        files = {"a/main.tf": short, "b/main.tf": short}
        given = (Override(paths=("a",), params={"DDB-BAK-003": {"min_days": 7}}),)
        found = report(tmp_path, files, select=("DDB-BAK-003",), overrides=given)
        assert [item.stack for item in found.findings] == ["b"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"ignore": ("DDB-BAC-001",)},
            {"severity": {"DDB-BAC-001": "low"}},
            {"params": {"DDB-BAK-003": {"mindays": 7}}},
        ],
    )
    def test_what_means_nothing_is_an_error_even_where_no_file_is_meant(
        self, tmp_path: Path, wrong: dict[str, object]
    ) -> None:
        origin = Origin(str(tmp_path / "dyncheck.yaml"), "dyncheck.yaml", 9)
        given = (Override(paths=("nowhere",), origin=origin, **wrong),)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match=r"^dyncheck.yaml:9: .*did you mean"):
            report(tmp_path, {"main.tf": TABLE}, overrides=given)

    def test_a_suppression_of_a_rule_that_does_not_run_there_is_not_called_unused(self, tmp_path: Path) -> None:
        text = f"# dyncheck:ignore[DDB-BAK-001]\n{TABLE}"
        found = report(tmp_path, {"a/main.tf": text}, overrides=(Override(paths=("a",), ignore=("DDB-BAK-001",)),))
        assert counting(found) == ["DDB-BAK-004", "DDB-ENC-001"]
