"""Terraform's values beyond plain Python: lazy objects, partly known maps, sets and typed collections, errors.

Evaluation gives plain ``str``, ``int``, ``float``, ``bool``, ``None``, ``list`` and ``dict``, the three-valued layer of
:mod:`dyncheck.values`, and what stands here. :class:`TerraformSet`, :class:`TypedList` and :class:`TypedMap` are a
``list`` or ``dict`` to everyone who does not ask; Terraform's ``==`` asks, for ``[] == tolist([])`` is false.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, MAX_CHOICE_DEPTH, Choice, OpenList, Unknown, choose, reasons

MAX_ELEMENTS: Final = 10_000
"""A collection with more elements than this is not built."""

MAX_TEXT: Final = 1 << 18
"""A string longer than this many characters is not built by templates and functions."""

MAX_NODES: Final = 300_000
"""A value with more parts than this, shared parts counted as often as they occur, is not looked through.

A chain of ``b = [local.a, local.a]`` makes few objects, and billions of paths through them.
"""

INVALID: Final = "invalid expression: "
"""How the reason of every error begins."""

TOO_LARGE: Final = Unknown(frozenset({"expression too large"}))
"""The answer to what would need too much time, memory or nesting."""


class Invalid(Unknown, frozen=True):
    """What Terraform itself would refuse to evaluate: an index out of range, a string where a number must be.

    To everyone else it is unknown with the reason ``invalid expression: …``; ``try`` and ``can`` see the error.
    """


def invalid(message: str) -> Invalid:
    """An error in an expression, worded for the user."""
    return Invalid(frozenset({INVALID + message}))


class LazyObject(ABC):
    """A resource, a module call or a namespace: evaluated attribute by attribute, when somebody asks."""

    @abstractmethod
    def get(self, name: str) -> Any:
        """The attribute of that name; Invalid or Unknown where there is none."""

    @abstractmethod
    def force(self) -> Any:
        """The whole as data: a dictionary, an OpenMap, or Unknown."""

    def element(self, key: Unknown) -> Any:
        """What stands under a key that is not known; None where only the data can tell."""
        return None


class OpenMap(LazyObject):
    """A map of which the entries in ``items`` are certain, and that may hold more, hidden by ``because``.

    An entry whose value is a Choice with an ABSENT arm may itself not be there.
    """

    __slots__ = ("because", "items")

    def __init__(self, items: dict[str, Any], because: frozenset[str]) -> None:
        self.items = items
        self.because = because

    def get(self, name: str) -> Any:
        """The entry of that name, Unknown where it may or may not exist."""
        if name in self.items:
            return map_arms(lambda arm: Unknown(self.because) if arm is ABSENT else arm, self.items[name])
        return Unknown(self.because)

    def force(self) -> OpenMap:
        """Itself: it is data already."""
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpenMap) and self.items == other.items and self.because == other.because

    def __hash__(self) -> int:
        return hash((tuple(self.items), self.because))

    def __repr__(self) -> str:
        return f"OpenMap({self.items!r}, because={sorted(self.because)!r})"


class TerraformSet(list[Any]):
    """A set: distinct elements in Terraform's order of iteration; iteration keys are the elements themselves."""


class TypedList(list[Any]):
    """A ``list(…)``, as conversions and most functions give it; a plain list is a tuple as written in brackets."""


class TypedMap(dict[str, Any]):
    """A ``map(…)``; a plain dict is an object as written in braces."""


def force(value: Any) -> Any:
    """A lazy object as data; everything else unchanged."""
    return value.force() if isinstance(value, LazyObject) else value


def same_kind(template: list[Any], items: Iterable[Any]) -> list[Any]:
    """The items as a list of the same Terraform kind (set, list or tuple) as ``template``."""
    return type(template)(items)


# --- choices -----------------------------------------------------------------------------------------------------


def pick(condition: Condition, if_true: Any, if_false: Any) -> Any:
    """A choice; the arm itself where both arms are the same value, known or unknown.

    Two unknown values without identity are one: nothing could be said of either.
    """
    if isinstance(if_true, Unknown) and isinstance(if_false, Unknown):
        if if_true == if_false and (if_true.symbol is not None or isinstance(if_true, Invalid)):
            return if_true
        if if_true.symbol is None and if_false.symbol is None and type(if_true) is type(if_false) is Unknown:
            return Unknown(condition.because | if_true.because | if_false.because)
    if isinstance(if_true, (list, dict)) and type(if_true) is type(if_false):
        # Comparing them looks through both.
        check_size(if_true)
        check_size(if_false)
    return choose(condition, if_true, if_false)


def map_arms(function: Callable[[Any], Any], value: Any, depth: int = 0) -> Any:
    """Apply a function to a value, or to each arm of a choice; Unknown where choices nest too deeply."""
    if type(value) is not Choice:
        return function(value)
    if depth >= MAX_CHOICE_DEPTH:
        return Unknown(reasons([value]))
    return pick(
        value.condition,
        map_arms(function, value.if_true, depth + 1),
        map_arms(function, value.if_false, depth + 1),
    )


def assume(value: Any, condition: Condition, truth: bool) -> Any:
    """The value where a condition is taken as decided; looks into nested choices, not into collections."""
    if type(value) is not Choice:
        return value
    if value.condition == condition:
        return assume(value.if_true if truth else value.if_false, condition, truth)
    return pick(
        value.condition,
        assume(value.if_true, condition, truth),
        assume(value.if_false, condition, truth),
    )


