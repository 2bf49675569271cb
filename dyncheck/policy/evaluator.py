"""From a checked tree to a closure that evaluates it: three-valued, bounded, without any Python code of the rule.

A closure takes a *frame*, a list: the resource, the steps that are left, and one place for each variable in scope. It
gives a plain value, a tuple, a map, a model object, an OpenList, an Unknown or a Choice; the last two count as unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from dyncheck.policy.functions import FUNCTIONS
from dyncheck.policy.limits import MAX_LOOPS, MAX_STEPS
from dyncheck.policy.operations import (
    EvaluationError,
    add,
    divide,
    elements,
    equal,
    field_of,
    is_in,
    item_at,
    listed,
    merged,
    minus,
    multiply,
    negate,
    ordering,
    remainder,
    subtract,
    type_name,
    undecided,
)
from dyncheck.policy.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    Name,
    Select,
    Unary,
)
from dyncheck.values import Choice, OpenList, Unknown

Frame = list[Any]
Closure = Callable[[Frame], Any]

RESOURCE: Final = 0
STEPS: Final = 1
ELEMENT: Final = 2
FRAME_SIZE: Final = 3 + MAX_LOOPS

_OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
    "<": ordering("<"),
    "<=": ordering("<="),
    ">": ordering(">"),
    ">=": ordering(">="),
    "in": is_in,
}

_FOREIGN: Final = frozenset(
    name for kind in (dict, tuple, str, int, float, OpenList, Unknown, Choice) for name in dir(kind)
)
"""Attributes of values that are no model objects: a field of such a name is looked up with care."""


def new_frame(resource: Any) -> Frame:
    """A frame for one resource; the engine puts the element of ``each`` into its place."""
    frame: Frame = [None] * FRAME_SIZE
    frame[RESOURCE] = resource
    frame[STEPS] = MAX_STEPS
    return frame


def compile_expression(node: Expression, slots: Mapping[str, int], params: Mapping[str, Any]) -> Closure:
    """The closure of a checked tree. ``slots``: the frame's place of each name; ``params``: their values, built in."""
    return _Compiler(dict(params)).compile(node, dict(slots))


def spend(frame: Frame, steps: int) -> None:
    """Count steps against what one check may take on one resource."""
    frame[STEPS] -= steps
    if frame[STEPS] < 0:
        raise EvaluationError(f"the check takes more than {MAX_STEPS:,} steps")


