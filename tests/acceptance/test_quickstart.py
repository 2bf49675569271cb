"""What a new user sees first: the findings of the small project that the README scans."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyncheck import Report, Settings, scan

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "fixtures" / "quickstart"


@pytest.fixture(scope="module")
def report() -> Report:
    return scan(Settings(paths=(str(QUICKSTART),), cache=False), environment={})


def test_all_tables_are_found_with_their_names(report: Report) -> None:
    assert [(item.address, item.name) for item in report.resources if item.kind == "table"] == [
        ("aws_dynamodb_table.orders", "shop-prod-orders"),
        ("aws_dynamodb_table.sessions", "shop-prod-sessions"),
        ("module.audit.aws_dynamodb_table.this", "shop-prod-audit"),
        ("module.users.aws_dynamodb_table.this", "shop-prod-users"),
    ]
    assert report.problems == ()


def test_findings_are_exactly_these_at_exactly_these_lines(report: Report) -> None:
    found = [
        (item.rule, item.outcome, item.address, Path(item.location.span.path).name, item.location.span.line)
        for item in report.findings
        if item.location
    ]
    assert len(found) == len(report.findings)
    orders, sessions = "aws_dynamodb_table.orders", "aws_dynamodb_table.sessions"
    assert found == [
        ("DDB-CAP-003", "fail", orders, "autoscaling.tf", 26),
        ("DDB-CAP-001", "fail", orders, "main.tf", 32),
        ("DDB-BAK-004", "unknown", orders, "main.tf", 37),
        ("DDB-CAP-002", "fail", orders, "main.tf", 54),
        ("DDB-CAP-012", "fail", orders, "main.tf", 60),
        ("DDB-BAK-001", "fail", sessions, "main.tf", 78),
        ("DDB-BAK-004", "fail", sessions, "main.tf", 78),
        ("DDB-ENC-001", "fail", sessions, "main.tf", 78),
        ("DDB-TTL-001", "fail", sessions, "main.tf", 88),
        ("DDB-TTL-002", "fail", sessions, "main.tf", 88),
        ("DDB-BAK-001", "fail", "module.audit.aws_dynamodb_table.this", "main.tf", 27),
    ]


def test_a_finding_in_a_module_points_to_its_call(report: Report) -> None:
    (finding,) = [item for item in report.findings if item.address.startswith("module.audit")]
    assert finding.location is not None
    (call,) = finding.location.related
    assert (Path(call.span.path).name, call.span.line, call.message) == ("main.tf", 105, "called here as module.audit")


def test_what_is_unknown_names_the_variable(report: Report) -> None:
    assert [item.because for item in report.findings if item.outcome == "unknown"] == [("var.deletion_protection",)]


def test_fingerprints_are_unique(report: Report) -> None:
    assert len({item.fingerprint for item in report.findings}) == len(report.findings)
