"""Expressions back to Terraform's text, for the wording of conditions that have no better name."""

from __future__ import annotations

import json
from typing import Final

from dyncheck.parsers.terraform.syntax import (
    Binary,
    Call,
    Conditional,
    Expr,
    ForObject,
    ForTuple,
    GetAttr,
    Index,
    Literal,
    Name,
    ObjectCons,
    Splat,
    Template,
    TupleCons,
    Unary,
)

_MAX_TEXT: Final = 120
_MAX_DEPTH: Final = 12


def unparse(expr: Expr) -> str:
    """The expression in one line; deep or long parts are cut with ``…``."""
    text = _text(expr, 0)
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def _text(expr: Expr, depth: int) -> str:
    if depth > _MAX_DEPTH:
        return "…"
    depth += 1
    if isinstance(expr, Literal):
        return json.dumps(expr.value, ensure_ascii=False)
    if isinstance(expr, Name):
        return expr.name
    if isinstance(expr, GetAttr):
        return f"{_text(expr.target, depth)}.{expr.name}"
    if isinstance(expr, Index):
        return f"{_text(expr.target, depth)}[{_text(expr.key, depth)}]"
    if isinstance(expr, Splat):
        return f"{_text(expr.target, depth)}[*]{_text(expr.each, depth).removeprefix('*')}"
    if isinstance(expr, Call):
        arguments = ", ".join(_text(argument, depth) for argument in expr.arguments[:8])
        return f"{expr.function}({arguments}{'...' if expr.expand else ''})"
    if isinstance(expr, Unary):
        return f"{expr.operator}{_operand(expr.operand, depth)}"
    if isinstance(expr, Binary):
        return f"{_operand(expr.left, depth)} {expr.operator} {_operand(expr.right, depth)}"
    if isinstance(expr, Conditional):
        arms = f"{_operand(expr.if_true, depth)} : {_operand(expr.if_false, depth)}"
        return f"{_operand(expr.condition, depth)} ? {arms}"
    if isinstance(expr, Template):
        return f'"{"".join(_part(part, depth) for part in expr.parts[:20])}"'
    if isinstance(expr, TupleCons):
        return f"[{', '.join(_text(item, depth) for item in expr.items[:8])}]"
    if isinstance(expr, ObjectCons):
        pairs = (f"{_text(item.key, depth)} = {_text(item.value, depth)}" for item in expr.items[:8])
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(expr, ForTuple):
        return f"[for {expr.value_name} in {_text(expr.collection, depth)} : {_text(expr.value, depth)}]"
    if isinstance(expr, ForObject):
        result = f"{_text(expr.result_key, depth)} => {_text(expr.value, depth)}"
        return f"{{ for {expr.value_name} in {_text(expr.collection, depth)} : {result} }}"
    return "…"


def _operand(expr: Expr, depth: int) -> str:
    text = _text(expr, depth)
    return f"({text})" if isinstance(expr, (Binary, Conditional)) else text


def _part(part: Expr, depth: int) -> str:
    if isinstance(part, Literal) and isinstance(part.value, str):
        return json.dumps(part.value, ensure_ascii=False)[1:-1].replace("${", "$${")
    return "${" + _text(part, depth) + "}"
