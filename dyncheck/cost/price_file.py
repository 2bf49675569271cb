"""What is wrong with a price file, with its line: the slow way, for files that could not be used."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Final

from dyncheck.cost.nodes import NodeReader, compose, read_text, suggest

_FIELDS: Final = ("schema", "date", "currency", "reference_region", "sources", "items", "regions")
_ENTRY: Final = ("amount", "certainty", "source", "from", "until")
_CERTAINTIES: Final = ("list", "derived", "assumed")


def check(path: Path, items: tuple[str, ...]) -> None:
    """Raise ParseError for the first mistake; ``items``: what the file may give prices for."""
    root = compose(read_text(path, "price file"), str(path))
    reader = NodeReader(str(path))
    if root is None:
        return
    fields = reader.mapping(root, _FIELDS)
    for name in ("schema", "date", "regions"):
        if name not in fields:
            raise reader.error(root, f"{name} is missing")
    if fields["schema"].value != "dyncheck-prices/1":
        raise reader.error(fields["schema"], "schema must be 'dyncheck-prices/1'")
    if fields.get("currency") is not None and fields["currency"].value != "USD":
        raise reader.error(fields["currency"], "currency must be 'USD': prices are in US dollars")
    _day(reader, "date", fields["date"])
    known = (*items, *(name for name, _ in reader.pairs(fields["items"]))) if "items" in fields else items
    for _, prices in reader.pairs(fields["regions"]):
        for item, entries in reader.pairs(prices):
            if item not in known:
                raise reader.error(reader.key_node(prices, item), f"no such item {item!r}{suggest(item, known)}")
            for entry in reader.items(entries):
                _entry(reader, entry)


def _entry(reader: NodeReader, node: Any) -> None:
    fields = reader.mapping(node, _ENTRY)
    if "amount" not in fields:
        raise reader.error(node, "amount is missing")
    reader.number("amount", fields["amount"])
    certainty = fields.get("certainty")
    if certainty is not None and certainty.value not in _CERTAINTIES:
        raise reader.error(
            certainty, f"no such certainty {certainty.value!r}{suggest(str(certainty.value), _CERTAINTIES)}"
        )
    for name in ("from", "until"):
        if name in fields:
            _day(reader, name, fields[name])


def _day(reader: NodeReader, name: str, node: Any) -> None:
    try:
        datetime.date.fromisoformat(str(node.value))
    except ValueError:
        raise reader.error(node, f"{name} must be a day such as 2026-09-29, found {str(node.value)[:40]!r}") from None
