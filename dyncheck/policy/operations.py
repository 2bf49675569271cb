"""The operators of the policy language on values that may be unknown.

Every operation gives a plain value where the answer does not depend on what is unknown, and else an Unknown with the
union of the reasons. A Choice counts as unknown because of its condition. Two unknowns with the same symbol are the
same value. :class:`EvaluationError` is a mistake of the rule on this resource: it is neither true, false nor unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

from dyncheck.policy.limits import MAX_INTEGER, MAX_ITEMS, MAX_TEXT
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, reasons

_PLAIN: Final = frozenset({str, bool, int, float, type(None)})
_UNDECIDED: Final = frozenset({Unknown, Choice})
_NUMBERS: Final = frozenset({int, float})

TEXTS: Final = frozenset({str})
"""For ``TEXTS.issuperset(map(type, values))``: whether all of them are strings."""


class EvaluationError(Exception):
    """An expression that has no value: division by zero, a field of null, too many steps."""


def undecided(value: Any) -> Unknown | None:
    """The Unknown that a value stands for, or None when it is known (its elements need not be)."""
    if value.__class__ is Unknown:
        return value
    if value.__class__ is Choice:
        return Unknown(reasons((value,)))
    return None


def merged(values: Iterable[Any]) -> Unknown:
    """An Unknown with the reasons of all that is not known among the values."""
    return Unknown(reasons(values))


def type_name(value: Any) -> str:
    """What a value is, in the language's own words."""
    names = {str: "string", bool: "bool", int: "int", float: "double", tuple: "list", dict: "map", OpenList: "list"}
    return "null" if value is None else names.get(value.__class__, value.__class__.__name__)


def elements(value: Any) -> tuple[tuple[Any, ...], frozenset[str] | None]:
    """The elements of a list that are sure to exist, and why there may be more (None: there are none).

    An unknown list has no sure elements. An element that may be absent is not sure.
    """
    if value.__class__ is tuple:
        for item in value:
            if item.__class__ is Choice:
                break
        else:
            return value, None
        items, hidden = _sure(value)
        return items, hidden or None
    if value.__class__ is OpenList:
        items, hidden = _sure(value.items)
        return items, hidden | value.because
    unknown = undecided(value)
    if unknown is None:
        raise EvaluationError(f"{type_name(value)} is not a list")
    return (), unknown.because


def _sure(items: tuple[Any, ...]) -> tuple[tuple[Any, ...], frozenset[str]]:
    sure = []
    hidden: set[str] = set()
    for item in items:
        if item.__class__ is Choice and _may_be_absent(item):
            hidden |= reasons((item,))
        else:
            sure.append(item)
    return tuple(sure), frozenset(hidden)


def _may_be_absent(value: Any) -> bool:
    if value.__class__ is Choice:
        return _may_be_absent(value.if_true) or _may_be_absent(value.if_false)
    return value is ABSENT


def equal(left: Any, right: Any) -> Any:
    """Three-valued equality: int and double compare as numbers, any other two types are never equal."""
    kind = left.__class__
    if kind is right.__class__:
        if kind in _PLAIN:
            return left == right
        if kind is Unknown and left.symbol is not None and left.symbol == right.symbol:
            return True
    if kind in _UNDECIDED or right.__class__ in _UNDECIDED:
        return merged((left, right))
    if kind in _NUMBERS and right.__class__ in _NUMBERS:
        return left == right
    if kind in (tuple, OpenList) and right.__class__ in (tuple, OpenList):
        return _equal_lists(left, right)
    if kind is dict and right.__class__ is dict:
        return _equal_maps(left, right)
    if kind in _PLAIN or right.__class__ in _PLAIN or kind is not right.__class__:
        return False
    raise EvaluationError(f"two {type_name(left)} objects cannot be compared: compare their fields")


def _equal_lists(left: Any, right: Any) -> Any:
    mine, more_of_mine = elements(left)
    theirs, more_of_theirs = elements(right)
    if more_of_mine is None and more_of_theirs is None:
        return len(mine) == len(theirs) and every(map(equal, mine, theirs))
    hidden = (more_of_mine or frozenset()) | (more_of_theirs or frozenset())
    if len(mine) > len(theirs) and more_of_theirs is None:
        return False
    return False if len(theirs) > len(mine) and more_of_mine is None else Unknown(hidden)


def _equal_maps(left: dict[str, Any], right: dict[str, Any]) -> Any:
    if not any(map(_may_be_absent, (*left.values(), *right.values()))):
        if left.keys() != right.keys():
            return False
        return every(equal(left[key], right[key]) for key in left)
    return merged((*left.values(), *right.values()))


def every(truths: Iterable[Any]) -> Any:
    """Kleene's "and" over any number of truths."""
    unknown: list[Any] = []
    for truth in truths:
        if truth is False:
            return False
        if truth is not True:
            unknown.append(truth)
    return merged(unknown) if unknown else True


def negate(value: Any) -> Any:
    """Kleene's "not"."""
    if value is True:
        return False
    if value is False:
        return True
    unknown = undecided(value)
    if unknown is None:
        raise EvaluationError(f"{type_name(value)} is not a bool")
    return Unknown(unknown.because)


