"""JSON with the place of every value, for Terraform's JSON syntax."""

from __future__ import annotations

import json
import math
import re
from typing import Final, Union

import msgspec

from dyncheck.parsers.terraform.hcl.scanner import Malformed

MAX_DEPTH: Final = 60
"""Arrays and objects inside each other beyond which a file is refused."""

_BLANK: Final = re.compile(r"[ \t\r\n]*+")
_STRING: Final = re.compile(r'"(?:[^"\\\n]|\\.)*+"')
_SCALAR: Final = re.compile(r"(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true)|(false)|(null)")
_MAX_DIGITS: Final = 300


class JsonScalar(msgspec.Struct, frozen=True):
    """A string, number, boolean or null, with its offsets."""

    value: Union[str, int, float, bool, None]
    start: int
    end: int


class JsonArray(msgspec.Struct, frozen=True):
    """An array, with its offsets."""

    items: tuple[JsonNode, ...]
    start: int
    end: int


class JsonMember(msgspec.Struct, frozen=True):
    """A key of an object, the key's own offsets, and its value."""

    key: str
    start: int
    end: int
    value: JsonNode


class JsonObject(msgspec.Struct, frozen=True):
    """An object, with its offsets; repeated keys are kept."""

    members: tuple[JsonMember, ...]
    start: int
    end: int


JsonNode = Union[JsonScalar, JsonArray, JsonObject]


def read_json(text: str) -> JsonNode:
    """The value that a text holds. Raises :class:`Malformed`."""
    node = _value(text, _blank(text, 1 if text.startswith("\ufeff") else 0), 0)
    end = _blank(text, node.end)
    if end < len(text):
        raise Malformed("expected the end of the file", end)
    return node


def _blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _value(text: str, start: int, depth: int) -> JsonNode:
    if depth > MAX_DEPTH:
        raise Malformed(f"arrays and objects nested more than {MAX_DEPTH} deep", start)
    opening = text[start : start + 1]
    if opening == "{":
        return _object(text, start, depth)
    if opening == "[":
        return _array(text, start, depth)
    if opening == '"':
        value, end = _string(text, start)
        return JsonScalar(value, start, end)
    scalar = _SCALAR.match(text, start)
    if scalar is None:
        raise Malformed("expected a JSON value", start)
    return JsonScalar(_scalar(scalar), start, scalar.end())


def _scalar(match: re.Match[str]) -> int | float | bool | None:
    number, true, false, _ = match.groups()
    if number is None:
        return True if true else False if false else None
    if len(number) > _MAX_DIGITS:
        raise Malformed(f"expected a number of at most {_MAX_DIGITS} digits", match.start())
    value = int(number) if number.lstrip("-").isdecimal() else float(number)
    if math.isinf(value):
        raise Malformed("expected a number that a computer can hold", match.start())
    return value


def _string(text: str, start: int) -> tuple[str, int]:
    found = _STRING.match(text, start)
    try:
        if found is not None:
            return str(json.loads(found[0])), found.end()
    except ValueError:
        pass
    raise Malformed("expected a JSON string, with its closing quote on the same line", start)


def _array(text: str, start: int, depth: int) -> JsonArray:
    items: list[JsonNode] = []
    position = _blank(text, start + 1)
    while text[position : position + 1] != "]":
        items.append(_value(text, position, depth + 1))
        position = _separator(text, items[-1].end, "]", start)
    return JsonArray(tuple(items), start, position + 1)


def _object(text: str, start: int, depth: int) -> JsonObject:
    members: list[JsonMember] = []
    position = _blank(text, start + 1)
    while text[position : position + 1] != "}":
        if text[position : position + 1] != '"':
            raise Malformed("expected a key in quotes or '}'", position)
        key, end = _string(text, position)
        colon = _blank(text, end)
        if text[colon : colon + 1] != ":":
            raise Malformed("expected ':' after the key", colon)
        value = _value(text, _blank(text, colon + 1), depth + 1)
        members.append(JsonMember(key, position, end, value))
        position = _separator(text, value.end, "}", start)
    return JsonObject(tuple(members), start, position + 1)


def _separator(text: str, position: int, closing: str, start: int) -> int:
    """The offset of the next element or of the closing bracket."""
    position = _blank(text, position)
    found = text[position : position + 1]
    if found == closing:
        return position
    if found != ",":
        raise Malformed(f"expected ',' or '{closing}'", position if found else start)
    following = _blank(text, position + 1)
    if text[following : following + 1] == closing:
        raise Malformed(f"expected another element after ',', found '{closing}'", following)
    return following
