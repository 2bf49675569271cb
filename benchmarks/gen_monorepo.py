#!/usr/bin/env python3
"""Writes a Terraform repository of many stacks to time scanners on; the same arguments give the same bytes.

Every stack is a root module of five files with queues, topics, functions, log groups and roles. ``percent`` of the
stacks have a sixth file with DynamoDB: a table of literals, one that hangs on variables, one with indexes from a
``dynamic`` block and autoscaling, and one ``for_each`` over a local map.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

VARIABLES = """
variable "environment" {
  description = "Which environment this stack is deployed to"
  type        = string
  default     = "dev"
}

variable "domain" {
  type    = string
  default = "shop"
}

variable "on_demand" {
  type    = bool
  default = false
}

variable "recovery" {
  type = bool
}

variable "lookups" {
  type    = list(string)
  default = ["customer", "state"]
}

variable "key_arn" {
  type    = string
  default = null
}
"""

LOCALS = """
locals {
  name = "${var.domain}-${var.environment}"
  labels = {
    Domain      = var.domain
    Environment = var.environment
  }
  registers = {
    carts   = { key = "cart_id" }
    coupons = { key = "code" }
    locks   = { key = "LockID" }
  }
}
"""


def consumer(number: int, rng: random.Random) -> str:
    """A queue with its dead letters, a topic that feeds it, a function that reads it, and the function's log group."""
    return f"""
resource "aws_sqs_queue" "work_{number}" {{
  name                       = "${{local.name}}-work-{number}"
  visibility_timeout_seconds = {rng.randrange(30, 900, 30)}
  redrive_policy = jsonencode({{
    deadLetterTargetArn = aws_sqs_queue.dead_{number}.arn
    maxReceiveCount     = {rng.randint(2, 9)}
  }})
  tags = local.labels
}}

resource "aws_sqs_queue" "dead_{number}" {{
  name = "${{local.name}}-dead-{number}"
  tags = merge(local.labels, {{ Purpose = "dead letters" }})
}}

resource "aws_sns_topic" "events_{number}" {{
  name = "${{local.name}}-events-{number}"
}}

resource "aws_lambda_function" "reader_{number}" {{
  function_name = "${{local.name}}-reader-{number}"
  role          = aws_iam_role.reader_{number}.arn
  handler       = "app.handle"
  runtime       = "python3.13"
  memory_size   = {rng.choice((128, 256, 512, 1024))}
  environment {{
    variables = {{
      QUEUE = aws_sqs_queue.work_{number}.url
      TOPIC = aws_sns_topic.events_{number}.arn
    }}
  }}
}}

resource "aws_cloudwatch_log_group" "reader_{number}" {{
  name              = "/aws/lambda/${{aws_lambda_function.reader_{number}.function_name}}"
  retention_in_days = {rng.choice((7, 14, 30))}
}}
"""


def role(number: int) -> str:
    """A role whose policy is a heredoc."""
    return f"""
resource "aws_iam_role" "reader_{number}" {{
  name               = "${{local.name}}-reader-{number}"
  assume_role_policy = <<-JSON
    {{
      "Version": "2012-10-17",
      "Statement": [
        {{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {{"Service": "lambda.amazonaws.com"}}}}
      ]
    }}
  JSON
}}
"""


def tables(rng: random.Random) -> str:
    """Four table resources, six tables in all, and autoscaling for one of them."""
    return f"""
resource "aws_dynamodb_table" "tokens" {{
  name         = "${{local.name}}-tokens"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "token"

  attribute {{
    name = "token"
    type = "S"
  }}

  ttl {{
    attribute_name = "valid_until"
    enabled        = true
  }}

  point_in_time_recovery {{
    enabled = {rng.choice(("true", "false", "var.recovery"))}
  }}

  tags = local.labels
}}

resource "aws_dynamodb_table" "invoices" {{
  name           = "${{local.name}}-invoices"
  billing_mode   = var.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED"
  read_capacity  = var.on_demand ? null : {rng.randint(2, 60)}
  write_capacity = var.on_demand ? null : {rng.randint(2, 60)}
  hash_key       = "customer"
  range_key      = "issued"

  dynamic "attribute" {{
    for_each = toset(concat(["customer", "issued"], var.lookups))
    content {{
      name = attribute.value
      type = "S"
    }}
  }}

  dynamic "global_secondary_index" {{
    for_each = var.lookups
    content {{
      name            = "by-${{global_secondary_index.value}}"
      hash_key        = global_secondary_index.value
      projection_type = "KEYS_ONLY"
      read_capacity   = {rng.randint(1, 9)}
      write_capacity  = 2
    }}
  }}

  server_side_encryption {{
    enabled     = true
    kms_key_arn = var.key_arn
  }}

  deletion_protection_enabled = var.environment == "prod"
}}

resource "aws_appautoscaling_target" "invoices" {{
  service_namespace  = "dynamodb"
  scalable_dimension = "dynamodb:table:WriteCapacityUnits"
  resource_id        = "table/${{aws_dynamodb_table.invoices.name}}"
  min_capacity       = {rng.randint(1, 5)}
  max_capacity       = 200
}}

resource "aws_dynamodb_table" "counters" {{
  name           = "${{local.name}}-counters"
  read_capacity  = 5
  write_capacity = 5
  hash_key       = "name"
  attribute {{
    name = "name"
    type = "S"
  }}
}}

resource "aws_dynamodb_table" "register" {{
  for_each     = local.registers
  name         = "${{local.name}}-${{each.key}}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = each.value.key
  attribute {{
    name = each.value.key
    type = "S"
  }}
}}
"""


def write_stack(directory: Path, rng: random.Random, *, with_tables: bool) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    consumers = rng.randint(2, 6)
    files = {
        "main.tf": "".join(consumer(number, rng) for number in range(consumers)),
        "roles.tf": "".join(role(number) for number in range(consumers)),
        "variables.tf": VARIABLES,
        "locals.tf": LOCALS,
        "outputs.tf": "".join(
            f'output "queue_{number}" {{\n  value = aws_sqs_queue.work_{number}.arn\n}}\n'
            for number in range(consumers)
        ),
    }
    if with_tables:
        files["tables.tf"] = tables(rng)
    for name, text in files.items():
        (directory / name).write_text(text.lstrip("\n"))


def generate(destination: Path, stacks: int, percent: int) -> list[Path]:
    """Write the repository; gives the directories of its stacks."""
    rng = random.Random(2718)
    directories = [destination / f"domain-{number % 25:02d}" / f"stack-{number:05d}" for number in range(stacks)]
    for number, directory in enumerate(directories):
        write_stack(directory, rng, with_tables=number % 100 < percent)
    return directories


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("destination", type=Path)
    parser.add_argument("stacks", type=int, nargs="?", default=1000)
    parser.add_argument("percent", type=int, nargs="?", default=10)
    arguments = parser.parse_args()
    generate(arguments.destination, arguments.stacks, arguments.percent)


if __name__ == "__main__":
    main()
