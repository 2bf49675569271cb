"""From a checked tree to a closure that evaluates it: three-valued, bounded, without any Python code of the rule."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, Final

from dyncheck.policy import closures
from dyncheck.policy.closures import Fetch
from dyncheck.policy.frames import ELEMENT, Closure
from dyncheck.policy.functions import FUNCTIONS, PATTERN_COMPILERS, pattern_machine
from dyncheck.policy.macros import MACROS
from dyncheck.policy.operations import field_of, item_at
from dyncheck.policy.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    Name,
    Select,
    Unary,
    toll,
)
from dyncheck.values import Choice, OpenList, Unknown

Slots = Mapping[str, int]

FOREIGN: Final = frozenset(
    name for kind in (dict, tuple, str, int, float, OpenList, Unknown, Choice) for name in dir(kind)
)
"""Attributes of values that are no model objects: a field of such a name is looked up with care."""


def compile_expression(node: Expression, slots: Slots, params: Mapping[str, Any]) -> Closure:
    """The closure of a checked tree. ``slots``: the frame's place of each name; ``params``: their values, built in."""
    return _Compiler({name: frozen(value) for name, value in params.items()}).compile(node, slots)


def frozen(value: Any) -> Any:
    """A parameter's value as expressions see it: lists are tuples."""
    return tuple(frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


class _Compiler:
    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params

    def compile(self, node: Expression, slots: Slots) -> Closure:
        if isinstance(node, Literal):
            return closures.constant(node.value)
        if isinstance(node, (Name, Select)):
            return self._path(node, slots)
        if isinstance(node, Index):
            return closures.applied(item_at, self.compile(node.operand, slots), self.compile(node.index, slots))
        if isinstance(node, ListOf):
            return self._list(node, slots)
        if isinstance(node, Unary):
            operand = self.compile(node.operand, slots)
            return closures.negation(operand) if node.operator == "!" else closures.negative(operand)
        if isinstance(node, Binary):
            return self._binary(node, slots)
        if isinstance(node, Logical):
            operands = [self.compile(operand, slots) for operand in node.operands]
            return closures.all_of(operands) if node.operator == "&&" else closures.any_of(operands)
        if isinstance(node, Conditional):
            return closures.conditional(*(self.compile(part, slots) for part in (node.test, node.yes, node.no)))
        if isinstance(node, Call):
            return self._call(node, slots)
        return self._macro(node, slots)

    def _path(self, node: Name | Select, slots: Slots) -> Closure:
        field = _model_field(node, slots)
        if field is not None:
            return closures.fetched(*field, fields=_fields(node))
        if isinstance(node, Name):
            return operator.itemgetter(slots[node.name])
        if isinstance(node.operand, Name) and node.operand.name == "params":
            return closures.constant(self._params[node.field])
        owner, name = self.compile(node.operand, slots), node.field
        return lambda frame: field_of(owner(frame), name)

    def _list(self, node: ListOf, slots: Slots) -> Closure:
        if all(isinstance(item, Literal) for item in node.items):
            return closures.constant(tuple(item.value for item in node.items if isinstance(item, Literal)))
        items = [self.compile(item, slots) for item in node.items]
        return lambda frame: tuple([item(frame) for item in items])

    def _binary(self, node: Binary, slots: Slots) -> Closure:
        if node.operator in ("==", "!="):
            return self._equality(node, node.operator == "==", slots)
        if node.operator == "+":
            return closures.addition([self.compile(operand, slots) for operand in summands(node)])
        left, right = self.compile(node.left, slots), self.compile(node.right, slots)
        if node.operator == "in":
            return closures.membership(left, right)
        make = closures.ordered if node.operator in ("<", "<=", ">", ">=") else closures.arithmetic
        return make(node.operator, left, right)

    def _equality(self, node: Binary, same: bool, slots: Slots) -> Closure:
        left, field = self.compile(node.left, slots), _model_field(node.left, slots)
        if isinstance(node.right, Literal):
            if node.right.value is None:
                return closures.nullness(left, same)
            compared = closures.equality_to(left, node.right.value, same)
            return compared if field is None else closures.field_equality_to(field, node.right.value, compared, same)
        compared = closures.equality(left, self.compile(node.right, slots), same)
        other = _model_field(node.right, slots)
        if field is None or other is None:
            return compared
        return closures.equality_of_fields(field, other, compared, same)

    def _call(self, node: Call, slots: Slots) -> Closure:
        first = node.arguments[0]
        if node.function == "has" and isinstance(first, Select):
            return closures.presence(self.compile(first.operand, slots), first.field)
        if node.function in PATTERN_COMPILERS:
            pattern = constant_of(node.arguments[1], self._params)
            if isinstance(pattern, str):
                return closures.matching(self.compile(first, slots), pattern_machine(node.function, pattern))
        arguments = [self.compile(argument, slots) for argument in node.arguments]
        return closures.called(FUNCTIONS[node.function], arguments)

    def _macro(self, node: Macro, slots: Slots) -> Closure:
        slot = max(ELEMENT, *slots.values()) + 1
        target = self.compile(node.target, slots)
        body = self.compile(node.body, {**slots, node.variable: slot})
        return MACROS[node.name](target, slot, body, toll(node.body))


def constant_of(node: Expression, params: Mapping[str, Any]) -> Any:
    """The value of a literal or a parameter, else None."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Select) and isinstance(node.operand, Name) and node.operand.name == "params":
        return params[node.field]
    return None


def summands(node: Expression) -> list[Expression]:
    """The operands of a chain of ``+``, from left to right."""
    found: list[Expression] = []
    while isinstance(node, Binary) and node.operator == "+":
        found.insert(0, node.right)
        node = node.left
    return [node, *found]


def _fields(node: Expression) -> list[str]:
    fields: list[str] = []
    while isinstance(node, Select):
        fields.insert(0, node.field)
        node = node.operand
    return fields


def _model_field(node: Expression, slots: Slots) -> tuple[int, Fetch] | None:
    """The frame's place and the getter of a path of model fields; None for any other expression."""
    root = node
    while isinstance(root, Select):
        root = root.operand
    fields = _fields(node)
    if not fields or not isinstance(root, Name) or root.name not in slots or not FOREIGN.isdisjoint(fields):
        return None
    return slots[root.name], operator.attrgetter(".".join(fields))
