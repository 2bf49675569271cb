"""Which files a scan reads, and how their bytes become text."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from dyncheck.errors import ConfigError, ParseError
from dyncheck.model import Problem
from dyncheck.parsers.gitignore import Pattern, is_ignored, read_patterns

MAX_BYTES: Final = 10_000_000
"""Files larger than this are not read: the largest configuration file found in public repositories has 1.2 MB."""

_SKIPPED_DIRECTORIES: Final = frozenset({".git", ".hg", ".svn", ".terraform", ".terragrunt-cache", "node_modules"})
_TERRAFORM_SUFFIXES: Final = (".tf", ".tofu", ".tf.json", ".tofu.json")
_TEMPLATE_SUFFIXES: Final = (".yaml", ".yml", ".json", ".template")
_MAX_CONTROL_SHARE: Final = 0.01
_MAX_DEPTH: Final = 100
_TEXT_CONTROLS: Final = frozenset(b"\t\n\r\f\x1b")
_CONTROL_BYTES: Final = bytes(byte for byte in range(32) if byte not in _TEXT_CONTROLS) + b"\x7f"


class FileSet(msgspec.Struct, frozen=True):
    """The files of a scan. Paths are relative to ``root``, POSIX, "." for the root itself.

    ``terraform_dirs``: the Terraform files of each directory by name, a ``.tofu`` file in place of the ``.tf`` file
    that it replaces. ``templates``: files that may be templates. ``named``: files that the command line names.
    """

    root: Path
    terraform_dirs: dict[str, tuple[str, ...]]
    templates: tuple[str, ...]
    named: frozenset[str]
    problems: tuple[Problem, ...]
    count: int


def find_root(paths: Sequence[Path]) -> Path:
    """The git root above all of the paths, else the directory that holds them all (the current one for no paths).

    Raises ConfigError for paths on different drives of Windows, above which there is nothing.
    """
    places = [_real_place(path) for path in paths] or [Path.cwd().resolve()]
    try:
        common = Path(os.path.commonpath(places))
    except ValueError:
        drives = ", ".join(sorted({place.drive for place in places}))
        raise ConfigError(f"the paths are on different drives ({drives}); scan those of each by themselves") from None
    start = common if common.is_dir() else common.parent
    for candidate in (start, *start.parents):
        if os.path.lexists(candidate / ".git"):
            return candidate
    return start


def discover(paths: Sequence[Path], root: Path, *, exclude: Sequence[str] = ()) -> FileSet:
    """The files below the paths, without what ``.gitignore`` or ``exclude`` (patterns of the same kind) leave out.

    A path that is named itself is read even if it is ignored; of a named Terraform file the whole directory belongs to
    the scan, since it is one module. Symbolic links to directories are not followed, so that nothing is read twice.
    """
    return _Discovery(root.resolve(), exclude).run(paths)


def read_source(
    root: Path, path: str, *, max_bytes: int = MAX_BYTES, notes: list[Problem] | None = None
) -> str | Problem:
    """The text of a file: without a byte order mark, with plain newlines; or the Problem that keeps it from being read.

    UTF-8, or UTF-16 with a byte order mark. Other bytes are read as Latin-1, which is said in ``notes``.
    """
    location = root / path
    try:
        if not Path(os.path.realpath(location)).is_relative_to(os.path.realpath(root)):
            return Problem(path, 1, 1, "not read: a link that leads out of the scanned directory")
        data = read_bytes(str(location), max_bytes)
    except OSError as error:
        return Problem(path, 1, 1, f"cannot be read: {error.strerror or type(error).__name__}")
    except ValueError as error:
        return Problem(path, 1, 1, f"cannot be read: {error}")
    return decode(data, path, notes)


def read_bytes(location: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file. Raises OSError, or ValueError for a file that is too large or not a regular one."""
    descriptor, size = _open(location, max_bytes)
    try:
        chunks = []
        remaining = max_bytes + 1
        while remaining > 0 and (chunk := os.read(descriptor, min(remaining, size + 1))):
            chunks.append(chunk)
            remaining -= len(chunk)
        return b"".join(chunks)
    finally:
        os.close(descriptor)


