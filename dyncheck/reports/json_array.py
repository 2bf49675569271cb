"""A JSON array of any length, written item by item."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


def json_array(items: Iterable[Any]) -> Iterator[str]:
    """The pieces of an indented JSON array that ends in a newline. No string in JSON holds a line's end."""
    separator = "["
    for item in items:
        text = json.dumps(item, ensure_ascii=False, indent=2)
        yield f"{separator}\n  " + text.replace("\n", "\n  ")
        separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"
