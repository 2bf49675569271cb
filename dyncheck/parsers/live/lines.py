"""The lines of a snapshot file, one after the other, plain or compressed; never more than one of them in memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

from dyncheck.parsers.live.records import MARK

GZIP_MAGIC: Final = b"\x1f\x8b"

MAX_LINE: Final = 64 << 20
"""Bytes of one record beyond which it is refused: the largest that AWS's answers can make is far smaller."""

MAX_BYTES: Final = 64 << 30
"""Bytes of a whole file, uncompressed, beyond which reading stops."""

MAX_RATIO: Final = 200
"""Times its size to which a compressed file may grow, and ``MAX_LINE`` more; snapshots grow to 40 times theirs."""

MAX_BLANK: Final = 10_000
"""Blank lines after which reading stops."""

HEAD: Final = 4096
"""Bytes of a file among which the header tells what it is."""


class Unreadable(Exception):
    """The file ends here for us; the message says why."""


def is_snapshot(path: Path) -> bool:
    """Whether a file starts as a snapshot does, told by its first bytes."""
    try:
        with open_plain(path) as file:
            return _is_head(file.read(HEAD))
    except (OSError, EOFError, zlib.error):
        return False


def starts_as_snapshot(content: bytes) -> bool:
    """The same of bytes at hand, plain or compressed."""
    if not content.startswith(GZIP_MAGIC):
        return _is_head(content[:HEAD])
    try:
        return _is_head(zlib.decompressobj(31).decompress(content, HEAD))
    except zlib.error:
        return False


def _is_head(start: bytes) -> bool:
    """Whether the first line holds the mark, wherever a tool that wrote the file anew has put its fields and blanks."""
    line = start.lstrip().partition(b"\n")[0]
    return line.startswith(b"{") and MARK in line


def open_plain(path: Path) -> IO[bytes]:
    """The file's content, uncompressed. Raises OSError."""
    with path.open("rb") as file:
        compressed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    return cast(IO[bytes], gzip.open(path, "rb")) if compressed else path.open("rb")


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Number and content of each line that is not blank. Raises Unreadable, with the lines before it already given."""
    number = 0
    total = blank = 0
    try:
        most = min(MAX_BYTES, MAX_LINE + MAX_RATIO * path.stat().st_size)
        with open_plain(path) as file:
            while line := file.readline(MAX_LINE):
                number += 1
                total += len(line)
                if len(line) == MAX_LINE and not line.endswith(b"\n"):
                    raise Unreadable(f"the record is longer than {MAX_LINE >> 20} MB; nothing after it was read")
                if total > most:
                    raise Unreadable(f"the file holds more than {most >> 20:,} MB; nothing after this was read")
                if not line.isspace():
                    yield number, line
                elif (blank := blank + 1) > MAX_BLANK:
                    raise Unreadable(f"the file holds more than {MAX_BLANK:,} blank lines; nothing after them was read")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Unreadable(f"the compressed file is damaged or cut off here: {error}") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
