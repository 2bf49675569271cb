"""Input variables: their values in a root module, converted to their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

from dyncheck.errors import ParseError
from dyncheck.model import Problem
from dyncheck.parsers.terraform.constraints import ANY, Constraint, convert_to, is_primitive, read_constraint
from dyncheck.parsers.terraform.evaluate import evaluate
from dyncheck.parsers.terraform.grammar import Grammar
from dyncheck.parsers.terraform.syntax import Block, Expr, Literal
from dyncheck.parsers.terraform.tfvalues import invalid
from dyncheck.parsers.terraform.tfvars import Given, VariableOptions, given_values
from dyncheck.parsers.terraform.treefiles import NoFiles, TreeFiles
from dyncheck.values import unknown

Ref = TypeVar("Ref")


class VariableBlocks(Protocol[Ref]):
    """A module's blocks, as far as variables need them."""

    def refs(self, block_type: str, *labels: str) -> tuple[Ref, ...]:
        """The blocks of a type with these first labels."""
        ...

    def block(self, ref: Ref) -> Block | None:
        """The block itself; None where it cannot be parsed."""
        ...


class LiteralScope:
    """The scope of what must be literal: default values, types, variable files. No name means anything in it."""

    files: TreeFiles = NoFiles()

    def root(self, name: str) -> Any:
        """An error: Terraform allows no references here."""
        return invalid(f"a reference to {name[:60]!r} is not allowed here")


def convert(value: Any, type_expr: Expr) -> Any:
    """A value as a variable's ``type`` wants it. Unknown stays; Invalid where Terraform refuses the value."""
    return _converted(value, read_constraint(type_expr))


def _converted(value: Any, constraint: Constraint) -> Any:
    return convert_to(value, constraint, _literal)


def _literal(expr: Expr) -> Any:
    return evaluate(expr, LiteralScope())


def load_variable_values(
    directory: VariableBlocks[Ref], options: VariableOptions, files: TreeFiles, grammar: Grammar
) -> RootVariables[Ref]:
    """The variables of a root module; ``files.base`` is its directory, ``grammar`` reads the values."""
    given = given_values(options, files, LiteralScope(), grammar)
    return RootVariables(directory, given.values, given.problems, grammar)


class RootVariables(Mapping[str, Any], Generic[Ref]):
    """The values of a root module's variables by name, each worked out when it is first asked for.

    Those that are declared, and those that are given a value though no scanned file declares them. A variable without
    a value is Unknown because ``var.name``. ``problems`` are the variable files that could not be read.
    """

    def __init__(
        self,
        directory: VariableBlocks[Ref],
        given: Mapping[str, Given],
        problems: tuple[Problem, ...],
        grammar: Grammar,
    ) -> None:
        self.problems = problems
        self._grammar = grammar
        self._directory = directory
        self._given = given
        self._scope = LiteralScope()
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        if name not in self._values:
            self._values[name] = self._value(name)
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._given or bool(self._directory.refs("variable", name)))

    def __iter__(self) -> Iterator[str]:
        labels = {ref.labels[0]: None for ref in self._directory.refs("variable") if ref.labels}  # type: ignore[attr-defined]
        return iter({**labels, **dict.fromkeys(self._given)})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _value(self, name: str) -> Any:
        refs = self._directory.refs("variable", name)
        block = self._directory.block(refs[-1]) if refs else None
        kind = _expression(block, "type")
        constraint = ANY if kind is None else read_constraint(kind)
        if name in self._given:
            value = _converted(self._given_value(name, kind is not None, constraint), constraint)
            if value is not None or not _refuses_null(block):
                return value
        default = _expression(block, "default")
        if default is None:
            return unknown(f"var.{name}", symbol=f"var.{name}")
        return _converted(evaluate(default, self._scope), constraint)

    def _given_value(self, name: str, typed: bool, constraint: Constraint) -> Any:
        given = self._given[name]
        if given.text is None:
            return given.value
        # A string on the command line is an expression for every type but the primitive ones.
        if not typed or is_primitive(constraint):
            return given.text
        try:
            expr = self._grammar.parse_expression(given.text, (0, 1, 0, 1))
        except ParseError as error:
            return invalid(f"the value given for var.{name}: {error.message}")
        return evaluate(expr, self._scope)


def _expression(block: Block | None, name: str) -> Expr | None:
    attribute = block.attribute(name) if block is not None else None
    return None if attribute is None else attribute.expr


def _refuses_null(block: Block | None) -> bool:
    return _expression(block, "nullable") == Literal(False)
