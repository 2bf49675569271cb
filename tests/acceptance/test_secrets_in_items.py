"""A secret in an item that the configuration writes is found, and shown by no report."""

from __future__ import annotations

from pathlib import Path

import pytest

import dyncheck
from dyncheck.reports import FORMATS, Options, render

TABLE = 'resource "aws_dynamodb_table" "t" {\n  name     = "settings"\n  hash_key = "id"\n}\n'
ITEM = 'jsonencode({ id = { S = "a" }, password = { S = "correct-horse-battery" } })'
LAYOUTS = {
    "a line of its own": (
        'resource "aws_dynamodb_table_item" "i" {\n  table_name = aws_dynamodb_table.t.name\n'
        f'  hash_key   = "id"\n  item       = {ITEM}\n}}\n'
    ),
    "a heredoc": (
        'resource "aws_dynamodb_table_item" "i" {\n  table_name = aws_dynamodb_table.t.name\n  hash_key   = "id"\n'
        '  item = <<ITEM\n{"id": {"S": "a"}, "password": {"S": "correct-horse-battery"}}\nITEM\n}\n'
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("format_name", FORMATS)
def test_no_format_quotes_the_secret(tmp_path: Path, layout: str, format_name: str) -> None:
    (tmp_path / "main.tf").write_text(TABLE + LAYOUTS[layout])

    report = dyncheck.scan(dyncheck.Settings(paths=(str(tmp_path),), packs=("strict",), cache=False), environment={})

    assert "DDB-ACC-004" in {finding.rule for finding in report.findings}
    for verbosity in (0, 1):
        assert "correct-horse" not in render(format_name, report, Options(verbosity=verbosity))
