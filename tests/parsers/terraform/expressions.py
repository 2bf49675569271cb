"""Evaluates expressions given as text, with variables that are known, or unknown as Terraform code has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dyncheck.parsers.terraform.evaluate import LazyObject, evaluate
from dyncheck.parsers.terraform.grammar import Grammar
from dyncheck.parsers.terraform.syntax import Expr
from dyncheck.parsers.terraform.treefiles import NoFiles, TreeFiles
from dyncheck.values import Unknown, unknown

_GRAMMAR = Grammar()


class Variables(LazyObject):
    """``var``: the given values; every other name is a variable without a value."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def get(self, name: str) -> Any:
        return self.values[name] if name in self.values else unset(name)

    def force(self) -> Any:
        return unknown("var")


class Names:
    """A scope of ``var`` and of further root names."""

    def __init__(self, variables: Mapping[str, Any], files: TreeFiles | None = None, **roots: Any) -> None:
        self.files = files or NoFiles()
        self.roots = {"var": Variables(variables), **roots}

    def root(self, name: str) -> Any:
        return self.roots[name] if name in self.roots else unknown(name)


def unset(name: str) -> Unknown:
    """A variable without a value."""
    return unknown(f"var.{name}", symbol=f"var.{name}")


def expression(text: str) -> Expr:
    """The syntax tree of one expression."""
    return _GRAMMAR.parse_body(f"x = {text}\n").attributes[0].expr


def value(text: str, files: TreeFiles | None = None, /, **variables: Any) -> Any:
    """The value of one expression."""
    return evaluate(expression(text), Names(variables, files))


def tree(path: Path, base: str = ".") -> TreeFiles:
    """The files below a path."""
    return TreeFiles(path, base)
