"""Functions of the AWS provider that need no AWS: ``provider::aws::…``."""

from __future__ import annotations

from typing import Any, Final

from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.tfvalues import invalid

_PARTS: Final = ("partition", "service", "region", "account_id", "resource")


def _arn_parse(arn: str) -> Any:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return invalid(f"{arn[:60]!r} is no ARN")
    return dict(zip(_PARTS, parts[1:], strict=True))


def _arn_build(partition: str, service: str, region: str, account: str, resource: str) -> str:
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


def _trim_role_path(arn: str) -> Any:
    parsed = _arn_parse(arn)
    if not isinstance(parsed, dict):
        return parsed
    kind, _, path = parsed["resource"].partition("/")
    if parsed["service"] != "iam" or kind != "role" or not path:
        return invalid(f"{arn[:60]!r} is no ARN of an IAM role")
    partition, service, region, account = (parsed[part] for part in _PARTS[:4])
    return _arn_build(partition, service, region, account, f"role/{path.rpartition('/')[2]}")


TABLE: Final[dict[str, Function]] = {
    "provider::aws::arn_build": Function(_arn_build, "sssss"),
    "provider::aws::arn_parse": Function(_arn_parse, "s"),
    "provider::aws::trim_iam_role_path": Function(_trim_role_path, "s"),
}
