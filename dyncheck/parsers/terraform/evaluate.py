"""Terraform's expressions, evaluated lazily and in three values over the syntax tree.

:func:`evaluate` gives plain Python data (``str``, ``int``, ``float``, ``bool``, ``None``, ``list``, ``dict``), or what
:mod:`dyncheck.values` has for the rest: :class:`Unknown` with reasons and, where it has one, a symbol; an
:class:`OpenList`; a :class:`Choice` on an undecided condition. A partly known map is an :class:`OpenMap`. A reference
to a whole resource or module is a :class:`LazyObject`; ``force()`` gives its data.

Nothing raises: what Terraform would refuse is :class:`Invalid`, an Unknown whose reason starts with ``invalid
expression:``. What nests too deeply, or would grow too large, is Unknown because ``expression too large``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from dyncheck.parsers.terraform import functions
from dyncheck.parsers.terraform.comprehensions import ObjectBuilder, for_object, for_text, for_tuple, splat
from dyncheck.parsers.terraform.conditions import (
    compare,
    equals,
    logical_and,
    logical_not,
    logical_or,
    select,
)
from dyncheck.parsers.terraform.convert import to_string, whole
from dyncheck.parsers.terraform.lookups import get_attribute, get_index, has_part
from dyncheck.parsers.terraform.names import LocalScope, Scope, doubt_of
from dyncheck.parsers.terraform.operators import ARITHMETIC, arithmetic, lift_pair, minus
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
    TemplateFor,
    TemplateIf,
    TupleCons,
    Unary,
)
from dyncheck.parsers.terraform.templates import join_parts
from dyncheck.parsers.terraform.tfvalues import (
    MAX_ELEMENTS,
    TOO_LARGE,
    Invalid,
    LazyObject,
    OpenMap,
    TerraformSet,
    TooManyParts,
    TypedList,
    TypedMap,
    check_size,
    find_error,
    map_arms,
)
from dyncheck.parsers.terraform.unparse import unparse
from dyncheck.values import Choice, OpenList, Unknown, is_known

__all__ = [
    "Invalid",
    "LazyObject",
    "LocalScope",
    "OpenMap",
    "Scope",
    "TerraformSet",
    "TypedList",
    "TypedMap",
    "evaluate",
]


def evaluate(expr: Expr, scope: Scope) -> Any:
    """The value of an expression where ``scope`` says what names mean."""
    try:
        value = _HANDLERS[type(expr)](expr, scope)
        if isinstance(value, _COLLECTIONS):
            check_size(value)
        return value
    except (RecursionError, TooManyParts):
        return TOO_LARGE


def _evaluate(expr: Expr, scope: Scope) -> Any:
    return _HANDLERS[type(expr)](expr, scope)


def _literal(expr: Literal, scope: Scope) -> Any:
    value = expr.value
    return whole(value) if type(value) is float else value


def _name(expr: Name, scope: Scope) -> Any:
    return scope.root(expr.name)


def _attribute(expr: GetAttr, scope: Scope) -> Any:
    target = _evaluate(expr.target, scope)
    doubt = doubt_of(scope)
    if doubt is not None and not has_part(target, expr.name):
        doubt.note((target,))
    return get_attribute(target, expr.name)


def _index(expr: Index, scope: Scope) -> Any:
    target, key = _evaluate(expr.target, scope), _evaluate(expr.key, scope)
    doubt = doubt_of(scope)
    value = get_index(target, key, strict=doubt is not None)
    if doubt is not None and isinstance(value, Unknown) and not (is_known(key) and has_part(target, key)):
        doubt.note((target, key))
    return value


def _template(expr: Template, scope: Scope) -> Any:
    parts = expr.parts
    if len(parts) == 1 and type(parts[0]) not in (TemplateIf, TemplateFor):
        return _evaluate(parts[0], scope)
    values = [_evaluate(part, scope) for part in parts]
    _doubt_unknown(values, scope)
    return _affordable(join_parts(values), scope)


def _template_if(expr: TemplateIf, scope: Scope) -> Any:
    return map_arms(to_string, _choose_arm(expr.condition, expr.if_true, expr.if_false, scope))


def _conditional(expr: Conditional, scope: Scope) -> Any:
    return _choose_arm(expr.condition, expr.if_true, expr.if_false, scope)


def _choose_arm(condition: Expr, if_true: Expr, if_false: Expr, scope: Scope) -> Any:
    decided = _evaluate(condition, scope)
    if decided is True or decided == "true":
        return _as_other_arm(_evaluate(if_true, scope), if_false)
    if decided is False or decided == "false":
        return _as_other_arm(_evaluate(if_false, scope), if_true)
    _doubt_unknown((decided,), scope)
    return select(
        decided,
        _as_other_arm(_evaluate(if_true, scope), if_false),
        _as_other_arm(_evaluate(if_false, scope), if_true),
        lambda: _wording(condition, scope),
    )


def _as_other_arm(value: Any, other: Expr) -> Any:
    """Both arms of a conditional have one type: a number beside a string is a string."""
    if type(value) is str or not _is_text(other):
        return value
    return to_string(value) if isinstance(value, (bool, int, float)) else value


def _is_text(expr: Expr) -> bool:
    if type(expr) is Literal:
        return type(expr.value) is str
    return type(expr) is Template and len(expr.parts) > 1


def _wording(expr: Expr, scope: Scope) -> str:
    return scope.wording(expr) if isinstance(scope, LocalScope) else unparse(expr)


def _unary(expr: Unary, scope: Scope) -> Any:
    value = _evaluate(expr.operand, scope)
    _doubt_unknown((value,), scope)
    if expr.operator == "-":
        return minus(value)
    return logical_not(value, lambda: _wording(expr.operand, scope))


def _binary(expr: Binary, scope: Scope) -> Any:
    operator = expr.operator
    left = _evaluate(expr.left, scope)
    if operator in ("&&", "||"):
        return _logical(operator, left, expr, scope)
    right = _evaluate(expr.right, scope)
    if operator == "==":
        return equals(left, right, lambda: _wording(expr, scope))
    if operator == "!=":
        equal = equals(left, right, lambda: _wording(expr, scope))
        return logical_not(equal, lambda: _wording(expr, scope))
    _doubt_unknown((left, right), scope)
    if operator in ARITHMETIC:
        return arithmetic(operator, left, right)
    return lift_pair(lambda a, b: compare(operator, a, b, lambda: _wording(expr, scope)), left, right)


def _logical(operator: str, left: Any, expr: Binary, scope: Scope) -> Any:
    def right() -> Any:
        value = _evaluate(expr.right, scope)
        _doubt_unknown((left, value), scope)
        return value

    combine = logical_and if operator == "&&" else logical_or
    return combine(left, right, lambda: _wording(expr, scope))


def _doubt_unknown(operands: Sequence[Any], scope: Scope) -> None:
    """Operands that may turn out null, or of a wrong type, may be errors."""
    doubt = doubt_of(scope)
    if doubt is not None and any(isinstance(operand, Unknown) for operand in operands):
        doubt.note(operands)


def _tuple(expr: TupleCons, scope: Scope) -> Any:
    if len(expr.items) > MAX_ELEMENTS:
        return TOO_LARGE
    return _whole([_evaluate(item, scope) for item in expr.items], scope)


def _object(expr: ObjectCons, scope: Scope) -> Any:
    items: dict[str, Any] = {}
    for position, item in enumerate(expr.items):
        key = item.key.value if type(item.key) is Literal else _evaluate(item.key, scope)
        if type(key) is not str:
            return _undecided_object(items, expr, position, scope)
        items[key] = _evaluate(item.value, scope)
    return _whole(items, scope)


def _undecided_object(items: dict[str, Any], expr: ObjectCons, position: int, scope: Scope) -> Any:
    """An object from its first key on that is no plain string; the entries before it are given."""
    built = ObjectBuilder(grouping=False)
    built.items = items
    for item in expr.items[position:]:
        built.add(_evaluate(item.key, scope), _evaluate(item.value, scope), override=True)
        if built.error is not None:
            return built.error
    return _whole(built.result(frozenset()), scope)


def _whole(collection: Any, scope: Scope) -> Any:
    """The collection; inside ``try`` and ``can`` an error that it holds instead."""
    if doubt_of(scope) is not None:
        error = find_error(collection)
        return collection if error is None else error
    return collection


def _for_tuple(expr: ForTuple, scope: Scope) -> Any:
    return _whole(for_tuple(expr, scope, _evaluate), scope)


def _for_object(expr: ForObject, scope: Scope) -> Any:
    return _whole(for_object(expr, scope, _evaluate), scope)


def _template_for(expr: TemplateFor, scope: Scope) -> Any:
    return for_text(expr, scope, _evaluate)


def _splat(expr: Splat, scope: Scope) -> Any:
    return _whole(splat(expr, scope, _evaluate), scope)


def _call(expr: Call, scope: Scope) -> Any:
    return _affordable(functions.call(expr, scope, _evaluate), scope)


def _affordable(value: Any, scope: Scope) -> Any:
    """The value, or the answer that loops have built too much text."""
    if type(value) is str and isinstance(scope, LocalScope) and not scope.budget.spend_text(value):
        return TOO_LARGE
    return value


_COLLECTIONS: Final = (list, dict, OpenList, OpenMap, Choice)

_HANDLERS: Final[dict[type, Callable[[Any, Scope], Any]]] = {
    Literal: _literal,
    Template: _template,
    TemplateIf: _template_if,
    TemplateFor: _template_for,
    Name: _name,
    GetAttr: _attribute,
    Index: _index,
    Splat: _splat,
    Call: _call,
    Unary: _unary,
    Binary: _binary,
    Conditional: _conditional,
    TupleCons: _tuple,
    ObjectCons: _object,
    ForTuple: _for_tuple,
    ForObject: _for_object,
}
