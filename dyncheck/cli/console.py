"""Writing: reports to standard output and files, everything else to standard error."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, TextIO

import click

from dyncheck.errors import ConfigError
from dyncheck.exits import BROKEN_PIPE
from dyncheck.settings import Color

PIPE_WIDTH: Final = 100
"""Columns of text that goes to no terminal."""
BLOCK: Final = 65_536
"""Characters that are written at once."""


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal. A program whose output a shell has closed, or a window's, has no stream."""
    return stream is not None and stream.isatty()


def uses_color(choice: Color, stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Whether text for a stream is coloured.

    An explicit choice wins; then NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then CLICOLOR=0, then whether a capable
    terminal reads.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    if environment.get("CLICOLOR") == "0":
        return False
    return is_terminal(stream) and environment.get("TERM") != "dumb"


def terminal_width() -> int:
    """Columns of the terminal, from COLUMNS or the terminal itself, else a width that suits logs."""
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns


def open_input() -> BinaryIO:
    """Standard input. Raises ConfigError where a shell has closed it."""
    if sys.stdin is None:
        raise ConfigError("there is no standard input to read", pointer="-")
    return sys.stdin.buffer


def print_result(text: str | Iterable[str]) -> None:
    """Write a result to standard output: UTF-8 to a pipe or file, whatever the terminal can show to a terminal."""
    for piece in _blocks(text):
        _print(piece)


def _print(text: str) -> None:
    try:
        if is_terminal(sys.stdout):
            encoding = sys.stdout.encoding or "utf-8"
            click.echo(text.encode(encoding, "replace").decode(encoding), nl=False, color=True)
        else:
            _send(text.encode("utf-8"))
    except BrokenPipeError:
        # Left to itself, click ends with 1 here, which would mean findings.
        raise click.exceptions.Exit(BROKEN_PIPE) from None


def _send(data: bytes) -> None:
    """Write all of the data to standard output, or raise OSError.

    With PYTHONUNBUFFERED the stream is a raw one: it takes a part, when the reader goes away or the disk is full, and
    only what is offered next raises.
    """
    if sys.stdout is None:
        return
    sys.stdout.flush()
    stream = sys.stdout.buffer
    left = memoryview(data)
    while left:
        taken = stream.write(left)
        if not taken:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        left = left[taken:]
    stream.flush()


def say(text: str) -> None:
    """Write a remark to standard error."""
    # What a file says may be in it, and this mark is a command to GitHub's runner wherever in a line it stands.
    click.echo(text.replace("##[", "## ["), err=True)


def check_writable(path: str) -> None:
    """Raise ConfigError when a file cannot be made at a path, before any work is done for it."""
    folder = Path(path).parent
    if not folder.is_dir():
        raise ConfigError(f"cannot write {path}: there is no directory {folder}")
    if Path(path).is_dir():
        raise ConfigError(f"cannot write {path}: it is a directory")


def write_file(path: str, text: str | Iterable[str]) -> None:
    """Write a file as a whole: a reader sees the old content or the new, never a part. Raises ConfigError.

    Devices and pipes are written to as they are.
    """
    named = Path(path)
    try:
        if named.exists() and not named.is_file():
            with named.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(_blocks(text))
            return
        target = Path(os.path.realpath(path))
        partial = target.with_name(f".dyncheck-{os.urandom(8).hex()}.tmp")
        try:
            with partial.open("x", encoding="utf-8", newline="\n") as file:
                file.writelines(_blocks(text))
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error


def _blocks(text: str | Iterable[str]) -> Iterator[str]:
    """A text in blocks that are worth writing: short pieces are put together."""
    if isinstance(text, str):
        yield text
        return
    pieces: list[str] = []
    size = 0
    for piece in text:
        pieces.append(piece)
        size += len(piece)
        if size >= BLOCK:
            yield "".join(pieces)
            pieces, size = [], 0
    if pieces:
        yield "".join(pieces)


class StatusLine:
    """A line on standard error that is written again and again; nothing off terminals.

    It is wiped by blanks: older consoles of Windows take escape sequences for text.
    """

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled and is_terminal(sys.stderr)
        self._width = 0

    def show(self, text: str) -> None:
        """Put a text in place of the one before, as much of it as the terminal has columns for."""
        text = text[: terminal_width() - 1]
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def clear(self) -> None:
        """Remove the line."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0


class Progress:
    """A line on standard error that says how far a long scan is; quiet in its first second, and off terminals."""

    PATIENCE: Final = 1.0
    INTERVAL: Final = 0.1

    def __init__(self, enabled: bool) -> None:
        self._line = StatusLine(enabled)
        self._next = time.monotonic() + self.PATIENCE

    def __call__(self, resources: int) -> None:
        """Say that so many resources have been judged."""
        if self._line.enabled and time.monotonic() >= self._next:
            self._next = time.monotonic() + self.INTERVAL
            self._line.show(f"scanning… {resources:,} resources judged")

    def clear(self) -> None:
        """Remove the line."""
        self._line.clear()
