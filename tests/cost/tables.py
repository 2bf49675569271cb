"""Tables for tests of cost: read by the real parsers."""

from __future__ import annotations

from dyncheck.model import DaxCluster, Table
from dyncheck.sources import collect_text

PROVIDER = 'provider "aws" {\n  region = "us-east-1"\n}\n'
ATTRIBUTE = '  attribute {\n    name = "id"\n    type = "S"\n  }\n'


def terraform(body: str, name: str = "orders") -> str:
    """The text of a table with a key."""
    return f'resource "aws_dynamodb_table" "{name}" {{\n  name = "{name}"\n  hash_key = "id"\n{ATTRIBUTE}{body}\n}}\n'


def index(name: str, projection: str = "ALL", more: str = "") -> str:
    """The text of an index on the key of the table."""
    return (
        f'  global_secondary_index {{\n    name = "{name}"\n    hash_key = "id"\n'
        f'    projection_type = "{projection}"\n{more}\n  }}\n'
    )


def one_table(body: str, before: str = PROVIDER) -> Table:
    """The table that Terraform text declares in us-east-1, or wherever ``before`` says."""
    (table,) = (item for item in collect_text(before + terraform(body), "main.tf") if isinstance(item, Table))
    return table


def template(text: str, region: str | None = "us-east-1") -> Table:
    """The table of a template."""
    (table,) = (item for item in collect_text(text, "template.yaml", region=region) if isinstance(item, Table))
    return table


def one_cluster(body: str, before: str = PROVIDER) -> DaxCluster:
    """A DAX cluster."""
    text = f'resource "aws_dax_cluster" "c" {{\n  cluster_name = "c"\n  iam_role_arn = "r"\n{body}\n}}\n'
    (cluster,) = (item for item in collect_text(before + text, "main.tf") if isinstance(item, DaxCluster))
    return cluster
