"""What is wrong with a price file, with its line: the slow way, for files that could not be used."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Final

from dyncheck.cost.book import REFERENCE_REGION, REGION, Span
from dyncheck.cost.nodes import NodeReader, compose, read_text, suggest
from dyncheck.errors import ParseError

_FIELDS: Final = ("schema", "date", "currency", "reference_region", "sources", "items", "regions")
_ENTRY: Final = ("amount", "certainty", "source", "from", "until")
_ABOUT: Final = ("unit", "what", "scales_with")
_CERTAINTIES: Final = ("list", "derived", "assumed")


def check(path: Path, items: tuple[str, ...]) -> None:
    """Raise ParseError for the first mistake; ``items``: what the file may give prices for."""
    root = compose(read_text(path, "price file"), str(path))
    reader = NodeReader(str(path))
    if root is None:
        raise ParseError("the file is empty", path=str(path))
    fields = reader.mapping(root, _FIELDS)
    for name in ("schema", "date", "regions"):
        if name not in fields:
            raise reader.error(root, f"{name} is missing")
    if fields["schema"].value != "dyncheck-prices/1":
        raise reader.error(fields["schema"], "schema must be 'dyncheck-prices/1'")
    if fields.get("currency") is not None and fields["currency"].value != "USD":
        raise reader.error(fields["currency"], "currency must be 'USD': prices are in US dollars")
    _day(reader, "date", fields["date"])
    if "reference_region" in fields and fields["reference_region"].value != REFERENCE_REGION:
        raise reader.error(fields["reference_region"], f"reference_region must be {REFERENCE_REGION!r}")
    known = (*items, *(name for name, _ in reader.pairs(fields["items"]))) if "items" in fields else items
    if "items" in fields:
        _items(reader, fields["items"], known)
    for _, text in reader.pairs(fields["sources"]) if "sources" in fields else ():
        _text(reader, "a source", text)
    for region, prices in reader.pairs(fields["regions"]):
        if not REGION.fullmatch(region):
            raise reader.error(reader.key_node(fields["regions"], region), f"no Region has a name such as {region!r}")
        for item, entries in reader.pairs(prices):
            if item not in known:
                raise reader.error(reader.key_node(prices, item), f"no such item {item!r}{suggest(item, known)}")
            spans = [_entry(reader, entry) for entry in reader.items(entries)]
            for number, (entry, span) in enumerate(zip(reader.items(entries), spans, strict=True)):
                if any(map(span.meets, spans[:number])):
                    raise reader.error(entry, f"two prices of {item} hold on the same day; give from and until")


def _items(reader: NodeReader, node: Any, known: tuple[str, ...]) -> None:
    for _, about in reader.pairs(node):
        parts = reader.mapping(about, _ABOUT)
        for name in ("unit", "what"):
            if name not in parts:
                raise reader.error(about, f"{name} is missing")
            _text(reader, name, parts[name])
        scale = parts.get("scales_with")
        if scale is not None and scale.value not in known:
            raise reader.error(scale, f"no such item {scale.value!r}{suggest(str(scale.value), known)}")


def _text(reader: NodeReader, name: str, node: Any) -> None:
    if node.id != "scalar" or not node.tag.endswith(":str"):
        raise reader.error(node, f"{name} must be a text")


def _entry(reader: NodeReader, node: Any) -> Span:
    fields = reader.mapping(node, _ENTRY)
    if "amount" not in fields:
        raise reader.error(node, "amount is missing")
    reader.number("amount", fields["amount"])
    certainty = fields.get("certainty")
    if certainty is not None and certainty.value not in _CERTAINTIES:
        raise reader.error(
            certainty, f"no such certainty {certainty.value!r}{suggest(str(certainty.value), _CERTAINTIES)}"
        )
    if "source" in fields:
        _text(reader, "source", fields["source"])
    first, last = (_day(reader, name, fields[name]) if name in fields else None for name in ("from", "until"))
    if first is not None and last is not None and first >= last:
        raise reader.error(fields["until"], "until must be later than from")
    return Span(first, last)


def _day(reader: NodeReader, name: str, node: Any) -> datetime.date:
    try:
        return datetime.date.fromisoformat(str(node.value))
    except ValueError:
        raise reader.error(node, f"{name} must be a day such as 2026-09-29, found {str(node.value)[:40]!r}") from None
