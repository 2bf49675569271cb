"""Functions that evaluate their arguments themselves: ``try``, ``can`` and templates from files and strings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from dyncheck.parsers.terraform.convert import to_string
from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.names import LocalScope, Scope
from dyncheck.parsers.terraform.syntax import Binary, Expr, GetAttr, Index, Literal, Name, ObjectCons, Splat, TupleCons
from dyncheck.parsers.terraform.tfvalues import (
    Invalid,
    LazyObject,
    OpenMap,
    all_reasons,
    call_symbol,
    find_error,
    force,
    invalid,
    is_decided,
    map_arms,
    may_be_absent,
    unknown_call,
)
from dyncheck.parsers.terraform.treefiles import TreeFiles
from dyncheck.values import Choice, Unknown

Evaluate = Callable[[Expr, Scope], Any]

_NESTED_TEMPLATES: Final = 8
_DEPTH_NAME: Final = "\0template"


def _try(arguments: Sequence[Expr], scope: Scope, evaluate: Evaluate) -> Any:
    if not arguments:
        return invalid("try: at least one argument is required")
    strict = LocalScope(scope, {}, strict=True)
    first, rest = arguments[0], arguments[1:]
    value = evaluate(first, strict)
    if is_decided(value):
        return value
    certain = shows_errors(first, strict, evaluate)

    def settled(arm: Any) -> Any:
        if find_error(arm) is not None:
            return _try(rest, scope, evaluate) if rest else arm
        return arm

    if certain or type(value) is Invalid:
        return map_arms(settled, value)
    # What is not known may be an error, and the next argument in its place.
    other = _try(rest, scope, evaluate) if rest else value
    if isinstance(value, Unknown) and value.symbol is not None and other == value:
        return value
    return Unknown(all_reasons((value,)), call_symbol("try", (value, other)))


def _can(arguments: Sequence[Expr], scope: Scope, evaluate: Evaluate) -> Any:
    if len(arguments) != 1:
        return invalid("can: one argument is required")
    strict = LocalScope(scope, {}, strict=True)
    value = evaluate(arguments[0], strict)
    if not is_decided(value) and type(value) is not Invalid and not shows_errors(arguments[0], strict, evaluate):
        return unknown_call("can", (value,))
    return map_arms(lambda arm: find_error(arm) is None, value)


def shows_errors(expr: Expr, scope: Scope, evaluate: Evaluate) -> bool:
    """Whether an expression of which something is unknown has a value for sure, or shows in it where it has none.

    True for what asks for parts that are there, and builds collections of such. A part of something unknown may not
    be there; a function of something unknown may refuse it.
    """
    if isinstance(expr, (Name, Literal)):
        return True
    if isinstance(expr, GetAttr):
        return _is_there(expr.target, expr.name, scope, evaluate)
    if isinstance(expr, Index):
        key = to_string(evaluate(expr.key, scope))
        if isinstance(key, str):
            return _is_there(expr.target, key, scope, evaluate)
        # An undecided key into a known map gives a choice, in which a missing key is an error.
        return shows_errors(expr.key, scope, evaluate) and type(evaluate(expr, scope)) is Choice
    if isinstance(expr, TupleCons):
        return all(shows_errors(item, scope, evaluate) for item in expr.items)
    if isinstance(expr, ObjectCons):
        return all(isinstance(item.key, Literal) and shows_errors(item.value, scope, evaluate) for item in expr.items)
    if isinstance(expr, Binary) and expr.operator in ("==", "!="):
        return shows_errors(expr.left, scope, evaluate) and shows_errors(expr.right, scope, evaluate)
    if isinstance(expr, Splat):
        items = evaluate(expr.target, scope)
        return isinstance(items, list) and all(
            shows_errors(expr.each, LocalScope(scope, {"*": item}, strict=True), evaluate) for item in items
        )
    return False


def _is_there(target: Expr, key: str, scope: Scope, evaluate: Evaluate) -> bool:
    value = evaluate(target, scope)
    return _has_part(value, key) and (is_decided(value) or shows_errors(target, scope, evaluate))


def _has_part(target: Any, key: str) -> bool:
    if type(target) is Choice:
        return _has_part(target.if_true, key) and _has_part(target.if_false, key)
    if isinstance(target, OpenMap):
        return key in target.items and not may_be_absent(target.items[key])
    return type(target) is Invalid or isinstance(target, (dict, list, LazyObject))


class _TemplateScope:
    """What a template from outside may name: its variables, and nothing else."""

    def __init__(self, files: TreeFiles) -> None:
        self.files = files

    def root(self, name: str) -> Any:
        """An error: the template has no such variable."""
        return invalid(f"a template has no variable {name[:60]!r}")


def _render(text: Any, variables: Any, scope: Scope, evaluate: Evaluate) -> Any:
    if isinstance(text, Unknown):
        return text
    if type(variables) is Choice:
        return map_arms(lambda arm: _render(text, arm, scope, evaluate), variables)
    if not isinstance(variables, dict):
        return Unknown(all_reasons((variables,))) if variables is not None else invalid("variables must not be null")
    outer = scope.root(_DEPTH_NAME) if isinstance(scope, LocalScope) else None
    depth = outer if isinstance(outer, int) else 0
    if depth >= _NESTED_TEMPLATES:
        return invalid("templates nest too deeply")
    from dyncheck.errors import ParseError
    from dyncheck.parsers.terraform.grammar import Grammar

    try:
        expr = Grammar().parse_template(text, (0, 1, 0, 1))
    except ParseError as error:
        return invalid(f"the template does not parse: {error.message}")
    budget = scope.budget if isinstance(scope, LocalScope) else None
    names = {**variables, _DEPTH_NAME: depth + 1}
    value = evaluate(expr, LocalScope(_TemplateScope(scope.files), names, "", budget))
    return to_string(value)


def _template_file(arguments: Sequence[Expr], scope: Scope, evaluate: Evaluate) -> Any:
    return _template(arguments, scope, evaluate, scope.files.read)


def _template_string(arguments: Sequence[Expr], scope: Scope, evaluate: Evaluate) -> Any:
    return _template(arguments, scope, evaluate, lambda text: text)


def _template(
    arguments: Sequence[Expr], scope: Scope, evaluate: Evaluate, source: Callable[[str], str | Unknown]
) -> Any:
    if len(arguments) != 2:
        return invalid("a template function takes two arguments")
    variables = force(evaluate(arguments[1], scope))
    if isinstance(variables, Invalid):
        return variables

    def rendered(first: Any) -> Any:
        if not isinstance(first, str):
            return first if isinstance(first, Unknown) else invalid("a string is required")
        return _render(source(first), variables, scope, evaluate)

    return map_arms(rendered, to_string(evaluate(arguments[0], scope)))


TABLE: Final[dict[str, Function]] = {
    "can": Function(None, lazy=_can),
    "templatefile": Function(None, lazy=_template_file),
    "templatestring": Function(None, lazy=_template_string),
    "try": Function(None, lazy=_try),
}
