"""Truth that may be undecided: equality, comparison and the logical operators over three-valued operands.

What cannot be decided is ``Choice(condition, True, False)`` (arms swapped for a negation), whose condition is a formula
over symbols, so that ``var.env == "prod"`` and ``var.env == "dev"`` are known to exclude each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, Union

from dyncheck.parsers.terraform.convert import to_bool, to_number
from dyncheck.parsers.terraform.symbols import canonical
from dyncheck.parsers.terraform.tfvalues import (
    Invalid,
    LazyObject,
    OpenMap,
    TerraformSet,
    TypedList,
    TypedMap,
    all_reasons,
    assume,
    check_size,
    force,
    invalid,
    never_empty,
    pick,
)
from dyncheck.scenarios import And, Atom, Condition, Formula, Not, Or
from dyncheck.values import ABSENT, MAX_CHOICE_DEPTH, Choice, OpenList, Unknown

Text = Callable[[], str]
"""The source text of the expression at hand, asked only where a condition has no better wording."""

Truth = Union[bool, Condition, None]
"""Decided, undecided on a condition, or undecided without one."""

_BOOLEANS: Final = (True, False)


def opaque(text: str, because: frozenset[str]) -> Condition:
    """A condition known by its text alone; the same text over other unknowns is another condition."""
    return Condition(text, because, Atom(f"{text} ({', '.join(sorted(because))})"))


def as_value(truth: bool | Condition) -> Any:
    """A truth as Terraform's boolean value."""
    return truth if isinstance(truth, bool) else Choice(truth, True, False)


def negate(condition: Condition) -> Condition:
    """The opposite condition in the user's words: ``a != b`` for ``a == b``."""
    formula = condition.formula
    if isinstance(formula, Not):
        inner = formula.operand
        if isinstance(inner, Atom):
            return Condition(_flip(condition.text), condition.because, inner)
    if isinstance(formula, Atom):
        return condition.negated(_flip(condition.text))
    return condition.negated(f"!({condition.text})")


def _flip(text: str) -> str:
    for operator, opposite in ((" == ", " != "), (" != ", " == ")):
        if text.count(operator) == 1 and " && " not in text and " || " not in text:
            return text.replace(operator, opposite)
    if text.startswith("!"):
        return text[1:]
    return f"!({text})" if " " in text and not text.endswith(")") else f"!{text}"


def condition_of(value: Any, text: Text) -> Condition | None:
    """The one condition on which a boolean value hangs; None where it is decided or hangs on several."""
    if type(value) is Choice:
        if value.if_true is True and value.if_false is False:
            return value.condition
        if value.if_true is False and value.if_false is True:
            return negate(value.condition)
        return None
    if isinstance(value, Unknown) and not isinstance(value, Invalid):
        if value.symbol is None:
            return opaque(text(), value.because)
        return Condition(display(value.symbol), value.because, Atom(value.symbol, True, _BOOLEANS))
    return None


def display(symbol: str) -> str:
    """A symbol as the user would write the expression: a call's holes without their ``${…}``."""
    if symbol.endswith(")") and "${" in symbol:
        return symbol.replace("${", "").replace("}", "")
    return f'"{symbol}"' if "${" in symbol else symbol


def select(condition: Any, if_true: Any, if_false: Any, text: Text, depth: int = 0) -> Any:
    """``condition ? if_true : if_false`` over values, where the condition need not be decided."""
    if type(condition) is Choice:
        if depth >= MAX_CHOICE_DEPTH:
            return Unknown(all_reasons((condition, if_true, if_false)))
        inner = condition.condition
        return pick(
            inner,
            select(condition.if_true, assume(if_true, inner, True), assume(if_false, inner, True), text, depth + 1),
            select(condition.if_false, assume(if_true, inner, False), assume(if_false, inner, False), text, depth + 1),
        )
    condition = to_bool(force(condition))
    if condition is True:
        return if_true
    if condition is False:
        return if_false
    if condition is None:
        return invalid("a condition must not be null")
    found = condition_of(condition, text)
    if found is None:
        return condition if isinstance(condition, Unknown) else Unknown(all_reasons((condition,)))
    return pick(found, assume(if_true, found, True), assume(if_false, found, False))


