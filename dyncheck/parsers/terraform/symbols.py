"""The identity of values that are not known: symbols of templates and of calls, in a canonical text.

Two unknowns of the same symbol have the same value; ``table/${var.x}`` names one that is known in part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from dyncheck.parsers.terraform.tfvalues import all_reasons
from dyncheck.values import Unknown

MAX_SYMBOL: Final = 400
"""A symbol longer than this many characters is dropped: the value loses its identity, never its reasons."""

_CALL: Final = re.compile(r"[\w:+*/%<>=!&|-]+\(.*\)", re.DOTALL)


def is_template(symbol: str) -> bool:
    """Whether a symbol is text with holes, and neither a plain path nor a call."""
    return "${" in symbol and _CALL.fullmatch(symbol) is None


def hole(symbol: str) -> str:
    """A symbol inside a template: templates flow into the outer one, anything else stands in ``${…}``."""
    return symbol if is_template(symbol) else "${" + symbol + "}"


def template_symbol(parts: Iterable[Any]) -> str | None:
    """The symbol of a string made of known strings and unknowns; None where one of them has none."""
    texts = []
    for part in parts:
        if isinstance(part, Unknown):
            if part.symbol is None:
                return None
            texts.append(hole(part.symbol))
        else:
            texts.append(part.replace("${", "$${"))
    text = "".join(texts)
    return text if len(text) <= MAX_SYMBOL else None


def canonical(value: Any) -> str | None:
    """A value as it stands inside the symbol of a call; None where it, or a part of it, has no identity."""
    if isinstance(value, Unknown):
        if value.symbol is None:
            return None
        return f'"{value.symbol}"' if is_template(value.symbol) else "${" + value.symbol + "}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if len(value) <= MAX_SYMBOL else None
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, list):
        if len(value) > MAX_SYMBOL:
            return None
        items = [canonical(item) for item in value]
        return None if None in items else "[" + ", ".join(item for item in items if item is not None) + "]"
    if isinstance(value, dict):
        if len(value) > MAX_SYMBOL:
            return None
        pairs = []
        for key in sorted(value):
            text = canonical(value[key])
            if text is None:
                return None
            pairs.append(f"{json.dumps(key, ensure_ascii=False)} = {text}")
        return "{" + ", ".join(pairs) + "}"
    return None


def call_symbol(name: str, arguments: Iterable[Any]) -> str | None:
    """The symbol of a pure function's result: ``lower(${var.x})``."""
    texts = []
    for argument in arguments:
        text = canonical(argument)
        if text is None:
            return None
        texts.append(text)
    symbol = f"{name}({', '.join(texts)})"
    return symbol if len(symbol) <= MAX_SYMBOL else None


def unknown_call(name: str, arguments: Iterable[Any]) -> Unknown:
    """A pure function's result where arguments hide it: their reasons, and a symbol where all have identity."""
    arguments = list(arguments)
    return Unknown(all_reasons(arguments), call_symbol(name, arguments))
