"""Macros as closures: the walks over lists, and the only loops of the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from dyncheck.policy.closures import truth
from dyncheck.policy.frames import Closure, Frame, spend
from dyncheck.policy.operations import elements, listed, merged
from dyncheck.policy.syntax import MacroName
from dyncheck.values import Choice, Unknown

Maker = Callable[[Closure, int, Closure, int], Closure]
"""Makes a closure from that of the list, the place of the variable in the frame, that of the body, and its toll."""


def _quantifier(decisive: bool) -> Maker:
    """``all`` (one False decides) or ``exists`` (one True decides)."""
    other = not decisive

    def make(target: Closure, slot: int, body: Closure, toll: int) -> Closure:
        def run(frame: Frame) -> Any:
            items, hidden = target(frame), None
            if items.__class__ is not tuple or Choice in map(type, items):
                items, hidden = elements(items)
            spend(frame, len(items) * toll)
            unknown = None if hidden is None else [Unknown(hidden)]
            for item in items:
                frame[slot] = item
                value = body(frame)
                if value is decisive:
                    return decisive
                if value is not other:
                    unknown = [truth(value)] if unknown is None else [*unknown, truth(value)]
            return other if unknown is None else merged(unknown)

        return run

    return make


def _exists_one(target: Closure, slot: int, body: Closure, toll: int) -> Closure:
    def run(frame: Frame) -> Any:
        items, hidden = elements(target(frame))
        spend(frame, len(items) * toll)
        unknown = [] if hidden is None else [Unknown(hidden)]
        count = 0
        for item in items:
            frame[slot] = item
            value = body(frame)
            if value is True:
                count += 1
            elif value is not False:
                unknown.append(truth(value))
        if count > 1 or not unknown:
            return count == 1
        return merged(unknown)

    return run


def _filter(target: Closure, slot: int, body: Closure, toll: int) -> Closure:
    def run(frame: Frame) -> Any:
        items, hidden = elements(target(frame))
        spend(frame, len(items) * toll)
        kept: list[Any] = []
        for item in items:
            frame[slot] = item
            value = body(frame)
            if value is True:
                kept.append(item)
            elif value is not False:
                hidden = (hidden or frozenset()) | truth(value).because
        return listed(kept, hidden)

    return run


def _map(target: Closure, slot: int, body: Closure, toll: int) -> Closure:
    def run(frame: Frame) -> Any:
        items, hidden = elements(target(frame))
        spend(frame, len(items) * toll)
        made: list[Any] = []
        for item in items:
            frame[slot] = item
            made.append(body(frame))
        return listed(made, hidden)

    return run


MACROS: Final[Mapping[MacroName, Maker]] = {
    "all": _quantifier(False),
    "exists": _quantifier(True),
    "exists_one": _exists_one,
    "filter": _filter,
    "map": _map,
}
"""The maker of each macro's closure."""
