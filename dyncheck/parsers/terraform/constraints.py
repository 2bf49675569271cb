"""Type constraints of variables, ``list(object({ size = optional(number, 1) }))``, and conversion to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Union

import msgspec

from dyncheck.parsers.terraform.convert import kind_of, to_bool, to_number, to_string, unify
from dyncheck.parsers.terraform.functions.conversions import make_set, to_list, to_map
from dyncheck.parsers.terraform.syntax import Call, Expr, GetAttr, Literal, Name, ObjectCons, TupleCons
from dyncheck.parsers.terraform.tfvalues import (
    LazyObject,
    OpenMap,
    TypedList,
    TypedMap,
    all_reasons,
    invalid,
    map_arms,
    may_be_absent,
)
from dyncheck.values import ABSENT, OpenList, Unknown

_MAX_DEPTH: Final = 50


class Primitive(msgspec.Struct, frozen=True):
    """``string``, ``number``, ``bool`` or ``any``."""

    name: str


class Collection(msgspec.Struct, frozen=True):
    """``list(element)``, ``set(element)`` or ``map(element)``."""

    name: str
    element: Constraint


class Field(msgspec.Struct, frozen=True):
    """An attribute of an object type; ``default`` is the expression beside an optional one's type."""

    name: str
    type: Constraint
    optional: bool = False
    default: Union[Expr, None] = None


class ObjectType(msgspec.Struct, frozen=True):
    """``object({ … })``."""

    fields: tuple[Field, ...]


class TupleType(msgspec.Struct, frozen=True):
    """``tuple([ … ])``."""

    items: tuple[Constraint, ...]


Constraint = Union[Primitive, Collection, ObjectType, TupleType]

ANY: Final = Primitive("any")
_COLLECTIONS: Final = frozenset({"list", "set", "map"})
_PRIMITIVES: Final[dict[str, Callable[[Any], Any]]] = {"string": to_string, "number": to_number, "bool": to_bool}

Evaluate = Callable[[Expr], Any]
"""The value of a default inside a type, which is made of literals."""


def read_constraint(expr: Expr, depth: int = 0) -> Constraint:
    """The constraint that an expression writes, Terraform 0.11's quoted names included; ``any`` where it is none."""
    if depth > _MAX_DEPTH:
        return ANY
    if isinstance(expr, Literal) and isinstance(expr.value, str):
        expr = Name(expr.value)
    if isinstance(expr, Name):
        if expr.name in _PRIMITIVES:
            return Primitive(expr.name)
        return Collection(expr.name, ANY) if expr.name in _COLLECTIONS else ANY
    if not isinstance(expr, Call) or len(expr.arguments) != 1:
        return ANY
    inner = expr.arguments[0]
    if expr.function in _COLLECTIONS:
        return Collection(expr.function, read_constraint(inner, depth + 1))
    if expr.function == "object" and isinstance(inner, ObjectCons):
        return ObjectType(tuple(_field(item.key, item.value, depth) for item in inner.items))
    if expr.function == "tuple" and isinstance(inner, TupleCons):
        return TupleType(tuple(read_constraint(item, depth + 1) for item in inner.items))
    return ANY


def _field(key: Expr, value: Expr, depth: int) -> Field:
    name = key.value if isinstance(key, Literal) else key.name if isinstance(key, (Name, GetAttr)) else ""
    if isinstance(value, Call) and value.function == "optional" and value.arguments:
        default = value.arguments[1] if len(value.arguments) > 1 else None
        return Field(str(name), read_constraint(value.arguments[0], depth + 1), True, default)
    return Field(str(name), read_constraint(value, depth + 1))


def is_primitive(constraint: Constraint) -> bool:
    """Whether values of the constraint are written on the command line as they are, without quotes."""
    return isinstance(constraint, Primitive) and constraint.name != "any"


