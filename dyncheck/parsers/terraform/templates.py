"""Strings made of parts: known text, converted values, unknowns that leave a template as the string's symbol."""

from __future__ import annotations

from typing import Any

from dyncheck.parsers.terraform.convert import kind_of, to_string
from dyncheck.parsers.terraform.symbols import template_symbol
from dyncheck.parsers.terraform.tfvalues import MAX_TEXT, TOO_LARGE, Invalid, all_reasons, assume, force, invalid, pick
from dyncheck.values import ABSENT, MAX_CHOICE_DEPTH, Choice, OpenList, Unknown


def join_parts(parts: list[Any], depth: int = 0) -> Any:
    """The parts as one string; a choice among them gives a choice between strings.

    Null and collections are errors. An unknown part gives Unknown, with the template as symbol where it has identity.
    """
    strings: list[Any] = []
    hidden = False
    for position, part in enumerate(parts):
        if type(part) is str:
            strings.append(part)
            continue
        value = to_string(force(part))
        if value is None or value is ABSENT:
            return invalid("a null value cannot be part of a string")
        if isinstance(value, Invalid):
            return value
        if isinstance(value, OpenList):
            return invalid(f"string required, but have {kind_of(value)}")
        if type(value) is Choice:
            return _either(value, [*parts[:position], value, *parts[position + 1 :]], depth)
        if isinstance(value, Unknown):
            hidden = True
        strings.append(value)
    if not hidden:
        # Measured before it is built: thousands of references to one long string cost nothing until then.
        return "".join(strings) if sum(map(len, strings)) <= MAX_TEXT else TOO_LARGE
    strings = [part for part in strings if part != ""]
    if len(strings) == 1:
        return strings[0]
    return Unknown(all_reasons(strings), template_symbol(strings))


def _either(choice: Choice, parts: list[Any], depth: int) -> Any:
    if depth >= MAX_CHOICE_DEPTH:
        return Unknown(all_reasons(parts))
    condition = choice.condition
    arms = (join_parts([assume(part, condition, truth) for part in parts], depth + 1) for truth in (True, False))
    return pick(condition, *arms)