class _Compiler:
    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params

    def compile(self, node: Expression, slots: dict[str, int]) -> Closure:
        if isinstance(node, Literal):
            return _constant(node.value)
        if isinstance(node, (Name, Select)):
            return self._path(node, slots)
        if isinstance(node, Index):
            return _applied(item_at, self.compile(node.operand, slots), self.compile(node.index, slots))
        if isinstance(node, ListOf):
            return self._list(node, slots)
        if isinstance(node, Unary):
            operand = self.compile(node.operand, slots)
            function = negate if node.operator == "!" else minus
            return lambda frame: function(operand(frame))
        if isinstance(node, Binary):
            return self._binary(node, slots)
        if isinstance(node, Logical):
            operands = [self.compile(operand, slots) for operand in node.operands]
            return _all_of(operands) if node.operator == "&&" else _any_of(operands)
        if isinstance(node, Conditional):
            return _conditional(*(self.compile(part, slots) for part in (node.test, node.yes, node.no)))
        if isinstance(node, Call):
            return self._call(node, slots)
        return self._macro(node, slots)

    def _path(self, node: Name | Select, slots: dict[str, int]) -> Closure:
        fields: list[str] = []
        root: Expression = node
        while isinstance(root, Select):
            fields.insert(0, root.field)
            root = root.operand
        if isinstance(root, Name) and root.name == "params":
            return _constant(_frozen(self._params[fields[0]])) if len(fields) == 1 else self._fields(node, slots)
        if not isinstance(root, Name):
            return _walk(self.compile(root, slots), fields)
        slot = slots[root.name]
        if not fields:
            return operator.itemgetter(slot)
        if not _FOREIGN.isdisjoint(fields):
            return _walk(operator.itemgetter(slot), fields)
        fetch = operator.attrgetter(".".join(fields))

        def path(frame: Frame) -> Any:
            try:
                return fetch(frame[slot])
            except AttributeError:
                return _step(frame[slot], fields)

        return path

    def _fields(self, node: Name | Select, slots: dict[str, int]) -> Closure:
        if not isinstance(node, Select):
            raise EvaluationError("params is not a value: name one of its fields")
        return _walk(self.compile(node.operand, slots), [node.field])

    def _list(self, node: ListOf, slots: dict[str, int]) -> Closure:
        if all(isinstance(item, Literal) for item in node.items):
            return _constant(tuple(item.value for item in node.items if isinstance(item, Literal)))
        items = [self.compile(item, slots) for item in node.items]
        return lambda frame: tuple(item(frame) for item in items)

    def _binary(self, node: Binary, slots: dict[str, int]) -> Closure:
        left, right = self.compile(node.left, slots), self.compile(node.right, slots)
        if node.operator in ("==", "!="):
            if isinstance(node.right, Literal) and node.right.value.__class__ in (str, bool):
                return _compared(left, node.right.value, node.operator == "==")
            same = _weighed(equal, left, right)
            return same if node.operator == "==" else lambda frame: negate(same(frame))
        combine = _weighed if node.operator in ("in", "+") else _applied
        return combine(_OPERATORS[node.operator], left, right)

    def _call(self, node: Call, slots: dict[str, int]) -> Closure:
        function = FUNCTIONS[node.function]
        if node.function == "has":
            return self._has(node.arguments[0], slots)
        arguments = [self.compile(argument, slots) for argument in node.arguments]
        implementation, cost = function.implementation, function.cost
        if not function.strict:
            only = arguments[0]
            return lambda frame: implementation(only(frame))

        def call(frame: Frame) -> Any:
            values = [argument(frame) for argument in arguments]
            for value in values:
                if value.__class__ is Unknown or value.__class__ is Choice:
                    return merged(values)
            if cost is not None:
                spend(frame, cost(*values))
            return implementation(*values)

        return call

    def _has(self, argument: Expression, slots: dict[str, int]) -> Closure:
        if not isinstance(argument, Select):
            raise EvaluationError("has() takes a field")
        owner, field = self.compile(argument.operand, slots), argument.field

        def has(frame: Frame) -> Any:
            holder = owner(frame)
            unknown = undecided(holder)
            if unknown is not None:
                return Unknown(unknown.because)
            if holder.__class__ is dict:
                present = is_in(field, holder)
                return present if present is not True else _is_decided(holder[field])
            value = field_of(holder, field)
            return False if value is None else _is_decided(value)

        return has

    def _macro(self, node: Macro, slots: dict[str, int]) -> Closure:
        slot = max(max(slots.values(), default=ELEMENT), ELEMENT) + 1
        target = self.compile(node.target, slots)
        body = self.compile(node.body, {**slots, node.variable: slot})
        return _MACROS[node.name](target, slot, body)


def _is_decided(value: Any) -> Any:
    unknown = undecided(value)
    return True if unknown is None else Unknown(unknown.because)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


def _constant(value: Any) -> Closure:
    return lambda frame: value


def _applied(function: Callable[[Any, Any], Any], left: Closure, right: Closure) -> Closure:
    return lambda frame: function(left(frame), right(frame))


def _weighed(function: Callable[[Any, Any], Any], left: Closure, right: Closure) -> Closure:
    """Like :func:`_applied`, with the elements of lists counted as steps."""

    def weighed(frame: Frame) -> Any:
        one, other = left(frame), right(frame)
        for value in (one, other):
            if isinstance(value, tuple):
                spend(frame, len(value))
            elif isinstance(value, OpenList):
                spend(frame, len(value.items))
        return function(one, other)

    return weighed


def _walk(root: Closure, fields: list[str]) -> Closure:
    return lambda frame: _step(root(frame), fields)


def _step(value: Any, fields: list[str]) -> Any:
    for field in fields:
        value = field_of(value, field)
    return value