def logical_not(value: Any, text: Text) -> Any:
    """``!value``."""
    if isinstance(value, Unknown) and not isinstance(value, Invalid):
        condition = condition_of(value, text)
        return value if condition is None else Choice(condition, False, True)
    return select(value, False, True, text)


def logical_and(left: Any, right: Callable[[], Any], text: Text) -> Any:
    """``left && right``; the right side is evaluated only where it can matter."""
    return _combine(left, right, text, deciding=False)


def logical_or(left: Any, right: Callable[[], Any], text: Text) -> Any:
    """``left || right``."""
    return _combine(left, right, text, deciding=True)


def _combine(left: Any, right: Callable[[], Any], text: Text, *, deciding: bool) -> Any:
    left = to_bool(force(left))
    if left is deciding or isinstance(left, Invalid):
        return left
    second = to_bool(force(right()))
    if left is None or second is None:
        return invalid("an operand of && or || must not be null")
    if left is (not deciding):
        return second
    if second is deciding:
        return second
    if second is (not deciding):
        return left
    conditions = [condition_of(side, text) for side in (left, second)]
    first, other = conditions
    if first is not None and other is not None:
        return as_value(joined([first, other], every=not deciding))
    return select(left, second if not deciding else True, False if not deciding else second, text)


def joined(conditions: list[Condition], *, every: bool) -> Condition:
    """The conditions joined by ``&&`` (``every``) or ``||``."""
    unique = list(dict.fromkeys(conditions))
    if len(unique) == 1:
        return unique[0]
    join = And if every else Or
    formulas: list[Formula] = []
    texts = []
    for condition in unique:
        formula = condition.formula
        formulas.extend(formula.operands if isinstance(formula, join) else (formula,))
        loose = isinstance(formula, Or) and every and not condition.text.endswith(")")
        texts.append(f"({condition.text})" if loose else condition.text)
    because = frozenset().union(*(condition.because for condition in unique))
    return Condition((" && " if every else " || ").join(texts), because, join(tuple(formulas)))


# --- equality ----------------------------------------------------------------------------------------------------


def equals(left: Any, right: Any, text: Text, depth: int = 0) -> Any:
    """``left == right`` as a boolean value: values of different types are never equal."""
    for side, other, swapped in ((left, right, False), (right, left, True)):
        if type(side) is Choice:
            if depth >= MAX_CHOICE_DEPTH:
                return Unknown(all_reasons((left, right)))
            condition = side.condition
            arms = []
            for truth, arm in ((True, side.if_true), (False, side.if_false)):
                rest = assume(other, condition, truth)
                arms.append(equals(rest, arm, text, depth + 1) if swapped else equals(arm, rest, text, depth + 1))
            return pick(condition, arms[0], arms[1])
    for side in (left, right):
        if isinstance(side, Invalid):
            return side
        check_size(side)
    truth_found = same(left, right, text)
    if truth_found is None:
        return as_value(opaque(text(), all_reasons((left, right))))
    return as_value(truth_found)


