"""A snapshot file as a source: one record after the other, each judged and forgotten.

A record that is broken is a problem with its line and field; the others still count. What is missing from the file is a
problem too: a snapshot that lost records must not look like a healthy account.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from dyncheck.location import Location, Span
from dyncheck.model import Problem, Resource, Table
from dyncheck.parsers.attachments import ScalableTargetAttachment
from dyncheck.parsers.base import Collected
from dyncheck.parsers.live.calls import Calls, FieldError, is_gone, plainly
from dyncheck.parsers.live.clusters import cluster
from dyncheck.parsers.live.lines import Unreadable, read_lines
from dyncheck.parsers.live.neighbours import Neighbours, neighbours, unreadable
from dyncheck.parsers.live.records import (
    KINDS,
    SCHEMA,
    Call,
    CallError,
    ClusterRecord,
    Header,
    Record,
    RegionRecord,
    TableRecord,
    Tool,
    decode_record,
)
from dyncheck.parsers.live.tables import orphans, resources

_SHARED: Final = frozenset({"cloudwatch:GetMetricData", "kms:DescribeKey", "kms:GetKeyRotationStatus"})
"""Operations of which one call answers for several tables; it stands in the record of each."""

_NO_REGION: Final = "the snapshot has no record of the Region"

MAX_BROKEN: Final = 10_000
"""Records that cannot be used after which reading stops: such a file is damaged as a whole, or made to be."""


class SnapshotSource:
    """One snapshot file. ``path`` is relative to ``root``."""

    def __init__(self, root: Path, path: str) -> None:
        self._root = root
        self._path = path
        self._header: Header | None = None
        self._region = _Region(unreadable(_NO_REGION))
        self._regions = 0
        self._broken = 0

    def collect(self) -> Iterator[Collected]:
        """The tables, clusters and scalable targets in the order of the file, and its problems."""
        line = 0
        try:
            for line, content in read_lines(self._root / self._path):
                record = self._decoded(line, content)
                if isinstance(record, Problem):
                    self._broken += 1
                    yield record
                else:
                    yield from self._record(line, record)
                if self._header is None:
                    return
                if self._broken >= MAX_BROKEN:
                    raise Unreadable(f"{MAX_BROKEN:,} records cannot be used; nothing after them was read")
        except Unreadable as error:
            yield self._problem(line + 1, str(error))
        yield from self._end_of_region()
        if self._header is not None and self._regions < self._header.regions:
            yield self._problem(
                line, f"the file is cut off: {self._regions} of {self._header.regions} accounts and Regions are in it"
            )

    def _decoded(self, line: int, content: bytes) -> Record | Problem:
        try:
            return decode_record(content)
        except msgspec.ValidationError as error:
            return self._invalid(line, content, error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if not content.endswith(b"\n"):
                return self._problem(line, "the record is cut off: the file ends in the middle of it")
            return self._problem(line, f"the record is not valid JSON: {error}")

    def _invalid(self, line: int, content: bytes, error: msgspec.ValidationError) -> Problem:
        kind = _kind(content)
        if kind is not None and kind not in KINDS:
            return self._problem(line, f"records of the kind {kind!r} are not known here: passed over", note=True)
        if kind == "region":
            self._region = _Region(unreadable(f"{self._path} line {line} cannot be read"))
            self._regions += 1
        if kind == "header" and self._header is None and SCHEMA.encode() in content:
            # What it tells besides is not needed to judge the others.
            self._header = Header(SCHEMA, Tool("", "", ""), "", 0)
        message, _, field = str(error).partition(" - at `$.")
        where = f"field {field.rstrip('`')}: " if field else ""
        return self._problem(line, f"the record cannot be used: {where}{plainly(message)}")

    def _record(self, line: int, record: Record) -> Iterator[Collected]:
        place = Location(Span(self._path, line, 1, line, 1))
        if isinstance(record, Header):
            yield from self._start(line, record)
        elif self._header is None:
            yield self._problem(line, "the file does not start with the header of a snapshot")
        elif isinstance(record, RegionRecord):
            yield from self._end_of_region()
            yield from self._start_region(line, record, place)
        else:
            yield from self._thing(line, record, place)

    def _start(self, line: int, header: Header) -> Iterator[Problem]:
        if self._header is not None:
            yield self._problem(line, "a second header: files cannot be joined, scan them one by one")
            return
        if header.schema != SCHEMA:
            yield self._problem(
                line, f"made for another version: this is {header.schema}, what can be read here is {SCHEMA}"
            )
            return
        self._header = header

    def _start_region(self, line: int, record: RegionRecord, place: Location) -> Iterator[Problem]:
        self._regions += 1
        try:
            self._region = _Region(neighbours(record, place), record, line)
        except FieldError as error:
            self._region = _Region(unreadable(f"{self._path} line {line} cannot be read"), record, line)
            yield self._problem(line, _unusable(error))
        if not record.complete:
            yield self._problem(line, f"{self._region}: the collection was interrupted; tables are missing")
        for call in Calls(record.calls).failures():
            could_not = " could not be audited" if call.operation == "dynamodb:ListTables" else ""
            yield self._problem(line, f"{self._region}{could_not}: {_failure(call)}")

    def _thing(self, line: int, record: TableRecord | ClusterRecord, place: Location) -> Iterator[Collected]:
        region, beside = self._region, self._region.beside
        if not region.holds(record):
            yield self._problem(line, f"{record.arn} does not belong to the Region that stands before it")
            beside = unreadable(_NO_REGION)
        if record.arn in region.seen:
            self._broken += 1
            yield self._problem(line, f"{record.arn} stands in the file twice")
            return
        region.seen.add(record.arn)
        try:
            if isinstance(record, ClusterRecord):
                region.clusters += 1
                found: list[Resource] = [cluster(record, place)]
            else:
                region.tables += 1
                found = self._table(record, beside, place)
        except FieldError as error:
            self._broken += 1
            yield self._problem(line, _unusable(error))
            return
        yield from self._failures(line, record)
        yield from found

    def _table(self, record: TableRecord, beside: Neighbours, place: Location) -> list[Resource]:
        if any(map(_shows_deletion, record.calls)):
            return []
        own = self._region.record
        time = own.time if own is not None else self._header.time if self._header is not None else ""
        found = resources(record, beside, time, place)
        self._region.known = [item for item in found if isinstance(item, Table)][:1] or self._region.known
        self._region.names.add(record.name)
        return found

    def _failures(self, line: int, record: TableRecord | ClusterRecord) -> Iterator[Problem]:
        if any(map(_shows_deletion, record.calls)):
            yield self._problem(line, f"{record.arn} was deleted while it was read", note=True)
            return
        for call in Calls(record.calls).failures():
            if call.operation not in _SHARED:
                yield self._problem(line, f"{record.arn}: {_failure(call)}")
                continue
            key = call.parameters.get("KeyId")
            subject = key if isinstance(key, str) else str(self._region)
            failure = f"{subject}: {_failure(call)}"
            if failure not in self._region.told:
                self._region.told.add(failure)
                yield self._problem(line, failure)

    def _end_of_region(self) -> Iterator[Collected]:
        """What only the end of a Region shows: records that are missing, and targets whose table is not there."""
        region, self._region = self._region, _Region(unreadable(_NO_REGION))
        record = region.record
        if record is None:
            return
        for what, found, expected in (
            ("tables", region.tables, record.tables),
            ("DAX clusters", region.clusters, record.clusters),
        ):
            if found < expected:
                yield self._problem(region.line, f"{region}: {expected - found} of {expected} {what} are missing")
        if region.is_whole():
            left = [
                attachment
                for table, attachments in region.beside.by_table.items()
                if table not in region.names
                for attachment in attachments
                if isinstance(attachment, ScalableTargetAttachment)
            ]
            yield from orphans(region.known, left)

    def _problem(self, line: int, message: str, *, note: bool = False) -> Problem:
        return Problem(self._path, max(line, 1), 1, message, "note" if note else "error")


class _Region:
    """Where in the file we are: the account and Region whose records follow, and what of them came already."""

    def __init__(self, beside: Neighbours, record: RegionRecord | None = None, line: int = 1) -> None:
        self.record = record
        self.line = line
        self.beside = beside
        self.known: list[Table] = []
        self.names: set[str] = set()
        self.seen: set[str] = set()
        self.told: set[str] = set()
        self.tables = 0
        self.clusters = 0

    def holds(self, record: TableRecord | ClusterRecord) -> bool:
        """Whether a record belongs here; without a record of the Region anything may."""
        own = self.record
        return own is None or (record.account, record.region) == (own.account, own.region)

    def is_whole(self) -> bool:
        """Whether every table of the Region has been seen."""
        record = self.record
        if record is None or not record.complete or self.tables < record.tables:
            return False
        return not any(call.operation == "dynamodb:ListTables" and call.error for call in record.calls)

    def __str__(self) -> str:
        return f"account {self.record.account}, Region {self.record.region}" if self.record is not None else "nowhere"


def _shows_deletion(call: Call) -> bool:
    """Whether a call says that the table of its record is gone; a replica may go without its table."""
    return call.operation == "dynamodb:DescribeTable" and call.region is None and is_gone(call)


def _failure(call: Call) -> str:
    error = call.error or CallError("")
    where = f" in {call.region}" if call.region is not None else ""
    return f"{call.operation} failed{where}: {error.code}{': ' if error.message else ''}{error.message}"


def _unusable(error: FieldError) -> str:
    return f"the record cannot be used: field {error.field}: {error.message}"


def _kind(content: bytes) -> str | None:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    kind = found.get("record") if isinstance(found, dict) else None
    return kind if isinstance(kind, str) else None
