"""Money in scans: rules that read what a table costs, sums in every format, and nothing of it unless asked for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

import dyncheck
from dyncheck import Settings, scan
from dyncheck.cost.costing import Costing
from dyncheck.errors import RuleError
from dyncheck.model import Cost, Table
from dyncheck.policy.examples import expectations
from dyncheck.policy.loader import load_rules
from dyncheck.policy.selection import select
from dyncheck.reports import FORMATS
from dyncheck.sources import collect_text
from dyncheck.values import Choice, Unknown
from tests.cli.conftest import Run
from tests.cost.tables import PROVIDER, index, one_table, template, terraform
from tests.cost.test_estimator import GLOBAL

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "fixtures" / "cost" / "project"
DECLARED = ("DDB-CST-001", "DDB-CST-002", "DDB-CST-003", "DDB-CST-004", "DDB-CST-005", "DDB-CST-011")


@pytest.fixture
def bill(project: Path) -> Path:
    for file in PROJECT.iterdir():
        shutil.copy(file, project)
    return project


def report(run: Run, *options: str) -> Any:
    return json.loads(run("scan", "-f", "json", *options).out)


def priced(table: Table) -> Any:
    found = Costing.of().priced(table)
    assert isinstance(found, Table)
    return found.cost


class TestFindings:
    def test_a_bill_in_which_the_rules_fire_where_its_comments_say(self) -> None:
        found = scan(Settings(paths=(str(PROJECT / "main.tf"),), select=DECLARED, cache=False), environment={})
        text = (PROJECT / "main.tf").read_text(encoding="utf-8")
        wanted = {
            rule: Counter({(item.line, item.outcome): count for item, count in expectations(text, rule).items()})
            for rule in DECLARED
        }
        actual: dict[str, Counter[tuple[int, str]]] = {rule: Counter() for rule in DECLARED}
        for finding in found.findings:
            assert finding.location is not None
            actual[finding.rule][finding.location.span.line, finding.outcome] += 1
        assert actual == wanted

    def test_a_finding_states_its_sum_in_the_message_and_in_the_json(self, run: Run, bill: Path) -> None:
        (finding,) = [
            item
            for item in report(run, "--select", "DDB-CST-001")["findings"]
            if item["address"] == "aws_dynamodb_table.orders"
        ]
        assert finding["message"] == (
            "Table aws_dynamodb_table.orders costs $71.18 a month even when nobody uses it. Its provisioned capacity "
            "is charged by the hour: read capacity: 500 units x 730 hours x $0.00013 = $47.45; write capacity: 50 "
            "units x 730 hours x $0.00065 = $23.73."
        )
        assert finding["monthly_cost_usd"] == {"low": 71.18, "high": 71.18, "certainty": "list", "partial": False}

    def test_sarif_carries_the_sum_as_a_property(self, run: Run, bill: Path) -> None:
        document = json.loads(run("scan", "-f", "sarif", "--select", "DDB-CST-001").out)
        results = document["runs"][0]["results"]
        money = {"low": 71.18, "high": 71.18, "certainty": "list", "partial": False}
        assert [result["properties"] for result in results] == [{"monthly_cost_usd": money}]

    @pytest.mark.parametrize(
        ("name", "marked"),
        [
            ("text", "$31.10~ a month"),
            ("github", "$31.10~ a month"),
            ("markdown", "&#36;31.10&#126; a month"),
            ("html", "$31.10~"),
            ("csv", "31.1,31.1,derived,false"),
            ("json", '"certainty": "derived"'),
            ("jsonl", '"certainty":"derived"'),
            ("sarif", '"certainty": "derived"'),
            ("ocsf", '"certainty": "derived"'),
            ("junit", "$31.10~ a month"),
            ("gitlab", "$31.10~ a month"),
        ],
    )
    def test_every_format_marks_a_price_that_is_no_list_price(
        self, run: Run, project: Path, name: str, marked: str
    ) -> None:
        (project / "main.tf").write_text(
            PROVIDER.replace("us-east-1", "eu-central-1")
            + terraform(
                '  billing_mode = "PROVISIONED"\n  read_capacity = 36\n  write_capacity = 36\n'
                '  table_class = "STANDARD_INFREQUENT_ACCESS"\n'
            )
        )
        # In us-east-1 36 x 730 x (0.00016 + 0.00081) = 25.4916; times 1.22 in eu-central-1 = 31.099752
        assert marked in run("scan", "-f", name, "--select", "DDB-CST-001").out

    def test_use_that_is_stated_lets_rules_about_use_speak(self, run: Run, bill: Path) -> None:
        found = report(run, "--select", "DDB-CST-006,DDB-CST-008", "--usage", "usage.yaml")["findings"]
        failed = [item for item in found if item["outcome"] == "fail"]
        assert {(item["rule"], item["address"], item["monthly_cost_usd"]["low"]) for item in failed} == {
            ("DDB-CST-006", "aws_dynamodb_table.orders", 64.61),
            # 71.175 now; 43 read units for 30 at the peak, 13 write units for 9: 10.2492
            ("DDB-CST-008", "aws_dynamodb_table.orders", 60.93),
        }
        # How high the peaks of carts are is not stated.
        (unknown,) = [item for item in found if item["outcome"] == "unknown"]
        assert (unknown["rule"], unknown["address"]) == ("DDB-CST-006", "aws_dynamodb_table.carts")
        assert unknown["because"] == ["the peaks of its use"]

    def test_a_budget_is_silent_until_it_is_set(self, run: Run, bill: Path) -> None:
        assert report(run, "--select", "DDB-CST-005")["findings"] == []
        (bill / "budget.yaml").write_text(
            "name: budget\ndescription: A budget.\nselect: [DDB-CST-005]\nparams: {DDB-CST-005: {budget_usd: 50}}\n"
        )
        found = report(run, "--pack", "budget.yaml")["findings"]
        assert [(item["address"], item["outcome"]) for item in found] == [
            ("aws_dynamodb_table.orders", "fail"),
            ("aws_dynamodb_table.sessions", "unknown"),
        ]


class TestBudgets:
    """Of 117.06 dollars a month 81.18 are for orders; the reads of sessions are not known."""

    @staticmethod
    def found(run: Run, *options: str) -> list[tuple[str, str]]:
        document = report(run, "--usage", "usage.yaml", "--select", "DDB-CST-005", *options)
        return [(item["address"], item["outcome"]) for item in document["findings"]]

    def test_everything_together_may_be_over_a_budget(self, run: Run, bill: Path) -> None:
        (bill / "dyncheck.yaml").write_text("fail_on: medium\nbudget: 100\n")
        done = run("scan", "-f", "json", "--usage", "usage.yaml", "--select", "DDB-CST-005")
        (finding,) = json.loads(done.out)["findings"]
        assert (done.code, finding["rule"], finding["outcome"]) == (1, "DDB-CST-005", "fail")
        assert (finding["address"], finding["severity"]) == ("everything", "medium")
        assert (finding["location"]["path"], finding["location"]["line"]) == ("dyncheck.yaml", 2)
        assert finding["monthly_cost_usd"] == {"low": 117.06, "high": 117.06, "certainty": "assumed", "partial": True}
        assert finding["message"] == (
            "Everything together costs at least $117.06? a month, the budget is $100.00. Most of it: "
            "aws_dynamodb_table.orders: $81.18; aws_dax_cluster.cache: $29.20?; aws_dynamodb_table.carts: $3.31."
        )

    def test_a_budget_that_an_unknown_part_may_exceed_is_undecided(self, run: Run, bill: Path) -> None:
        assert self.found(run, "--budget", "118") == [("everything", "unknown")]
        done = run("scan", "--budget", "118", "--usage", "usage.yaml", "--select", "DDB-CST-005", "--fail-on-unknown")
        assert done.code == 1
        assert "var.reads" in done.out

    def test_a_budget_that_is_kept_says_nothing(self, run: Run, bill: Path) -> None:
        (bill / "main.tf").write_text(PROVIDER + terraform('  billing_mode = "PAY_PER_REQUEST"\n'))
        assert self.found(run, "--budget", "100") == []

    def test_a_table_has_the_budget_of_the_last_pattern_that_means_it(self, run: Run, bill: Path) -> None:
        (bill / "dyncheck.yaml").write_text("table_budgets: {'*': 50, carts: 3, 'aws_dynamodb_table.o*': 90}\n")
        assert self.found(run) == [("aws_dynamodb_table.carts", "fail"), ("aws_dynamodb_table.sessions", "unknown")]

    def test_a_table_without_a_budget_of_its_own_has_that_of_the_parameters(self, run: Run, bill: Path) -> None:
        (bill / "dyncheck.yaml").write_text("table_budgets: {orders: 90}\nparams: {over-budget: {budget_usd: 3}}\n")
        assert self.found(run) == [("aws_dynamodb_table.carts", "fail"), ("aws_dynamodb_table.sessions", "unknown")]

    def test_a_budget_for_a_rule_that_does_not_run_is_none(self, run: Run, bill: Path) -> None:
        assert report(run, "--budget", "1", "--select", "DDB-ENC-001")["findings"] != []
        found = report(run, "--budget", "1", "--select", "DDB-ENC-001")["findings"]
        assert {item["rule"] for item in found} == {"DDB-ENC-001"}

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            (["--select", "DDB-ENC-001"], "DDB-CST-005 is not among the rules that run"),
            (["--framework", "aws-fsbp"], "DDB-CST-005 is not among the rules that run"),
            (["--changed-files", "main.tf"], "what changed is not everything"),
        ],
    )
    def test_a_budget_that_is_asked_for_and_not_judged_is_said(
        self, run: Run, bill: Path, options: list[str], why: str
    ) -> None:
        assert f"--budget is not judged: {why}\n" in run("scan", "--budget", "1", *options).err
        (bill / "dyncheck.yaml").write_text("budget: 1\n")
        assert "not judged" not in run("scan", *options).err
        assert "not judged" not in run("scan", "--budget", "1").err

    def test_it_can_be_set_aside(self, run: Run, bill: Path) -> None:
        (bill / "dyncheck.yaml").write_text(
            "budget: 100\nignore: [{rule: DDB-CST-005, address: everything, reason: x}]\n"
        )
        done = run("scan", "--usage", "usage.yaml", "--select", "DDB-CST-005", "-f", "json")
        (finding,) = json.loads(done.out)["findings"]
        assert (done.code, finding["suppression"]["kind"]) == (0, "config")

    @pytest.mark.parametrize("name", sorted(FORMATS))
    def test_every_format_shows_it(self, run: Run, bill: Path, name: str) -> None:
        (bill / "dyncheck.yaml").write_text("budget: 100\n")
        done = run("scan", "-f", name, "--usage", "usage.yaml", "--select", "DDB-CST-005")
        assert done.code == 1
        assert "Everything together costs" in done.out or name in done.err


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("table.name", "amount wants an amount of money, this is string"),
        ("table.cost", "amount wants an amount of money, this is Cost"),
        ("table.cost.idel", "did you mean idle"),
    ],
)
def test_a_rule_whose_amount_is_no_money_is_refused(tmp_path: Path, amount: str, message: str) -> None:
    text = (ROOT / "rules" / "cost" / "idle-capacity-cost.yaml").read_text(encoding="utf-8")
    directory = tmp_path / "cost"
    directory.mkdir()
    (directory / "idle-capacity-cost.yaml").write_text(
        text.replace("id: DDB-CST-001", "id: MY-001").replace("amount: table.cost.idle", f"amount: {amount}")
    )
    with pytest.raises(RuleError) as caught:
        load_rules([directory])
    assert message in str(caught.value)


class TestSummary:
    def test_the_summary_has_the_sum_of_everything_when_it_is_asked_for(self, run: Run, bill: Path) -> None:
        found = report(run, "--cost", "--usage", "usage.yaml", "--select", "DDB-ENC-001")
        schema = json.loads(
            (Path(dyncheck.__file__).parent / "schemas" / "report.schema.json").read_text(encoding="utf-8")
        )
        jsonschema.validate(found, schema)
        # The price of the cluster's nodes is assumed, and the reads of sessions are not known.
        money = {"low": 117.06, "high": 117.06, "certainty": "assumed", "partial": True}
        assert found["summary"]["monthly_cost_usd"] == money
        said = run("scan", "--cost", "--usage", "usage.yaml", "--select", "DDB-ENC-001").out
        assert "estimated cost: ≥ $117.06? a month; dyncheck cost shows its parts\n" in said

    def test_a_file_that_cannot_be_read_makes_it_a_lower_bound_and_its_budget_unknown(
        self, run: Run, project: Path
    ) -> None:
        (project / "main.tf").write_text(PROVIDER + terraform('  billing_mode = "PAY_PER_REQUEST"'))
        (project / "broken.tf").write_text('resource "aws_dynamodb_table" "x" {\n')
        found = report(run, "--select", "DDB-CST-005", "--budget", "1")
        assert found["summary"]["monthly_cost_usd"]["partial"] is True
        (finding,) = found["findings"]
        assert (finding["outcome"], [reason.partition(":")[0] for reason in finding["because"]]) == (
            "unknown",
            ["broken.tf"],
        )

    def test_of_a_change_it_is_the_sum_of_what_the_change_touches(self, run: Run, bill: Path) -> None:
        (bill / "elsewhere").mkdir()
        (bill / "elsewhere" / "main.tf").write_text(
            PROVIDER + terraform('  billing_mode = "PROVISIONED"\n  read_capacity = 5\n  write_capacity = 5\n')
        )
        (bill / "dyncheck.yaml").write_text("budget: 100\nusage: usage.yaml\n")
        touched = report(run, "--changed-files", "main.tf", "--select", "DDB-CST-005")
        # Without sessions, which has a part that cannot be priced, and without the key, which is of no table.
        money = {"low": 113.69, "high": 113.69, "certainty": "assumed", "partial": True}
        assert (touched["summary"]["monthly_cost_usd"], touched["findings"]) == (money, [])

    def test_a_scan_without_rules_about_money_estimates_nothing(self, run: Run, bill: Path) -> None:
        assert report(run, "--select", "DDB-ENC-001")["summary"]["monthly_cost_usd"] is None

    def test_a_default_scan_does_not_even_import_the_estimator(self) -> None:
        script = (
            "import sys; from dyncheck import Settings, scan; scan(Settings(paths=(sys.argv[1],), cache=False));"
            "print([name for name in sys.modules if name.startswith('dyncheck.cost')])"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(PROJECT)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout == "[]\n"

    def test_a_rule_that_its_parameters_switch_off_asks_for_no_cost(self) -> None:
        ruleset = load_rules()
        assert not select(ruleset, select=["DDB-CST-005"]).reads("table", "cost")
        assert select(ruleset, select=["DDB-CST-005"], params={"DDB-CST-005": {"budget_usd": 1.0}}).reads(
            "table", "cost"
        )
        assert select(ruleset, select=["DDB-CST-001"]).reads("table", "cost")

    @pytest.mark.parametrize(("option", "text"), [("--usage", "x: 1\n"), ("--prices", "{}")])
    def test_a_broken_file_ends_the_scan_with_2(self, run: Run, bill: Path, option: str, text: str) -> None:
        (bill / "broken").write_text(text)
        done = run("scan", option, "broken")
        assert (done.code, done.out) == (2, "")
        assert "broken:1:1: " in done.err


class TestFigures:
    def test_an_undecided_condition_makes_the_cost_a_choice(self) -> None:
        body = '  billing_mode = var.p ? "PROVISIONED" : "PAY_PER_REQUEST"\n  read_capacity = var.p ? 5 : null\n'
        cost = priced(one_table(body + '  write_capacity = var.p ? 5 : null\n}\nvariable "p" {\n  type = bool\n'))
        assert isinstance(cost, Choice)
        assert isinstance(cost.if_true, Cost)
        assert isinstance(cost.if_false, Cost)
        assert (cost.if_true.monthly.usd, cost.if_false.monthly.usd) == (2.85, 0.0)

    def test_an_unknown_region_makes_all_of_the_cost_unknown(self) -> None:
        cost = priced(one_table('  billing_mode = "PAY_PER_REQUEST"', 'provider "aws" {\n  region = var.r\n}\n'))
        assert isinstance(cost, Unknown)

    def test_a_range_has_no_single_sum(self) -> None:
        cost = priced(template(GLOBAL))
        assert isinstance(cost, Cost)
        assert cost.monthly.low < cost.monthly.high  # type: ignore[operator]
        assert cost.monthly.usd == Unknown(frozenset({f"a range of {cost.monthly.text}"}))
        # At their least: reads 33 units, writes 4 x 5 units.
        assert cost.idle.usd == round(730 * (33 * 0.00013 + 20 * 0.00065), 2)

    def test_a_reckoning_of_many_terms_ends_with_the_rest_in_one(self) -> None:
        body = '  billing_mode = "PROVISIONED"\n  read_capacity = 5\n  write_capacity = 5\n'
        more = "    read_capacity = 5\n    write_capacity = 5"
        cost = priced(one_table(body + "".join(index(f"i{number}", "ALL", more) for number in range(4))))
        assert cost.idle.usd == 14.24  # 5 x 2.847 = 14.235
        assert cost.idle.sum.count("; ") == 5
        assert cost.idle.sum.endswith("; 5 more: $2.37")

    def test_resources_that_are_no_tables_stay_as_they_are(self) -> None:
        for item in collect_text(PROVIDER + terraform("") + (PROJECT / "main.tf").read_text(), "main.tf"):
            if not isinstance(item, Table) and isinstance(item, msgspec.Struct) and hasattr(item, "stack"):
                assert Costing.of().priced(item) is item  # type: ignore[arg-type]


@pytest.mark.parametrize("units", [10**24, 10**30, 10**60], ids=str)
def test_a_capacity_that_no_account_has_ends_no_scan(units: int, tmp_path: Path) -> None:
    body = f"  read_capacity = {units}\n  write_capacity = 5"
    (tmp_path / "main.tf").write_text(PROVIDER + terraform(body))
    found = scan(Settings(paths=(str(tmp_path),), select=("*",), cost=True, cache=False), environment={})
    assert [item.message for item in found.findings if item.outcome == "error"] == []
    (table,) = found.resources
    assert table.monthly_cost_usd is not None
    assert table.monthly_cost_usd.low == pytest.approx(units * 730 * 0.00013)
