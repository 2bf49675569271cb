"""Which files code reads besides its own, and which modules it takes values from: what a change of them touches."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable


class Reads:
    """Notes taken while values are worked out. Paths are relative to the root of the scan, POSIX.

    A reader is a Terraform module by its directory, or a CloudFormation stack by its root template. ``sought``: the
    changed files that are no Terraform code; with none of them, nobody has to look for their readers.
    """

    def __init__(self, sought: Iterable[str] = ()) -> None:
        self.sought = frozenset(sought)
        self._files: defaultdict[str, set[str]] = defaultdict(set)
        self._sets: defaultdict[tuple[str, re.Pattern[str]], set[str]] = defaultdict(set)
        self._modules: defaultdict[str, set[str]] = defaultdict(set)

    def note_file(self, reader: str, path: str) -> None:
        """A file is read, or looked for."""
        self._files[path].add(reader)

    def note_set(self, reader: str, directory: str, pattern: re.Pattern[str]) -> None:
        """The files below a directory are listed whose paths from there match a pattern."""
        self._sets[directory, pattern].add(reader)

    def note_module(self, reader: str, module: str) -> None:
        """A module's outputs are asked for."""
        self._modules[module].add(reader)

    def readers(self, path: str) -> set[str]:
        """Who has read a file, or listed it."""
        found = set(self._files.get(path, ()))
        for (directory, pattern), readers in self._sets.items():
            prefix = "" if directory == "." else f"{directory}/"
            if path.startswith(prefix) and pattern.fullmatch(path.removeprefix(prefix)):
                found |= readers
        return found

    def users(self, modules: Iterable[str]) -> set[str]:
        """The modules that take values from some modules, directly or through others."""
        pending = list(modules)
        found: set[str] = set()
        while pending:
            for reader in self._modules.get(pending.pop(), ()):
                if reader not in found:
                    found.add(reader)
                    pending.append(reader)
        return found
