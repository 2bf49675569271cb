"""The price book shown: every item of every Region, with its certainty and where it is from. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import msgspec

from dyncheck.cost.book import PriceBook
from dyncheck.cost.wording import MARKS


def prices_as_text(book: PriceBook, regions: Iterable[str], day: datetime.date | None) -> str:
    """A list for people; derived prices are marked ``~``, assumed ones ``?``."""
    out = [f"US dollars, price list of {book.date}" + (f", as of {day}" if day else "")]
    for region in regions:
        out += ["", region]
        for item, about in book.content.items.items():
            price = book.price(region, item, day)
            if price is not None:
                amount = f"{price.amount:f}{MARKS[price.certainty]}"
                out.append(f"  {about.what:<62} {amount:>14} per {about.unit} ({price.certainty}: {price.source})")
    out += ["", *(f"{name}: {what}" for name, what in book.content.sources.items())]
    return "\n".join(out) + "\n"


def prices_as_json(book: PriceBook, regions: Iterable[str], day: datetime.date | None) -> str:
    """The same as JSON: ``{"schema", "date", "regions": {region: {item: {"usd", "unit", "certainty", "source"}}}}``."""
    listed = {}
    for region in regions:
        listed[region] = {
            item: {"usd": price.amount, "unit": about.unit, "certainty": price.certainty, "source": price.source}
            for item, about in book.content.items.items()
            if (price := book.price(region, item, day)) is not None
        }
    document = {
        "schema": "dyncheck-price-list/1",
        "date": (day or book.date).isoformat(),
        "sources": book.content.sources,
        "regions": listed,
    }
    encoder = msgspec.json.Encoder(decimal_format="number")
    return msgspec.json.format(encoder.encode(document), indent=2).decode() + "\n"
