"""Resource policies: who may do what, and whether a condition narrows it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.location import Location, Span
from dyncheck.model import PolicyStatement
from dyncheck.parsers.resource_policy import statements
from dyncheck.scenarios import Condition
from dyncheck.values import Choice, OpenList, unknown

C = Condition.opaque("c", {"var.c"})
ROOT = "arn:aws:iam::111122223333:root"
PLACES = {"": Location(Span("main.tf", 3, 1, 3, 9))}


def policy(**parts: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem", **parts}]}


def only(document: Any) -> PolicyStatement:
    found = statements(document, {})
    assert len(found) == 1
    assert isinstance(found[0], PolicyStatement)
    return found[0]


def test_a_statement_is_read_from_text_as_from_a_dictionary() -> None:
    document = policy(Principal={"AWS": ROOT}, Resource="*")
    expected = (
        PolicyStatement(
            locations=PLACES,
            effect="Allow",
            principals=(ROOT,),
            actions=("dynamodb:GetItem",),
            accounts=("111122223333",),
            restricted=False,
        ),
    )
    assert statements(document, PLACES) == statements(json.dumps(document), PLACES) == expected


def test_one_statement_may_stand_without_a_list() -> None:
    document = policy(Principal="*")
    document["Statement"] = document["Statement"][0]
    assert only(document).principals == ("*",)


@pytest.mark.parametrize(
    ("principal", "principals", "accounts"),
    [
        ("*", ("*",), ()),
        ({"AWS": "*"}, ("*",), ()),
        ({"AWS": ["*", ROOT]}, ("*", ROOT), ("111122223333",)),
        ({"AWS": "111122223333"}, ("111122223333",), ("111122223333",)),
        (
            {"AWS": [ROOT, "arn:aws:iam::111122223333:role/a"]},
            (ROOT, "arn:aws:iam::111122223333:role/a"),
            ("111122223333",),
        ),
        (
            {"AWS": "arn:aws:sts::444455556666:assumed-role/a/b"},
            ("arn:aws:sts::444455556666:assumed-role/a/b",),
            ("444455556666",),
        ),
        (
            {"AWS": "arn:aws-us-gov:iam::444455556666:user/u"},
            ("arn:aws-us-gov:iam::444455556666:user/u",),
            ("444455556666",),
        ),
        ({"Service": "lambda.amazonaws.com"}, ("lambda.amazonaws.com",), ()),
        ({"Service": "*"}, (), ()),
        ({"AWS": unknown("var.role")}, None, None),
        (unknown("var.who"), None, None),
    ],
)
def test_principals_and_their_accounts(principal: Any, principals: Any, accounts: Any) -> None:
    found = only(policy(Principal=principal))
    if principals is not None:
        assert (found.principals, found.accounts) == (principals, accounts)
    elif isinstance(principal, dict):
        assert (found.principals, found.accounts) == (
            OpenList((), frozenset({"var.role"})),
            OpenList((), frozenset({"var.role"})),
        )
    else:
        assert (found.principals, found.accounts) == (unknown("var.who"), unknown("var.who"))


def test_unknown_principals_stand_beside_known_ones() -> None:
    found = only(policy(Principal={"AWS": [ROOT, unknown("var.role")]}))
    assert found.principals == (ROOT, unknown("var.role"))
    assert found.accounts == ("111122223333", unknown("var.role"))


def test_everyone_but_some_is_everyone() -> None:
    assert only(policy(NotPrincipal={"AWS": ROOT})).principals == ("*",)


def test_every_action_but_some_is_every_action() -> None:
    document = {"Statement": {"Effect": "Allow", "Principal": "*", "NotAction": "dynamodb:DeleteTable"}}
    assert only(document).actions == ("*",)


def test_actions_may_be_one_or_many() -> None:
    assert only(policy(Action=["dynamodb:*", "dynamodb:GetItem"])).actions == ("dynamodb:*", "dynamodb:GetItem")


@pytest.mark.parametrize(
    ("condition", "restricted"),
    [
        (None, False),
        ({}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-12345"}}, True),
        ({"StringEquals": {"AWS:principalorgid": ["o-1", "o-2"]}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "data"}}, True),
        ({"StringEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}}, True),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, False),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}}, False),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"Null": {"aws:PrincipalOrgID": "false"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": unknown("var.org")}}, True),
        ({"StringLike": {"aws:PrincipalArn": unknown("var.arn")}}, unknown("var.arn")),
        ({"StringEquals": unknown("var.tests")}, unknown("var.tests")),
        (unknown("var.condition"), unknown("var.condition")),
        ({"StringLike": {"aws:PrincipalArn": unknown("var.arn")}, "StringEquals": {"aws:SourceAccount": "1"}}, True),
    ],
)
def test_a_condition_restricts_when_it_narrows_who_asks(condition: Any, restricted: Any) -> None:
    assert only(policy(Principal="*", Condition=condition)).restricted == restricted


def test_a_denial_keeps_its_effect() -> None:
    assert only(policy(Effect="Deny", Principal="*")).effect == "Deny"


def test_no_policy_has_no_statements() -> None:
    assert [statements(none, {}) for none in (None, "")] == [(), ()]


def test_an_unknown_policy_has_unknown_statements() -> None:
    assert statements(unknown("var.policy", symbol="var.policy"), {}) == unknown("var.policy")


def test_an_undecided_policy_has_undecided_statements() -> None:
    found = statements(Choice(C, policy(Principal="*"), None), {})
    assert found == Choice(C, statements(policy(Principal="*"), {}), ())


def test_unknown_statements_stand_beside_known_ones() -> None:
    document = {"Statement": [policy(Principal="*")["Statement"][0], unknown("var.more")]}
    assert statements(document, {})[1] == unknown("var.more")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "policy is not valid JSON"),
        ("[" * 100_000, "policy is not valid JSON"),
        ("[]", "policy has no Statement"),
        ({}, "policy has no Statement"),
        (5, "policy has no Statement"),
    ],
)
def test_what_is_no_policy_is_unknown(document: Any, reason: str) -> None:
    assert statements(document, {}) == unknown(reason)


def test_a_statement_that_is_no_object_is_unknown() -> None:
    assert statements({"Statement": ["x"]}, {}) == (unknown("policy statement is not an object"),)


words = st.sampled_from(["*", ROOT, "AWS", "Allow", "dynamodb:*", "aws:SourceIp", "StringEquals", 5, None, True])
documents = st.recursive(
    words,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Principal", "AWS", "Condition", "StringEquals", "aws:SourceIp", "Action"]),
            inner,
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["Statement", "Version"]), documents))
def test_any_json_object_is_read_alike_as_text_and_as_data(document: dict[str, Any]) -> None:
    assert statements(json.dumps(document), {}) == statements(document, {})


@pytest.mark.parametrize(
    ("symbol", "account"),
    [
        ("arn:${AWS::Partition}:iam::${AWS::AccountId}:root", unknown("x", symbol="AWS::AccountId")),
        ("arn:aws:iam::111122223333:role/${var.role}", "111122223333"),
        ("arn:aws:iam::${var.a}${var.b}:root", unknown("x")),
    ],
)
def test_the_account_of_a_principal_that_is_known_in_part_keeps_its_identity(symbol: str, account: Any) -> None:
    statement = only(policy(Principal={"AWS": unknown("x", symbol=symbol)}))
    among_others = only(policy(Principal={"AWS": [ROOT, unknown("x", symbol=symbol)]}))

    assert statement.accounts == (account,)
    assert account in among_others.accounts


def test_a_principal_that_is_the_account_itself_keeps_its_identity() -> None:
    account = unknown("x", symbol="AWS::AccountId")

    assert only(policy(Principal={"AWS": [account]})).accounts == (account,)
