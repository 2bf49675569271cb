"""Where a planned resource is declared: the blocks of the source beside a plan, found by module and name."""

from __future__ import annotations

import re
from typing import Any

from dyncheck.location import Location, Related
from dyncheck.parsers.terraform.body import BlockBody
from dyncheck.parsers.terraform.configuration import Configuration
from dyncheck.parsers.terraform.module_directory import BlockRef, ModuleDirectory
from dyncheck.parsers.terraform.program import join_path
from dyncheck.parsers.terraform.syntax import Literal, Position
from dyncheck.parsers.terraform.treefiles import TreeFiles
from dyncheck.values import unknown

_CALL = re.compile(r"module\.([\w-]+)")


class _NoScope:
    """A scope in which nothing has a meaning: the document gives the values, the source only the places."""

    def __init__(self, files: TreeFiles) -> None:
        self.files = files

    def root(self, name: str) -> Any:
        """Unknown by its name."""
        return unknown(name)


class Origins:
    """The source of a plan: ``directory`` is its root module, relative to the configuration's root."""

    def __init__(self, configuration: Configuration, directory: str) -> None:
        self._configuration = configuration
        self._directory = directory
        self._scope = _NoScope(TreeFiles(configuration.root, directory))

    def body(self, module: str, kind: str, name: str) -> BlockBody | None:
        """The block that declares a resource, with its places; None where the source does not have it."""
        directory = self._configuration.module(self._directory)
        calls: tuple[Related, ...] = ()
        for call in _CALL.findall(re.sub(r"\[[^\]]*\]", "", module)):
            found = None if directory is None else _called(directory, call)
            if directory is None or found is None:
                return None
            ref, path = found
            block = directory.block(ref)
            assert block is not None
            calls = (Related(directory.span(ref, block.header), f"called here as module.{call}"), *calls)
            directory = self._configuration.module(path)
        if directory is None:
            return None
        for ref in directory.refs("resource", kind, name):
            block = directory.block(ref)
            if block is not None:
                return BlockBody(block, self._scope, _locator(directory, ref, calls))
        return None


def _locator(directory: ModuleDirectory, ref: BlockRef, calls: tuple[Related, ...]) -> Any:
    def locate(position: Position) -> Location:
        return Location(directory.span(ref, position), calls)

    return locate


def _called(directory: ModuleDirectory, name: str) -> tuple[BlockRef, str] | None:
    """The block of a module call and the local directory that it names."""
    for ref in directory.refs("module", name):
        block = directory.block(ref)
        source = block.attribute("source") if block is not None else None
        if source is not None and isinstance(source.expr, Literal) and isinstance(source.expr.value, str):
            path = join_path(directory.path, source.expr.value) if source.expr.value.startswith(".") else None
            if path is not None:
                return ref, path
    return None
