"""The names that expressions of a module can use, each looked up only when used."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dyncheck.parsers.terraform.names import Scope
from dyncheck.parsers.terraform.tfvalues import LazyObject
from dyncheck.parsers.terraform.treefiles import TreeFiles
from dyncheck.values import unknown

if TYPE_CHECKING:
    from dyncheck.parsers.terraform.modules import Module


class Namespace(LazyObject):
    """Names under a root name, such as ``var`` or a resource type."""

    def __init__(self, label: str, lookup: Callable[[str], Any]) -> None:
        self._label = label
        self._lookup = lookup

    def get(self, name: str) -> Any:
        """The value of one name."""
        return self._lookup(name)

    def force(self) -> Any:
        """A namespace is no value by itself."""
        return unknown(self._label)


class ModuleScope:
    """The names at the top of a module: ``var``, ``local``, ``module``, ``data``, ``path``, resource types …"""

    def __init__(self, module: Module, files: TreeFiles) -> None:
        self._module = module
        self.files = files
        self._namespaces: dict[str, LazyObject] = {}

    def root(self, name: str) -> Any:
        """The namespace of that name; every other name is a resource type."""
        found = self._namespaces.get(name)
        if found is None:
            found = self._namespaces[name] = self._namespace(name)
        return found

    def _namespace(self, name: str) -> LazyObject:
        module = self._module
        lookups: dict[str, Callable[[str], Any]] = {
            "var": module.variable,
            "local": module.local,
            "module": module.call,
            "data": lambda kind: Namespace(f"data.{kind}", lambda label: module.data(kind, label)),
            "path": self._path,
            "terraform": self._terraform,
            "tofu": self._terraform,
            "each": lambda part: unknown(f"each.{part}"),
            "count": lambda part: unknown(f"count.{part}"),
            "self": lambda part: unknown(f"self.{part}"),
        }
        return Namespace(name, lookups.get(name) or (lambda label: module.resource(name, label)))

    def _path(self, part: str) -> Any:
        root, here = self._module.root.directory.path, self._module.directory.path
        if part == "root":
            return "."
        if part == "module":
            return posixpath.relpath(here, root)
        return unknown(f"path.{part}")

    def _terraform(self, part: str) -> Any:
        if part == "workspace":
            return self._module.program.workspace(self._module.root.directory.path)
        return unknown(f"terraform.{part}")


class InstanceScope:
    """The names inside one instance of a block: ``each`` or ``count`` besides those of the module."""

    def __init__(self, outer: Scope, names: dict[str, dict[str, Any]]) -> None:
        self._outer = outer
        self._names = names
        self.files = outer.files

    def root(self, name: str) -> Any:
        """The instance's own name, else the module's."""
        return self._names[name] if name in self._names else self._outer.root(name)
