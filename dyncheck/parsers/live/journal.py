"""The snapshot while it is being made: finished records in a file beside it, put in order at the end.

``FILE.partial`` is appended to as records come, so that not even a power cut loses them; at the end everything is
written in order to a temporary file, which takes the place of ``FILE``.
"""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final, cast

import msgspec

from dyncheck.errors import ConfigError
from dyncheck.parsers.live.lines import Unreadable, read_lines
from dyncheck.parsers.live.records import (
    SCHEMA,
    ClusterRecord,
    Header,
    Record,
    RegionRecord,
    TableRecord,
    decode_record,
    encode_record,
)

Key = tuple[str, str, int, str]
"""The order of records: account, Region, then the Region's own record before its tables and its clusters, by name."""

_PRIVATE: Final = 0o600
"""A snapshot says much about an account: it is for its owner alone."""


def region_key(account: str, region: str) -> Key:
    """The place of the record of an account and Region."""
    return account, region, 0, ""


def table_key(account: str, region: str, name: str) -> Key:
    """The place of a table's record."""
    return account, region, 1, name


def cluster_key(account: str, region: str, name: str) -> Key:
    """The place of a DAX cluster's record."""
    return account, region, 2, name


class Journal:
    """Records in a file, by key. Use as a context: the file beside the snapshot goes when the snapshot is written."""

    def __init__(self, target: Path, header: Header, before: Mapping[Key, bytes] = MappingProxyType({})) -> None:
        self._target = target
        self._header = header
        self._path = partial_path(target)
        self._places: dict[Key, tuple[int, int]] = {}
        former = former_path(target)
        try:
            if before and self._path.exists():
                os.replace(self._path, former)
            # A file of its own: another collection may be at work under this name.
            self._path.unlink(missing_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._file = os.fdopen(os.open(self._path, flags, _PRIVATE), "w+b")
        except OSError as error:
            raise ConfigError(f"cannot write {self._path}: {error.strerror}") from error
        self._end = 0
        self._write(encode_record(header))
        for key, line in before.items():
            self.add(key, line)
        former.unlink(missing_ok=True)

    def add(self, key: Key, line: bytes) -> None:
        """Keep a record, in place of an earlier one of the same key. Raises ConfigError."""
        start = self._end
        self._write(line)
        self._places[key] = (start, len(line))

    def __contains__(self, key: Key) -> bool:
        return key in self._places

    def write_snapshot(self) -> None:
        """Put everything in order and in place. Raises ConfigError."""
        regions = sum(key[2] == 0 for key in self._places)
        header = msgspec.structs.replace(self._header, regions=regions)
        target = Path(os.path.realpath(self._target))
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            with _open(temporary, self._target.suffix == ".gz") as file:
                file.write(encode_record(header) + b"\n")
                for key in sorted(self._places):
                    start, length = self._places[key]
                    self._file.seek(start)
                    file.write(self._file.read(length) + b"\n")
            os.replace(temporary, target)
        except OSError as error:
            raise ConfigError(f"cannot write {self._target}: {error.strerror}") from error
        finally:
            temporary.unlink(missing_ok=True)
        self._file.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file and leave it where it is."""
        self._file.close()

    def _write(self, line: bytes) -> None:
        try:
            self._file.seek(self._end)
            self._file.write(line + b"\n")
            self._file.flush()
        except OSError as error:
            raise ConfigError(
                f"cannot write {self._path}: {error.strerror}; --resume goes on from what is in it"
            ) from error
        self._end += len(line) + 1


def partial_path(target: Path) -> Path:
    """The file in which a snapshot is being made."""
    return target.with_name(target.name + ".partial")


def former_path(target: Path) -> Path:
    """The file that an interrupted collection left, for as long as it takes to go on from it."""
    return target.with_name(target.name + ".partial.former")


class Earlier(msgspec.Struct):
    """What an interrupted collection left, by key.

    ``records``: those that are worth keeping, of Regions only the whole ones. ``unfinished``: the other Regions' own.
    """

    records: dict[Key, bytes] = {}
    unfinished: dict[Key, bytes] = {}

    def left_alone(self, goals: Collection[Key], time: str) -> dict[Key, bytes]:
        """The Regions that are neither whole nor among the goals, by key: their records stay as they were left."""
        regions = {region_key(*key[:2]) for key in self.records} | self.unfinished.keys()
        return {
            key: self.unfinished.get(key) or self._crashed(key, time)
            for key in regions - self.records.keys() - set(goals)
        }

    def _crashed(self, key: Key, time: str) -> bytes:
        """The record of a Region of which a crash left no more than tables and clusters."""
        line = next(line for other, line in self.records.items() if other[:2] == key[:2])
        arn = cast(TableRecord | ClusterRecord, decode_record(line)).arn
        return unfinished(key, f"{arn}:".split(":")[1], self.records, time)


def unfinished(region: Key, partition: str, known: Iterable[Key], time: str) -> bytes:
    """The record of a Region of which nothing is known but the tables and clusters that are there."""
    kinds = Counter(key[2] for key in known if key[:2] == region[:2])
    account, name, *_ = region
    record = RegionRecord(
        account=account,
        partition=partition,
        region=name,
        time=time,
        complete=False,
        tables=kinds[1],
        clusters=kinds[2],
        calls=(),
    )
    return encode_record(record)


def earlier(target: Path) -> Earlier:
    """The records of an interrupted collection. Raises ConfigError when there is nothing to go on from."""
    partial = partial_path(target)
    left = [path for path in (former_path(target), partial) if path.exists()] or [target]
    if not left[-1].exists():
        raise ConfigError(f"there is nothing to resume: no {target} and no {partial.name}", pointer="--resume")
    found = Earlier()
    for path in left:
        _take(path, found)
    return found


def _take(path: Path, into: Earlier) -> None:
    is_snapshot = False
    try:
        for _, line in read_lines(path):
            try:
                record = decode_record(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                record = None
            if isinstance(record, Header):
                if record.schema != SCHEMA:
                    raise ConfigError(f"{path} is {record.schema}, not {SCHEMA}", pointer="--resume")
                is_snapshot = True
            elif not is_snapshot:
                raise ConfigError(f"{path} is no snapshot", pointer="--resume")
            elif record is not None:
                kept = into.records if is_whole(record) else into.unfinished
                kept[_key(record)] = line.rstrip(b"\r\n")
    except Unreadable as error:
        raise ConfigError(f"{path}: {error}", pointer="--resume") from error


def is_whole(record: Record) -> bool:
    """Whether a record need not be collected again: of a Region, whether all of its tables were listed and read."""
    if not isinstance(record, RegionRecord):
        return True
    listed = any(call.operation == "dynamodb:ListTables" and call.error is None for call in record.calls)
    return record.complete and listed


def _key(record: RegionRecord | TableRecord | ClusterRecord) -> Key:
    if isinstance(record, RegionRecord):
        return region_key(record.account, record.region)
    make = table_key if isinstance(record, TableRecord) else cluster_key
    return make(record.account, record.region, record.name)


@contextmanager
def _open(path: Path, compressed: bool) -> Iterator[IO[bytes]]:
    """A new file; compressed, the same content makes the same bytes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        if not compressed:
            yield file
            return
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as zipped:
            yield cast(IO[bytes], zipped)
