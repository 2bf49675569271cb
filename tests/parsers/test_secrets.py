"""Attributes of items in configuration that look like secrets: only their names are ever kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.parsers.secrets import secret_attributes
from dyncheck.scenarios import Condition
from dyncheck.values import Choice, OpenList, unknown

C = Condition.opaque("c", {"var.c"})
KEY_ID = "AKIA" + "ABCDEFGHIJKLMNOP"


def item(**attributes: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in attributes.items()}


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "Password",
        "db_passwd",
        "userPassword",
        "passphrase",
        "secret",
        "client_secret",
        "clientSecret",
        "secretKey",
        "apiKey",
        "api_key",
        "api-key",
        "private_key",
        "accessToken",
        "refresh_token",
        "token",
        "credentials",
        "connectionString",
        "smtp.pass",
    ],
)
def test_a_name_that_says_secret_over_a_real_value_is_one(name: str) -> None:
    assert secret_attributes(item(**{name: "hunter2!"})) == (name,)


@pytest.mark.parametrize(
    "name",
    ["pk", "sk", "name", "compass", "passenger", "tokens_used", "next_page_token_count", "secretary", "key", "passed"],
)
def test_other_names_are_not(name: str) -> None:
    assert secret_attributes(item(**{name: "hunter2!"})) == ()


@pytest.mark.parametrize(
    "value",
    [
        KEY_ID,
        f"key is {KEY_ID}.",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "-----BEGIN PRIVATE KEY-----",
        "ghp_" + "a1" * 18,
        "github_pat_" + "a1" * 11,
        "glpat-" + "a1" * 10,
        "xoxb-" + "1234567890",
        "sk_live_" + "a1" * 8,
        "AIza" + "a" * 35,
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln",
        "postgres://app:s3cr3t@db.internal/orders",
    ],
)
def test_a_value_of_a_secrets_shape_is_one_whatever_its_name(value: str) -> None:
    assert secret_attributes(item(note=value)) == ("note",)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "changeme",
        "CHANGE_ME",
        "xxxxx",
        "*****",
        "<password>",
        "${PASSWORD}",
        "TODO",
        "redacted",
        "your-password",
    ],
)
def test_a_placeholder_is_no_secret(value: str) -> None:
    assert secret_attributes(item(password=value)) == ()


def test_a_reference_to_a_secret_store_is_no_secret() -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"
    assert secret_attributes(item(password=arn, url="https://example.com/a:b@c")) == ()


def test_names_come_sorted_from_text_as_from_a_dictionary() -> None:
    found = item(token="abc123", pk="a", password="hunter2!")
    assert secret_attributes(found) == secret_attributes(json.dumps(found)) == ("password", "token")


def test_nested_maps_and_lists_are_searched() -> None:
    nested = {
        "config": {"M": {"db": {"M": {"password": {"S": "hunter2!"}}}}},
        "secrets": {"L": [{"S": "hunter2!"}]},
        "keys": {"SS": ["a", KEY_ID]},
    }
    assert secret_attributes(nested) == ("config.db.password", "keys", "secrets")


def test_numbers_and_flags_are_no_secrets() -> None:
    assert secret_attributes({"password": {"N": "5"}, "secret": {"BOOL": True}, "token": {"NULL": True}}) == ()


def test_a_secret_name_over_an_unknown_value_leaves_the_list_open() -> None:
    found = {"password": {"S": unknown("var.password")}, "name": {"S": unknown("var.name")}, "token": {"S": "abc123"}}
    assert secret_attributes(found) == OpenList(("token",), frozenset({"var.password"}))


def test_an_unknown_item_has_unknown_secrets() -> None:
    assert secret_attributes(unknown("var.item", symbol="var.item")) == unknown("var.item")


def test_an_undecided_item_has_undecided_secrets() -> None:
    assert secret_attributes(Choice(C, item(password="hunter2!"), item(pk="a"))) == Choice(C, ("password",), ())


def test_no_item_has_no_secrets() -> None:
    assert secret_attributes(None) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "item is not valid JSON"),
        ("[" * 100_000, "item is not valid JSON"),
        ("[]", "item is not a JSON object"),
        ("5", "item is not a JSON object"),
    ],
)
def test_what_is_no_item_is_unknown(text: str, reason: str) -> None:
    assert secret_attributes(text) == unknown(reason)


def test_nesting_without_end_is_cut_off_at_dynamodbs_limit() -> None:
    deep: Any = {"S": "hunter2!"}
    for _ in range(5000):
        deep = {"M": {"a": deep}}
    assert secret_attributes({"password": deep}) == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["S", "M", "L", "password"]), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=3))
def test_any_json_object_gives_names_of_its_own(found: dict[str, Any]) -> None:
    names = secret_attributes(found)
    assert isinstance(names, tuple)
    assert all(any(name.startswith(own) for own in found) for name in names)