def _compared(left: Closure, constant: Any, same: bool) -> Closure:
    """Comparison with a constant string or bool: by far the commonest expression of all."""
    kind = constant.__class__
    other = not same

    def compared(frame: Frame) -> Any:
        value = left(frame)
        if value.__class__ is kind:
            return same if value == constant else other
        truth = equal(value, constant)
        return truth if same else negate(truth)

    return compared


def _truth(value: Any) -> Any:
    """A value that is neither True nor False, as a truth: Unknown, or an error."""
    unknown = undecided(value)
    if unknown is None:
        raise EvaluationError(f"{type_name(value)} is not a bool")
    return unknown


def _all_of(operands: list[Closure]) -> Closure:
    def all_of(frame: Frame) -> Any:
        unknown = None
        for operand in operands:
            value = operand(frame)
            if value is False:
                return False
            if value is not True:
                unknown = [_truth(value)] if unknown is None else [*unknown, _truth(value)]
        return True if unknown is None else merged(unknown)

    return all_of


def _any_of(operands: list[Closure]) -> Closure:
    def any_of(frame: Frame) -> Any:
        unknown = None
        for operand in operands:
            value = operand(frame)
            if value is True:
                return True
            if value is not False:
                unknown = [_truth(value)] if unknown is None else [*unknown, _truth(value)]
        return False if unknown is None else merged(unknown)

    return any_of


def _conditional(test: Closure, yes: Closure, no: Closure) -> Closure:
    def conditional(frame: Frame) -> Any:
        value = test(frame)
        if value is True:
            return yes(frame)
        if value is False:
            return no(frame)
        unknown = _truth(value)
        one, other = yes(frame), no(frame)
        if equal(one, other) is True:
            return one
        return merged((unknown, one, other))

    return conditional


def _all(target: Closure, slot: int, body: Closure) -> Closure:
    def run(frame: Frame) -> Any:
        items, hidden = elements(target(frame))
        spend(frame, len(items))
        unknown = None if hidden is None else [Unknown(hidden)]
        for item in items:
            frame[slot] = item
            value = body(frame)
            if value is False:
                return False
            if value is not True:
                unknown = [_truth(value)] if unknown is None else [*unknown, _truth(value)]
        return True if unknown is None else merged(unknown)

    return run


def _exists(target: Closure, slot: int, body: Closure) -> Closure:
    def run(frame: Frame) -> Any:
        items, hidden = elements(target(frame))
        spend(frame, len(items))
        unknown = None if hidden is None else [Unknown(hidden)]
        for item in items:
            frame[slot] = item
            value = body(frame)
            if value is True:
                return True
            if value is not False:
                unknown = [_truth(value)] if unknown is None else [*unknown, _truth(value)]
        return False if unknown is None else merged(unknown)

    return run


def _exists_one(target: Closure, slot: int, body: Closure) -> Closure:
    def run(frame: Frame) -> Any:
        items, hidden = elements(target(frame))
        spend(frame, len(items))
        unknown = [] if hidden is None else [Unknown(hidden)]
        count = 0
        for item in items:
            frame[slot] = item
            value = body(frame)
            if value is True:
                count += 1
            elif value is not False:
                unknown.append(_truth(value))
        if count > 1 or not unknown:
            return count == 1
        return merged(unknown)

    return run


def _filter(target: Closure, slot: int, body: Closure) -> Closure:
    def run(frame: Frame) -> Any:
        items, hidden = elements(target(frame))
        spend(frame, len(items))
        kept: list[Any] = []
        for item in items:
            frame[slot] = item
            value = body(frame)
            if value is True:
                kept.append(item)
            elif value is not False:
                hidden = (hidden or frozenset()) | _truth(value).because
        return listed(kept, hidden)

    return run


def _map(target: Closure, slot: int, body: Closure) -> Closure:
    def run(frame: Frame) -> Any:
        items, hidden = elements(target(frame))
        spend(frame, len(items))
        made: list[Any] = []
        for item in items:
            frame[slot] = item
            made.append(body(frame))
        return listed(made, hidden)

    return run


_MACROS: Final[Mapping[str, Callable[[Closure, int, Closure], Closure]]] = {
    "all": _all,
    "exists": _exists,
    "exists_one": _exists_one,
    "filter": _filter,
    "map": _map,
}
