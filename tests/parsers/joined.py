"""Short ways to declare stacks for the tests of joins."""

from __future__ import annotations

from typing import Any

from dyncheck.model import GlobalSecondaryIndex, ScalableTarget, ScalingPolicy, Table
from dyncheck.parsers.attachments import (
    Attachment,
    ScalableTargetAttachment,
    ScalingPolicyAttachment,
    Stack,
    TableDraft,
)
from dyncheck.parsers.joins import join
from dyncheck.scenarios import Condition
from dyncheck.values import Unknown, unknown

READ, WRITE = "dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits"
INDEX_READ, INDEX_WRITE = "dynamodb:index:ReadCapacityUnits", "dynamodb:index:WriteCapacityUnits"

PROD = Condition.opaque('var.env == "prod"', {"var.env"})
LARGE = Condition.opaque("var.large", {"var.large"})


def symbol(text: str, *because: str) -> Unknown:
    """An unknown of that identity; its reason is the text unless others are given."""
    return unknown(*(because or (text,)), symbol=text)


def table(label: str, name: Any = None, *indexes: str, **settings: Any) -> TableDraft:
    """A Terraform table; without a name its name is ``var.<label>``."""
    address = f"aws_dynamodb_table.{label}"
    own = tuple(GlobalSecondaryIndex(index_name=index) for index in indexes)
    return TableDraft(
        table=Table(
            address=address,
            stack="",
            source="terraform",
            resource_type="aws_dynamodb_table",
            name=symbol(f"var.{label}") if name is None else name,
            **{"global_secondary_indexes": own, **settings},
        ),
        name_symbols=frozenset({f"{address}.name", f"{address}.id"}),
        arn_symbols=frozenset({f"{address}.arn"}),
        stream_arn_symbols=frozenset({f"{address}.stream_arn"}),
    )


def target(resource_id: Any, dimension: Any = READ, **settings: Any) -> ScalableTargetAttachment:
    """A scalable target from 5 to 50."""
    return ScalableTargetAttachment(
        **{
            "address": f"aws_appautoscaling_target.{resource_id}.{dimension}",
            "resource_type": "aws_appautoscaling_target",
            "resource_id": resource_id,
            "scalable_dimension": dimension,
            "min_capacity": 5,
            "max_capacity": 50,
            **settings,
        }
    )


def policy(resource_id: Any = None, dimension: Any = READ, kind: Any = "TargetTrackingScaling", **settings: Any) -> Any:
    """A scaling policy."""
    return ScalingPolicyAttachment(
        **{
            "address": "aws_appautoscaling_policy.p",
            "policy": ScalingPolicy(policy_type=kind),
            "resource_id": resource_id,
            "scalable_dimension": dimension,
            **settings,
        }
    )


def joined(drafts: list[TableDraft], *attachments: Attachment) -> list[Table]:
    """The tables of a stack after joining, in the order of the drafts."""
    resources = join(Stack("", "terraform", tuple(drafts), attachments))
    return [resource for resource in resources if isinstance(resource, Table)]


def targets_of(drafts: list[TableDraft], *attachments: Attachment) -> list[ScalableTarget]:
    """The scalable targets of a stack after joining."""
    resources = join(Stack("", "terraform", tuple(drafts), attachments))
    return [resource for resource in resources if isinstance(resource, ScalableTarget)]
