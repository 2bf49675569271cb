"""AWS's Price List, read: the offer file of a service and Region gives the prices of the book's items. Pure.

What is what is told by operation and group, and by the whole usage type without its Region prefix, never by a suffix:
the variants of a name (infrequent access, replicated) end alike. Of a tiered price the last tier counts, since the
first is the free tier of an account.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-understanding-billing.html
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api-fetching-price-list-files-manually.html
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

import msgspec

MAX_BYTES: Final = 64 << 20
"""A list that is larger is not read."""

_REGION_PREFIX: Final = re.compile(r"(?:EU|[A-Z]{3,4}\d)-")

_THROUGHPUT: Final[Mapping[str, str]] = MappingProxyType(
    {"PayPerRequestThroughput": "request_unit", "CommittedThroughput": "capacity_unit_hour"}
)
"""What an operation charges for."""

_GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DDB-ReadUnits": "read",
        "DDB-WriteUnits": "write",
        "DDB-ReplicatedWriteUnits": "replicated_write",
        "DDB-ReadUnitsIA": "ia_read",
        "DDB-WriteUnitsIA": "ia_write",
        "DDB-ReplicatedWriteUnitsIA": "ia_replicated_write",
    }
)

_GROUP_ITEMS: Final[Mapping[str, str]] = MappingProxyType(
    {"DDB-StreamsReadRequests": "stream_read_request_unit", "DDB-Kinesis": "change_data_capture_unit"}
)

_USAGE_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "TimedStorage-ByteHrs": "storage_gb_month",
        "IA-TimedStorage-ByteHrs": "ia_storage_gb_month",
        "TimedPITRStorage-ByteHrs": "pitr_gb_month",
        "TimedBackupStorage-ByteHrs": "backup_gb_month",
        "RestoreDataSize-Bytes": "restore_gb",
        "ExportDataSize-Bytes": "export_gb",
        "IncrementalExportDataSize-Bytes": "incremental_export_gb",
        "ImportDataSize-Bytes": "import_gb",
    }
)


class Product(msgspec.Struct, frozen=True):
    """A product of an offer file; attributes are texts."""

    sku: str
    product_family: str = msgspec.field(default="", name="productFamily")
    attributes: dict[str, str] = {}


class Dimension(msgspec.Struct, frozen=True):
    """One tier of a price."""

    price: dict[str, str] = msgspec.field(name="pricePerUnit")
    begins: str = msgspec.field(default="0", name="beginRange")


class Term(msgspec.Struct, frozen=True):
    """A price with its tiers, and since when it holds."""

    tiers: dict[str, Dimension] = msgspec.field(name="priceDimensions")
    effective: datetime.datetime = msgspec.field(name="effectiveDate")


class Terms(msgspec.Struct, frozen=True):
    """Prices by product, then by a code of their own."""

    on_demand: dict[str, dict[str, Term]] = msgspec.field(default={}, name="OnDemand")


class Offer(msgspec.Struct, frozen=True):
    """The offer file of one service in one Region, as far as it is read."""

    code: str = msgspec.field(name="offerCode")
    published: datetime.datetime = msgspec.field(name="publicationDate")
    products: dict[str, Product]
    terms: Terms


class Listed(msgspec.Struct, frozen=True):
    """A price of the list, and the day from which it holds."""

    amount: Decimal
    since: datetime.date


class PriceListError(ValueError):
    """An offer file that does not say what it should; the message says where."""


def parse_offer(data: bytes) -> Offer:
    """An offer file. Raises PriceListError."""
    try:
        return msgspec.json.decode(data, type=Offer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PriceListError(f"not an offer file: {error}") from None


def listed_prices(offer: Offer, region: str) -> dict[str, Listed]:
    """The prices of the book's items in an offer file. Raises PriceListError for prices that contradict each other."""
    found: dict[str, Listed] = {}
    for sku, product in offer.products.items():
        item = _item(product, region)
        if item is None or product.attributes.get("servicecode", offer.code) != offer.code:
            continue
        for listed in _prices(offer, sku):
            known = found.get(item, listed)
            if known.amount != listed.amount:
                raise PriceListError(f"two prices for {item} in {region}: {known.amount} and {listed.amount}")
            found[item] = min(known, listed, key=lambda price: price.since)
    return found


def _item(product: Product, region: str) -> str | None:
    attributes = product.attributes
    if attributes.get("regionCode", region) != region:
        return None
    usage = _REGION_PREFIX.sub("", attributes.get("usagetype", ""), count=1)
    if attributes.get("servicecode") == "AmazonDAX":
        node = attributes.get("instanceType", "")
        return f"dax.{node.removeprefix('dax.')}_hour" if node and "NodeUsage" in usage else None
    group, kind = attributes.get("group", ""), _THROUGHPUT.get(attributes.get("operation", ""))
    if kind is not None:
        return f"{_GROUPS[group]}_{kind}" if group in _GROUPS else None
    return _GROUP_ITEMS.get(group) or _USAGE_TYPES.get(usage)


def _prices(offer: Offer, sku: str) -> Iterator[Listed]:
    for term in offer.terms.on_demand.get(sku, {}).values():
        if not term.tiers:
            raise PriceListError(f"{sku}: a price without a tier")
        last = max(term.tiers.values(), key=lambda tier: _number(tier.begins, sku))
        if "USD" not in last.price:
            raise PriceListError(f"{sku}: no price in US dollars")
        yield Listed(_number(last.price["USD"], sku), term.effective.date())


def _number(text: str, sku: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise PriceListError(f"{sku}: {text[:40]!r} is no number") from None
    if not number.is_finite() or number < 0:
        raise PriceListError(f"{sku}: {text[:40]} is not a finite number of at least 0")
    return number
