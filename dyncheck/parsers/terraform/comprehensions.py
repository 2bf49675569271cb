"""``for`` expressions and splats over collections that may be partly known.

An element that may not be there (its filter is undecided, or it came as a choice with an ABSENT arm) stays one: the
result holds a choice with an ABSENT arm. A collection that may hold more gives one that may hold more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dyncheck.parsers.terraform.conditions import select
from dyncheck.parsers.terraform.convert import kind_of, to_bool, to_string
from dyncheck.parsers.terraform.names import LocalScope, Scope, doubt_of
from dyncheck.parsers.terraform.syntax import Expr, ForObject, ForTuple, Splat, TemplateFor
from dyncheck.parsers.terraform.templates import join_parts
from dyncheck.parsers.terraform.tfvalues import (
    MAX_ELEMENTS,
    TOO_LARGE,
    Invalid,
    OpenMap,
    TerraformSet,
    all_reasons,
    assume,
    force,
    invalid,
    map_arms,
    may_be_absent,
    pick,
    split_absent,
)
from dyncheck.values import ABSENT, Choice, OpenList, Unknown

Evaluate = Callable[[Expr, Scope], Any]


def for_tuple(expr: ForTuple, scope: Scope, evaluate: Evaluate) -> Any:
    """``[for k, v in c : value if condition]``."""

    # One budget for all that the loop does, whatever its collection may be.
    scope = LocalScope(scope, {})

    def over(collection: Any) -> Any:
        results: list[Any] = []
        for local, presence in _iterations(expr.key, expr.value_name, collection, scope):
            if not local.budget.spend(1):
                return TOO_LARGE
            present = _present(expr.condition, local, evaluate)
            if present is not False:
                value = evaluate(expr.value, local)
                results.append(_mask(presence, select(present, value, ABSENT, _wording(expr.condition, local))))
        because = _openness(collection)
        return OpenList(tuple(results), because) if because else results

    return _over_collection(evaluate(expr.collection, scope), over, scope, keyed=bool(expr.key))


def for_object(expr: ForObject, scope: Scope, evaluate: Evaluate) -> Any:
    """``{for k, v in c : key => value... if condition}``."""

    scope = LocalScope(scope, {})

    def over(collection: Any) -> Any:
        built = ObjectBuilder(grouping=expr.grouping)
        for local, presence in _iterations(expr.key, expr.value_name, collection, scope):
            if not local.budget.spend(1):
                return TOO_LARGE
            present = _present(expr.condition, local, evaluate)
            if present is not False:
                key = evaluate(expr.result_key, local)
                value = select(present, evaluate(expr.value, local), ABSENT, _wording(expr.condition, local))
                built.add(key, _mask(presence, value))
            if built.error is not None:
                return built.error
        return built.result(_openness(collection))

    return _over_collection(evaluate(expr.collection, scope), over, scope, keyed=bool(expr.key))


def for_text(expr: TemplateFor, scope: Scope, evaluate: Evaluate) -> Any:
    """``%{ for k, v in c }…%{ endfor }``."""

    scope = LocalScope(scope, {})

    def over(collection: Any) -> Any:
        parts: list[Any] = []
        for local, presence in _iterations(expr.key, expr.value, collection, scope):
            if not local.budget.spend(1):
                return TOO_LARGE
            parts.append(_mask(presence, evaluate(expr.body, local), absent=""))
        because = _openness(collection)
        return Unknown(because | all_reasons(parts)) if because else join_parts(parts)

    return _over_collection(evaluate(expr.collection, scope), over, scope, keyed=bool(expr.key))


def splat(expr: Splat, scope: Scope, evaluate: Evaluate) -> Any:
    """``target[*].rest``: over a list or set; a single value counts as a list of one, null as an empty list."""

    def apply(item: Any) -> Any:
        return map_arms(
            lambda arm: ABSENT if arm is ABSENT else evaluate(expr.each, LocalScope(scope, {"*": arm})), item
        )

    def over(target: Any) -> Any:
        if target is None:
            return []
        if isinstance(target, Invalid):
            return target
        if isinstance(target, Unknown):
            star = None if target.symbol is None else f"{target.symbol}[*]"
            return evaluate(expr.each, LocalScope(scope, {"*": Unknown(target.because, star)}))
        if isinstance(target, list):
            return [apply(item) for item in target]
        if isinstance(target, OpenList):
            return OpenList(tuple(apply(item) for item in target.items), target.because)
        return [apply(target)]

    return map_arms(over, evaluate(expr.target, scope))


# --- iteration ---------------------------------------------------------------------------------------------------


def _over_collection(collection: Any, over: Callable[[Any], Any], scope: Scope, *, keyed: bool) -> Any:
    def known(value: Any) -> Any:
        value = force(value)
        if isinstance(value, Unknown):
            return _unknown_result(value, scope)
        if isinstance(value, list):
            if len(value) > MAX_ELEMENTS:
                return TOO_LARGE
            if keyed and not isinstance(value, TerraformSet) and any(may_be_absent(item) for item in value):
                return split_absent(value, over)
            return over(value)
        if isinstance(value, (dict, OpenMap, OpenList)):
            return over(value)
        if type(value) is Choice:
            return map_arms(known, value)
        return invalid(f"cannot iterate over {kind_of(value)}")

    return map_arms(known, collection)


def _unknown_result(collection: Unknown, scope: Scope) -> Unknown:
    if isinstance(collection, Invalid):
        return collection
    doubt = doubt_of(scope)
    if doubt is not None:
        doubt.note((collection,))
    return Unknown(collection.because)


def _pairs(collection: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(collection, TerraformSet):
        return ((item, item) for item in collection)
    if isinstance(collection, OpenMap):
        collection = collection.items
    if isinstance(collection, dict):
        return ((key, collection[key]) for key in sorted(collection))
    if isinstance(collection, OpenList):
        return ((Unknown(collection.because), item) for item in collection.items)
    return enumerate(collection)


def _iterations(key: str, name: str, collection: Any, scope: LocalScope) -> Iterator[tuple[LocalScope, Any]]:
    """A scope for each element, with the element itself where it may be absent (else None)."""
    for position, (item_key, item) in enumerate(_pairs(collection)):
        presence = item if may_be_absent(item) else None
        names = {name: item if presence is None else _certain(item)}
        if key:
            names[key] = item_key
        yield LocalScope(scope, names, f"{scope.context}{name}#{position} "), presence


def _certain(item: Any) -> Any:
    """An element as it is where it is not absent."""
    if type(item) is not Choice:
        return item
    if_true, if_false = _certain(item.if_true), _certain(item.if_false)
    if if_true is ABSENT:
        return if_false
    return if_true if if_false is ABSENT else pick(item.condition, if_true, if_false)


def _mask(presence: Any, value: Any, absent: Any = ABSENT) -> Any:
    """The value made of an element, absent where the element is."""
    if presence is ABSENT:
        return absent
    if type(presence) is not Choice:
        return value
    condition = presence.condition
    return pick(
        condition,
        _mask(presence.if_true, assume(value, condition, True), absent),
        _mask(presence.if_false, assume(value, condition, False), absent),
    )


def _present(condition: Expr | None, local: LocalScope, evaluate: Evaluate) -> Any:
    if condition is None:
        return True
    present = to_bool(evaluate(condition, local))
    if local.doubt is not None and isinstance(present, Unknown):
        local.doubt.note((present,))
    return present


def _wording(condition: Expr | None, local: LocalScope) -> Callable[[], str]:
    return lambda: "" if condition is None else local.wording(condition)


def _openness(collection: Any) -> frozenset[str]:
    return collection.because if isinstance(collection, (OpenList, OpenMap)) else frozenset()


class ObjectBuilder:
    """An object being built from keys and values that may be undecided."""

    def __init__(self, *, grouping: bool) -> None:
        self.grouping = grouping
        self.items: dict[str, Any] = {}
        self.because: frozenset[str] = frozenset()
        self.error: Invalid | None = None

    def add(self, key: Any, value: Any, *, override: bool = False) -> None:
        """Add one pair; an undecided key adds each of its possible keys as an entry that may be absent.

        A second value for a key is an error, or overrides the first, as it does between braces.
        """
        key = to_string(force(key))
        if type(key) is Choice:
            condition = key.condition
            self.add(key.if_true, pick(condition, assume(value, condition, True), ABSENT), override=override)
            self.add(key.if_false, pick(condition, ABSENT, assume(value, condition, False)), override=override)
        elif value is ABSENT or key is ABSENT:
            return
        elif key is None or isinstance(key, Invalid):
            # Where it may be absent it is: present, it would be an error.
            if not may_be_absent(value):
                self.error = key if isinstance(key, Invalid) else invalid("a key must not be null")
        elif isinstance(key, Unknown):
            self.because |= key.because
            if override:
                self.items = hide(self.items, key.because)
        elif self.grouping:
            self.items.setdefault(key, []).append(value)
        elif key not in self.items:
            self.items[key] = value
        elif override:
            self.items[key] = fill(value, self.items[key])
        elif may_be_absent(value) or may_be_absent(self.items[key]):
            self.items[key] = fill(self.items[key], value)
        else:
            self.error = invalid(f"two items have the key {key[:40]!r}")

    def result(self, because: frozenset[str]) -> Any:
        """What was built, open where the collection or a key was not known."""
        because |= self.because
        if not self.grouping:
            return OpenMap(self.items, because) if because else self.items
        groups = {key: _group(items) for key, items in self.items.items()}
        hidden = [group for group in groups.values() if isinstance(group, Unknown)]
        groups = {key: group for key, group in groups.items() if not isinstance(group, Unknown)}
        because |= all_reasons(hidden)
        if not because:
            return groups
        return OpenMap({key: _opened(group, because) for key, group in groups.items()}, because)


def _group(items: list[Any]) -> Any:
    """The elements of one key; absent where all of them are."""
    if not all(may_be_absent(item) for item in items):
        return items
    return split_absent(items, lambda present: present if present else ABSENT)


def _opened(group: Any, because: frozenset[str]) -> Any:
    return map_arms(lambda arm: OpenList(tuple(arm), because) if isinstance(arm, list) else arm, group)


def hide(entries: dict[str, Any], because: frozenset[str]) -> dict[str, Any]:
    """Entries that something unknown may override: those that are certain to be there, without their values."""
    return {key: Unknown(because | all_reasons((entry,))) for key, entry in entries.items() if not may_be_absent(entry)}


def fill(value: Any, other: Any) -> Any:
    """The value, with ``other`` where it is absent."""
    return map_arms(lambda arm: other if arm is ABSENT else arm, value)
