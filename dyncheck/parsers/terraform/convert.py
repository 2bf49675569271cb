"""Conversions between Terraform's types, and how numbers are written in strings.

Numbers are ``int`` where they are whole, ``float`` otherwise. Every conversion maps a choice arm by arm, leaves Unknown
(with its symbol, for it is the same value) and null alone, and answers Invalid where Terraform refuses.
"""

from __future__ import annotations

import math
from typing import Any, Final

from dyncheck.parsers.terraform.tfvalues import (
    Invalid,
    LazyObject,
    OpenMap,
    TerraformSet,
    TypedList,
    TypedMap,
    invalid,
    map_arms,
)
from dyncheck.values import ABSENT, Choice, OpenList, Unknown

_MAX_DIGITS: Final = 400
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def format_number(number: int | float) -> str:
    """A number as Terraform writes it into a string: no exponent, no trailing ``.0``."""
    number = whole(number)
    if isinstance(number, int):
        return str(number) if abs(number) < 10**_MAX_DIGITS else "too large"
    from decimal import Decimal

    return format(Decimal(repr(number)), "f")


def parse_number(text: str) -> int | float | None:
    """The number that a string spells, as Terraform's ``tonumber`` reads it; None where it spells none."""
    stripped = text[1:] if text[:1] in ("-", "+") else text
    if not stripped or len(text) > _MAX_DIGITS or not stripped.isascii():
        return None
    if stripped.isdigit():
        return int(text)
    if not stripped[0].isdigit() and stripped[0] != ".":
        return None
    if "_" in stripped:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return whole(number) if math.isfinite(number) else None


def whole(number: int | float) -> int | float:
    """An ``int`` where a float is whole; of large ones the digits that the float was written with."""
    if not isinstance(number, float) or not number.is_integer():
        return number
    if abs(number) < 2**53:
        return int(number)
    from decimal import Decimal

    return int(Decimal(repr(number)))


def kind_of(value: Any) -> str:
    """The friendly name of a value's type, as Terraform's messages have it."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    if value is None:
        return "null"
    if isinstance(value, TerraformSet):
        return "set"
    if isinstance(value, (list, OpenList)):
        return "list" if isinstance(value, (TypedList, OpenList)) else "tuple"
    if isinstance(value, (dict, OpenMap)):
        return "map" if isinstance(value, (TypedMap, OpenMap)) else "object"
    return "object"


def _string(value: Any) -> Any:
    if isinstance(value, str) or value is None or isinstance(value, Unknown) or value is ABSENT:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return format_number(value)
    return invalid(f"string required, but have {kind_of(value)}")


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return invalid("number required, but have bool")
    if isinstance(value, float):
        return whole(value) if math.isfinite(value) else invalid("a number must be finite")
    if isinstance(value, int) or value is None or isinstance(value, Unknown) or value is ABSENT:
        return value
    if isinstance(value, str):
        number = parse_number(value)
        return invalid(f"a number is required, but have {value[:40]!r}") if number is None else number
    return invalid(f"number required, but have {kind_of(value)}")


def _bool(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, Unknown) or value is ABSENT:
        return value
    if isinstance(value, str):
        if value in _BOOLEANS:
            return _BOOLEANS[value]
        return invalid(f"a bool is required, but have {value[:40]!r}")
    return invalid(f"bool required, but have {kind_of(value)}")


def to_string(value: Any) -> Any:
    """A string from a string, number or bool."""
    return value if type(value) is str else map_arms(_string, value)


def to_number(value: Any) -> Any:
    """A number from a number or the string of one."""
    return value if type(value) is int else map_arms(_number, value)


def to_bool(value: Any) -> Any:
    """A bool from a bool or its spellings "true", "false", "1" and "0"."""
    return value if type(value) is bool else map_arms(_bool, value)


def unify(values: list[Any]) -> list[Any]:
    """Elements brought to one type, as ``tolist`` does: strings where any is a string and the others spell as one.

    Collections among them are left as they are: nothing that is asked of them hangs on their element type.
    """
    kinds = {_primitive(leaf) for value in values for leaf in _leaves(value)} - {None}
    if len(kinds) > 1 and kinds <= {"string", "number", "bool"}:
        converted = [to_string(value) for value in values]
        if not any(isinstance(value, Invalid) for value in converted):
            return converted
    return values


def _leaves(value: Any) -> list[Any]:
    if type(value) is Choice:
        return [*_leaves(value.if_true), *_leaves(value.if_false)]
    return [value]


def _primitive(value: Any) -> str | None:
    if value is None or value is ABSENT or isinstance(value, Unknown):
        return None
    if isinstance(value, (list, dict, OpenList, LazyObject)):
        return "collection"
    return kind_of(value)