def assume_inside(value: Any, condition: Condition, truth: bool) -> Any:
    """Like :func:`assume`, but inside collections too; elements that are then absent are dropped."""
    value = assume(value, condition, truth)
    if isinstance(value, list):
        items = (assume_inside(item, condition, truth) for item in value)
        return same_kind(value, (item for item in items if item is not ABSENT))
    if isinstance(value, dict):
        pairs = ((key, assume_inside(item, condition, truth)) for key, item in value.items())
        return type(value)((key, item) for key, item in pairs if item is not ABSENT)
    if isinstance(value, OpenList):
        items = (assume_inside(item, condition, truth) for item in value.items)
        return OpenList(tuple(item for item in items if item is not ABSENT), value.because)
    if isinstance(value, OpenMap):
        pairs = ((key, assume_inside(item, condition, truth)) for key, item in value.items.items())
        return OpenMap({key: item for key, item in pairs if item is not ABSENT}, value.because)
    return value


def may_be_absent(value: Any) -> bool:
    """Whether an element is a choice one of whose arms is ABSENT."""
    if type(value) is not Choice:
        return False
    return any(arm is ABSENT or may_be_absent(arm) for arm in (value.if_true, value.if_false))


def spread(value: Any, elements: Callable[[Any], Any]) -> Any:
    """A choice between collections as elements that may be absent; ``elements`` lists those of one known arm.

    The number of elements stays the sum of the arms', where mapping a function over the arms would double it.
    Gives None when an arm is no collection that ``elements`` can list (it answers None).
    """
    if type(value) is not Choice:
        return elements(value)
    if_true = spread(value.if_true, elements)
    if_false = spread(value.if_false, elements)
    if if_true is None or if_false is None:
        return None
    return [
        *(pick(value.condition, item, ABSENT) for item in if_true),
        *(pick(value.condition, ABSENT, item) for item in if_false),
    ]


def split_absent(items: list[Any], use: Callable[[list[Any]], Any], depth: int = 0) -> Any:
    """``use`` of a list of which every element certainly is there: once per way in which the absent ones turn out."""
    for item in items:
        if may_be_absent(item):
            if depth >= MAX_CHOICE_DEPTH:
                return Unknown(reasons(element for element in items if may_be_absent(element)))
            condition = item.condition
            arms = []
            for truth in (True, False):
                arm = (assume(element, condition, truth) for element in items)
                rest = same_kind(items, (element for element in arm if element is not ABSENT))
                arms.append(split_absent(rest, use, depth + 1))
            return pick(condition, arms[0], arms[1])
    return use(items)


# --- looking inside ----------------------------------------------------------------------------------------------


class TooManyParts(Exception):
    """A value has more than :data:`MAX_NODES` parts; evaluation answers TOO_LARGE."""


def check_size(value: Any) -> None:
    """Raise TooManyParts for a value that is not to be looked through; lazy objects are not forced."""
    count = 0
    stack = [value]
    while stack:
        item = stack.pop()
        parts = _parts(item)
        count += len(parts)
        if count > MAX_NODES:
            raise TooManyParts
        stack.extend(parts)


def _parts(value: Any) -> Sequence[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, OpenList):
        return value.items
    if isinstance(value, OpenMap):
        return list(value.items.values())
    return (value.if_true, value.if_false) if type(value) is Choice else ()


def walk(value: Any) -> Iterator[Any]:
    """Every value inside a value that is no collection; lazy objects inside are forced. Choices are not opened.

    Raises TooManyParts.
    """
    count = 0
    stack = [value]
    while stack:
        item = stack.pop()
        count += 1
        if count > MAX_NODES:
            raise TooManyParts
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, OpenMap):
            yield item
            stack.extend(item.items.values())
        elif isinstance(item, LazyObject):
            stack.append(item.force())
        elif isinstance(item, OpenList):
            yield item
            stack.extend(item.items)
        else:
            yield item


def find_error(value: Any) -> Invalid | None:
    """An error inside a value, outside of undecided arms; lazy objects are not forced. Raises TooManyParts."""
    check_size(value)
    stack = [value]
    while stack:
        item = stack.pop()
        if type(item) is Invalid:
            return item
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, (OpenList, OpenMap)):
            stack.extend(item.items if isinstance(item, OpenList) else item.items.values())
    return None


def text_size(value: Any) -> int:
    """The characters of all strings and keys inside known data: at least what writing it as text takes.

    Raises TooManyParts.
    """
    check_size(value)
    size = 0
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            size += len(item)
        elif isinstance(item, dict):
            size += sum(map(len, item))
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return size


def is_decided(value: Any) -> bool:
    """Whether all of a value is known; lazy objects inside count as known, unforced. Raises TooManyParts."""
    check_size(value)
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, (Unknown, Choice, OpenList, OpenMap)):
            return False
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
    return True


def all_reasons(values: Iterable[Any]) -> frozenset[str]:
    """The reasons of everything that is not known inside the values."""
    found: set[str] = set()
    for value in values:
        for item in walk(value):
            if isinstance(item, (Unknown, OpenList, OpenMap)):
                found |= item.because
            elif type(item) is Choice:
                found |= item.condition.because
                found |= all_reasons((item.if_true, item.if_false))
    return frozenset(found)


# --- symbols -----------------------------------------------------------------------------------------------------

_NEVER_EMPTY: Final = re.compile(
    r"(?:module\.[\w-]+(?:\[[^]]*\])?\.)*[a-z][a-z0-9]*_\w+\.[\w-]+(?:\[[^]]*\])?\.(?:arn|id|name|key_id|stream_arn)"
)


def never_empty(value: Unknown) -> bool:
    """Whether an unknown is an attribute that every made resource has (its ARN, its id): never null, never ""."""
    return value.symbol is not None and _NEVER_EMPTY.fullmatch(value.symbol) is not None
