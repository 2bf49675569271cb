"""What all modules of one scan share: the configuration, the options, the problems met, and the bounds."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from dyncheck.location import Span
from dyncheck.model import Problem
from dyncheck.parsers.reads import Reads
from dyncheck.parsers.terraform.configuration import Configuration
from dyncheck.parsers.terraform.module_directory import BlockRef, ModuleDirectory
from dyncheck.parsers.terraform.syntax import Attribute
from dyncheck.parsers.terraform.treefiles import TreeFiles
from dyncheck.parsers.terraform.variables import RootVariables, load_variable_values
from dyncheck.values import Unknown, unknown

MAX_RESOURCES: Final = 10_000
"""Instances of resources and module calls in one root module, beyond which no more are made."""

_LISTED_SOURCES: Final = 12
_MAX_STATE_TEXT: Final = 4_000_000


class TerraformOptions(msgspec.Struct, frozen=True):
    """What the user gives besides the files: variable files, single variables, and the environment (``TF_VAR_*``).

    ``region``: of providers that name none.
    """

    var_files: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    environment: Mapping[str, str] = {}
    region: str | None = None


class Program:
    """The shared state of evaluating one configuration. Problems are noted once each.

    ``reads``: takes notes of what modules read, where anybody wants them.
    """

    def __init__(self, configuration: Configuration, options: TerraformOptions, reads: Reads | None = None) -> None:
        self.configuration = configuration
        self.options = options
        self.reads = reads
        self._problems: dict[Problem, None] = {}
        self._missing: dict[str, Span] = {}
        self._locals: dict[str, dict[str, tuple[BlockRef, Attribute]]] = {}
        self._variables: dict[str, RootVariables[BlockRef]] = {}
        self._downloads: dict[str, dict[str, str]] = {}
        self._made = 0

    # ---- problems and bounds ------------------------------------------------------------------------------------

    def report(self, span: Span, message: str) -> None:
        """Note a problem."""
        self._problems[Problem(span.path, span.line, span.column, message)] = None

    def missing_module(self, source: str, span: Span) -> None:
        """Note a module source that cannot be looked into."""
        self._missing[source] = min(span, self._missing.get(source, span))

    def problems(self) -> list[Problem]:
        """All problems, in a stable order; the missing module sources as one note."""
        found = list(self._problems)
        if self._missing:
            sources = sorted(self._missing)
            listed = ", ".join(source or "(unknown source)" for source in sources[:_LISTED_SOURCES])
            more = f" and {len(sources) - _LISTED_SOURCES} more" if len(sources) > _LISTED_SOURCES else ""
            first = min(self._missing.values())
            message = f"modules that are not in the scanned files were not looked into: {listed}{more}"
            found.append(Problem(first.path, first.line, first.column, message, "note"))
        return sorted(found)

    def start_root(self) -> None:
        """A new root module has the whole budget of instances."""
        self._made = 0

    def remaining(self) -> int:
        """How many more instances this root module may have."""
        return MAX_RESOURCES - self._made

    def spend(self, instances: int) -> None:
        """So many instances are made."""
        self._made += instances

    # ---- directories --------------------------------------------------------------------------------------------

    def directory(self, path: str) -> ModuleDirectory | None:
        """The module in a directory, if it holds one."""
        return self.configuration.module(path)

    def locals_of(self, directory: ModuleDirectory) -> dict[str, tuple[BlockRef, Attribute]]:
        """The locals of a module by name."""
        found = self._locals.get(directory.path)
        if found is None:
            found = {}
            for ref in directory.refs("locals"):
                block = directory.block(ref)
                for attribute in block.attributes if block is not None else ():
                    found[attribute.name] = (ref, attribute)
            self._locals[directory.path] = found
        return found

    def tree_files(self, base: str) -> TreeFiles:
        """The files that expressions may read, relative to the root module."""
        return TreeFiles(self.configuration.root, base)

    def locate_module(self, root: str, call_path: str, caller: ModuleDirectory, source: str) -> str | None:
        """The directory of a called module: a local path, or where ``terraform init`` has put it; None when neither."""
        if source.startswith(("./", "../")) or source in (".", ".."):
            return join_path(caller.path, source)
        return self._downloaded(root).get(call_path)

    def _downloaded(self, root: str) -> dict[str, str]:
        found = self._downloads.get(root)
        if found is None:
            found = _read_manifest(self.tree_files(root), root)
            self._downloads[root] = found
        return found

    # ---- variables and workspace --------------------------------------------------------------------------------

    def root_variable(self, directory: ModuleDirectory, name: str) -> Any:
        """The value of a root module's variable; one that no file declares is unknown by its name."""
        values = self._variables.get(directory.path)
        if values is None:
            files = self.tree_files(directory.path)
            values = load_variable_values(directory, self.options, files, self.configuration.grammar)
            self._variables[directory.path] = values
            self._problems.update(dict.fromkeys(values.problems))
        return values[name] if name in values else unknown(f"var.{name}", symbol=f"var.{name}")

    def workspace(self, root: str) -> str | Unknown:
        """The selected workspace, where it is selected in the environment or in the root module's directory."""
        chosen = self.options.environment.get("TF_WORKSPACE")
        if not chosen:
            text = self.tree_files(root).read(".terraform/environment")
            chosen = text.strip() if isinstance(text, str) else None
        return chosen or unknown("terraform.workspace", symbol="terraform.workspace")


def join_path(base: str, relative: str) -> str | None:
    """A path relative to a directory, as a path from the scan root; None when it leaves the root."""
    joined = posixpath.normpath(posixpath.join(base, relative))
    return None if joined == ".." or joined.startswith(("../", "/")) else joined


def _read_manifest(files: TreeFiles, root: str) -> dict[str, str]:
    """The directories of downloaded modules by call path, from ``.terraform/modules/modules.json``."""
    text = files.read(".terraform/modules/modules.json")
    if not isinstance(text, str) or len(text) > _MAX_STATE_TEXT:
        return {}
    try:
        entries = json.loads(text).get("Modules", [])
        pairs = [(str(entry["Key"]), join_path(root, str(entry["Dir"]))) for entry in entries]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return {key: path for key, path in pairs if key and path is not None}
