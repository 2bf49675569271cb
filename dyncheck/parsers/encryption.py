"""Whose key encrypts a table: AWS's own, the one that AWS manages in the account, or the customer's.

Data in DynamoDB is always encrypted. What a configuration writes says which key does it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from dyncheck.model import KeyKind
from dyncheck.parsers.coerce import to_bool
from dyncheck.values import Choice, Unknown, choose, unknown

_KINDS: Final[frozenset[str]] = frozenset({"aws_owned", "aws_managed", "customer_managed"})

_AWS_ALIAS: Final = "alias/aws/"
"""Aliases of this prefix are AWS's: no customer can make one."""

_KEY_RESOURCE: Final = re.compile(
    r"(?<![\w-])(?<!data\.)aws_kms_(?:(?:replica_)?(?:external_)?key\.[^.]+\.(?:arn|id|key_id)"
    r"|alias\.[^.]+\.(?:arn|id|name|target_key_arn|target_key_id))$"
)
"""Symbols of Terraform's keys and aliases; an ``aws_kms_alias`` resource can only be the customer's."""

_ARN: Final = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:(.*)", re.DOTALL)

_NO_KEYS: Final[Mapping[str, str]] = {}


def classify(sse_enabled: Any, kms_key: Any, *, keys: Mapping[str, str] = _NO_KEYS) -> Any:
    """The kind of key (``aws_owned``, ``aws_managed``, ``customer_managed``) that the two settings choose.

    ``sse_enabled``: the switch as written, None when it is left out. ``kms_key``: a key id, ARN, alias or alias ARN,
    None or "" when none is named. ``keys`` says of symbols what stands behind them: a kind, or the name of an alias.
    A key that is named while the switch is off counts for nothing.
    """
    enabled = to_bool(sse_enabled)
    if isinstance(enabled, Choice):
        return choose(
            enabled.condition,
            classify(enabled.if_true, kms_key, keys=keys),
            classify(enabled.if_false, kms_key, keys=keys),
        )
    if isinstance(enabled, Unknown):
        return Unknown(enabled.because)
    return kind_of_key(kms_key, keys) if enabled else "aws_owned"


def kind_of_key(kms_key: Any, keys: Mapping[str, str] = _NO_KEYS) -> Any:
    """The kind of key that a reference means while encryption with KMS is on; no reference is AWS's managed key."""
    if isinstance(kms_key, Choice):
        return choose(kms_key.condition, kind_of_key(kms_key.if_true, keys), kind_of_key(kms_key.if_false, keys))
    if isinstance(kms_key, Unknown):
        return _kind_of_symbol(kms_key, keys)
    if kms_key is None or kms_key == "":
        return "aws_managed"
    if not isinstance(kms_key, str):
        return unknown("invalid KMS key")
    return _kind_of_text(kms_key)


def is_aws_managed_alias(kms_key: str) -> bool:
    """Whether a key is named by an alias of AWS's, such as ``alias/aws/dynamodb``, or by such an alias's ARN."""
    arn = _ARN.fullmatch(kms_key)
    return (arn.group(1) if arn else kms_key).startswith(_AWS_ALIAS)


def _kind_of_text(kms_key: str) -> Any:
    text = kms_key.strip()
    arn = _ARN.fullmatch(text)
    if text.startswith("arn:") and arn is None:
        return unknown(f"invalid KMS key {text[:60]!r}")
    kind: KeyKind = "aws_managed" if is_aws_managed_alias(text) else "customer_managed"
    return kind


def _kind_of_symbol(kms_key: Unknown, keys: Mapping[str, str]) -> Any:
    symbol = kms_key.symbol
    if symbol is None:
        return Unknown(kms_key.because)
    known = keys.get(symbol)
    if known is not None:
        return known if known in _KINDS else _kind_of_text(known)
    if _KEY_RESOURCE.search(_without_keys(symbol)):
        return "customer_managed"
    return _kind_of_template(symbol, Unknown(kms_key.because))


def _kind_of_template(symbol: str, otherwise: Unknown) -> Any:
    """What the literal part of ``arn:aws:kms:${…}:${…}:alias/aws/dynamodb`` says, if it says enough."""
    plain = re.sub(r"\$\{[^{}]*\}", "\0", symbol)
    if plain == symbol:
        return otherwise
    arn = _ARN.fullmatch(plain)
    resource = arn.group(1) if arn else plain
    if resource.startswith(_AWS_ALIAS):
        return "aws_managed"
    if resource.startswith("key/"):
        return "customer_managed"
    start = resource.split("\0", 1)[0]
    if start.startswith("alias/") and not _AWS_ALIAS.startswith(start):
        return "customer_managed"
    return otherwise


def _without_keys(symbol: str) -> str:
    """The symbol without instance keys: ``aws_kms_key.k["a.b"].arn`` is ``aws_kms_key.k.arn``."""
    return re.sub(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]', "", symbol)
