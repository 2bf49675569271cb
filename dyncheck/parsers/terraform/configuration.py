"""The Terraform files of a repository: which directories can matter, and each of them as a module."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from dyncheck.errors import ParseError
from dyncheck.model import Problem
from dyncheck.parsers.files import FileSet, decode, read_bytes, terraform_files
from dyncheck.parsers.terraform.blocks import BlockIndex, index_blocks
from dyncheck.parsers.terraform.cache import Cache
from dyncheck.parsers.terraform.grammar import Grammar
from dyncheck.parsers.terraform.hcl.shapes import Shapes
from dyncheck.parsers.terraform.module_directory import BlockRef, ModuleDirectory
from dyncheck.parsers.terraform.syntax import Block

__all__ = ["BlockRef", "Configuration", "ModuleDirectory"]

# Not plain "dynamodb": the state backend of nearly every root module has a ``dynamodb_table``.
_NEEDLES: Final = (b"aws_dynamodb", b"aws_dax", b'"dynamodb"')
_MODULE_CALL: Final = re.compile(rb'^[ \t{]*"?module\b', re.MULTILINE)
_SOURCE: Final = re.compile(rb'"?\bsource"?[ \t]*[=:][ \t]*"([^"\n]+)"')
_PROVIDER_SOURCE: Final = re.compile(rb"[\w.-]+/[\w.-]+\Z")
_READING: Final = re.compile(rb"file\w*\s*\(|\b(?:local|template)_\w*file\b")
"""A function that reads a file, or a data source that does."""
_BRACKETS: Final = ((b"{", b"}"), (b"[", b"]"), (b"(", b")"))


class _Sight(msgspec.Struct, frozen=True):
    """What a look at a directory's bytes tells: whether it matters by itself, and the directories that it calls."""

    matters: bool
    calls: frozenset[str]
    contents: dict[str, bytes]


class _Failure(msgspec.Struct, frozen=True):
    """What keeps a block from being parsed, for every file that holds it."""

    message: str
    line: int
    column: int


