"""Evaluated parts of a template: blocks of properties that remember their places, and functions over undecided values.

A value is a plain scalar, a tuple, a :class:`Block`, ``ABSENT`` (``AWS::NoValue``; null counts as that), or not known
(:mod:`dyncheck.values`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from dyncheck.location import Location
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, MAX_CHOICE_DEPTH, Choice, OpenList, Unknown, choose, reasons


class Block(msgspec.Struct):
    """The properties of a mapping, with the place of each and of the mapping itself.

    ``rest``: why there may be more properties than these (a macro, an include from elsewhere), else empty.
    """

    values: dict[str, Any]
    places: dict[str, Location]
    place: Location | None = None
    rest: frozenset[str] = frozenset()

    def get(self, name: str) -> Any:
        """The value of a property; ABSENT where it is not there, Unknown where it may come from elsewhere."""
        value = self.values.get(name, ABSENT)
        return Unknown(self.rest) if value is ABSENT and self.rest else value

    def locations(self, **names: str) -> dict[str, Location]:
        """Places by model attribute: ``locations(kms_key="KMSMasterKeyId")``; ``""`` is the block itself."""
        found = {attribute: self.places[name] for attribute, name in names.items() if name in self.places}
        if self.place is not None:
            found[""] = self.place
        return found


def dig(value: Any, *names: str) -> Any:
    """The property under a path of names, through choices; ABSENT where there is none."""
    for name in names:
        value = map_known(partial(_property, name), value)
    return value


def _property(name: str, plain: Any) -> Any:
    return plain.get(name) if isinstance(plain, Block) else ABSENT


def dig_place(value: Any, *names: str) -> Location | None:
    """The place of a property under a path of names, in the first arm of a choice that has it."""
    if isinstance(value, Choice):
        return dig_place(value.if_true, *names) or dig_place(value.if_false, *names)
    if not isinstance(value, Block):
        return None
    if len(names) == 1:
        return value.places.get(names[0])
    return dig_place(value.get(names[0]), *names[1:])


def map_known(function: Callable[[Any], Any], value: Any, depth: int = 0) -> Any:
    """Apply a function to every known arm, ABSENT passed through; an Unknown stays as it is, symbol and all."""
    if isinstance(value, Choice):
        if depth >= MAX_CHOICE_DEPTH:
            return Unknown(reasons([value]))
        return choose(
            value.condition,
            map_known(function, value.if_true, depth + 1),
            map_known(function, value.if_false, depth + 1),
        )
    if isinstance(value, (Unknown, OpenList)) or value is ABSENT:
        return value
    return function(value)


def default(value: Any, fallback: Any) -> Any:
    """The value with ``fallback`` in the place of ABSENT, arm by arm."""
    if isinstance(value, Choice):
        return choose(value.condition, default(value.if_true, fallback), default(value.if_false, fallback))
    return fallback if value is ABSENT else value


def build(value: Any, make: Callable[[Block], Any], fallback: Any, what: str) -> Any:
    """A struct made of a block, arm by arm; ``fallback`` where there is none, Unknown where it is not a block."""

    def from_plain(plain: Any) -> Any:
        return make(plain) if isinstance(plain, Block) else Unknown(frozenset({f"invalid {what}"}))

    return default(map_known(from_plain, closed(value)), fallback)


def map_list(function: Callable[[tuple[Any, ...]], Any], value: Any) -> Any:
    """Apply a function to the items of every list in a value; an open list stays open, ABSENT is no items.

    A single item counts as a list of one, as CloudFormation takes it.
    """
    if isinstance(value, Choice):
        return choose(value.condition, map_list(function, value.if_true), map_list(function, value.if_false))
    if isinstance(value, OpenList):
        made = function(value.items)
        return OpenList(made, value.because) if isinstance(made, tuple) else made
    if isinstance(value, Unknown):
        return value
    return function(() if value is ABSENT else value if isinstance(value, tuple) else (value,))


def build_each(value: Any, make: Callable[[Block], Any], what: str) -> Any:
    """A list of structs made of a list of blocks, which may be a choice, open or unknown as a whole or in part."""

    def from_items(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(made for item in items if (made := build(item, make, ABSENT, what)) is not ABSENT)

    return map_list(from_items, value)


def closed(value: Any) -> Any:
    """The value, with an open list, which is no scalar, as unknown."""
    if isinstance(value, Choice):
        return choose(value.condition, closed(value.if_true), closed(value.if_false))
    return Unknown(value.because) if isinstance(value, OpenList) else value


def assume(value: Any, condition: Condition, truth: bool) -> Any:
    """The value once a condition is decided."""
    while isinstance(value, Choice) and value.condition == condition:
        value = value.if_true if truth else value.if_false
    if isinstance(value, Choice):
        return choose(
            value.condition, assume(value.if_true, condition, truth), assume(value.if_false, condition, truth)
        )
    return value


def combine(function: Callable[[Sequence[Any]], Any], values: Sequence[Any], depth: int = 0) -> Any:
    """Apply a function of several values, none of them a choice, to values that may be choices."""
    choice = next((value for value in values if isinstance(value, Choice)), None)
    if choice is None:
        return function(values)
    if depth >= MAX_CHOICE_DEPTH:
        return Unknown(reasons(values))
    condition = choice.condition
    return choose(
        condition,
        combine(function, [assume(value, condition, True) for value in values], depth + 1),
        combine(function, [assume(value, condition, False) for value in values], depth + 1),
    )


def scalar_text(value: Any) -> str | None:
    """A scalar as CloudFormation writes it into a string; None for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (str, int, float)):
        return str(value)
    return None


def symbol_text(value: Any) -> str | None:
    """A value as a part of a symbol: its text, ``${symbol}`` of an unknown, None where it has neither."""
    if isinstance(value, Unknown):
        if value.symbol is None:
            return None
        is_template = "${" in value.symbol and not value.symbol.startswith("Fn::")
        return value.symbol if is_template else f"${{{value.symbol}}}"
    return scalar_text(value)


def concat(parts: Sequence[Any], what: str) -> Any:
    """The parts as one string; unknown parts make it Unknown, with a template of symbols as its symbol."""

    def joined(values: Sequence[Any]) -> Any:
        values = ["" if value is ABSENT else value for value in values]
        if any(not isinstance(value, Unknown) and scalar_text(value) is None for value in values):
            return Unknown(reasons(values) | {f"invalid {what}"})
        texts = [symbol_text(value) for value in values]
        if not any(isinstance(value, Unknown) for value in values):
            return "".join(text or "" for text in texts)
        if any(text is None for text in texts):
            return Unknown(reasons(values))
        unknowns = [value for value in values if isinstance(value, Unknown)]
        if len(unknowns) == 1 and all(value == "" or value is unknowns[0] for value in values):
            return unknowns[0]
        return Unknown(reasons(values), "".join(text or "" for text in texts))

    return combine(joined, parts)


def derived(function: str, values: Sequence[Any]) -> Unknown:
    """What a function makes of values of which some are unknown: a symbol of its own where each of them has one."""
    texts = [symbol_text(value) for value in values]
    if any(text is None for text in texts):
        return Unknown(reasons(values))
    return Unknown(reasons(values), f"{function}({', '.join(text or '' for text in texts)})")
