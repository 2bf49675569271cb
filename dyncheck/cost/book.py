"""The price book: what AWS charges for each item in each Region, since when, and how sure that is.

Prices are data (``data/prices.json``): list prices where one was read, else a price derived from the reference Region's
by the ratio of a price that is known in both (storage follows the read capacity price to within 1.4 % wherever both
were read). Every price says which it is. A Region that the book does not know has no prices at all.
"""

from __future__ import annotations

import codecs
import datetime
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from dyncheck.cost.nodes import LEAST_EXPONENT, MOST, read_bytes
from dyncheck.errors import ConfigError
from dyncheck.model import Certainty

BUNDLED = Path(__file__).with_name("data") / "prices.json"


REFERENCE_REGION: Final = "us-east-1"
"""The Region whose prices others are derived from."""

REGION: Final = re.compile(r"[a-z]{2,5}(?:-[a-z]+){1,3}-\d{1,2}")
"""What the name of a Region looks like."""


class Span(NamedTuple):
    """The days from the first up to, but not on, the last; None is without an end."""

    first: datetime.date | None
    last: datetime.date | None

    def meets(self, other: Span) -> bool:
        """Whether some day is in both."""
        return _before(self.first, other.last) and _before(other.first, self.last)


def _before(first: datetime.date | None, last: datetime.date | None) -> bool:
    return first is None or last is None or first < last


class Price(msgspec.Struct, frozen=True):
    """US dollars for one unit of an item."""

    amount: Decimal
    certainty: Certainty
    source: str


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price in the book's file; valid from the first day given up to, but not on, the last."""

    amount: Decimal
    certainty: Certainty = "list"
    source: str = "user"
    valid_from: datetime.date | None = msgspec.field(default=None, name="from")
    valid_until: datetime.date | None = msgspec.field(default=None, name="until")


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is charged for. ``scales_with``: the item whose regional ratio gives a derived price."""

    unit: str
    what: str
    scales_with: str | None = None


class BookFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file format ``dyncheck-prices/1``."""

    schema: Literal["dyncheck-prices/1"]
    date: datetime.date
    regions: dict[str, dict[str, tuple[Entry, ...]]]
    currency: Literal["USD"] = "USD"
    reference_region: str = REFERENCE_REGION
    sources: dict[str, str] = {}
    items: dict[str, Item] = {}


class PriceBook:
    """Prices by Region, item and day."""

    def __init__(self, content: BookFile) -> None:
        self.content = content
        self._found: dict[tuple[str, str, datetime.date | None], Price | None] = {}

    @property
    def date(self) -> datetime.date:
        """The day of which the current prices are."""
        return self.content.date

    def regions(self) -> tuple[str, ...]:
        """The Regions with prices, sorted."""
        return tuple(sorted(self.content.regions))

    def price(self, region: str, item: str, day: datetime.date | None = None) -> Price | None:
        """The price of an item in a Region on a day (the book's own by default); None where none is known."""
        key = (region, item, day)
        try:
            return self._found[key]
        except KeyError:
            found = self._found[key] = self._look_up(region, item, day or self.date)
            return found

    def _look_up(self, region: str, item: str, day: datetime.date) -> Price | None:
        if region not in self.content.regions:
            return None
        listed = self._listed(region, item, day)
        if listed is not None:
            return listed
        reference = self.content.reference_region
        base = self._listed(reference, item, day)
        if base is None:
            return None
        scale = self.content.items[item].scales_with if item in self.content.items else None
        certainty: Certainty = "assumed" if base.certainty == "assumed" else "derived"
        if scale is None:
            return Price(base.amount, certainty, base.source)
        here, there = self._listed(region, scale, day), self._listed(reference, scale, day)
        if here is None or there is None:
            return None
        amount = (base.amount * here.amount / there.amount).normalize()
        return Price(_significant(amount), certainty, base.source)

    def _listed(self, region: str, item: str, day: datetime.date) -> Price | None:
        for entry in self.content.regions.get(region, {}).get(item, ()):
            starts = entry.valid_from is None or entry.valid_from <= day
            if starts and (entry.valid_until is None or day < entry.valid_until):
                return Price(entry.amount, entry.certainty, entry.source)
        return None


def _significant(amount: Decimal, digits: int = 8) -> Decimal:
    """A derived price to eight significant digits: more would only look exact."""
    return Decimal(f"{amount:.{digits}g}")


def load_book(*overrides: Path, updated: Path | None = None) -> PriceBook:
    """The bundled book, with the entries of each override file laid over it, in order.

    ``updated``: prices that the user has fetched; those of them that are older than the bundled ones go below these.
    Raises ConfigError naming the file and field of a missing, misspelt, negative or non-finite entry.
    """
    content = read_book_file(BUNDLED)
    if updated is not None:
        fetched = read_book_file(updated, tuple(content.items))
        content = overlaid(content, fetched) if fetched.date >= content.date else overlaid(fetched, content)
    for path in overrides:
        content = overlaid(content, read_book_file(path, tuple(content.items)))
    return PriceBook(content)


def overlaid(base: BookFile, over: BookFile) -> BookFile:
    """A price file laid over another: what it names takes the place of what was there."""
    items = {**base.items, **over.items}
    regions = {region: dict(entries) for region, entries in base.regions.items()}
    for region, entries in over.regions.items():
        regions[region] = {**regions.get(region, {}), **entries}
    return msgspec.structs.replace(
        base, regions=regions, items=items, sources={**base.sources, **over.sources}, date=max(base.date, over.date)
    )


def read_book_file(path: Path, items: tuple[str, ...] = ()) -> BookFile:
    """A price file by itself; ``items``: the items that it may name beside its own. Raises ConfigError or ParseError.

    Errors name the line and the field, and what may have been meant.
    """
    data = read_bytes(path, "price file").removeprefix(codecs.BOM_UTF8)
    try:
        content = msgspec.json.decode(data, type=BookFile)
        if path == BUNDLED or (_is_sound(content, items) and _names_are_unique(data)):
            return content
        problem = "an entry is wrong"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = str(error)
    from dyncheck.cost.price_file import check

    check(path, items)
    raise ConfigError(f"not a price file: {problem}", path=str(path))


def _is_sound(content: BookFile, items: tuple[str, ...]) -> bool:
    known = {*items, *content.items}
    scales = {about.scales_with for about in content.items.values()} - {None}
    return (
        content.reference_region == REFERENCE_REGION
        and scales <= known
        and all(map(REGION.fullmatch, content.regions))
        and all(
            item in known and _are_prices(entries)
            for prices in content.regions.values()
            for item, entries in prices.items()
        )
    )


def _are_prices(entries: tuple[Entry, ...]) -> bool:
    spans = [Span(entry.valid_from, entry.valid_until) for entry in entries]
    return all(map(_is_price, entries)) and not any(
        span.meets(other) for number, span in enumerate(spans) for other in spans[:number]
    )


def _is_price(entry: Entry) -> bool:
    exponent = entry.amount.as_tuple().exponent
    sound = isinstance(exponent, int) and exponent >= LEAST_EXPONENT and 0 <= entry.amount <= MOST
    return sound and (entry.valid_from is None or _before(entry.valid_from, entry.valid_until))


def _names_are_unique(data: bytes) -> bool:
    """Whether no object of a JSON text has a name twice, which decoders let pass."""

    def unique(pairs: list[tuple[str, Any]]) -> bool:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError
        return True

    try:
        return bool(json.loads(data, object_pairs_hook=unique))
    except (ValueError, RecursionError):
        return False