def convert_to(value: Any, constraint: Constraint, evaluate: Evaluate) -> Any:
    """The value as the constraint wants it: "5" for a number is 5, missing optional attributes get their defaults.

    Unknown stays (it is the same value), a choice is converted arm by arm. Invalid where Terraform refuses the value.
    """
    if value is None or value is ABSENT or isinstance(value, Unknown):
        return value
    if isinstance(constraint, Primitive):
        converter = _PRIMITIVES.get(constraint.name)
        return value if converter is None else converter(value)
    return map_arms(lambda arm: _convert(arm, constraint, evaluate), value)


def _convert(value: Any, constraint: Constraint, evaluate: Evaluate) -> Any:
    if value is None or value is ABSENT or isinstance(value, Unknown):
        return value
    if isinstance(value, LazyObject):
        value = value.force()
        if isinstance(value, Unknown):
            return value
    if isinstance(constraint, ObjectType):
        return _convert_object(value, constraint, evaluate)
    if isinstance(constraint, TupleType):
        return _convert_tuple(value, constraint, evaluate)
    assert isinstance(constraint, Collection)
    if constraint.name == "map":
        return _convert_map(value, constraint.element, evaluate)
    return _convert_list(value, constraint, evaluate)


def _convert_list(value: Any, constraint: Collection, evaluate: Evaluate) -> Any:
    element = constraint.element
    if isinstance(value, OpenList):
        items = [convert_to(item, element, evaluate) for item in value.items]
        if constraint.name == "list":
            return OpenList(tuple(items), value.because)
        certain = make_set(item for item in items if not may_be_absent(item))
        known = certain.items if isinstance(certain, OpenList) else tuple(certain) if isinstance(certain, list) else ()
        return OpenList(known, value.because | all_reasons(items))
    if not isinstance(value, list):
        return invalid(f"a {constraint.name} is required, but have {kind_of(value)}")
    converted = [convert_to(item, element, evaluate) for item in value]
    if constraint.name == "list":
        return to_list(converted) if element == ANY else TypedList(converted)
    return make_set(unify(converted) if element == ANY else converted)


def _convert_map(value: Any, element: Constraint, evaluate: Evaluate) -> Any:
    if isinstance(value, OpenMap):
        return OpenMap({key: convert_to(item, element, evaluate) for key, item in value.items.items()}, value.because)
    if not isinstance(value, dict):
        return invalid(f"a map is required, but have {kind_of(value)}")
    converted = {key: convert_to(item, element, evaluate) for key, item in value.items()}
    return to_map(converted) if element == ANY else TypedMap(converted)


def _convert_object(value: Any, constraint: ObjectType, evaluate: Evaluate) -> Any:
    if not isinstance(value, (dict, OpenMap)):
        return invalid(f"an object is required, but have {kind_of(value)}")
    result: dict[str, Any] = {}
    for field in constraint.fields:
        if isinstance(value, OpenMap) and field.name not in value.items:
            result[field.name] = Unknown(value.because)
            continue
        entry = value.items.get(field.name) if isinstance(value, OpenMap) else value.get(field.name, ABSENT)
        converted = _convert_field(entry, field, evaluate)
        if converted is ABSENT:
            return invalid(f"attribute {field.name[:60]!r} is required")
        result[field.name] = converted
    return result


def _convert_field(entry: Any, field: Field, evaluate: Evaluate) -> Any:
    """An attribute's value; ABSENT where one that is required is missing."""

    def arm(value: Any) -> Any:
        if value is ABSENT and not field.optional:
            return ABSENT
        if value is None or value is ABSENT:
            # A null takes the default too.
            value = None if field.default is None else evaluate(field.default)
        return convert_to(value, field.type, evaluate)

    converted = map_arms(arm, entry)
    if may_be_absent(converted):
        return map_arms(
            lambda value: invalid(f"attribute {field.name[:60]!r} is required") if value is ABSENT else value, converted
        )
    return converted


def _convert_tuple(value: Any, constraint: TupleType, evaluate: Evaluate) -> Any:
    if not isinstance(value, list):
        return invalid(f"a tuple is required, but have {kind_of(value)}")
    if len(value) != len(constraint.items):
        return invalid(f"a tuple of {len(constraint.items)} elements is required")
    return [convert_to(item, kind, evaluate) for item, kind in zip(value, constraint.items, strict=True)]
