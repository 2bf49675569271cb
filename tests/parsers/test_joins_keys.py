"""The KMS key behind a table's encryption is seen where it is declared beside the table."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.model import Encryption, KmsKey, Replica
from dyncheck.parsers.attachments import KmsKeyAttachment
from dyncheck.values import Choice, unknown
from tests.parsers.joined import PROD, joined, symbol, table

KEY = KmsKey(rotation_enabled=True, multi_region=True)
DECLARED = KmsKeyAttachment(
    address="aws_kms_key.main",
    key=KEY,
    symbols=frozenset({"aws_kms_key.main.arn", "aws_kms_key.main.key_id", "aws_kms_alias.main.arn"}),
    alias_names=("alias/orders", symbol("alias/${var.alias}", "var.alias")),
)


def seen(kms_key: Any, **settings: Any) -> Any:
    encryption = Encryption(kind="customer_managed", sse_enabled=True, kms_key=kms_key, **settings)
    (found,) = joined([table("a", "orders", encryption=encryption)], DECLARED)
    return found.encryption.key


@pytest.mark.parametrize(
    "kms_key",
    [
        symbol("aws_kms_key.main.arn"),
        symbol("aws_kms_key.main.key_id"),
        symbol("aws_kms_alias.main.arn"),
        symbol("alias/${var.alias}", "var.alias"),
        "alias/orders",
        "arn:aws:kms:eu-west-1:111122223333:alias/orders",
    ],
)
def test_a_key_is_found_by_symbol_or_alias(kms_key: Any) -> None:
    assert seen(kms_key) == KEY


@pytest.mark.parametrize(
    "kms_key",
    [
        None,
        "alias/users",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        symbol("aws_kms_key.other.arn"),
        unknown("var.key"),
    ],
)
def test_a_key_that_is_declared_elsewhere_is_not_seen(kms_key: Any) -> None:
    assert seen(kms_key) is None


def test_an_undecided_key_is_seen_under_its_condition() -> None:
    assert seen(Choice(PROD, symbol("aws_kms_key.main.arn"), None)) == Choice(PROD, KEY, None)


def test_a_key_that_the_source_described_itself_stays() -> None:
    described = KmsKey(enabled=False, key_state="Disabled")
    assert seen(symbol("aws_kms_key.main.arn"), key=described) == described


def test_an_unknown_encryption_stays_unknown() -> None:
    (found,) = joined([table("a", "orders", encryption=unknown("var.sse"))], DECLARED)
    assert found.encryption == unknown("var.sse")


def test_the_keys_of_replicas_are_seen_too() -> None:
    encryption = Encryption(kind="customer_managed", kms_key=symbol("aws_kms_key.main.arn"))
    drafts = [table("a", "orders", replicas=(Replica(region_name="us-east-1", encryption=encryption),))]
    (found,) = joined(drafts, DECLARED)
    assert found.replicas[0].encryption.key == KEY
