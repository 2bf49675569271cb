"""What KMS says of a table's key, and what it says by not answering."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dyncheck.engine import judge
from dyncheck.policy.loader import load_rules
from dyncheck.policy.selection import select
from tests.parsers.live.collecting import read, tables
from tests.parsers.live.snapshots import ACCOUNT, REGION, call, header, region, table, write

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
ENABLED = {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "Enabled": True, "KeyState": "Enabled"}}
DISABLED = {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "Enabled": False, "KeyState": "Disabled"}}
ROTATED = {"KeyRotationEnabled": True}


def described(response: Any = None, error: str | None = None) -> dict[str, Any]:
    return call("kms:DescribeKey", response, error=error, KeyId=KEY)


def rotation(response: Any = None, error: str | None = None) -> dict[str, Any]:
    return call("kms:GetKeyRotationStatus", response, error=error, KeyId=KEY)


@pytest.mark.parametrize(
    ("calls", "usable", "rotated", "problems"),
    [
        ([described(ENABLED), rotation(ROTATED)], "pass", "pass", 0),
        ([described(ENABLED), rotation({"KeyRotationEnabled": False})], "pass", "fail", 0),
        ([described(ENABLED), rotation(error="UnsupportedOperationException")], "pass", "fail", 0),
        ([described(ENABLED), rotation(error="AccessDeniedException")], "pass", "unknown", 1),
        ([described(DISABLED), rotation(ROTATED)], "fail", "pass", 0),
        ([described(error="AccessDeniedException")], "unknown", "unknown", 1),
        ([described(error="NotFoundException")], "fail", "unknown", 0),
    ],
    ids=["good", "not rotated", "imported", "rotation denied", "disabled", "denied", "deleted"],
)
def test_a_key_is_judged_by_what_kms_says_of_it(
    calls: list[dict[str, Any]], usable: str, rotated: str, problems: int, tmp_path: Path
) -> None:
    sse = {"SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": KEY}}
    path = write(tmp_path / "s.jsonl", header(), region(), table("orders", *calls, description=sse))
    rules = select(load_rules(), packs=(), select=("DDB-ENC-005", "DDB-ENC-006"))
    found = {(it.rule, it.outcome.value) for it in judge(tables(path, REGION)["orders"], rules)}
    assert found - {("DDB-ENC-005", "pass")} == {("DDB-ENC-005", usable), ("DDB-ENC-006", rotated)} - {
        ("DDB-ENC-005", "pass")
    }
    assert len(read(path)[1]) == problems
