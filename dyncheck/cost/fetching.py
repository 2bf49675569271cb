"""The Price List over the network, and the user's own price file. No credentials are needed or sent."""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from dyncheck.cost.book import BookFile, PriceBook
from dyncheck.cost.price_list import MAX_BYTES, Listed, Offer, PriceListError, listed_prices, parse_offer
from dyncheck.cost.updating import updated
from dyncheck.errors import ConfigError

PRICE_LIST: Final = "https://pricing.us-east-1.amazonaws.com"
TIMEOUT: Final = 30.0
"""Seconds without an answer."""

Reader = Callable[[str, str], Offer | None]
"""Gives the offer of a service in a Region, None where there is none. Raises ConfigError and PriceListError."""

DIRECTORY_VARIABLE: Final = "DYNCHECK_DATA_DIR"


def user_prices(environment: Mapping[str, str]) -> Path:
    """Where this user's updated prices are: in ``DYNCHECK_DATA_DIR``, else where the platform keeps data."""
    given = environment.get(DIRECTORY_VARIABLE)
    if given:
        return Path(given) / "prices.json"
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    if sys.platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "dyncheck" / "prices.json"


def existing(path: Path) -> Path | None:
    """The file, if there is one."""
    return path if path.is_file() else None


def fetch_book(regions: Iterable[str], book: PriceBook, say: Callable[[str], None], read: Reader) -> BookFile:
    """The current prices of some Regions, verified. Raises ConfigError and changes nothing when anything is wrong."""
    lists: dict[str, dict[str, Listed]] = {}
    published: list[datetime.date] = []
    for region in regions:
        say(f"reading the Price List of {region}")
        try:
            offer = read("AmazonDynamoDB", region)
            if offer is None:
                raise PriceListError("there is no list of this Region")
            found = listed_prices(_of("AmazonDynamoDB", offer), region)
            dax = read("AmazonDAX", region)
            if dax is not None:
                found |= listed_prices(_of("AmazonDAX", dax), region)
        except PriceListError as error:
            raise ConfigError(f"{region}: {error}; the prices stay as they are") from None
        lists[region] = found
        published.append(offer.published.date())
    try:
        return updated(lists, book, max(published, default=book.date))
    except PriceListError as error:
        raise ConfigError(f"{error}; the prices stay as they are") from None


def _of(service: str, offer: Offer) -> Offer:
    """The offer, if it is of the service that was asked for."""
    if offer.code != service:
        raise PriceListError(f"the list is of {offer.code}, not of {service}")
    return offer


def bulk_reader(url: str = PRICE_LIST) -> Reader:
    """What reads the public file of a service and Region."""

    def read(service: str, region: str) -> Offer | None:
        data = _get(url, service, region)
        return parse_offer(data) if data else None

    return read


def store(content: BookFile, path: Path) -> None:
    """Replace the user's price file as a whole. Raises ConfigError."""
    text = msgspec.json.format(msgspec.json.encode(content), indent=1)
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(text + b"\n")
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ConfigError(f"cannot write the prices: {error.strerror}", path=str(path)) from None


def _get(base: str, service: str, region: str) -> bytes:
    """An offer file; empty where there is none."""
    # Needed for updates alone, and slow to import.
    import http.client
    import urllib.error
    import urllib.parse
    import urllib.request

    url = f"{base.rstrip('/')}/offers/v1.0/aws/{service}/current/{urllib.parse.quote(region)}/index.json"
    if not url.startswith(("https://", "http://")):
        raise ConfigError(f"not a web address: {base}", pointer="--url")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            data: bytes = answer.read(MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (403, 404):
            return b""
        raise ConfigError(f"answered {error.code} {error.reason}; the prices stay as they are", path=url) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or repr(error)
        raise ConfigError(f"cannot be reached: {reason}; the prices stay as they are", path=url) from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"the answer is larger than {MAX_BYTES >> 20} MB; the prices stay as they are", path=url)
    return data
