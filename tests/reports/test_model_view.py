"""The model of a resource as reports show it to people."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyncheck.model import Table, TableChange
from dyncheck.reports.model_view import model_view
from dyncheck.scenarios import Condition
from dyncheck.sources import collect_text
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, unknown
from tests.reports.awkward import MODEL

FIXTURES = Path(__file__).parents[2] / "fixtures"
IS_PROD = Condition.opaque("IsProd", ["parameter Stage"])


def table(**more: object) -> Table:
    return Table(address="t", stack="", source="terraform", resource_type="aws_dynamodb_table", **more)  # type: ignore[arg-type]


def test_a_table_of_which_next_to_nothing_is_said_shows_what_it_is_by_default() -> None:
    assert model_view(table(key_schema=())) == {
        "resource type": "aws_dynamodb_table",
        "billing mode": "PROVISIONED",
        "encryption": {"kind": "aws_owned"},
        "point in time recovery": {"enabled": "no"},
        "time to live": {"enabled": "no"},
        "stream": {"enabled": "no"},
        "consistency mode": "EVENTUAL",
        "table class": "STANDARD",
        "deletion protection enabled": "no",
        "contributor insights": {"enabled": "no"},
    }


def test_a_template_is_shown_as_it_was_read() -> None:
    source = FIXTURES / "equivalence" / "autoscaled-in-production" / "template.yaml"
    found = {item.address: item for item in collect_text(source.read_text("utf-8"), source.name)}  # type: ignore[union-attr]
    shown = model_view(found["Orders"])
    assert shown["key schema"] == ["pk (HASH)"]
    assert shown["provisioned throughput"] == {"read capacity units": "5", "write capacity units": "5"}
    assert shown["autoscaling"] == {
        "read": {
            "registered": "yes when IsProd, else no",
            "enabled": "yes when IsProd, else no",
            "min capacity": "5 when IsProd, else nothing",
            "max capacity": "100 when IsProd, else nothing",
            "policies": [
                {
                    "when IsProd": {
                        "policy name": "read",
                        "policy type": "TargetTrackingScaling",
                        "target value": "70.0",
                        "predefined metric type": "DynamoDBReadCapacityUtilization",
                    },
                    "otherwise": "left out",
                }
            ],
        }
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (unknown("var.b", "var.a"), "unknown, because of var.a, var.b"),
        (Unknown(frozenset({"var.\x1b[31m\u202e"})), "unknown, because of var.\\x1b[31m\\u202e"),
        (Choice(IS_PROD, "A", ABSENT), "A when IsProd, else left out"),
        (Choice(IS_PROD, unknown("var.a"), None), "unknown, because of var.a when IsProd, else nothing"),
        ("a\x00b", "a\\x00b"),
        (True, "yes"),
    ],
)
def test_a_value_is_known_or_says_what_it_depends_on(value: object, shown: str) -> None:
    assert model_view(table(table_class=value))["table class"] == shown


def test_a_list_that_may_go_on_says_so() -> None:
    assert model_view(table(ignore_changes=OpenList(("tags",), frozenset({"var.more"}))))["ignore changes"] == [
        "tags",
        "and what else depends on var.more",
    ]


def test_a_long_list_is_cut_and_counted() -> None:
    shown = model_view(table(ignore_changes=tuple(str(number) for number in range(1_500))))["ignore changes"]
    assert (len(shown), shown[-1]) == (201, "and 1,300 more")


def test_tags_are_shown_but_for_secrets_and_hostile_characters() -> None:
    assert model_view(MODEL)["tags"] == {
        "owner\\u202e": "a|b",
        "db_password": "(looks like a secret, not shown)",
    }


def test_a_change_shows_the_table_before_and_after() -> None:
    change = TableChange(
        address="t",
        stack="",
        source="terraform-plan",
        resource_type="aws_dynamodb_table",
        action="update",
        before=table(deletion_protection_enabled=True),
        after=table(),
    )
    shown = model_view(change)
    assert shown["action"] == "update"
    before, after = shown["before"], shown["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["deletion protection enabled"], after["deletion protection enabled"]) == ("yes", "no")
    assert "address" not in before