def same(left: Any, right: Any, text: Text) -> Truth:
    """Whether two values without choices at their top are equal: decided, on a condition, or None for "cannot say"."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return _same_unknown(left, right, text)
    if left is None or right is None or left is ABSENT or right is ABSENT:
        return left is right
    left, right = force(left), force(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) or isinstance(right, str):
        return isinstance(left, str) and isinstance(right, str) and left == right
    if isinstance(left, (int, float)) or isinstance(right, (int, float)):
        return isinstance(left, (int, float)) and isinstance(right, (int, float)) and left == right
    if isinstance(left, list) and isinstance(right, list):
        return _same_lists(left, right, text)
    if isinstance(left, dict) and isinstance(right, dict):
        return _same_maps(left, right, text)
    lists, maps = (list, OpenList), (dict, OpenMap, LazyObject)
    if (isinstance(left, lists) and isinstance(right, lists)) or (isinstance(left, maps) and isinstance(right, maps)):
        return None
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return _same_unknown(left, right, text)
    return False


def _same_unknown(left: Any, right: Any, text: Text) -> Truth:
    if isinstance(left, Unknown) and isinstance(right, Unknown):
        if left.symbol is not None and left.symbol == right.symbol:
            return True
        if left.symbol is not None and right.symbol is not None:
            because = left.because | right.because
            first, second = sorted((left.symbol, right.symbol))
            wording = f"{display(left.symbol)} == {display(right.symbol)}"
            return Condition(wording, because, Atom(f"{first} == {second}"))
        return None
    hidden, known = (left, right) if isinstance(left, Unknown) else (right, left)
    if never_empty(hidden) and (known is None or known == ""):
        return False
    if hidden.symbol is None:
        return None
    if known is None or isinstance(known, (str, bool, int, float)):
        domain = _BOOLEANS if isinstance(known, bool) else None
        wording = f"{display(hidden.symbol)} == {json.dumps(known, ensure_ascii=False)}"
        return Condition(wording, hidden.because, Atom(hidden.symbol, known, domain))
    other = canonical(known)
    if other is None:
        return None
    wording = f"{display(hidden.symbol)} == {display(other)}"
    return Condition(wording, hidden.because | all_reasons((known,)), Atom(f"{hidden.symbol} == {other}"))


def _same_lists(left: list[Any], right: list[Any], text: Text) -> Truth:
    if isinstance(left, TerraformSet) != isinstance(right, TerraformSet):
        return False
    if isinstance(left, TypedList) != isinstance(right, TypedList):
        return False
    if any(type(item) is Choice for item in (*left, *right)):
        return None
    if len(left) != len(right):
        return False
    return _every([same(a, b, text) for a, b in zip(left, right, strict=True)])


def _same_maps(left: dict[str, Any], right: dict[str, Any], text: Text) -> Truth:
    if isinstance(left, TypedMap) != isinstance(right, TypedMap):
        return False
    if any(type(item) is Choice for item in (*left.values(), *right.values())):
        return None
    if left.keys() != right.keys():
        return False
    return _every([same(item, right[key], text) for key, item in left.items()])


def _every(truths: list[Truth]) -> Truth:
    if any(truth is False for truth in truths):
        return False
    if any(truth is None for truth in truths):
        return None
    undecided = [truth for truth in truths if isinstance(truth, Condition)]
    return joined(undecided, every=True) if undecided else True


def any_of(truths: list[Truth]) -> Truth:
    """The disjunction of truths."""
    if any(truth is True for truth in truths):
        return True
    if any(truth is None for truth in truths):
        return None
    undecided = [truth for truth in truths if isinstance(truth, Condition)]
    return joined(undecided, every=False) if undecided else False


# --- order -------------------------------------------------------------------------------------------------------

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def compare(operator: str, left: Any, right: Any, text: Text) -> Any:
    """``<``, ``<=``, ``>`` and ``>=`` over two numbers without choices at their top."""
    left, right = to_number(left), to_number(right)
    for side in (left, right):
        if isinstance(side, Invalid):
            return side
        if side is None:
            return invalid(f"an operand of {operator} must not be null")
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        because = all_reasons((left, right))
        words = []
        for side in (left, right):
            if isinstance(side, Unknown):
                if side.symbol is None:
                    return as_value(opaque(text(), because))
                words.append(display(side.symbol))
            else:
                words.append(json.dumps(side))
        wording = f"{words[0]} {operator} {words[1]}"
        return as_value(Condition(wording, because, Atom(wording)))
    return _ORDER[operator](left, right)
