"""The files that Terraform functions may read: those inside the scanned tree, and nothing else.

Symbolic links are resolved first, so that neither ``../`` nor a link leads outside. Sizes and counts are bounded.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from dyncheck.parsers.reads import Reads
from dyncheck.values import Unknown, unknown

MAX_BYTES: Final = 4 << 20
"""A file larger than this is not read."""

MAX_ENTRIES: Final = 20_000
"""Directory entries that one ``fileset`` may visit."""

_MAX_PATTERN: Final = 256


class TreeFiles:
    """Files below ``root``; relative paths start from ``base``, a directory relative to the root.

    Every answer is Unknown where a path leads outside of the root or a file cannot be read. An answer is kept, so that
    a file that a loop reads again is read once.
    """

    def __init__(self, root: Path, base: str = ".") -> None:
        self.root = Path(os.path.realpath(root))
        self.base = base
        self._contents: dict[Path, bytes | Unknown] = {}
        self._reads: Reads | None = None
        self._reader = ""

    def noted(self, reads: Reads, reader: str) -> TreeFiles:
        """The same files, which a module reads from here on: note what it reads."""
        files = TreeFiles(self.root, self.base)
        files._contents, files._reads, files._reader = self._contents, reads, reader
        return files

    def within(self, base: str) -> TreeFiles:
        """The same tree seen from another directory, relative to the root."""
        return TreeFiles(self.root, base)

    def read_bytes(self, path: str) -> bytes | Unknown:
        """The content of a file. Because ``file "x" (not in the scanned tree)`` where it is not to be had."""
        found = self._locate(path)
        if isinstance(found, Unknown):
            return found
        if found not in self._contents:
            self._contents[found] = _read(found, path)
        return self._contents[found]

    def read(self, path: str) -> str | Unknown:
        """The content of a UTF-8 text file."""
        content = self.read_bytes(path)
        if isinstance(content, Unknown):
            return content
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return unknown(f"file {_short(path)} (not UTF-8)")

    def exists(self, path: str) -> bool | Unknown:
        """Whether there is a regular file of that name."""
        found = self._locate(path)
        return found if isinstance(found, Unknown) else found.is_file()

    def fileset(self, directory: str, pattern: str) -> list[str] | Unknown:
        """The regular files below a directory whose path matches a pattern of ``*``, ``**``, ``?``, ``{a,b}``."""
        start = self._locate(directory)
        if isinstance(start, Unknown):
            return start
        compiled = glob_pattern(pattern)
        if compiled is None:
            return unknown(f"fileset pattern {_short(pattern)} (not understood)")
        if self._reads is not None:
            self._reads.note_set(self._reader, self._relative(start), compiled)
        deep = "**" in pattern
        levels = pattern.count("/")
        found: list[str] = []
        visited = 0
        for folder, folders, names in os.walk(start):
            relative = Path(folder).relative_to(start).as_posix()
            prefix = "" if relative == "." else relative + "/"
            if not deep and prefix.count("/") >= levels:
                folders.clear()
            folders.sort()
            visited += len(folders) + len(names)
            if visited > MAX_ENTRIES:
                return unknown(f"fileset {_short(directory)} (too many files)")
            for name in names:
                if compiled.fullmatch(prefix + name) and self.exists(f"{folder}/{name}") is True:
                    found.append(prefix + name)
        return sorted(found)

    def _locate(self, path: str) -> Path | Unknown:
        outside = unknown(f"file {_short(path)} (not in the scanned tree)")
        if "\0" in path or path.startswith("~"):
            return outside
        try:
            resolved = Path(os.path.realpath(self.root / self.base / path))
        except (OSError, ValueError):
            return outside
        if not resolved.is_relative_to(self.root):
            return outside
        if self._reads is not None:
            self._reads.note_file(self._reader, self._relative(resolved))
        return resolved

    def _relative(self, place: Path) -> str:
        return place.relative_to(self.root).as_posix()


class NoFiles(TreeFiles):
    """The files of an expression that may not read any."""

    def __init__(self) -> None:
        super().__init__(Path())

    def _locate(self, path: str) -> Path | Unknown:
        return unknown(f"file {_short(path)} (not in the scanned tree)")


def _read(path: Path, shown: str) -> bytes | Unknown:
    try:
        if not path.is_file():
            return unknown(f"file {_short(shown)} (not found)")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError:
        return unknown(f"file {_short(shown)} (cannot be read)")
    return content if len(content) <= MAX_BYTES else unknown(f"file {_short(shown)} (too large)")


def _short(text: str) -> str:
    return f'"{text}"' if len(text) <= 80 else f'"…{text[-79:]}"'


def glob_pattern(pattern: str) -> re.Pattern[str] | None:
    """A ``fileset`` pattern as a regular expression; None where it is malformed."""
    if len(pattern) > _MAX_PATTERN:
        return None
    out: list[str] = []
    position = 0
    braces = 0
    while position < len(pattern):
        char = pattern[position]
        if pattern.startswith("**/", position):
            out.append("(?:[^/]+/)*")
            position += 3
            continue
        if pattern.startswith("**", position):
            out.append(".*")
            position += 2
            continue
        if char == "[":
            end = pattern.find("]", position + 2)
            if end < 0:
                return None
            body = pattern[position + 1 : end].replace("\\", "\\\\")
            out.append(f"[{'^' + body[1:] if body[0] in '!^' else body}]")
            position = end + 1
            continue
        if char == "\\" and position + 1 < len(pattern):
            out.append(re.escape(pattern[position + 1]))
            position += 2
            continue
        if char == "{":
            braces += 1
        elif char == "}":
            braces -= 1
        out.append(_GLOB.get(char) or ("|" if char == "," and braces else re.escape(char)))
        position += 1
    try:
        return re.compile("".join(out), re.DOTALL) if braces == 0 else None
    except re.error:
        return None


_GLOB: Final = {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
