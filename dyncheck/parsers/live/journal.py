"""The snapshot while it is being made: finished records in a file beside it, put in order at the end.

``FILE.partial`` is appended to as records come, so that not even a power cut loses them; at the end everything is
written in order to a temporary file, which takes the place of ``FILE``.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Mapping
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
            flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
            self._file = os.fdopen(os.open(self._path, flags, _PRIVATE), "w+b")
        except OSError as error:
            raise ConfigError(f"cannot write {self._path}: {error.strerror}") from error
        self._end = 0
        self._write(encode_record(header))
        for key, line in before.items():
            self.add(key, line)
        former.unlink(missing_ok=True)

    def add(self, key: Key, line: bytes) -> None:
        """Keep a record, in place of an earlier one of the same key."""
        start = self._end
        self._write(line)
        self._places[key] = (start, len(line))

    def __contains__(self, key: Key) -> bool:
        return key in self._places

    def write_snapshot(self) -> None:
        """Put everything in order and in place. Raises ConfigError."""
        regions = sum(key[2] == 0 for key in self._places)
        header = msgspec.structs.replace(self._header, regions=regions)
        temporary = self._target.with_name(f".{self._target.name}.{os.getpid()}.tmp")
        try:
            with _open(temporary, self._target.suffix == ".gz") as file:
                file.write(encode_record(header) + b"\n")
                for key in sorted(self._places):
                    start, length = self._places[key]
                    self._file.seek(start)
                    file.write(self._file.read(length) + b"\n")
            os.replace(temporary, self._target)
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
        self._file.seek(self._end)
        self._file.write(line + b"\n")
        self._file.flush()
        self._end += len(line) + 1


def partial_path(target: Path) -> Path:
    """The file in which a snapshot is being made."""
    return target.with_name(target.name + ".partial")


def former_path(target: Path) -> Path:
    """The file that an interrupted collection left, for as long as it takes to go on from it."""
    return target.with_name(target.name + ".partial.former")


def earlier(target: Path) -> Iterator[tuple[Key, bytes]]:
    """The records of an interrupted collection that are worth keeping, by key; a Region's own only when it is whole.

    Raises ConfigError when there is nothing to go on from.
    """
    partial = partial_path(target)
    left = [path for path in (former_path(target), partial) if path.exists()] or [target]
    if not left[-1].exists():
        raise ConfigError(f"there is nothing to resume: no {target} and no {partial.name}", pointer="--resume")
    for path in left:
        yield from _kept(path)


def _kept(path: Path) -> Iterator[tuple[Key, bytes]]:
    try:
        for number, line in read_lines(path):
            try:
                record = decode_record(line)
            except msgspec.DecodeError:
                continue
            if isinstance(record, Header):
                if record.schema != SCHEMA:
                    raise ConfigError(f"{path} is {record.schema}, not {SCHEMA}", pointer="--resume")
            elif number == 1:
                raise ConfigError(f"{path} is no snapshot", pointer="--resume")
            else:
                key = _key(record)
                if key is not None:
                    yield key, line.rstrip(b"\r\n")
    except Unreadable as error:
        raise ConfigError(f"{path}: {error}", pointer="--resume") from error


def _key(record: RegionRecord | TableRecord | ClusterRecord) -> Key | None:
    if isinstance(record, RegionRecord):
        listed = any(call.operation == "dynamodb:ListTables" and call.error is None for call in record.calls)
        return region_key(record.account, record.region) if record.complete and listed else None
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
