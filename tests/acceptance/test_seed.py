"""The blocks of the guide that the project started from: wrong ones fail for their reason, fixed ones pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dyncheck import Report, Settings, scan
from dyncheck.model import GlobalSecondaryIndex, KeyElement, Table, TimeToLive
from dyncheck.parsers.files import discover
from dyncheck.sources import sources

SEED = Path(__file__).parents[2] / "fixtures" / "seed"


def outcomes(block: str, rule: str) -> set[tuple[str, str]]:
    """What a rule says of a block's tables: address and outcome; nothing when it passes."""
    report: Report = scan(Settings(paths=(str(SEED / block),), select=(rule,), cache=False), environment={})
    assert [resource.kind for resource in report.resources] == ["table"]
    assert report.problems == ()
    return {(finding.address, finding.outcome) for finding in report.findings}


def table(block: str) -> Table:
    root = SEED / block
    settings = Settings(cache=False)
    (only,) = (item for source in sources(settings, root, discover([root], root), {}) for item in source.collect())
    assert isinstance(only, Table)
    return only


def keys(elements: Any) -> list[tuple[str, str]]:
    assert all(isinstance(element, KeyElement) for element in elements)
    return [(element.attribute_name, element.key_type) for element in elements]


@pytest.mark.parametrize(
    ("mistake", "rule"), [("encryption", "DDB-ENC-001"), ("autoscaling", "DDB-CAP-001"), ("recovery", "DDB-BAK-001")]
)
def test_a_wrong_block_fails_for_its_reason_and_its_fix_passes(mistake: str, rule: str) -> None:
    assert outcomes(f"mistakes/{mistake}-wrong", rule) == {("aws_dynamodb_table.bad", "fail")}
    assert outcomes(f"mistakes/{mistake}-fix", rule) == set()


def test_the_key_value_pattern_is_a_table_of_sessions_that_expire() -> None:
    found = table("patterns/key-value")
    assert (found.name, found.billing_mode) == ("user-sessions", "PAY_PER_REQUEST")
    assert keys(found.key_schema) == [("session_id", "HASH")]
    assert isinstance(found.time_to_live, TimeToLive)
    assert (found.time_to_live.enabled, found.time_to_live.attribute_name) == (True, "expires_at")


def test_the_one_to_many_pattern_is_a_table_of_orders_with_a_sort_key() -> None:
    found = table("patterns/one-to-many")
    assert (found.name, found.tags) == ("user-orders", {"Name": "User Orders"})
    assert keys(found.key_schema) == [("user_id", "HASH"), ("order_date", "RANGE")]


def test_the_pattern_of_alternate_queries_is_a_table_of_users_with_an_index_by_email() -> None:
    found = table("patterns/alternate-queries")
    assert isinstance(found.global_secondary_indexes, tuple)
    (index,) = found.global_secondary_indexes
    assert isinstance(index, GlobalSecondaryIndex)
    assert (index.index_name, keys(index.key_schema)) == ("EmailIndex", [("email", "HASH")])
