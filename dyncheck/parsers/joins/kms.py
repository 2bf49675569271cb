"""The KMS keys that a configuration declares, seen through the tables and replicas that are encrypted with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from dyncheck.model import Encryption, Replica, Table
from dyncheck.parsers.attachments import KmsKeyAttachment
from dyncheck.parsers.joins.logic import alternatives, change_items, known_items, select
from dyncheck.values import Unknown, lift

_ALIAS: Final = ":alias/"


def attach_keys(tables: Sequence[Table], keys: Iterable[KmsKeyAttachment]) -> list[Table]:
    """The tables whose encryption shows the key itself where it is declared beside them."""
    by_symbol: dict[str, Any] = {}
    by_alias: dict[str, Any] = {}
    for attachment in keys:
        for symbol in attachment.symbols:
            by_symbol[symbol] = attachment.key
        for alias in known_items(attachment.alias_names):
            for _, name in alternatives(alias):
                if isinstance(name, str):
                    by_alias[name] = attachment.key
                elif isinstance(name, Unknown) and name.symbol is not None:
                    by_symbol[name.symbol] = attachment.key
    if not by_symbol and not by_alias:
        return list(tables)

    def seen(reference: Any) -> Any:
        found: Any = None
        for guard, plain in reversed(alternatives(reference)):
            found = select(guard, _declared(plain, by_symbol, by_alias), found)
        return found

    def shown(encryption: Encryption) -> Encryption:
        if encryption.key is not None or encryption.kms_key is None:
            return encryption
        key = seen(encryption.kms_key)
        return encryption if key is None else msgspec.structs.replace(encryption, key=key)

    def shown_in_replica(replica: Replica) -> Replica:
        return msgspec.structs.replace(replica, encryption=lift(shown, replica.encryption))

    return [
        msgspec.structs.replace(
            table,
            encryption=lift(shown, table.encryption),
            replicas=change_items(table.replicas, shown_in_replica),
        )
        for table in tables
    ]


def _declared(reference: Any, by_symbol: dict[str, Any], by_alias: dict[str, Any]) -> Any:
    if isinstance(reference, Unknown):
        return by_symbol.get(reference.symbol) if reference.symbol is not None else None
    if not isinstance(reference, str):
        return None
    if reference in by_symbol:
        return by_symbol[reference]
    name = "alias/" + reference.split(_ALIAS, 1)[1] if _ALIAS in reference else reference
    return by_alias.get(name)
