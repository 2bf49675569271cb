"""Whose key encrypts a table, from the two settings that choose it."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.parsers.encryption import classify
from dyncheck.scenarios import Condition
from dyncheck.values import Choice, Unknown, unknown

C = Condition.opaque("c", {"var.c"})
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def symbol(text: str) -> Unknown:
    return unknown("var.key", symbol=text)


@pytest.mark.parametrize("switch", [None, False, "false"])
@pytest.mark.parametrize("key", [None, "", KEY_ARN, symbol("aws_kms_key.main.arn"), unknown("var.key")])
def test_without_the_switch_the_key_is_aws_owned_whatever_is_named(switch: Any, key: Any) -> None:
    assert classify(switch, key) == "aws_owned"


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        "alias/aws/dynamodb",
        "arn:aws:kms:eu-west-1:111122223333:alias/aws/dynamodb",
        "arn:aws-cn:kms:cn-north-1:111122223333:alias/aws/dynamodb",
        symbol("arn:aws:kms:${var.region}:${data.aws_caller_identity.me.account_id}:alias/aws/dynamodb"),
        symbol("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/dynamodb"),
    ],
)
def test_no_key_or_an_alias_of_aws_is_aws_managed(key: Any) -> None:
    assert classify(True, key) == "aws_managed"


@pytest.mark.parametrize(
    "key",
    [
        KEY_ARN,
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "mrk-1234abcd12ab34cd56ef1234567890ab",
        "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
        "alias/orders",
        "alias/awsome",
        "arn:aws:kms:eu-west-1:111122223333:alias/orders",
        symbol("aws_kms_key.main.arn"),
        symbol("aws_kms_key.main.key_id"),
        symbol("aws_kms_key.main[0].arn"),
        symbol('module.kms["a.b"].aws_kms_key.this["x.y]"].arn'),
        symbol("aws_kms_replica_key.west.arn"),
        symbol("aws_kms_external_key.main.id"),
        symbol("aws_kms_replica_external_key.west.arn"),
        symbol("aws_kms_alias.main.target_key_arn"),
        symbol("module.kms.aws_kms_alias.main.arn"),
        symbol("arn:aws:kms:${var.region}:${var.account}:key/${var.id}"),
        symbol("arn:aws:kms:${var.region}:${var.account}:alias/orders-${var.env}"),
        symbol("alias/orders-${var.env}"),
    ],
)
def test_any_other_key_is_the_customers(key: Any) -> None:
    assert classify("true", key) == "customer_managed"


@pytest.mark.parametrize(
    "key",
    [
        unknown("var.key"),
        symbol("var.key"),
        symbol("data.aws_kms_alias.main.target_key_arn"),
        symbol("data.aws_kms_key.main.arn"),
        symbol("module.kms.key_arn"),
        symbol("alias/${var.alias}"),
        symbol("alias/a${var.alias}"),
        symbol("${var.prefix}${var.suffix}"),
        symbol("lower(${var.key})"),
        symbol("not_aws_kms_key.main.arn"),
    ],
)
def test_a_key_that_could_be_either_is_unknown_for_its_own_reason(key: Unknown) -> None:
    assert classify(True, key) == unknown("var.key")


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        ("alias/aws/dynamodb", "aws_managed"),
        ("alias/orders", "customer_managed"),
        ("customer_managed", "customer_managed"),
        ("aws_managed", "aws_managed"),
    ],
)
def test_what_the_parser_knows_of_a_symbol_decides(known: str, kind: str) -> None:
    key = symbol("data.aws_kms_alias.main.target_key_arn")
    assert classify(True, key, keys={"data.aws_kms_alias.main.target_key_arn": known}) == kind


def test_an_unknown_switch_makes_the_kind_unknown() -> None:
    assert classify(unknown("var.sse", symbol="var.sse"), KEY_ARN) == unknown("var.sse")


def test_an_undecided_switch_makes_a_choice() -> None:
    assert classify(Choice(C, True, False), KEY_ARN) == Choice(C, "customer_managed", "aws_owned")


def test_an_undecided_key_makes_a_choice() -> None:
    assert classify(True, Choice(C, symbol("aws_kms_key.main.arn"), None)) == Choice(
        C, "customer_managed", "aws_managed"
    )


def test_an_undecided_key_of_one_kind_is_of_that_kind() -> None:
    assert classify(True, Choice(C, KEY_ARN, "alias/orders")) == "customer_managed"


@pytest.mark.parametrize("key", ["arn:aws:s3:::bucket", "arn:aws:iam::111122223333:role/x"])
def test_an_arn_of_another_service_is_no_key(key: str) -> None:
    assert classify(True, key) == unknown(f"invalid KMS key {key!r}")


def test_what_is_no_text_is_no_key() -> None:
    assert classify(True, ["a"]) == unknown("invalid KMS key")


def test_a_switch_that_is_no_boolean_is_unknown() -> None:
    assert classify("perhaps", KEY_ARN) == unknown("invalid boolean 'perhaps'")
