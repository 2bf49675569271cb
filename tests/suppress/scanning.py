"""Scans of small projects, for tests of what is suppressed in them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dyncheck import Report, Settings
from dyncheck.report import Finding
from dyncheck.scanner import scan

TODAY = datetime.date(2026, 6, 15)

BODY = """\
  name         = "orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
"""
TABLE = f'resource "aws_dynamodb_table" "orders" {{\n{BODY}}}\n'
"""A table with recovery and deletion protection off, and an AWS owned key: each said at its header."""

TEMPLATE = """\
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      PointInTimeRecoverySpecification:
        PointInTimeRecoveryEnabled: false
"""

RULES = ("DDB-BAK-001", "DDB-BAK-004", "DDB-ENC-001", "meta")


def write(root: Path, files: Mapping[str, str]) -> None:
    (root / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def report(root: Path, files: Mapping[str, str], **settings: Any) -> Report:
    """The report of a project by the few rules above."""
    write(root, files)
    given = {"select": RULES, "cache": False, "paths": (str(root),), **settings}
    return scan(Settings(**given), environment={}, today=TODAY)


def suppressed(found: Report) -> list[str]:
    """The rules of the findings that are suppressed."""
    return sorted(finding.rule for finding in found.findings if finding.suppression is not None)


def counting(found: Report) -> list[str]:
    """The rules of the findings that count."""
    return sorted(finding.rule for finding in found.findings if finding.suppression is None)


def of_rule(found: Report, rule: str) -> list[Finding]:
    return [finding for finding in found.findings if finding.rule == rule]