def open_regular(location: str, max_bytes: int) -> BinaryIO:
    """A regular file, open to be read piece by piece. Raises as :func:`read_bytes` does."""
    return open(_open(location, max_bytes)[0], "rb", buffering=0)


def _open(location: str, max_bytes: int) -> tuple[int, int]:
    """The descriptor and the size of a regular file."""
    descriptor = os.open(location, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= max_bytes:
        return descriptor, status.st_size
    os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    raise ValueError(f"{status.st_size / 1e6:.1f} MB are more than the limit of {max_bytes / 1e6:.0f} MB")


def unreadable(path: str, error: ParseError | OSError | ValueError) -> Problem:
    """The problem of a document that is not read, or not to its end."""
    if isinstance(error, ParseError):
        return Problem(path, error.line, error.column, error.message)
    return Problem(path, 1, 1, f"cannot be read: {getattr(error, 'strerror', None) or error}")


def decode(data: bytes, path: str, notes: list[Problem] | None = None) -> str | Problem:
    """The text of a file's bytes, as :func:`read_source` gives it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return _plain(data.decode("utf-16"))
        except UnicodeDecodeError:
            return Problem(path, 1, 1, "not text: neither UTF-8 nor UTF-16")
    if b"\0" in data or len(data) - len(data.translate(None, _CONTROL_BYTES)) > _MAX_CONTROL_SHARE * len(data):
        return Problem(path, 1, 1, "not text: the file holds binary data")
    try:
        return _plain(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        if notes is not None:
            notes.append(Problem(path, line, column, "not UTF-8: read as Latin-1", level="note"))
        return _plain(data.decode("latin-1"))


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def terraform_files(names: Sequence[str]) -> tuple[str, ...]:
    """Those of a directory's files that Terraform or OpenTofu reads, sorted; ``x.tofu`` replaces ``x.tf``."""
    found = {name for name in names if name.endswith(_TERRAFORM_SUFFIXES) and not _is_scratch(name)}
    replaced = {name.replace(".tofu", ".tf") for name in found if name.endswith((".tofu", ".tofu.json"))}
    return tuple(sorted(found - replaced))


def _is_scratch(name: str) -> bool:
    return name.startswith((".", "#")) or name.endswith(("~", "#"))


def _real_place(path: Path) -> Path:
    """The path with the links in its directories resolved; of a link itself the place where the link stands."""
    absolute = Path(os.path.abspath(path))
    return absolute.resolve() if absolute.is_dir() else absolute.parent.resolve() / absolute.name


class _Discovery:
    def __init__(self, root: Path, exclude: Sequence[str]) -> None:
        self._root = root
        self._excluded = read_patterns(exclude, ".")
        self._terraform: dict[str, set[str]] = {}
        self._templates: set[str] = set()
        self._named: set[str] = set()
        self._problems: list[Problem] = []
        self._seen: set[str] = set()

    def run(self, paths: Sequence[Path]) -> FileSet:
        for path in paths:
            place = _real_place(path)
            try:
                relative = place.relative_to(self._root).as_posix()
            except ValueError:
                self._problems.append(Problem(str(path), 1, 1, f"not read: it lies outside of {self._root}"))
                continue
            if place.is_dir():
                self._walk(relative)
            else:
                self._name_file(relative)
        directories = {path: terraform_files(tuple(self._terraform[path])) for path in sorted(self._terraform)}
        return FileSet(
            root=self._root,
            terraform_dirs=directories,
            templates=tuple(sorted(self._templates)),
            named=frozenset(self._named),
            problems=tuple(sorted(set(self._problems))),
            count=sum(map(len, directories.values())) + len(self._templates),
        )

    def _name_file(self, path: str) -> None:
        directory, _, name = path.rpartition("/")
        directory = directory or "."
        self._named.add(path)
        if name.endswith(_TERRAFORM_SUFFIXES):
            try:
                siblings = os.listdir(self._root / directory)
            except OSError as error:
                self._unreadable(directory, error)
                siblings = []
            files = terraform_files(siblings)
            self._terraform.setdefault(directory, set()).update(files or [name])
        else:
            self._templates.add(path)

    def _walk(self, start: str) -> None:
        """Every directory below ``start``, depth first, without recursion; the patterns travel with the directory."""
        pending = [(start, self._patterns_above(start), 0)]
        while pending:
            directory, patterns, depth = pending.pop()
            if directory in self._seen:
                continue
            self._seen.add(directory)
            try:
                with os.scandir(self._root / directory) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                self._unreadable(directory, error)
                continue
            if any(entry.name == ".gitignore" for entry in entries):
                patterns += self._read_ignore_file(directory)
            prefix = "" if directory == "." else f"{directory}/"
            for entry in entries:
                path = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if entry.name in _SKIPPED_DIRECTORIES or self._is_left_out(patterns, path, entry.name, True):
                        continue
                    if depth >= _MAX_DEPTH:
                        self._problems.append(Problem(path, 1, 1, f"not read: more than {_MAX_DEPTH} directories deep"))
                        continue
                    pending.append((path, patterns, depth + 1))
                elif entry.is_symlink() and os.path.isdir(entry.path):
                    if (self._root / directory).is_relative_to(os.path.realpath(entry.path)):
                        message = "not followed: a link to a directory that holds it"
                        self._problems.append(Problem(path, 1, 1, message, level="note"))
                elif entry.name.endswith(_TERRAFORM_SUFFIXES):
                    if self._is_wanted(entry, patterns, path):
                        self._terraform.setdefault(directory, set()).add(entry.name)
                elif entry.name.endswith(_TEMPLATE_SUFFIXES) and self._is_wanted(entry, patterns, path):
                    self._templates.add(path)

    def _is_wanted(self, entry: os.DirEntry[str], patterns: tuple[Pattern, ...], path: str) -> bool:
        if self._is_left_out(patterns, path, entry.name, False):
            return False
        if not entry.is_symlink():
            return True
        target = Path(os.path.realpath(entry.path))
        if not os.path.isfile(entry.path):
            if entry.name.endswith(_TERRAFORM_SUFFIXES) and not _is_scratch(entry.name):
                self._problems.append(Problem(path, 1, 1, "cannot be read: a link that leads to no file"))
            return False
        if not target.is_relative_to(self._root):
            message = "not read: a link that leads out of the scanned directory"
            self._problems.append(Problem(path, 1, 1, message, level="note"))
            return False
        return True

    def _is_left_out(self, patterns: tuple[Pattern, ...], path: str, name: str, directory: bool) -> bool:
        if not patterns and not self._excluded:
            return False
        return is_ignored(patterns, path, name, directory=directory) or is_ignored(
            self._excluded, path, name, directory=directory
        )

    def _patterns_above(self, start: str) -> tuple[Pattern, ...]:
        patterns = self._read_patterns(".", self._root / ".git" / "info" / "exclude")
        directory = "."
        for part in () if start == "." else start.split("/"):
            patterns += self._read_ignore_file(directory)
            directory = part if directory == "." else f"{directory}/{part}"
        return patterns

    def _read_ignore_file(self, directory: str) -> tuple[Pattern, ...]:
        return self._read_patterns(directory, self._root / directory / ".gitignore")

    def _read_patterns(self, base: str, file: Path) -> tuple[Pattern, ...]:
        try:
            text = read_bytes(str(file)).decode("utf-8", "replace")
        except (OSError, ValueError):
            return ()
        return read_patterns(text.splitlines(), base)

    def _unreadable(self, directory: str, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        self._problems.append(Problem(directory, 1, 1, f"the directory cannot be listed: {reason}"))
