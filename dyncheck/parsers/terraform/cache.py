"""What a run remembers for the next one: the shapes of expressions that python-hcl2 has parsed.

A shape says where operands, operators and brackets stand and holds nothing else, so the cache tells nobody what the
scanned code contains, and it serves every repository. With it, a run needs python-hcl2 only for an expression of a
shape that this machine has never met.

The file is a list of lines, each a record of its own, and new ones are appended with one write. So processes that run
at once do not harm each other, and a record that is cut off, damaged or made by another version is not used.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from dyncheck.parsers.terraform.hcl.shapes import Shape, fits

_VERSION: Final = 1
_MAX_BYTES: Final = 4_000_000
_DIRECTORY_VARIABLE: Final = "DYNCHECK_CACHE_DIR"


class _Record(msgspec.Struct, frozen=True, array_like=True):
    text: str
    tree: Shape


class Cache:
    """The cache in a directory. A directory that cannot be read or written to is a cache that stays empty."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._path = directory / f"shapes-{_VERSION}.jsonl"

    @classmethod
    def default(cls, environment: Mapping[str, str] | None = None) -> Cache:
        """The cache of this user: in ``DYNCHECK_CACHE_DIR``, else where the platform keeps caches."""
        return cls(_default_directory(os.environ if environment is None else environment))

    def load(self) -> dict[str, Shape]:
        """Every record that is whole."""
        try:
            data = self._path.read_bytes()
        except OSError:
            return {}
        if len(data) > _MAX_BYTES:
            self._discard()
            return {}
        decoder = msgspec.json.Decoder(_Record)
        records = (_read(line, decoder) for line in data.split(b"\n"))
        return {record.text: record.tree for record in records if record is not None}

    def add(self, shapes: Mapping[str, Shape]) -> None:
        """Keep more shapes for the next run."""
        lines = b"".join(_line(_Record(text, tree)) for text, tree in sorted(shapes.items()))
        if not lines:
            return
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, flags, 0o600)
            try:
                os.write(descriptor, lines)
            finally:
                os.close(descriptor)
        except OSError:
            return

    def _discard(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return


def _line(record: _Record) -> bytes:
    content = msgspec.json.encode(record)
    return b"%08x %b\n" % (zlib.crc32(content), content)


def _read(line: bytes, decoder: msgspec.json.Decoder[_Record]) -> _Record | None:
    checksum, _, content = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(content):
        return None
    try:
        record = decoder.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    return record if fits(record.tree, record.text) else None


def _default_directory(environment: Mapping[str, str]) -> Path:
    if chosen := environment.get(_DIRECTORY_VARIABLE):
        return Path(chosen)
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA")
        return (Path(base) if base else home / "AppData" / "Local") / "dyncheck" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "dyncheck"
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base and os.path.isabs(base) else home / ".cache") / "dyncheck"
