"""What cannot be worked out is not taken for a name, or a Region, that is right."""

from __future__ import annotations

import msgspec
import pytest

from dyncheck.engine import judge
from dyncheck.model import GlobalSecondaryIndex, KeyElement, LocalSecondaryIndex, Replica, Table
from dyncheck.policy.rule import Outcome
from dyncheck.policy.selection import select
from dyncheck.values import unknown
from tests.rules.shipped import ruleset

KEY = (KeyElement("id", "HASH"),)
NAME = unknown("var.index")
TABLE = Table(
    address="t", stack=".", source="terraform", resource_type="aws_dynamodb_table", name="orders", key_schema=KEY
)


@pytest.mark.parametrize(
    ("rule", "changes", "passing"),
    [
        ("DDB-KEY-012", {"global_secondary_indexes": (GlobalSecondaryIndex(NAME, key_schema=KEY),)}, [None]),
        ("DDB-KEY-012", {"local_secondary_indexes": (LocalSecondaryIndex(NAME, key_schema=KEY),)}, [None]),
        ("DDB-GLB-004", {"region": unknown("provider aws region"), "replicas": (Replica("us-east-1"),)}, ["us-east-1"]),
    ],
)
def test_a_check_of_something_unknown_is_left_out_and_not_passed(
    rule: str, changes: dict[str, object], passing: list[str | None]
) -> None:
    table = msgspec.structs.replace(TABLE, **changes)

    verdicts = judge(table, select(ruleset(), select=(rule,)))

    assert [verdict.element for verdict in verdicts if verdict.outcome is Outcome.PASS] == passing
