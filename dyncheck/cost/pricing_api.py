"""The AWS Price List by its API: the products of a service in a Region, page by page, as an offer like the file has.

Only ``pricing:GetProducts`` is called, which reads. The API answers in few Regions, for all of them.
https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, Final

import msgspec

from dyncheck.cost.price_list import MAX_BYTES, Offer, PriceListError, Product, Term, Terms
from dyncheck.errors import ConfigError

API_REGION: Final = "us-east-1"
TIMEOUT: Final = 30
"""Seconds without an answer."""


class _Terms(msgspec.Struct, frozen=True):
    """The prices of one product, by a code of their own."""

    on_demand: dict[str, Term] = msgspec.field(default={}, name="OnDemand")


class _Entry(msgspec.Struct, frozen=True):
    """One product of an answer, which comes as a text of JSON."""

    product: Product
    terms: _Terms
    published: datetime.datetime = msgspec.field(name="publicationDate")


def api_reader(profile: str | None, endpoint: str | None) -> Callable[[str, str], Offer | None]:
    """What reads the offer of a service in a Region, None where there is no product, with the user's credentials.

    Raises ConfigError where the API cannot be used, PriceListError for answers that do not say what they should.
    """
    from dyncheck.parsers.live.access import Access, libraries, open_session

    _, botocore = libraries()
    session = open_session(Access(profile=profile))
    config = botocore.config.Config(
        connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"mode": "standard", "total_max_attempts": 5}
    )
    try:
        client = session.client("pricing", region_name=API_REGION, endpoint_url=endpoint, config=config)
    except ValueError as error:
        raise ConfigError(f"not a web address: {error}", pointer="--url") from None

    def read(service: str, region: str) -> Offer | None:
        try:
            return _offer(client, service, region)
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            raise ConfigError(f"the Price List API: {error}; the prices stay as they are") from None

    return read


def _offer(client: Any, service: str, region: str) -> Offer | None:
    pages = client.get_paginator("get_products").paginate(
        ServiceCode=service,
        Filters=[{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}],
        FormatVersion="aws_v1",
    )
    entries: dict[str, _Entry] = {}
    size = 0
    for page in pages:
        for text in page.get("PriceList", ()):
            size += len(text)
            if size > MAX_BYTES:
                raise PriceListError(f"the answer is larger than {MAX_BYTES >> 20} MB")
            entry = _entry(text)
            entries[entry.product.sku] = entry
    if not entries:
        return None
    return Offer(
        code=service,
        published=max(entry.published for entry in entries.values()),
        products={sku: entry.product for sku, entry in entries.items()},
        terms=Terms({sku: entry.terms.on_demand for sku, entry in entries.items()}),
    )


def _entry(text: str) -> _Entry:
    try:
        return msgspec.json.decode(text, type=_Entry)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise PriceListError(f"not a product: {error}") from None