class Configuration:
    """The modules below ``root``. A file is read once, and a block parsed once however many files hold it."""

    def __init__(self, root: Path, cache: Cache | None = None) -> None:
        self.root = root
        self._real_root = os.path.realpath(root)
        self._cache = cache
        self._problems: dict[Problem, None] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._contents: dict[str, dict[str, bytes]] = {}
        self._modules: dict[str, ModuleDirectory | None] = {}
        self._indexes: dict[str, BlockIndex] = {}
        self._blocks: dict[tuple[str, int], Block | _Failure] = {}
        self._grammar: Grammar | None = None
        self._shapes = Shapes()

    @property
    def problems(self) -> list[Problem]:
        """What could not be read or parsed so far, each once."""
        return list(self._problems)

    def report(self, problem: Problem) -> None:
        """Add a problem."""
        self._problems[problem] = None

    # ---- which directories matter -------------------------------------------------------------------------------

    def relevant(self, file_set: FileSet) -> tuple[str, ...]:
        """The directories of a scan that name DynamoDB or DAX, or call modules that do or that are not at hand.

        Looks at bytes only. Files of the others are not parsed, but broken brackets in them are a problem all the same.
        """
        self._names.update(file_set.terraform_dirs)
        sights: dict[str, _Sight] = {}
        pending = list(file_set.terraform_dirs)
        while pending:
            path = pending.pop()
            if path not in sights:
                sights[path] = self._look_at(path)
                pending.extend(sights[path].calls)
        wanted = _leading_to({path for path, sight in sights.items() if sight.matters}, sights)
        for path, sight in sights.items():
            if path in wanted:
                self._contents[path] = sight.contents
            elif path in file_set.terraform_dirs:
                self._check_brackets(path, sight.contents)
        return tuple(path for path in file_set.terraform_dirs if path in wanted)

    def reads_files(self, path: str) -> bool:
        """Whether the code in a directory may read files that are no code."""
        contents = (self._read(path, name) for name in self._terraform_files(path))
        return any(data is not None and _READING.search(data) for data in contents)

    def _look_at(self, path: str) -> _Sight:
        matters = False
        calls: set[str] = set()
        contents: dict[str, bytes] = {}
        for name in self._terraform_files(path):
            data = self._read(path, name)
            if data is None:
                continue
            contents[name] = data
            matters = matters or any(needle in data for needle in _NEEDLES)
            if b"module" in data and _MODULE_CALL.search(data):
                for source in _SOURCE.findall(data):
                    if source.startswith((b"./", b"../")):
                        calls.add(posixpath.normpath(posixpath.join(path, source.decode("utf-8", "replace"))))
                    elif not _PROVIDER_SOURCE.match(source):
                        matters = True
        inside = frozenset(call for call in calls if call != ".." and not call.startswith(("../", "/")))
        return _Sight(matters, inside, contents)

    def _check_brackets(self, path: str, contents: dict[str, bytes]) -> None:
        """Report what is broken in files that are not parsed: cheap signs first, the block index only after them."""
        for name, data in contents.items():
            if b"\0" in data or any(data.count(opening) != data.count(closing) for opening, closing in _BRACKETS):
                text = self._text(path, name, data)
                if text is not None and not name.endswith(".json"):
                    for issue in self.index(text).issues:
                        self.report(Problem(_join(path, name), issue.line, issue.column, issue.message))

    # ---- modules ------------------------------------------------------------------------------------------------

    def module(self, path: str) -> ModuleDirectory | None:
        """The module in a directory below the root; None if there are no Terraform files, or it lies outside."""
        if path not in self._modules:
            self._modules[path] = self._module(path)
        return self._modules[path]

    def _module(self, path: str) -> ModuleDirectory | None:
        names = self._terraform_files(path)
        if not names:
            return None
        contents = self._contents.pop(path, None)
        if contents is None:
            contents = {name: data for name in names if (data := self._read(path, name)) is not None}
        texts = [(name, self._text(path, name, data)) for name, data in contents.items()]
        return ModuleDirectory(path, [(name, text) for name, text in texts if text is not None], self)

    def _terraform_files(self, path: str) -> tuple[str, ...]:
        names = self._names.get(path)
        if names is None:
            names = self._names[path] = self._list(path)
        return names

    def _list(self, path: str) -> tuple[str, ...]:
        location = os.path.realpath(self.root / path)
        if location != self._real_root and not location.startswith(self._real_root.rstrip(os.sep) + os.sep):
            return ()
        try:
            return terraform_files(os.listdir(location))
        except OSError:
            return ()

    def _read(self, path: str, name: str) -> bytes | None:
        try:
            return read_bytes(f"{self._real_root}/{path}/{name}")
        except OSError as error:
            reason = error.strerror or type(error).__name__
        except ValueError as error:
            reason = str(error)
        self.report(Problem(_join(path, name), 1, 1, f"cannot be read: {reason}"))
        return None

    def _text(self, path: str, name: str, data: bytes) -> str | None:
        notes: list[Problem] = []
        text = decode(data, _join(path, name), notes)
        for problem in (*notes, *(() if isinstance(text, str) else (text,))):
            self.report(problem)
        return text if isinstance(text, str) else None

    # ---- parsing ------------------------------------------------------------------------------------------------

    @property
    def grammar(self) -> Grammar:
        """The grammar, with what earlier runs have learnt."""
        if self._grammar is None:
            self._shapes = Shapes(self._cache.load() if self._cache is not None else None)
            self._grammar = Grammar(self._shapes)
        return self._grammar

    def index(self, text: str) -> BlockIndex:
        """The block index of a text, made once for all files that have it."""
        known = self._indexes.get(text)
        if known is None:
            known = self._indexes[text] = index_blocks(text)
        return known

    def block(self, text: str, first_line: int) -> Block:
        """The block that fills a text, parsed once for all files that hold it. Raises ParseError."""
        known = self._blocks.get((text, first_line))
        if known is None:
            try:
                known = self.grammar.parse_block(text, first_line)
            except ParseError as error:
                known = _Failure(error.message, error.line, error.column)
            self._blocks[text, first_line] = known
            learnt = self._shapes.take_learnt()
            if learnt and self._cache is not None:
                self._cache.add(learnt)
        if isinstance(known, _Failure):
            raise ParseError(known.message, path="", line=known.line, column=known.column)
        return known


def _join(path: str, name: str) -> str:
    return name if path == "." else f"{path}/{name}"


def _leading_to(targets: Iterable[str], sights: dict[str, _Sight]) -> set[str]:
    """The targets, and every directory that calls one of them, directly or through others."""
    callers: dict[str, list[str]] = {}
    for path, sight in sights.items():
        for call in sight.calls:
            callers.setdefault(call, []).append(path)
    reached = set(targets)
    pending = list(reached)
    while pending:
        for caller in callers.get(pending.pop(), ()):
            if caller not in reached:
                reached.add(caller)
                pending.append(caller)
    return reached
