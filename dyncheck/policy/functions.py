"""The functions of the policy language: what each takes and gives, and how it is worked out.

An implementation is called with known arguments only, save for the one of ``known``; the elements of a list may still
be unknown, and an open list may hold further ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from typing import Literal as OneOf

import msgspec

from dyncheck.policy.operations import (
    EvaluationError,
    add,
    bounded_text,
    elements,
    listed,
    merged,
    type_name,
    undecided,
)
from dyncheck.policy.patterns import Machine, PatternError, compile_glob, compile_pattern
from dyncheck.values import Choice, OpenList, Unknown

CHARACTERS_PER_STEP: Final = 16
"""Characters of a text that a function which looks at each of them goes through for one step."""

Shape = OneOf["any", "string", "number", "scalar", "sized", "list", "strings", "numbers", "pattern", "glob"]
"""What a function takes: "sized" is a string, list or map; "strings" and "numbers" are lists of such."""

ResultShape = OneOf["bool", "int", "double", "string", "arn", "same", "element"]
"""What a function gives: "same" is the type of its first argument, "element" that of the first argument's elements."""


class Function(msgspec.Struct, frozen=True):
    """A function. ``style``: written ``f(a)``, ``a.f()``, or both. ``cost``: the steps that a call takes."""

    takes: tuple[Shape, ...]
    gives: ResultShape
    implementation: Callable[..., Any]
    style: OneOf["function", "method", "both"] = "function"
    strict: bool = True
    cost: Callable[..., int] | None = None


class Arn(msgspec.Struct, frozen=True):
    """The parts of an ARN. ``resource`` is all behind the account: ``table/orders/index/by_date``."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def _known(value: Any) -> Any:
    if value.__class__ is Choice:
        return Unknown(value.condition.because)
    return value.__class__ is not Unknown and value.__class__ is not OpenList


def _size(value: Any) -> Any:
    if value.__class__ is str:
        return len(value)
    if value.__class__ is dict:
        sure, hidden = elements(tuple(value.values()))
    else:
        sure, hidden = elements(value)
    return len(sure) if hidden is None else Unknown(hidden)


def _text(value: Any) -> str:
    if value.__class__ is not str:
        raise EvaluationError(f"{type_name(value)} is not a string")
    return value


def _machine(compiler: Callable[[str], Machine], pattern: Any) -> Machine:
    try:
        return compiler(_text(pattern))
    except PatternError as error:
        raise EvaluationError(f"the pattern {_text(pattern)[:40]!r}: {error.message}") from None


def pattern_machine(function: str, pattern: Any) -> Machine:
    """The machine of the pattern of ``matches`` or ``glob``. Raises EvaluationError."""
    return _machine(PATTERN_COMPILERS[function], pattern)


def _matcher(compiler: Callable[[str], Machine]) -> Callable[[Any, Any], bool]:
    return lambda text, pattern: _machine(compiler, pattern).found_in(_text(text))


def _matching_cost(compiler: Callable[[str], Machine]) -> Callable[[Any, Any], int]:
    return lambda text, pattern: matching_steps(_text(text), _machine(compiler, pattern))


def matching_steps(text: str, machine: Machine) -> int:
    """The steps that a match counts for: all characters times the states, at worst."""
    return 1 + len(text) * (1 + machine.size // 10)


def _length(items: Any, *_others: Any) -> int:
    return len(elements(items)[0])


def _characters(text: Any, *_others: Any) -> int:
    return len(_text(text)) // CHARACTERS_PER_STEP


def _arn(text: Any) -> Arn | None:
    parts = _text(text).split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def _sum(items: Any) -> Any:
    sure, hidden = elements(items)
    total: Any = 0
    for item in sure:
        total = add(total, item)
    return total if hidden is None else Unknown(hidden)


def _distinct(items: Any) -> Any:
    sure, hidden = elements(items)
    if any(undecided(item) is not None for item in sure):
        return merged(sure)
    try:
        return listed(list(dict.fromkeys(sure)), hidden)
    except TypeError:
        raise EvaluationError("distinct() takes a list of strings, numbers or booleans") from None


def _join(items: Any, separator: Any) -> Any:
    sure, hidden = elements(items)
    if hidden is not None or any(undecided(item) is not None for item in sure):
        return merged((*sure, Unknown(hidden or frozenset())))
    return bounded_text(_text(separator).join(_text(item) for item in sure))


def _duration_days(text: Any) -> float:
    """Days of ``35d``, ``12h30m``, ``P1DT12H`` and the like; a month or a year has no fixed length."""
    units = {"w": 7.0, "d": 1.0, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86400}
    written = _text(text).strip().lower()
    rest = written.removeprefix("p")
    is_time = not written.startswith("p")
    total = 0.0
    number = ""
    for character in rest:
        if character == "t" and not number and not is_time:
            is_time = True
        elif character.isdigit() or character == ".":
            number += character
        elif number and character in units and (is_time or character not in "hms"):
            try:
                total += float(number) * units[character]
            except ValueError:
                break
            number = ""
        else:
            break
    else:
        if not number and rest.strip("t"):
            return total
    raise EvaluationError(f"{written[:40]!r} is not a duration such as 35d, 12h or P1DT12H")


def _lower(text: Any) -> str:
    if text.__class__ is str and text.isascii():
        return str(text.lower())
    return "".join(character.lower() if character.isascii() else character for character in _text(text))


def _int(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise EvaluationError(f"{str(value)[:40]!r} is not an integer") from None


def _double(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise EvaluationError(f"{str(value)[:40]!r} is not a number") from None


def _has(_value: Any) -> Any:
    raise EvaluationError("has() takes a field")


PATTERN_COMPILERS: Final[Mapping[str, Callable[[str], Machine]]] = {"matches": compile_pattern, "glob": compile_glob}
"""The functions whose second argument is a pattern."""

FUNCTIONS: Final[Mapping[str, Function]] = {
    "has": Function(("any",), "bool", _has),
    "known": Function(("any",), "bool", _known, strict=False),
    "size": Function(("sized",), "int", _size, "both"),
    "startsWith": Function(
        ("string", "string"), "bool", lambda text, start: _text(text).startswith(_text(start)), "method"
    ),
    "endsWith": Function(("string", "string"), "bool", lambda text, end: _text(text).endswith(_text(end)), "method"),
    "contains": Function(
        ("string", "string"), "bool", lambda text, part: _text(part) in _text(text), "method", cost=_characters
    ),
    "matches": Function(
        ("string", "pattern"), "bool", _matcher(compile_pattern), "both", cost=_matching_cost(compile_pattern)
    ),
    "lowerAscii": Function(("string",), "string", _lower, "method", cost=_characters),
    "glob": Function(("string", "glob"), "bool", _matcher(compile_glob), cost=_matching_cost(compile_glob)),
    "arn": Function(("string",), "arn", _arn),
    "sum": Function(("numbers",), "element", _sum, cost=_length),
    "distinct": Function(("list",), "same", _distinct, cost=_length),
    "join": Function(("strings", "string"), "string", _join, "method", cost=_length),
    "duration_days": Function(("string",), "double", _duration_days, cost=_characters),
    "int": Function(("scalar",), "int", _int),
    "double": Function(("scalar",), "double", _double),
}
"""Every function by its name. ``has`` is worked out by the evaluator, which sees the field that it asks for."""
