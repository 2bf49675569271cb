"""Functions that evaluate their arguments themselves: ``try``, ``can`` and templates from files and strings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from dyncheck.parsers.terraform.convert import to_string
from dyncheck.parsers.terraform.functions.calling import Function
from dyncheck.parsers.terraform.names import Doubt, LocalScope, Scope
from dyncheck.parsers.terraform.symbols import call_symbol
from dyncheck.parsers.terraform.syntax import Expr
from dyncheck.parsers.terraform.tfvalues import MAX_TEXT, Invalid, all_reasons, find_error, force, invalid, map_arms
from dyncheck.values import Choice, Unknown

Evaluate = Callable[[Expr, Scope], Any]

_NESTED_TEMPLATES: Final = 8


def _try(arguments: Sequence[Expr], scope: Scope, evaluate: Evaluate) -> Any:
    if not arguments:
        return invalid("try: at least one argument is required")
    doubt = Doubt()
    value = evaluate(arguments[0], LocalScope(scope, {}, doubt=doubt))
    rest = arguments[1:]

    def settled(arm: Any) -> Any:
        if rest and find_error(arm) is not None:
            return _try(rest, scope, evaluate)
        return arm

    if not doubt.because or type(value) is Invalid:
        return map_arms(settled, value)
    # What is not known may be an error, and the next argument stand in its place.
    other = _try(rest, scope, evaluate) if rest else value
    if isinstance(value, Unknown) and value.symbol is not None and other == value:
        return value
    return Unknown(doubt.because, call_symbol("try", (value, other)))


def _can(arguments: Sequence[Expr], scope: Scope, evaluate: Evaluate) -> Any:
    if len(arguments) != 1:
        return invalid("can: one argument is required")
    doubt = Doubt()
    value = evaluate(arguments[0], LocalScope(scope, {}, doubt=doubt))
    if doubt.because and type(value) is not Invalid:
        return Unknown(doubt.because, call_symbol("can", (value,)))
    return map_arms(lambda arm: find_error(arm) is None, value)


class _TemplateScope(LocalScope):
    """What a template from outside may name: its variables, and nothing else."""

    __slots__ = ()

    def __init__(self, outer: Scope, variables: Mapping[str, Any]) -> None:
        super().__init__(outer, variables)
        self.templates += 1

    def root(self, name: str) -> Any:
        """The variable of that name."""
        return self.names[name] if name in self.names else invalid(f"a template has no variable {name[:60]!r}")


@lru_cache(maxsize=32)
def _parsed(text: str) -> Expr | Invalid:
    from dyncheck.errors import ParseError
    from dyncheck.parsers.terraform.grammar import Grammar

    if len(text) > MAX_TEXT:
        return invalid("the template is too large")
    try:
        return Grammar().parse_template(text, (0, 1, 0, 1))
    except ParseError as error:
        return invalid(f"the template does not parse: {error.message}")


def _render(text: Any, variables: Any, scope: Scope, evaluate: Evaluate) -> Any:
    if isinstance(text, Unknown):
        return text
    if type(variables) is Choice:
        return map_arms(lambda arm: _render(text, arm, scope, evaluate), variables)
    if not isinstance(variables, dict):
        return Unknown(all_reasons((variables,))) if variables is not None else invalid("variables must not be null")
    inside = _TemplateScope(scope, variables)
    if inside.templates > _NESTED_TEMPLATES:
        return invalid("templates nest too deeply")
    expr = _parsed(text)
    return expr if isinstance(expr, Invalid) else to_string(evaluate(expr, inside))


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
