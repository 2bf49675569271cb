"""The syntax tree of an expression of the policy language, and the error of an expression.

Nodes are plain data, so that the bundle of the wheel can carry trees that were parsed and checked when it was built.
``at`` is the offset in the expression's text, in code points, where the node's own sign stands: an operator, a name,
the bracket of an index or a list.
"""

from __future__ import annotations

from typing import Literal as OneOf
from typing import Union

import msgspec

from dyncheck.policy.limits import NODES_PER_STEP

MacroName = OneOf["all", "exists", "exists_one", "filter", "map"]


class ExpressionError(Exception):
    """What is wrong with an expression, in one line, and the offset in its text."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class Literal(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A number, string, boolean or null."""

    value: Union[bool, int, float, str, None]
    at: int


class Name(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The resource, ``params``, the element of ``each``, or a variable of a macro."""

    name: str
    at: int


class Select(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """``operand.field``."""

    operand: Expression
    field: str
    at: int


class Index(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """``operand[index]``."""

    operand: Expression
    index: Expression
    at: int


class ListOf(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """``[a, b]``."""

    items: tuple[Expression, ...]
    at: int


class Unary(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """``!a`` or ``-a``."""

    operator: str
    operand: Expression
    at: int


class Binary(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """An arithmetic operator, a comparison, or ``in``."""

    operator: str
    left: Expression
    right: Expression
    at: int


class Logical(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """``a && b && c`` or ``a || b || c``."""

    operator: str
    operands: tuple[Expression, ...]
    at: int


class Conditional(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """``test ? yes : no``."""

    test: Expression
    yes: Expression
    no: Expression
    at: int


class Call(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """``f(a, b)``, or ``a.f(b)`` with the receiver as the first argument and ``method`` set."""

    function: str
    arguments: tuple[Expression, ...]
    method: bool
    at: int


class Macro(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """``target.name(variable, body)``: a walk over a list."""

    name: MacroName
    target: Expression
    variable: str
    body: Expression
    at: int


Expression = Union[Literal, Name, Select, Index, ListOf, Unary, Binary, Logical, Conditional, Call, Macro]


def is_empty_list(node: Expression) -> bool:
    """Whether an expression is ``[]``."""
    return isinstance(node, ListOf) and not node.items


def children(node: Expression) -> tuple[Expression, ...]:
    """The nodes directly below a node, from left to right."""
    if isinstance(node, (Literal, Name)):
        return ()
    if isinstance(node, (Select, Unary)):
        return (node.operand,)
    if isinstance(node, Index):
        return (node.operand, node.index)
    if isinstance(node, ListOf):
        return node.items
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Logical):
        return node.operands
    if isinstance(node, Conditional):
        return (node.test, node.yes, node.no)
    if isinstance(node, Call):
        return node.arguments
    return (node.target, node.body)


def toll(node: Expression) -> int:
    """The steps that going through an expression once counts for, without the rounds of the loops in it."""
    parts = 0
    pending = [node]
    while pending:
        current = pending.pop()
        parts += 1
        pending.extend((current.target,) if isinstance(current, Macro) else children(current))
    return 1 + parts // NODES_PER_STEP


def depth(node: Expression) -> int:
    """How many levels a tree has."""
    deepest = 0
    pending = [(node, 1)]
    while pending:
        current, level = pending.pop()
        deepest = max(deepest, level)
        pending.extend((child, level + 1) for child in children(current))
    return deepest


def render(node: Expression) -> str:
    """A node as text: the same text for the same expression, however it was spaced."""
    if isinstance(node, Literal):
        return _render_literal(node.value)
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Select):
        return f"{render(node.operand)}.{node.field}"
    if isinstance(node, Index):
        return f"{render(node.operand)}[{render(node.index)}]"
    if isinstance(node, ListOf):
        return f"[{', '.join(map(render, node.items))}]"
    if isinstance(node, Unary):
        return f"{node.operator}{_grouped(node.operand)}"
    if isinstance(node, Binary):
        return f"{_grouped(node.left)} {node.operator} {_grouped(node.right)}"
    if isinstance(node, Logical):
        return f" {node.operator} ".join(map(_grouped, node.operands))
    if isinstance(node, Conditional):
        return f"{_grouped(node.test)} ? {_grouped(node.yes)} : {_grouped(node.no)}"
    if isinstance(node, Macro):
        return f"{render(node.target)}.{node.name}({node.variable}, {render(node.body)})"
    if node.method:
        return f"{render(node.arguments[0])}.{node.function}({', '.join(map(render, node.arguments[1:]))})"
    return f"{node.function}({', '.join(map(render, node.arguments))})"


def _grouped(node: Expression) -> str:
    text = render(node)
    return f"({text})" if isinstance(node, (Binary, Logical, Conditional)) else text


def _render_literal(value: bool | int | float | str | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return repr(value)
