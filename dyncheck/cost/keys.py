"""The customer managed keys that tables are encrypted with: a key is charged once, however many tables use it. Pure.

A key that is only known by name is told apart by that name within its stack. Whether a key is charged is not certain
where it may be one of AWS's own, which cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from dyncheck.values import Unknown

_PART: Final = re.compile(r"\.(?:arn|id|key_id|target_key_arn|Arn)$")
"""The end of a name that says which attribute of a key identifies it."""

KEY_ITEM: Final = "kms_key_month"
"""The item of the price book for a key."""


class KeyUse(msgspec.Struct, frozen=True):
    """A key in a Region. ``identity``: what two uses of the same key share; ``name``: what people call it.

    ``certain``: whether it is known to be the customer's.
    """

    region: str
    identity: str
    name: str
    certain: bool = True


def keys_of(places: Iterable[tuple[str | None, Any]], address: str, stack: str) -> Iterator[KeyUse]:
    """The keys of a table and its replicas, each with the Region that it is used in."""
    for region, holder in places:
        encryption = holder.encryption
        kind = encryption if isinstance(encryption, Unknown) else getattr(encryption, "kind", None)
        certain = kind == "customer_managed"
        if region is not None and (certain or isinstance(kind, Unknown)):
            identity, name = _named(getattr(encryption, "kms_key", encryption), address, stack)
            yield KeyUse(region, identity, name, certain)


def agreed(alternatives: Iterable[tuple[KeyUse, ...]]) -> tuple[KeyUse, ...]:
    """The keys of all alternatives; those that some do not use are not certain."""
    groups = [{(use.region, use.identity): use for use in uses} for uses in alternatives]
    every = {key: use for group in groups for key, use in group.items()}
    return tuple(
        msgspec.structs.replace(use, certain=all(key in group and group[key].certain for group in groups))
        for key, use in every.items()
    )


def _named(key: Any, address: str, stack: str) -> tuple[str, str]:
    if isinstance(key, str):
        return key, key
    if not isinstance(key, Unknown):
        return f"{stack}\0{address}", f"of {address}"
    symbol, name = key.symbol, ", ".join(sorted(key.because))
    if symbol is None:
        return f"{stack}\0{address}", f"{name} of {address}"
    if "${" in symbol:
        # What a data source says of a key has the key's own name at its end.
        return f"{stack}\0{symbol.rpartition(':')[2]}", name
    plain = _PART.sub("", symbol)
    return f"{stack}\0{plain}", plain
