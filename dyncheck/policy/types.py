"""The types of the policy language, and those of the model's fields, taken from its annotations."""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints
from typing import Literal as OneOf

import msgspec

from dyncheck.model import RESOURCE_KINDS
from dyncheck.policy.functions import Arn
from dyncheck.values import Choice, OpenList, Unknown

TypeKind = OneOf["any", "null", "bool", "int", "double", "string", "list", "map", "object"]

_HIDDEN_FIELDS: Final = frozenset({"locations"})
_SCALARS: Final[Mapping[Any, TypeKind]] = {bool: "bool", int: "int", float: "double", str: "string"}


class Type(msgspec.Struct, frozen=True):
    """A type. ``item``: of a list's elements or a map's values; ``struct``: of an object; ``nullable``: may be null."""

    kind: TypeKind
    item: Type | None = None
    struct: type[msgspec.Struct] | None = None
    nullable: bool = False

    def __str__(self) -> str:
        if self.kind == "list" and self.item is not None:
            return f"list({self.item})"
        if self.kind == "map" and self.item is not None:
            return f"map(string, {self.item})"
        return self.struct.__name__ if self.struct is not None else self.kind


ANY: Final = Type("any")
NULL: Final = Type("null", nullable=True)
BOOL: Final = Type("bool")
INT: Final = Type("int")
DOUBLE: Final = Type("double")
STRING: Final = Type("string")
ARN: Final = Type("object", struct=Arn, nullable=True)


def list_of(item: Type) -> Type:
    """The type of lists of ``item``."""
    return Type("list", item)


def required(found: Type) -> Type:
    """The type without null."""
    return msgspec.structs.replace(found, nullable=False) if found.nullable else found


def optional(found: Type) -> Type:
    """The type with null."""
    return found if found.nullable else msgspec.structs.replace(found, nullable=True)


def resource_type(kind: str) -> Type:
    """The type of a kind of resource."""
    return Type("object", struct=RESOURCE_KINDS[kind])


@cache
def fields_of(struct: type[msgspec.Struct]) -> Mapping[str, Type]:
    """The fields of a model class that expressions may name, with their types."""
    hints = get_type_hints(struct)
    return {name: type_of(hints[name]) for name in struct.__struct_fields__ if name not in _HIDDEN_FIELDS}


def type_of(annotation: Any) -> Type:
    """The type of an annotation of the model: what may be unknown or a choice is what it would be if it were known."""
    if annotation is None or annotation is types.NoneType:
        return NULL
    if annotation in _SCALARS:
        return Type(_SCALARS[annotation])
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        known = [argument for argument in arguments if argument not in (Unknown, Choice, OpenList)]
        found = joined([type_of(argument) for argument in known])
        return ANY if found is None else found
    if origin is OneOf:
        return type_of(type(arguments[0]))
    if origin is tuple:
        return list_of(type_of(arguments[0]))
    if origin is dict:
        return Type("map", type_of(arguments[1]))
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return Type("object", struct=annotation)
    if isinstance(annotation, TypeVar) or annotation is Any:
        return ANY
    raise TypeError(f"the policy language has no type for {annotation!r}")


def type_of_value(value: object) -> Type | None:
    """The type of a parameter's value; None when expressions cannot use such a value."""
    if value is None:
        return NULL
    if value.__class__ in _SCALARS:
        return Type(_SCALARS[value.__class__])
    if isinstance(value, (list, tuple)):
        found = [type_of_value(item) for item in value]
        known = [item for item in found if item is not None]
        item = joined(known) if known else ANY
        return None if item is None or len(known) < len(found) else list_of(item)
    return None


def joined(found: list[Type]) -> Type | None:
    """The one type that covers all of them (null makes it nullable; "any" covers all); None when there is none."""
    plain = [one for one in found if one.kind != "null"]
    nullable = len(plain) < len(found) or any(one.nullable for one in plain)
    if not plain:
        return NULL if found else ANY
    common = required(plain[0])
    for other in map(required, plain[1:]):
        if common.kind == "any" or other.kind == "any":
            common = ANY
        elif {common.kind, other.kind} == {"int", "double"}:
            common = DOUBLE
        elif common.kind == other.kind == "list":
            item = joined([common.item or ANY, other.item or ANY])
            if item is None:
                return None
            common = list_of(item)
        elif common != other:
            return None
    return optional(common) if nullable else common


def comparable(left: Type, right: Type) -> bool:
    """Whether two types can be equal at all: types that cannot make ``==`` a mistake of the rule."""
    if left.kind == "null" or right.kind == "null":
        return True
    if left.kind == "object" or right.kind == "object":
        return False
    return joined([required(left), required(right)]) is not None


def levels(found: Type) -> int:
    """How many lists stand inside each other."""
    return 1 + levels(found.item) if found.kind == "list" and found.item is not None else 0
