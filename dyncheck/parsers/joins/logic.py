"""Three-valued logic over values: what holds certainly, what cannot be told, and what hangs on a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, MAX_CHOICE_DEPTH, Choice, OpenList, Unknown, choose, lift, reasons

Certainty = Any
"""True, False, Unknown, or a Choice of these."""

MAX_ALTERNATIVES: Final = 32
"""Arms of one reference beyond which it counts as unknown."""


def both(left: Certainty, right: Certainty, depth: int = 0) -> Certainty:
    """``left and right``: false as soon as one is false."""
    if left is False or right is False:
        return False
    if left is True:
        return right
    if right is True:
        return left
    return _combine(both, left, right, depth)


def either(left: Certainty, right: Certainty, depth: int = 0) -> Certainty:
    """``left or right``: true as soon as one is true."""
    if left is True or right is True:
        return True
    if left is False:
        return right
    if right is False:
        return left
    return _combine(either, left, right, depth)


def any_of(values: Iterable[Certainty]) -> Certainty:
    """Whether any of the values holds."""
    return _over(either, values, neutral=False)


def all_of(values: Iterable[Certainty]) -> Certainty:
    """Whether all of the values hold."""
    return _over(both, values, neutral=True)


def negate(value: Certainty) -> Certainty:
    """``not value``."""
    return lift(lambda truth: not truth, value)


def certainly(value: Certainty) -> Certainty:
    """Where the value is true for certain: what cannot be told counts as false."""
    if isinstance(value, Unknown):
        return False
    if isinstance(value, Choice):
        return choose(value.condition, certainly(value.if_true), certainly(value.if_false))
    return value


def select(test: Certainty, if_true: Any, if_false: Any, depth: int = 0) -> Any:
    """The first value where the test holds, else the second; unknown where that cannot be told and they differ."""
    if test is True:
        return if_true
    if test is False:
        return if_false
    if isinstance(test, Choice) and depth < MAX_CHOICE_DEPTH:
        condition = test.condition
        return choose(
            condition,
            select(test.if_true, given(if_true, condition, True), given(if_false, condition, True), depth + 1),
            select(test.if_false, given(if_true, condition, False), given(if_false, condition, False), depth + 1),
        )
    if type(if_true) is type(if_false) and if_true == if_false:
        return if_true
    return Unknown(uncertainty(test))


def given(value: Any, condition: Condition, truth: bool) -> Any:
    """The value where the condition is known to hold or not."""
    while isinstance(value, Choice) and value.condition == condition:
        value = value.if_true if truth else value.if_false
    return value


def uncertainty(value: Any) -> frozenset[str]:
    """The reasons for which a value is not settled, those inside the arms of choices too."""
    if isinstance(value, Choice):
        return value.condition.because | uncertainty(value.if_true) | uncertainty(value.if_false)
    return reasons([value])


def settled(value: Any) -> bool:
    """Whether no arm of the value is unknown."""
    if isinstance(value, Choice):
        return settled(value.if_true) and settled(value.if_false)
    return not isinstance(value, Unknown)


def alternatives(value: Any) -> list[tuple[Certainty, Any]]:
    """The plain values that a value may take, each with the test under which it does.

    A value of more than :data:`MAX_ALTERNATIVES` arms is one unknown.
    """
    found: list[tuple[Certainty, Any]] = []
    waiting: list[tuple[Certainty, Any]] = [(True, value)]
    while waiting:
        guard, item = waiting.pop()
        if not isinstance(item, Choice):
            found.append((guard, item))
        elif len(found) + len(waiting) >= MAX_ALTERNATIVES:
            return [(True, Unknown(uncertainty(value)))]
        else:
            waiting.append((both(guard, Choice(item.condition, False, True)), item.if_false))
            waiting.append((both(guard, Choice(item.condition, True, False)), item.if_true))
    return [(guard, item) for guard, item in found if guard is not False]


def append(items: Any, element: Any, certainty: Certainty) -> Any:
    """The list with one more element, as certain as its declaration is to belong to it."""
    return extend(items, ((element, certainty),))


def extend(items: Any, additions: Iterable[tuple[Any, Certainty]]) -> Any:
    """The list with more elements, each as certain as it is to belong to it; what cannot be told opens the list."""
    if isinstance(items, Choice):
        more, condition = tuple(additions), items.condition
        return choose(
            condition,
            extend(items.if_true, [(element, given(certainty, condition, True)) for element, certainty in more]),
            extend(items.if_false, [(element, given(certainty, condition, False)) for element, certainty in more]),
        )
    added: list[Any] = []
    hidden: list[frozenset[str]] = [items.because] if isinstance(items, (OpenList, Unknown)) else []
    for element, certainty in additions:
        if not settled(certainty):
            hidden.append(uncertainty(certainty))
        elif certainty is not False:
            added.append(select(certainty, element, ABSENT))
    whole = (*_items(items), *added)
    return OpenList(whole, frozenset().union(*hidden)) if hidden else whole


def change_items(items: Any, change: Callable[[Any], Any]) -> Any:
    """The list with every known element changed; what is unknown of it stays so."""
    if isinstance(items, Choice):
        return choose(items.condition, change_items(items.if_true, change), change_items(items.if_false, change))
    if isinstance(items, OpenList):
        return OpenList(tuple(lift(change, item) for item in items.items), items.because)
    if isinstance(items, tuple):
        return tuple(lift(change, item) for item in items)
    return items


def known_items(items: Any) -> tuple[Any, ...]:
    """The elements that the list has in some arm, known or not."""
    if isinstance(items, Choice):
        return known_items(items.if_true) + known_items(items.if_false)
    return _items(items)


def has_elements(items: Any) -> Certainty:
    """Whether the list has any element at all."""
    if isinstance(items, Choice):
        return choose(items.condition, has_elements(items.if_true), has_elements(items.if_false))
    found = any_of(_exists(item) for item in _items(items))
    if isinstance(items, (OpenList, Unknown)):
        return either(found, Unknown(items.because))
    return found


def _exists(item: Any) -> Certainty:
    if isinstance(item, Choice):
        return choose(item.condition, _exists(item.if_true), _exists(item.if_false))
    return item is not ABSENT


def _items(items: Any) -> tuple[Any, ...]:
    if isinstance(items, OpenList):
        return items.items
    return items if isinstance(items, tuple) else ()


def _over(operation: Callable[..., Certainty], values: Iterable[Certainty], neutral: bool) -> Certainty:
    """All values combined; the unknown ones last and at once, for there may be very many of them."""
    found: Certainty = neutral
    hidden: list[frozenset[str]] = []
    for value in values:
        if isinstance(value, Unknown):
            hidden.append(value.because)
        else:
            found = operation(found, value)
            if found is (not neutral):
                return found
    return operation(found, Unknown(frozenset().union(*hidden))) if hidden else found


def _combine(operation: Callable[..., Any], left: Certainty, right: Certainty, depth: int) -> Certainty:
    chosen = left if isinstance(left, Choice) else right
    if not isinstance(chosen, Choice) or depth >= MAX_CHOICE_DEPTH:
        return Unknown(uncertainty(left) | uncertainty(right))
    condition = chosen.condition
    return choose(
        condition,
        operation(given(left, condition, True), given(right, condition, True), depth + 1),
        operation(given(left, condition, False), given(right, condition, False), depth + 1),
    )
