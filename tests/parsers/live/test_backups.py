"""Which backup selections are in force: AWS Backup's settings of a Region, and what overrides them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.parsers.live.collecting import tables
from tests.parsers.live.snapshots import REGION, arn, call, header, region, table, write

TAGGED = {"ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "yes"}]}


def covered(tmp_path: Path, selection: dict[str, Any], *, opted_in: bool) -> set[str]:
    """The tables that a selection covers, of ``orders`` and ``tagged``, which has the tag."""
    plans = call("backup:ListBackupPlans", {"BackupPlansList": [{"BackupPlanId": "1", "BackupPlanName": "daily"}]})
    listed = call("backup:ListBackupSelections", {"BackupSelectionsList": []}, BackupPlanId="1")
    selected = call("backup:GetBackupSelection", {"BackupSelection": selection}, BackupPlanId="1", SelectionId="1")
    settings = call("backup:DescribeRegionSettings", {"ResourceTypeOptInPreference": {"DynamoDB": opted_in}})
    tags = call("dynamodb:ListTagsOfResource", {"Tags": [{"Key": "backup", "Value": "yes"}]}, ResourceArn=arn("tagged"))
    beside = region(2, plans, listed, selected, settings)
    path = write(tmp_path / "s.jsonl", header(), beside, table("orders"), table("tagged", tags))
    return {name for name, found in tables(path, REGION).items() if found.backup_plans}


@pytest.mark.parametrize(
    ("selection", "opted_in", "opted_out"),
    [
        ({"Resources": ["*"]}, {"orders", "tagged"}, set()),
        ({"Resources": ["arn:aws:dynamodb:*"]}, {"orders", "tagged"}, set()),
        (TAGGED, {"tagged"}, set()),
        ({}, {"orders", "tagged"}, set()),
        ({"Resources": ["arn:aws:dynamodb:*:*:table/*"]}, {"orders", "tagged"}, {"orders", "tagged"}),
        ({"Resources": [arn("orders")]}, {"orders"}, {"orders"}),
        ({"Resources": [arn("orders"), "*"]}, {"orders", "tagged"}, {"orders"}),
        ({"Resources": [arn("orders")], **TAGGED}, {"orders", "tagged"}, {"orders", "tagged"}),
    ],
)
def test_where_dynamodb_is_switched_off_only_selections_that_name_tables_count(
    selection: dict[str, Any], opted_in: set[str], opted_out: set[str], tmp_path: Path
) -> None:
    assert covered(tmp_path, selection, opted_in=True) == opted_in
    assert covered(tmp_path, selection, opted_in=False) == opted_out
