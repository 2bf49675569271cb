"""The IAM policy that a collection needs: the actions of its operations, grouped by service, and nothing else.

Most of these actions know no narrower resource than everything in an account.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from dyncheck.parsers.live.operations import (
    ASSUME_ROLE,
    DESCRIBE_REGIONS,
    GET_METRIC_DATA,
    LIST_ACCOUNTS,
    OPERATIONS,
    Operation,
)


def actions(*, usage: bool = False, all_regions: bool = False, organization: bool = False) -> tuple[str, ...]:
    """Every action that a collection with those options uses, except that of assuming a role."""
    optional = {GET_METRIC_DATA: usage, DESCRIBE_REGIONS: all_regions, LIST_ACCOUNTS: organization, ASSUME_ROLE: False}
    chosen = (operation for operation in OPERATIONS.values() if _is_in(operation, optional.items()))
    return tuple(sorted({operation.iam_action for operation in chosen if operation.iam_action}))


def policy_text(
    *, usage: bool = False, all_regions: bool = False, role: str | None = None, partition: str = "aws"
) -> str:
    """The policy as JSON. ``role``: the name of the role that is assumed in the accounts of an organization."""
    by_service: dict[str, list[str]] = {}
    for action in actions(usage=usage, all_regions=all_regions, organization=role is not None):
        by_service.setdefault(action.split(":")[0], []).append(action)
    statements: list[dict[str, object]] = [
        {"Sid": _sid(service), "Effect": "Allow", "Action": allowed, "Resource": "*"}
        for service, allowed in by_service.items()
    ]
    if role is not None:
        arn = f"arn:{partition}:iam::*:role/{role}"
        statements.append({"Sid": "AssumeRole", "Effect": "Allow", "Action": [ASSUME_ROLE.iam_action], "Resource": arn})
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"


def _sid(service: str) -> str:
    return "".join(part.capitalize() for part in service.split("-"))


def _is_in(operation: Operation, optional: Iterable[tuple[Operation, bool]]) -> bool:
    return all(operation is not other or wanted for other, wanted in optional)
