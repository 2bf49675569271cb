"""``count`` and ``for_each``: the instances of a resource, data source or call, and what a reference to it is."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import msgspec

from dyncheck.parsers.coerce import to_int
from dyncheck.parsers.terraform.elements import keyed
from dyncheck.parsers.terraform.tfvalues import TOO_LARGE, LazyObject
from dyncheck.parsers.terraform.undecided import assume, assumptions_of, presence_of
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, choose, lift, reasons, unknown


class Instance(msgspec.Struct, frozen=True):
    """One instance of a block.

    ``suffix`` is the part of the address after the name (``[0]``, ``["a"]`` or nothing). ``names`` are the values of
    ``each`` and ``count`` inside it. ``assumptions`` hold wherever it exists.
    """

    suffix: str = ""
    names: dict[str, dict[str, Any]] = {}
    presence: Any = True
    assumptions: dict[Condition, bool] = {}


class Expansion(msgspec.Struct, frozen=True):
    """All instances of a block. ``shape``: how a reference to the whole looks; ``excess``: why it was cut short."""

    shape: Literal["single", "list", "map", "unknown"]
    instances: tuple[Instance, ...]
    collection: Any = None
    excess: str | None = None

    def reference(self, make: Callable[[Instance], Any]) -> Any:
        """The value of a reference to the block: an object, a list, a map; a choice of them; any of unknown many."""
        if self.shape == "single":
            return make(self.instances[0])
        if self.shape == "unknown":
            if not self.instances:
                return self.collection
            objects = {item.suffix: make(item) for item in self.instances}
            return AnyInstance(objects, reasons([self.collection]), counted="count" in self.instances[0].names)
        if self.shape == "list":
            listed = [make(item) for item in self.instances]
            return lift(lambda count: listed[:count], self.collection)
        by_key = {item.names["each"]["key"]: (item, make(item)) for item in self.instances}
        held = {key: _while_present(item.presence, made) for key, (item, made) in by_key.items()}
        return _map_arms(held)


class AnyInstance(LazyObject):
    """A reference to a block with unknown ``count`` or ``for_each``: each element is taken to be the representative."""

    def __init__(self, instances: dict[str, Any], because: frozenset[str], *, counted: bool) -> None:
        self._instances = instances
        self.because = because
        self._counted = counted

    def get(self, name: str) -> Any:
        """The instance with that key, else the representative; of a counted block, an attribute in a splat."""
        representative = next(reversed(self._instances.values()))
        if self._counted:
            return representative if name.isdigit() else representative.get(name)
        return self._instances.get(key_suffix(name), representative)

    def element(self, key: Unknown) -> Any:
        """The instance under a key that is not known: the representative."""
        return next(reversed(self._instances.values()))

    def force(self) -> Any:
        """As data: a list that may be longer."""
        return OpenList(tuple(self._instances.values()), self.because)


def expand(count: Any, for_each: Any, *, counted: bool, mapped: bool, limit: int) -> Expansion:
    """The instances for evaluated ``count`` (when ``counted``) or ``for_each`` (when ``mapped``) arguments.

    Of more than ``limit`` instances one representative is made.
    """
    if mapped:
        return _expand_for_each(for_each, limit)
    if counted:
        return _expand_count(count, limit)
    return Expansion("single", (Instance(),))


def key_suffix(key: str) -> str:
    """The address of a map element: ``["key"]``, quotes and backslashes escaped."""
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'


def _expand_count(count: Any, limit: int) -> Expansion:
    number = _as_count(count)
    longest = _longest(number)
    if longest is None or longest > limit:
        because = reasons([number]) or frozenset({f"count = {longest}"})
        hidden = Unknown(because)
        presence: Any = hidden if longest is None else True
        excess = None if longest is None else f"count is {longest}: only one instance is looked at"
        return Expansion("unknown", (Instance("", {"count": {"index": hidden}}, presence),), hidden, excess)
    instances = []
    for index in range(longest):
        presence = lift(partial(operator.lt, index), number)
        if presence is not False:
            assumptions = assumptions_of(presence)
            instances.append(Instance(f"[{index}]", {"count": {"index": index}}, presence, assumptions))
    return Expansion("list", tuple(instances), number)


def _as_count(count: Any) -> Any:
    """A count as a whole number in every arm; the booleans of old configurations are 0 and 1."""
    if isinstance(count, Choice):
        return choose(count.condition, _as_count(count.if_true), _as_count(count.if_false))
    if isinstance(count, OpenList):
        return Unknown(count.because)
    number = to_int(int(count) if isinstance(count, bool) else count)
    return number if isinstance(number, (int, Unknown)) else unknown("invalid count")


def _longest(number: Any) -> int | None:
    if isinstance(number, Choice):
        arms = [_longest(number.if_true), _longest(number.if_false)]
        known = [arm for arm in arms if arm is not None]
        return max(known) if known else None
    return max(0, number) if isinstance(number, int) else None


def _expand_for_each(collection: Any, limit: int) -> Expansion:
    if isinstance(collection, AnyInstance):
        return _chained(collection)
    found = keyed(collection)
    if len(found.values) > limit:
        size = f"for_each has {len(found.values)} elements: only one instance is looked at"
        return Expansion("unknown", (_representative(unknown("for_each"), True),), collection, size)
    instances = []
    for key, value in sorted(found.values.items()):
        presence = presence_of(value)
        assumptions = assumptions_of(presence)
        names = {"each": {"key": key, "value": _without_absent(assume(value, assumptions))}}
        instances.append(Instance(key_suffix(key), names, presence, assumptions))
    if found.open is None:
        return Expansion("map", tuple(instances), collection)
    too_large = found.open.because == TOO_LARGE.because
    excess = "for_each has too many elements: only one instance is looked at" if too_large else None
    instances.append(_representative(found.open, Unknown(found.open.because)))
    return Expansion("unknown", tuple(instances), found.open, excess)


def _chained(source: AnyInstance) -> Expansion:
    """One instance for each of a block whose own instances are not known: a representative with that one's value."""
    hidden = Unknown(source.because)
    names = {"each": {"key": hidden, "value": source.element(hidden)}}
    return Expansion("unknown", (Instance("", names, hidden),), hidden)


def _representative(hidden: Unknown, presence: Any) -> Instance:
    """An instance that stands for those whose keys are not known."""
    symbols = [None if hidden.symbol is None else f"{hidden.symbol}[*].{part}" for part in ("key", "value")]
    key, value = (Unknown(hidden.because, symbol) for symbol in symbols)
    return Instance("", {"each": {"key": key, "value": value}}, presence)


def _without_absent(value: Any) -> Any:
    """The value of an element that exists; arms in which it would not are dropped."""
    if isinstance(value, Choice):
        if value.if_true is ABSENT:
            return _without_absent(value.if_false)
        if value.if_false is ABSENT:
            return _without_absent(value.if_true)
    return value


def _while_present(presence: Any, made: Any) -> Any:
    return lift(lambda exists: made if exists else ABSENT, presence)


def _map_arms(held: dict[str, Any]) -> Any:
    """A map of which some keys may be missing, as a choice of maps with those keys or without."""
    for value in held.values():
        if isinstance(value, Choice):
            condition = value.condition
            return Choice(
                condition,
                _map_arms({key: assume(item, {condition: True}) for key, item in held.items()}),
                _map_arms({key: assume(item, {condition: False}) for key, item in held.items()}),
            )
    return {key: value for key, value in held.items() if value is not ABSENT}
