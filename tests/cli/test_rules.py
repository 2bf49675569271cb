"""``dyncheck rules`` and ``dyncheck explain``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

RULE = """\
id: MY-001
name: tables-of-ours-are-on-demand
title: Provisioned table
category: capacity
severity: low
since: "1.0"
check: table.billing_mode == "PAY_PER_REQUEST"
locate: table.billing_mode
message: "{table.address} is provisioned."
description: Fails when a table is provisioned.
rationale: We have no steady traffic.
remediation: Switch to on-demand.
examples:
  pass:
    - title: On-demand
      terraform: |
        resource "aws_dynamodb_table" "t" {
          name         = "t"
          billing_mode = "PAY_PER_REQUEST"
          hash_key     = "id"
        }
  fail:
    - title: Provisioned
      terraform: |
        resource "aws_dynamodb_table" "t" {
          name         = "t"
          billing_mode = "PROVISIONED" # expect: MY-001
          hash_key     = "id"
        }
  unknown:
    - title: Given elsewhere
      terraform: |
        variable "mode" {
          type = string
        }

        resource "aws_dynamodb_table" "t" {
          name         = "t"
          # expect-unknown: MY-001
          billing_mode = var.mode
          hash_key     = "id"
        }
"""


@pytest.fixture
def mine(project: Path) -> Path:
    """A directory with one rule of the user's own."""
    (project / "mine").mkdir()
    (project / "mine" / "tables-of-ours-are-on-demand.yaml").write_text(RULE)
    return project / "mine"


def spoil(mine: Path, old: str, new: str) -> None:
    path = mine / "tables-of-ours-are-on-demand.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


class TestList:
    def test_every_rule_has_a_line_with_its_severity_and_packs(self, run: Run) -> None:
        done = run("rules", "list")
        lines = done.out.splitlines()
        assert (done.code, done.err) == (0, "")
        assert [line.split()[0] for line in lines] == sorted(line.split()[0] for line in lines)
        (line,) = [line for line in lines if line.startswith("DDB-BAK-001 ")]
        assert line.split()[1:3] == ["high", "point-in-time-recovery-off"]
        assert "default" in line

    def test_packs_and_selectors_narrow_the_list(self, run: Run) -> None:
        def ids(*arguments: str) -> set[str]:
            return {line.split()[0] for line in run("rules", "list", *arguments).out.splitlines()}

        assert ids("--pack", "default") < ids("--pack", "strict") <= ids()
        assert ids("--select", "DDB-BAK-001") == {"DDB-BAK-001"}
        assert ids("--ignore", "DDB-BAK-*") == {rule for rule in ids() if not rule.startswith("DDB-BAK-")}

    def test_several_selectors_and_packs_stand_behind_one_option_as_they_do_for_a_scan(self, run: Run) -> None:
        for option, one, other in (("--pack", "fsbp", "cost"), ("--select", "streams", "ttl")):
            together = run("rules", "list", option, f"{one}, {other}").out
            assert together == run("rules", "list", option, one, option, other).out != ""
        left = ("rules", "list", "--select", "ttl", "--ignore")
        assert run(*left, "DDB-TTL-001,DDB-TTL-003").out == run(*left, "DDB-TTL-001", "--ignore", "DDB-TTL-003").out

    def test_json_holds_what_the_design_promises(self, run: Run) -> None:
        rules = json.loads(run("rules", "list", "-f", "json").out)["rules"]
        (rule,) = [item for item in rules if item["id"] == "DDB-BAK-001"]
        assert {"id", "name", "severity", "category", "packs", "aliases", "controls"} <= set(rule)
        assert (rule["name"], rule["severity"], rule["category"]) == ("point-in-time-recovery-off", "high", "backup")
        assert "default" in rule["packs"]
        assert "CKV_AWS_28" in rule["aliases"]

    def test_own_rules_are_listed_with_the_others(self, run: Run, mine: Path) -> None:
        assert "MY-001" in run("rules", "list", "--rules", "mine").out

    def test_an_unknown_pack_is_2_with_a_suggestion(self, run: Run) -> None:
        assert "no such pack; there are cost, default, fsbp" in run("rules", "list", "--pack", "qqq").err
        done = run("rules", "list", "--pack", "strct")
        assert (done.code, done.out) == (2, "")
        assert "did you mean strict?" in done.err


