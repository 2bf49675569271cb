"""Whose key encrypts a live table, and what state that key is in.

Without SSEDescription the key is AWS's own; otherwise the key's manager, which only KMS tells, decides.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
"""

from __future__ import annotations

from typing import Any, Final

from dyncheck.model import Encryption, KmsKey
from dyncheck.parsers.live import responses
from dyncheck.parsers.live.calls import Calls, read
from dyncheck.values import Unknown, unknown

_KINDS: Final = {"AWS": "aws_managed", "CUSTOMER": "customer_managed"}
_DELETED: Final = KmsKey(enabled=False, rotation_enabled=unknown("the key does not exist any more"))
"""A key that KMS does not find; those of AWS cannot be deleted."""

_ON: Final = frozenset({"ENABLED", "ENABLING", "UPDATING"})


def encryption(sse: responses.Sse | None, calls: Calls, region: str | None = None) -> Encryption:
    """Encryption of a table from its description and the calls about its key, in the Region of a replica if given."""
    if sse is None or (sse.status is not None and sse.status not in _ON):
        return Encryption()
    return _with_key(sse.kms_master_key_arn, calls, region, sse.status)


def _with_key(arn: str | None, calls: Calls, region: str | None, status: str | None) -> Encryption:
    if arn is None:
        return Encryption(kind="aws_managed", sse_enabled=True, status=status)
    described = calls.answer("kms:DescribeKey", region=region, KeyId=arn)
    if described is None:
        return Encryption(kind="customer_managed", sse_enabled=True, kms_key=arn, key=_DELETED, status=status)
    if isinstance(described, Unknown):
        return Encryption(kind=described, sse_enabled=True, kms_key=arn, key=described, status=status)
    metadata = described.key_metadata
    kind = _KINDS.get(metadata.key_manager, "customer_managed")
    rotation = calls.answer("kms:GetKeyRotationStatus", region=region, KeyId=arn)
    key = KmsKey(
        enabled=metadata.enabled if metadata.enabled is not None else metadata.key_state == "Enabled",
        rotation_enabled=_rotated(rotation, kind),
        key_state=metadata.key_state,
        multi_region=bool(metadata.multi_region),
    )
    return Encryption(
        kind=kind, sse_enabled=True, kms_key=arn, key=key if kind == "customer_managed" else None, status=status
    )


def _rotated(answer: Any, kind: str) -> Any:
    """AWS rotates its own keys every year, and none that it cannot, such as those of imported key material."""
    return True if kind == "aws_managed" else read(answer, lambda found: found.key_rotation_enabled, absent=False)