def is_in(item: Any, container: Any) -> Any:
    """Membership: of an element in a list, of a key in a map."""
    if container.__class__ is dict:
        return _is_key(item, container)
    items, hidden = elements(container)
    unknown: list[Any] = []
    for other in items:
        same = equal(item, other)
        if same is True:
            return True
        if same is not False:
            unknown.append(same)
    if hidden is not None:
        unknown.append(Unknown(hidden))
    return merged(unknown) if unknown else False


def _is_key(key: Any, container: dict[str, Any]) -> Any:
    unknown = undecided(key)
    if unknown is not None:
        return Unknown(unknown.because) if container else False
    if key not in container:
        return False
    return merged((container[key],)) if _may_be_absent(container[key]) else True


def item_at(container: Any, index: Any) -> Any:
    """``container[index]``."""
    for part in (container, index):
        unknown = undecided(part)
        if unknown is not None:
            return Unknown(unknown.because)
    if container.__class__ is dict:
        if index not in container:
            raise EvaluationError(f"no such key: {index}")
        value = container[index]
        return merged((value,)) if _may_be_absent(value) else value
    items, hidden = elements(container)
    if index.__class__ is not int:
        raise EvaluationError(f"a list is indexed by an int, not by a {type_name(index)}")
    if hidden is not None:
        # Elements that may be absent, or that are not known at all, shift those behind them.
        return Unknown(hidden)
    if not 0 <= index < len(items):
        raise EvaluationError(f"index {index} is outside a list of {len(items)}")
    return items[index]


def field_of(value: Any, name: str) -> Any:
    """``value.name`` of a model object or a map."""
    unknown = undecided(value)
    if unknown is not None:
        return Unknown(unknown.because)
    if value.__class__ is dict:
        return item_at(value, name)
    try:
        return getattr(value, name)
    except AttributeError:
        raise EvaluationError(f"{type_name(value)} has no field {name}") from None


def ordering(sign: str) -> Callable[[Any, Any], Any]:
    """The three-valued ``<``, ``<=``, ``>`` or ``>=``: of two numbers, or of two strings."""
    compare: Callable[[Any, Any], bool] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[
        sign
    ]

    def ordered(left: Any, right: Any) -> Any:
        if left.__class__ in _NUMBERS and right.__class__ in _NUMBERS:
            return compare(left, right)
        if left.__class__ is str and right.__class__ is str:
            return compare(left, right)
        if left.__class__ in _UNDECIDED or right.__class__ in _UNDECIDED:
            return merged((left, right))
        raise EvaluationError(f"{type_name(left)} {sign} {type_name(right)}: these cannot be ordered")

    return ordered


def add(left: Any, right: Any) -> Any:
    """The sum of two numbers, or the two strings or lists joined."""
    if left.__class__ is str and right.__class__ is str:
        return bounded_text(left + right)
    lists = (tuple, OpenList)
    if left.__class__ in lists and right.__class__ in lists:
        mine, more_of_mine = elements(left)
        theirs, more_of_theirs = elements(right)
        return listed([*mine, *theirs], (more_of_mine or frozenset()) | (more_of_theirs or frozenset()))
    return _calculate(operator.add, "+", left, right)


def subtract(left: Any, right: Any) -> Any:
    """The difference of two numbers."""
    return _calculate(operator.sub, "-", left, right)


def multiply(left: Any, right: Any) -> Any:
    """The product of two numbers."""
    return _calculate(operator.mul, "*", left, right)


def divide(left: Any, right: Any) -> Any:
    """The quotient of two numbers; that of two integers is cut towards zero."""
    return _calculate(_quotient, "/", left, right)


def remainder(left: Any, right: Any) -> Any:
    """The remainder of two integers; it has the sign of the first."""
    return _calculate(lambda a, b: a - b * _quotient(a, b), "%", left, right)


def minus(value: Any) -> Any:
    """The negated number."""
    return _calculate(operator.sub, "-", 0, value)


def _quotient(left: float, right: float) -> float:
    if right == 0:
        raise EvaluationError("division by zero")
    if isinstance(left, int) and isinstance(right, int):
        whole = abs(left) // abs(right)
        return whole if (left < 0) == (right < 0) else -whole
    return left / right


def _calculate(function: Callable[[Any, Any], Any], sign: str, left: Any, right: Any) -> Any:
    if left.__class__ in _NUMBERS and right.__class__ in _NUMBERS:
        try:
            result = function(left, right)
        except OverflowError:
            raise EvaluationError("the number is too large") from None
        if result.__class__ is int and abs(result) > MAX_INTEGER:
            raise EvaluationError("the integer is too large")
        return result
    if left.__class__ in _UNDECIDED or right.__class__ in _UNDECIDED:
        return merged((left, right))
    raise EvaluationError(f"{type_name(left)} {sign} {type_name(right)}: no such operation")


def bounded_text(text: str) -> str:
    """The text, unless it is longer than an expression may make one."""
    if len(text) > MAX_TEXT:
        raise EvaluationError(f"the text is longer than {MAX_TEXT:,} characters")
    return text


def listed(items: list[Any], hidden: frozenset[str] | None) -> Any:
    """A list of the items, open when something hides further ones."""
    if len(items) > MAX_ITEMS:
        raise EvaluationError(f"the list has more than {MAX_ITEMS:,} elements")
    return OpenList(tuple(items), hidden) if hidden else tuple(items)
