"""The records of a snapshot file: JSON Lines, a header, then each account and Region with its tables and clusters.

Each record holds calls: what was asked, and AWS's raw answer (pages joined, ``ResponseMetadata`` left out, times as
ISO 8601 in UTC), or the error. Fields that a reader does not know are ignored, and kept when a file is continued.
"""

from __future__ import annotations

from typing import Any, Final, Union

import msgspec

SCHEMA: Final = "dyncheck-snapshot/1"

MARK: Final = b'"dyncheck-snapshot/'
"""What the header of a snapshot holds, and no other file begins with."""


def _nothing() -> msgspec.Raw:
    return msgspec.Raw(b"null")


class CallError(msgspec.Struct, frozen=True):
    """Why a call has no answer: AWS's error code, or the name of a failure on the way there."""

    code: str
    message: str = ""


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One operation on one thing. ``region``: where it was called, when that is not the Region of the record."""

    operation: str
    region: str | None = None
    parameters: dict[str, Any] = {}
    response: msgspec.Raw = msgspec.field(default_factory=_nothing)
    error: CallError | None = None


class Tool(msgspec.Struct, frozen=True):
    """What made the snapshot."""

    name: str
    version: str
    botocore: str


class Header(msgspec.Struct, frozen=True, tag="header", tag_field="record"):
    """The first record. ``regions``: how many records of Regions follow. ``usage_days``: 0 without usage."""

    schema: str
    tool: Tool
    time: str
    regions: int
    usage_days: int = 0


class RegionRecord(msgspec.Struct, frozen=True, tag="region", tag_field="record", kw_only=True):
    """One account and Region, before its tables: the calls that are made once for all of them.

    ``tables`` and ``clusters``: how many records of each follow. ``complete``: nothing was left to be done when the
    collection ended. A Region whose ListTables call has an error is a failed one.
    """

    account: str
    partition: str
    region: str
    time: str
    complete: bool
    tables: int
    clusters: int = 0
    calls: tuple[Call, ...]


class TableRecord(msgspec.Struct, frozen=True, tag="table", tag_field="record", kw_only=True):
    """One table, with the calls about it, its replicas and its key."""

    account: str
    region: str
    name: str
    arn: str
    calls: tuple[Call, ...]


class ClusterRecord(msgspec.Struct, frozen=True, tag="cluster", tag_field="record", kw_only=True):
    """One DAX cluster: the part of DescribeClusters that is about it, and its tags."""

    account: str
    region: str
    name: str
    arn: str
    calls: tuple[Call, ...]


Record = Union[Header, RegionRecord, TableRecord, ClusterRecord]

KINDS: Final = frozenset({"header", "region", "table", "cluster"})

_DECODER: Final[msgspec.json.Decoder[Record]] = msgspec.json.Decoder(Record)
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def decode_record(line: bytes) -> Record:
    """A record of a line. Raises msgspec.ValidationError with the field, or msgspec.DecodeError."""
    return _DECODER.decode(line)


def encode_record(record: Record) -> bytes:
    """A record as one line, without its end; its calls in the order of operation, Region and parameters."""
    if isinstance(record, Header):
        return msgspec.json.encode(record)
    return msgspec.json.encode(msgspec.structs.replace(record, calls=tuple(sorted(record.calls, key=_order))))


def raw(response: Any) -> msgspec.Raw:
    """A response as it is kept."""
    return msgspec.Raw(_ENCODER.encode(response))


def _order(call: Call) -> tuple[str, str, bytes]:
    return call.operation, call.region or "", _ENCODER.encode(call.parameters)
