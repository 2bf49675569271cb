"""New prices into the book: verified against the prices at hand, then laid over them, all or none. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from dyncheck.cost.book import BookFile, Entry, PriceBook
from dyncheck.cost.price_list import Listed, PriceListError

SOURCE: Final = "price-list-update"

REQUIRED: Final = (
    "read_request_unit",
    "write_request_unit",
    "read_capacity_unit_hour",
    "write_capacity_unit_hour",
    "storage_gb_month",
)
"""What every Region's list must have: a list without them was read wrongly."""

PLAUSIBLE: Final = Decimal(4)
"""How many times a price may be above or below the one at hand: the largest change so far was by a factor of 3."""

Lists = Mapping[str, Mapping[str, Listed]]
"""Prices by Region and item."""


def verify(lists: Lists, book: PriceBook) -> None:
    """Raise PriceListError, naming Region and item, for a list that lacks a price or has an implausible one."""
    for region, items in lists.items():
        for item in REQUIRED:
            if item not in items:
                raise PriceListError(f"{region}: the list has no price for {item}")
        for item, listed in items.items():
            known = book.price(region, item) or book.price(book.content.reference_region, item)
            if known is None or not known.amount:
                continue
            if not known.amount / PLAUSIBLE <= listed.amount <= known.amount * PLAUSIBLE:
                raise PriceListError(
                    f"{region}: {item} would change from {known.amount:f} to {listed.amount:f} US dollars, "
                    f"more than {PLAUSIBLE} times"
                )


def updated(lists: Lists, book: PriceBook, published: datetime.date) -> BookFile:
    """A price file with the lists, which keeps what was charged before. Raises PriceListError."""
    verify(lists, book)
    if published < book.date:
        raise PriceListError(f"the list of {published} is older than the prices at hand, of {book.date}")
    regions = {
        region: {
            item: _entries(book, region, item, listed) for item, listed in items.items() if item in book.content.items
        }
        for region, items in lists.items()
    }
    return BookFile(
        schema="dyncheck-prices/1",
        date=published,
        regions=regions,
        sources={SOURCE: f"AWS Price List, published {published}"},
    )


def _entries(book: PriceBook, region: str, item: str, listed: Listed) -> tuple[Entry, ...]:
    """The new price, and what was charged before it."""
    earlier = book.content.regions.get(region, {}).get(item, ())
    same = [entry for entry in earlier if entry.amount == listed.amount and entry.valid_until is None]
    if same:
        old = [entry for entry in earlier if entry is not same[0]]
        return Entry(listed.amount, "list", SOURCE, valid_from=same[0].valid_from), *old
    if not earlier:
        derived = book.price(region, item)
        since = listed.since if derived is not None and derived.amount != listed.amount else None
        return (Entry(listed.amount, "list", SOURCE, valid_from=since),)
    before = [entry for entry in earlier if entry.valid_from is None or entry.valid_from < listed.since]
    ended = [
        msgspec.structs.replace(entry, valid_until=min(entry.valid_until or listed.since, listed.since))
        for entry in before
    ]
    return Entry(listed.amount, "list", SOURCE, valid_from=listed.since), *ended