class TestLint:
    def test_sound_rules_are_counted(self, run: Run, mine: Path) -> None:
        assert (run("rules", "lint", "mine").code, run("rules", "lint", "mine").err) == (
            0,
            "1 rule without a mistake\n",
        )
        assert run("rules", "lint").code == 0

    def test_all_mistakes_are_told_with_their_places(self, run: Run, mine: Path) -> None:
        spoil(mine, "table.billing_mode ==", "table.biling_mode ==")
        (mine / "zoo.yaml").write_text("id: [\n")
        done = run("rules", "lint", "mine")
        assert done.code == 2
        first, second = done.out.splitlines()
        assert first.startswith("mine/tables-of-ours-are-on-demand.yaml:7:")
        assert "billing_mode" in first
        assert second.startswith("mine/zoo.yaml:")

    def test_a_rule_that_takes_a_shipped_id_is_a_mistake(self, run: Run, mine: Path) -> None:
        spoil(mine, "MY-001", "DDB-BAK-001")
        assert run("rules", "lint", "mine").code == 2

    def test_a_directory_that_is_not_there_is_2(self, run: Run) -> None:
        done = run("rules", "lint", "gone")
        assert (done.code, "gone" in done.err) == (2, True)


class TestTest:
    def test_examples_that_hold_are_counted(self, run: Run, mine: Path) -> None:
        done = run("rules", "test", "mine")
        assert (done.code, done.out, done.err) == (0, "", "3 examples of 1 rule: all as expected\n")

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('"PROVISIONED" # expect: MY-001', '"PROVISIONED"', "unexpected fail"),
            (
                '"PAY_PER_REQUEST"\n          hash',
                '"PAY_PER_REQUEST" # expect: MY-001\n          hash',
                "expected fail",
            ),
            ("# expect-unknown: MY-001", "", "unexpected unknown"),
            ('resource "aws_dynamodb_table" "t"', 'resource "aws_s3_bucket" "t"', "no table to judge"),
            ('"PAY_PER_REQUEST"\n          hash', "= 1\n          hash", "main.tf:3:"),
        ],
    )
    def test_an_example_that_does_not_hold_is_1(self, run: Run, mine: Path, old: str, new: str, said: str) -> None:
        spoil(mine, old, new)
        done = run("rules", "test", "mine")
        assert done.code == 1
        assert said in done.out
        assert done.out.startswith("MY-001: ")

    def test_a_rule_that_cannot_be_loaded_is_2(self, run: Run, mine: Path) -> None:
        spoil(mine, "table.billing_mode ==", "table.biling_mode ==")
        assert run("rules", "test", "mine").code == 2

    def test_own_rules_run_in_a_scan(self, run: Run, mine: Path, project: Path) -> None:
        (project / "main.tf").write_text('resource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n')
        done = json.loads(run("scan", "main.tf", "--rules", "mine", "--select", "MY-001", "-f", "json").out)
        assert [(item["rule"], item["outcome"]) for item in done["findings"]] == [("MY-001", "fail")]


class TestExplain:
    @pytest.mark.parametrize("name", ["DDB-BAK-001", "ddb-bak-001", "point-in-time-recovery-off", "CKV_AWS_28"])
    def test_a_rule_is_found_by_any_of_its_names(self, run: Run, name: str) -> None:
        done = run("explain", name)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("# DDB-BAK-001 point-in-time-recovery-off\n")

    def test_the_page_says_why_and_how_and_shows_examples_without_their_expectations(self, run: Run) -> None:
        page = run("explain", "DDB-BAK-001").out
        headings = [line for line in page.splitlines() if line.startswith("## ")]
        assert headings[:2] == ["## Why", "## How to fix it"]
        assert {"## Fails", "## Passes", "## Unknown", "## Controls", "## References"} <= set(headings)
        assert "expect" not in page.lower().replace("unexpected", "").replace("expected", "")
        assert page.count("```") % 2 == 0

    def test_json_is_what_the_list_holds(self, run: Run) -> None:
        listed = json.loads(run("rules", "list", "-f", "json").out)["rules"]
        assert json.loads(run("explain", "DDB-BAK-001", "-f", "json").out) in listed

    def test_an_unknown_rule_is_2_with_the_three_closest(self, run: Run) -> None:
        done = run("explain", "DDB-BAK-01")
        assert (done.code, done.out) == (2, "")
        assert len(done.err.partition("the closest are ")[2].split(", ")) == 3
        assert "DDB-BAK-001" in done.err

    def test_own_rules_of_the_configuration_are_explained_as_reports_say(self, run: Run, mine: Path) -> None:
        (mine.parent / "dyncheck.yaml").write_text("rules: [mine]\n")
        assert run("explain", "MY-001").out.startswith("# MY-001 ")
        (mine.parent / "dyncheck.yaml").write_text("rules: [gone]\n")
        assert run("explain", "MY-001").code == 2
        assert run("explain", "DDB-BAK-001").code == 0

    def test_own_rules_are_explained_too(self, run: Run, mine: Path) -> None:
        assert run("explain", "MY-001", "--rules", "mine").out.startswith("# MY-001 tables-of-ours-are-on-demand\n")
