"""Every worked case of fixtures/cost/cases.yaml comes out at the sum that its comment computes by hand."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from dyncheck.cost.book import load_book
from dyncheck.cost.estimate import Estimate
from dyncheck.cost.estimator import Terms, estimate_table
from dyncheck.cost.usage import load_usage
from dyncheck.model import Table
from dyncheck.sources import collect_text

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "fixtures" / "cost" / "cases.yaml").read_text(encoding="utf-8")
)
RESOURCE = """
provider "aws" {{
  region = "{region}"
}}
variable "steady" {{
  type = bool
}}
resource "aws_dynamodb_table" "t" {{
  name     = "orders"
  hash_key = "pk"
  attribute {{
    name = "pk"
    type = "S"
  }}
{body}
}}
{more}
"""
SCALING = """
resource "aws_appautoscaling_target" "{kind}" {{
  service_namespace  = "dynamodb"
  resource_id        = "table/${{aws_dynamodb_table.t.name}}"
  scalable_dimension = "dynamodb:table:{title}CapacityUnits"
  min_capacity       = {low}
  max_capacity       = {high}
}}
resource "aws_appautoscaling_policy" "{kind}" {{
  name               = "{kind}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.{kind}.service_namespace
  resource_id        = aws_appautoscaling_target.{kind}.resource_id
  scalable_dimension = aws_appautoscaling_target.{kind}.scalable_dimension
  target_tracking_scaling_policy_configuration {{
    target_value = 70
    predefined_metric_specification {{
      predefined_metric_type = "DynamoDB{title}CapacityUtilization"
    }}
  }}
}}
"""
KINESIS = """
resource "aws_dynamodb_kinesis_streaming_destination" "k" {
  table_name = aws_dynamodb_table.t.name
  stream_arn = "arn:aws:kinesis:us-east-1:111122223333:stream/changes"
}
"""


def estimate_case(case: dict[str, Any], tmp_path: Path) -> Estimate:
    more = "".join(
        SCALING.format(kind=kind, title=kind.title(), low=low, high=high)
        for kind, (low, high) in case.get("scaling", {}).items()
    )
    more += KINESIS if case.get("kinesis") else ""
    text = RESOURCE.format(region=case["region"], body=case["table"], more=more)
    (table,) = (item for item in collect_text(text, "main.tf") if isinstance(item, Table))
    usage_file = tmp_path / "usage.yaml"
    tables = {"aws_dynamodb_table.*": case["usage"]} if "usage" in case else {}
    usage_file.write_text(yaml.safe_dump({"tables": tables}), encoding="utf-8")
    day: datetime.date | None = case.get("day")
    use = load_usage(usage_file).for_table(table.address, "orders")
    return estimate_table(table, use, load_book(), Terms(day))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_worked_case(case: dict[str, Any], tmp_path: Path) -> None:
    expected = case["expect"] if isinstance(case["expect"], list) else [case["expect"]] * 2

    estimate = estimate_case(case, tmp_path)

    assert estimate.amount == tuple(Decimal(str(amount)) for amount in expected)
    assert estimate.unpriced == ()


def test_there_are_at_least_thirty_cases_and_their_names_are_unique() -> None:
    names = [case["name"] for case in CASES]

    assert len(set(names)) == len(names) >= 30
