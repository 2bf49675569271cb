"""The elements of a collection that may be partly known: what ``dynamic``, ``for_each`` and nested objects run over."""

from __future__ import annotations

from typing import Any, Union

import msgspec

from dyncheck.parsers.terraform.tfvalues import MAX_ELEMENTS, LazyObject, OpenMap, TerraformSet, may_be_absent
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, choose, unknown


class Pair(msgspec.Struct, frozen=True):
    """One element: its key (index, map key, or the element itself in a set) and its value."""

    key: Any
    value: Any


Elements = Union[tuple[Any, ...], OpenList]


def elements(collection: Any) -> Elements:
    """The pairs of a collection in order; an element that may be missing is a Choice with an ABSENT arm."""
    if isinstance(collection, LazyObject):
        collection = collection.force()
    if collection is None or collection is ABSENT:
        return ()
    if isinstance(collection, Unknown):
        return OpenList((), collection.because)
    if isinstance(collection, OpenMap):
        return OpenList(_entries(collection.items), collection.because)
    if isinstance(collection, OpenList):
        return OpenList(_listed(collection.items), collection.because)
    if isinstance(collection, Choice):
        return _merged(collection)
    if isinstance(collection, (dict, list, tuple)) and len(collection) > MAX_ELEMENTS:
        return OpenList((), frozenset({"expression too large"}))
    if isinstance(collection, dict):
        return _entries(collection)
    if isinstance(collection, TerraformSet):
        return tuple(_paired(item, item) for item in collection)
    if isinstance(collection, (list, tuple)):
        return _listed(tuple(collection))
    return OpenList((), frozenset({"invalid for_each"}))


def _entries(items: dict[str, Any]) -> tuple[Any, ...]:
    """The entries of a map in Terraform's order, by key."""
    return tuple(_paired(key, items[key]) for key in sorted(items))


def _listed(items: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_paired(index, item) for index, item in enumerate(items))


def _paired(key: Any, value: Any) -> Any:
    if value is ABSENT:
        return ABSENT
    if may_be_absent(value):
        same = key is value
        arms = (value.if_true, value.if_false)
        return Choice(value.condition, *(_paired(arm if same else key, arm) for arm in arms))
    return Pair(key, value)


def _merged(choice: Choice) -> Elements:
    """Both arms side by side: what only one arm holds is absent in the other."""
    arms = [elements(choice.if_true), elements(choice.if_false)]
    lists = [arm.items if isinstance(arm, OpenList) else arm for arm in arms]
    because: frozenset[str] = frozenset().union(*(arm.because for arm in arms if isinstance(arm, OpenList)))
    length = max(len(lists[0]), len(lists[1]))
    padded = [[*items, *([ABSENT] * (length - len(items)))] for items in lists]
    merged = tuple(choose(choice.condition, one, other) for one, other in zip(*padded, strict=True))
    return OpenList(merged, because) if because else merged


class Keyed(msgspec.Struct, frozen=True):
    """A collection by its keys, as ``for_each`` of a resource sees it.

    ``values``: by key, with ABSENT arms where a key may be missing. ``open``: an Unknown that stands for further
    elements whose keys are not known, or None.
    """

    values: dict[str, Any]
    open: Unknown | None = None


def keyed(collection: Any) -> Keyed:
    """The keys and values of a map, or of a set of strings; null is an empty map."""
    if isinstance(collection, LazyObject):
        collection = collection.force()
    if collection is None or collection is ABSENT:
        return Keyed({})
    if isinstance(collection, Unknown):
        return Keyed({}, collection)
    if isinstance(collection, Choice):
        arms = keyed(collection.if_true), keyed(collection.if_false)
        values = {
            key: choose(collection.condition, arms[0].values.get(key, ABSENT), arms[1].values.get(key, ABSENT))
            for key in {**arms[0].values, **arms[1].values}
        }
        return Keyed(values, next((arm.open for arm in arms if arm.open is not None), None))
    if isinstance(collection, dict):
        return Keyed(dict(collection))
    if isinstance(collection, OpenMap):
        return Keyed(dict(collection.items), Unknown(collection.because))
    if isinstance(collection, OpenList):
        return _set(collection.items, Unknown(collection.because))
    if isinstance(collection, (list, tuple)):
        return _set(tuple(collection), None)
    return Keyed({}, unknown("invalid for_each"))


def _set(items: tuple[Any, ...], open_end: Unknown | None) -> Keyed:
    values: dict[str, Any] = {}
    for item in items:
        if isinstance(item, Unknown):
            open_end = open_end if open_end is not None else item
        elif isinstance(item, Choice):
            part = keyed(Choice(item.condition, _one(item.if_true), _one(item.if_false)))
            values.update(part.values)
            open_end = open_end if open_end is not None else part.open
        else:
            values[str(item)] = item
    return Keyed(values, open_end)


def _one(item: Any) -> Any:
    return () if item is ABSENT else item if isinstance(item, Unknown) else (item,)
