"""``dyncheck cost`` from the outside: formats, sums, advice, comparisons, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dyncheck.cost.collect import collect_estimates
from dyncheck.cost.costing import Costing
from dyncheck.settings import Settings
from tests.cli.conftest import Run
from tests.cost.tables import PROVIDER, terraform

GOLDENS = Path(__file__).parent / "goldens"
PROJECT = Path(__file__).parents[2] / "fixtures" / "cost" / "project"


@pytest.fixture
def bill(project: Path) -> Path:
    for file in PROJECT.iterdir():
        shutil.copy(file, project)
    return project


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    def check(name: str, text: str) -> None:
        path = GOLDENS / name
        if request.config.getoption("--update-goldens"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8")

    return check


def document(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


class TestFormats:
    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("cost.txt", ["-f", "text"]),
            ("cost.json", ["-f", "json"]),
            ("cost.md", ["-f", "markdown"]),
            ("cost.csv", ["-f", "csv"]),
            ("advice.txt", ["--advice"]),
            ("advice.json", ["--advice", "-f", "json"]),
            ("explain.txt", ["--explain", "carts"]),
            ("free-tier.txt", ["--free-tier"]),
        ],
    )
    def test_a_format_is_what_it_was(
        self, run: Run, bill: Path, golden: Callable[[str, str], None], name: str, options: list[str]
    ) -> None:
        done = run("cost", "--usage", "usage.yaml", *options)
        assert (done.code, done.err) == (0, "")
        golden(name, done.out)

    def test_the_lines_of_the_json_add_up_to_the_total(self, run: Run, bill: Path) -> None:
        found = document(run("cost", "--usage", "usage.yaml", "--free-tier", "-f", "json").out)
        tables = sum(line["amount_usd"]["low"] for table in found["tables"] for line in table["lines"])
        others = sum(line["amount_usd"]["low"] for part in ("shared", "free_tier") for line in found[part])
        assert found["schema"] == "dyncheck-cost/1"
        assert found["total"]["low"] == tables + others
        for line in (line for table in found["tables"] for line in table["lines"]):
            assert line["amount_usd"]["low"] == line["quantity"]["low"] * line["price_usd"]

    def test_the_explained_lines_add_up_to_the_last_digit(self, run: Run, bill: Path) -> None:
        done = run("cost", "--usage", "usage.yaml", "--explain", "carts").out
        lines = [
            Decimal(line.rpartition("= $")[2]) for line in done.partition("  sum:")[0].splitlines() if " x $" in line
        ]
        # 0.625 + 1.25 + 0.1875 + 1.25, which as cents would be 3.32
        assert (len(lines), sum(lines)) == (4, Decimal("3.3125"))
        assert "  sum: $3.3125, $3.31\n" in done

    def test_an_explanation_names_the_key_that_the_total_has_beside_the_sum(self, run: Run, project: Path) -> None:
        key = "  server_side_encryption {\n    enabled = true\n    kms_key_arn = var.key\n  }\n"
        (project / "main.tf").write_text(
            PROVIDER + 'variable "key" {}\n' + terraform('  billing_mode = "PAY_PER_REQUEST"\n' + key)
        )
        done = run("cost", "--explain", "orders").out
        assert (
            "  sum: $0.00\n  beside the sum, once for all that use it: "
            "KMS key var.key: 0 to 1 key-months x $1 = $0.00 to $1.00\n" in done
        )
        assert "price source infracost-2024" in done
        (row,) = [line for line in run("cost").out.splitlines() if line.startswith("total")]
        assert row.endswith(" $0.00 to $1.00")

    def test_the_rows_of_the_csv_add_up_to_the_total(self, run: Run, bill: Path) -> None:
        rows = list(csv.DictReader(io.StringIO(run("cost", "--usage", "usage.yaml", "-f", "csv").out)))
        total = document(run("cost", "--usage", "usage.yaml", "-f", "json").out)["total"]
        assert sum(Decimal(row["high_usd"]) for row in rows) == total["high"]

    def test_hostile_names_stay_text_in_every_format(self, run: Run, project: Path) -> None:
        (project / "t.yaml").write_text(
            "Resources:\n  A:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
            '      TableName: "=a\\e[31m<b>|&#60;@x~y~"\n'
            "      ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5}\n"
            "      GlobalSecondaryIndexes:\n"
            '      - {IndexName: "@i\\e[0m", ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5}}\n'
        )
        said = {name: run("cost", "--region", "us-east-1", "-f", name).out for name in ("text", "markdown", "csv")}
        assert not any("\x1b" in text for text in said.values())
        assert "(=a\\\\x1b\\[31m&#60;b&#62;\\|&#38;\\#60;&#64;x&#126;y&#126;)" in said["markdown"]
        (row, *_) = [row for row in csv.DictReader(io.StringIO(said["csv"])) if row["element"]]
        assert row["element"] == "'@i\\x1b[0m"

    def test_an_address_that_is_not_there_is_met_with_a_suggestion(self, run: Run, bill: Path) -> None:
        done = run("cost", "--explain", "aws_dynamodb_table.order")
        assert done.code == 2
        assert "did you mean aws_dynamodb_table.orders" in done.err

    def test_prices_of_another_day_and_of_the_user(self, run: Run, bill: Path) -> None:
        (bill / "prices.json").write_text(
            '{"schema": "dyncheck-prices/1", "date": "2026-11-01",'
            ' "regions": {"us-east-1": {"read_capacity_unit_hour": [{"amount": "1"}]}}}'
        )

        def reads(*options: str) -> Decimal:
            found = document(run("cost", "-f", "json", *options).out)
            lines = (line for table in found["tables"] for line in table["lines"] if table["name"] == "orders")
            return Decimal(next(line["price_usd"] for line in lines if line["what"] == "read capacity"))

        said = run("cost", "--price-date", "2020-01-01").out
        assert "prices as of 2020-01-01 by the book of 2026-09-29" in said
        assert reads() == Decimal("0.00013")
        assert reads("--prices", "prices.json") == 1
        assert reads("--price-date", "2020-01-01") == Decimal("0.00013")

    def test_a_file_that_cannot_be_read_makes_the_total_a_lower_bound(self, run: Run, bill: Path) -> None:
        (bill / "main.tf").write_text(PROVIDER + terraform('  billing_mode = "PAY_PER_REQUEST"'))
        assert document(run("cost", "-f", "json").out)["partial"] is False
        (bill / "broken.tf").write_text('resource "aws_dynamodb_table" "x" {\n')
        done = run("cost", "-f", "json", "--budget", "1")
        found = document(done.out)
        assert (done.code, found["partial"], found["unpriced"]) == (0, True, 0)
        assert [problem["path"] for problem in found["problems"]] == ["broken.tf"]
        assert "everything costs at least $0.00 a month, which may be more than the budget of $1.00" in done.err
        for name in ("text", "markdown"):
            said = run("cost", "-f", name).out
            assert "≥ $0.00" in said
            assert "not read: broken.tf: " in said

    def test_nothing_to_estimate_is_said_and_costs_nothing(self, run: Run, project: Path) -> None:
        done = run("cost")
        assert (done.code, done.err) == (0, "no DynamoDB tables found in 0 files\n")
        assert "$0.00" in done.out


@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_whatever_is_declared_has_an_estimate(region: str | None) -> None:
    paths = tuple(str(PROJECT.parents[1] / name) for name in ("parsers", "equivalence", "menagerie", "hostile"))
    found = collect_estimates(
        Settings(paths=paths, cache=False, region=region), Costing.of(region=region), advice=True, environment={}
    )
    assert len(found.estimates) > 100
    for estimate in found.estimates:
        low, high = estimate.amount
        assert isinstance(low, Decimal) and isinstance(high, Decimal)
        assert 0 <= low <= high
        assert estimate.lines or estimate.gaps or high == 0


class TestComparisons:
    @pytest.fixture
    def saved(self, run: Run, bill: Path) -> Path:
        assert run("cost", "--save", "saved.json").code == 0
        text = (bill / "main.tf").read_text()
        (bill / "main.tf").write_text(text.replace("write_capacity = 50", "write_capacity = 60"))
        return bill

    def test_what_is_saved_is_the_json_of_the_estimate(self, run: Run, bill: Path) -> None:
        done = run("cost", "-f", "json", "--save", "saved.json")
        assert (bill / "saved.json").read_text() == done.out

    def test_changes_are_named_by_table(self, run: Run, saved: Path) -> None:
        done = run("cost", "--against", "saved.json")
        # 10 x 730 x 0.00065 = 4.745
        assert done.code == 0
        assert "aws_dynamodb_table.orders: $71.18 before, $75.92 now\n" in done.err
        assert "$4.75 more)" in done.err
        assert "carts" not in done.err

    @pytest.mark.parametrize(
        ("limit", "code"), [("4", 1), ("4.745", 0), ("$5", 0), ("4%", 1), ("10%", 0), ("0", 1), ("0%", 1)]
    )
    def test_a_rise_beyond_the_limit_fails(self, run: Run, saved: Path, limit: str, code: int) -> None:
        done = run("cost", "--against", "saved.json", "--fail-on-cost-increase", limit)
        assert done.code == code
        assert ("the total rises by more than" in done.err) is (code == 1)

    def test_new_and_gone_tables_are_named(self, run: Run, saved: Path) -> None:
        text = (saved / "main.tf").read_text()
        (saved / "main.tf").write_text(text.replace('"orders" {', '"renamed" {'))
        done = run("cost", "--against", "saved.json")
        assert "aws_dynamodb_table.renamed: new, $75.92\n" in done.err
        assert "aws_dynamodb_table.orders: gone, was $71.18\n" in done.err

    def test_capacity_that_is_not_known_any_more_is_no_saving(self, run: Run, saved: Path) -> None:
        text = (saved / "main.tf").read_text()
        (saved / "main.tf").write_text(text.replace("write_capacity = 60", "write_capacity = var.w"))
        done = run("cost", "--against", "saved.json", "--fail-on-cost-increase", "10")
        assert "aws_dynamodb_table.orders: $71.18 before, ≥ $47.45 now\n" in done.err
        assert "the total may rise by more than $10.00: a part of it is not known" in done.err
        assert done.code == 0

    def test_estimates_by_prices_of_different_days_are_told_apart(self, run: Run, saved: Path) -> None:
        assert "by prices" not in run("cost", "--against", "saved.json").err
        assert (
            "the saved estimate is by prices of 2026-09-29, this one by prices as of 2024-10-31 by the book of "
            "2026-09-29: a part of the change may be theirs\n"
        ) in run("cost", "--against", "saved.json", "--price-date", "2024-10-31").err

    @pytest.mark.parametrize(
        ("part", "other", "message"),
        [
            ('"currency": "USD"', '"currency": "CNY"', "Invalid enum value 'CNY'"),
            ('"dyncheck-cost/1"', '"dyncheck-cost/2"', "Invalid enum value 'dyncheck-cost/2'"),
            ('"low": 71.175', '"low": 171.175', "the least of an amount is more than its most"),
        ],
    )
    def test_a_saved_estimate_that_was_edited_is_refused(
        self, run: Run, saved: Path, part: str, other: str, message: str
    ) -> None:
        text = (saved / "saved.json").read_text()
        assert part in text
        (saved / "saved.json").write_text(text.replace(part, other))
        done = run("cost", "--against", "saved.json", "--fail-on-cost-increase", "10")
        assert (done.code, "saved.json: not a saved estimate" in done.err, message in done.err) == (2, True, True)

    def test_anything_is_more_than_nothing_by_any_percentage(self, run: Run, project: Path) -> None:
        run("cost", "--save", "saved.json")
        shutil.copy(PROJECT / "main.tf", project)
        assert run("cost", "--against", "saved.json", "--fail-on-cost-increase", "1000%").code == 1


class TestBudgets:
    @pytest.mark.parametrize(("budget", "code"), [("100", 1), ("$1000", 0)])
    def test_a_budget_is_for_everything_together(self, run: Run, bill: Path, budget: str, code: int) -> None:
        done = run("cost", "--budget", budget)
        assert done.code == code
        assert ("the budget is $100.00 (--budget)" in done.err) is (code == 1)

    def test_budgets_of_the_configuration_count_in_total_and_by_table(self, run: Run, bill: Path) -> None:
        (bill / "dyncheck.yaml").write_text("usage: usage.yaml\nbudget: 1000\ntable_budgets: {'*': 3, orders: 100}\n")
        done = run("cost")
        assert done.code == 1
        assert done.err.splitlines() == [
            "everything costs at least $117.06? a month, which may be more than the budget of $1,000.00 "
            "(dyncheck.yaml:2)",
            "aws_dynamodb_table.carts costs $3.31 a month, the budget is $3.00 (dyncheck.yaml:3)",
            "aws_dynamodb_table.sessions costs at least $2.37 a month, which may be more than the budget of $3.00 "
            "(dyncheck.yaml:3)",
        ]

    def test_a_budget_in_percent_is_none(self, run: Run, bill: Path) -> None:
        done = run("cost", "--budget", "10%")
        assert (done.code, "a budget is a sum of dollars" in done.err) == (2, True)


class TestConfiguration:
    def test_it_counts_as_it_does_for_a_scan(self, run: Run, project: Path) -> None:
        (project / "infra").mkdir()
        (project / "infra" / "main.tf").write_text(
            'variable "reads" {\n  type = number\n}\nvariable "writes" {\n  type = number\n}\n'
            + terraform('  billing_mode = "PROVISIONED"\n  read_capacity = var.reads\n  write_capacity = var.writes\n')
        )
        (project / "infra" / "prod.tfvars").write_text("reads = 100\n")
        (project / "infra" / "use.yaml").write_text("tables: {orders: {storage_gb: 10}}\n")
        (project / "infra" / "own.json").write_text(
            '{"schema": "dyncheck-prices/1", "date": "2026-11-01",'
            ' "regions": {"eu-west-1": {"storage_gb_month": [{"amount": "1"}]}}}'
        )
        (project / "infra" / "dyncheck.yaml").write_text(
            "region: eu-west-1\nvar_files: [prod.tfvars]\nvariables: {writes: 10}\nusage: use.yaml\n"
            "prices: [own.json]\n"
        )
        # 730 x (100 x 0.000147 + 10 x 0.000735) + 10 x 1
        assert document(run("cost", "infra", "-f", "json").out)["total"]["low"] == Decimal("26.0965")
        # An option wins over it.
        found = document(run("cost", "infra", "-f", "json", "--var", "writes=0").out)
        assert found["total"]["low"] == Decimal("20.731")

    def test_it_can_be_named_or_left_out(self, run: Run, bill: Path) -> None:
        (bill / "dyncheck.yaml").write_text("usage: usage.yaml\n")
        (bill / "other.yaml").write_text("inputs: [cloudformation]\n")
        assert "$81.18" in run("cost").out
        assert "$81.18" not in run("cost", "--no-config").out
        assert "no DynamoDB tables found" in run("cost", "-c", "other.yaml").err

    def test_a_mistake_in_it_ends_the_command_with_2(self, run: Run, bill: Path) -> None:
        (bill / "dyncheck.yaml").write_text("usage: usage.yaml\nbudgett: 5\n")
        done = run("cost")
        assert (done.code, done.out) == (2, "")
        assert "dyncheck.yaml:2" in done.err and "did you mean budget" in done.err

    def test_what_could_not_be_read_ends_it_with_2_where_it_is_strict(self, run: Run, bill: Path) -> None:
        (bill / "broken.tf").write_text("resource {")
        assert run("cost").code == 0
        assert run("cost", "--strict").code == 2


class TestUsage:
    def test_what_it_speaks_of_and_nothing_has_is_named(self, run: Run, bill: Path) -> None:
        (bill / "usage.yaml").write_text(
            "tables:\n"
            "  ordres: {storage_gb: 1}\n"
            "  'profile*': {replica_reads_per_month: {eu-central-1: 1, eu-cental-1: 1}}\n"
            "  carts: {indexes: {by-owner: {}, by-ower: {}}}\n"
        )
        done = run("cost", "--usage", "usage.yaml")
        assert (done.code, done.err.splitlines()) == (
            0,
            [
                "usage.yaml: no table is meant by 'ordres', did you mean 'orders'?",
                "usage.yaml: no table that is meant by 'profile*' has the replica 'eu-cental-1', did you mean "
                "'eu-central-1'?",
                "usage.yaml: no table that is meant by 'carts' has the index 'by-ower', did you mean 'by-owner'?",
            ],
        )


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--fail-on-cost-increase", "5"], "needs a saved estimate: --against FILE"),
            (["--fail-on-cost-increase", "five", "--against", "x"], "'five' is neither dollars (25) nor a percentage"),
            (["--budget", "10%"], "a budget is a sum of dollars"),
            (["--against", "main.tf"], "main.tf: not a saved estimate (dyncheck cost --save)"),
            (["--against", "none.json"], "none.json: cannot read the saved estimate"),
            (["--against", "nan.json"], "nan.json: not a saved estimate: an amount is no finite number"),
            (["--save", "no/where.json"], "there is no directory no"),
            (
                ["--against", "huge.json"],
                "huge.json: not a saved estimate: an amount is no finite number, or more than",
            ),
            (["--budget", "9" * 40], "is more than 1,000,000,000,000,000"),
            (["--plot", "plot.pdf"], "a plot is written as .png or .svg, not 'plot.pdf'"),
            (["--usage", "bad.yaml"], "bad.yaml:2:3: no such entry 'reads_per_mont', did you mean 'reads_per_month'?"),
            (["--prices", "bad.json"], "bad.json:1:1: schema is missing"),
            (["nowhere"], "nowhere"),
        ],
    )
    def test_what_cannot_be_used_is_named_and_ends_with_2(
        self, run: Run, bill: Path, arguments: list[str], message: str
    ) -> None:
        (bill / "bad.yaml").write_text("defaults:\n  reads_per_mont: 5\n")
        (bill / "bad.json").write_text("{}")
        (bill / "nan.json").write_text('{"schema": "dyncheck-cost/1", "total": {"low": "NaN", "high": 1}}')
        (bill / "huge.json").write_text('{"schema": "dyncheck-cost/1", "total": {"low": 1e999, "high": 1}}')
        done = run("cost", *arguments)
        assert (done.code, done.out) == (2, "")
        assert message in done.err


class TestPlots:
    def test_a_picture_shows_the_break_even_of_both_modes(self, run: Run, bill: Path) -> None:
        assert run("cost", "--plot", "plot.svg").code == 0
        picture = (bill / "plot.svg").read_text()
        assert picture.count("break-even: 28.9%") == 2
        assert "DynamoDB in us-east-1, prices of 2026-09-29" in picture

    def test_the_same_prices_make_the_same_picture(self, run: Run, bill: Path) -> None:
        for name in ("one.svg", "two.svg"):
            run("cost", "--plot", name)
        assert (bill / "one.svg").read_bytes() == (bill / "two.svg").read_bytes()

    def test_a_png_is_a_png(self, run: Run, bill: Path) -> None:
        assert run("cost", "--plot", "plot.png").code == 0
        assert (bill / "plot.png").read_bytes().startswith(b"\x89PNG")

    def test_without_matplotlib_it_is_said_what_to_install(
        self, run: Run, bill: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
        done = run("cost", "--plot", "plot.png")
        assert done.code == 2
        assert "pip install 'dyncheck[plot]'" in done.err


class TestPrices:
    def test_the_book_is_shown_with_certainty_and_source(self, run: Run, project: Path) -> None:
        done = run("prices", "show", "--region", "eu-central-1")
        assert done.code == 0
        assert "0.0001586 per unit-hour (list: price-list-2026-09)" in done.out
        assert "0.244~ per GB-month (derived: calculator-2026-05)" in done.out
        assert "(assumed: unsourced)" in done.out

    def test_the_json_has_every_item_of_a_day(self, run: Run, project: Path) -> None:
        found = document(run("prices", "show", "--region", "us-east-1", "--date", "2024-07-01", "-f", "json").out)
        assert found["regions"]["us-east-1"]["write_request_unit"] == {
            "usd": Decimal("0.00000125"),
            "unit": "request unit",
            "certainty": "list",
            "source": "infracost-2024",
        }

    def test_a_region_without_prices_is_an_error(self, run: Run, project: Path) -> None:
        done = run("prices", "show", "--region", "us-esat-1")
        assert done.code == 2
        assert "no prices for Region 'us-esat-1'" in done.err
