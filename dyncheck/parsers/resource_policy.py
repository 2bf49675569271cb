"""The statements of a resource-based policy, read from JSON by the grammar of IAM policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from dyncheck.location import Location
from dyncheck.model import PolicyStatement
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, choose, lift, reasons, unknown

EVERYONE: Final = "*"

_ACCOUNT: Final = re.compile(r"(?:arn:[^:]*:(?:iam|sts)::)?(\d{12})(?::.*)?", re.DOTALL)

_ACCOUNT_IN_TEMPLATE: Final = re.compile(
    r"arn:(?:[^:$]|\$\{[^}]*\})*:(?:iam|sts)::(?:(?P<digits>\d{12})|\$\{(?P<symbol>[^}]*)\})(?::.*)?", re.DOTALL
)
"""The same with parts of it unknown: ``arn:${AWS::Partition}:iam::${AWS::AccountId}:role/reader``."""

_NARROWING_KEYS: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "aws:vpcsourceip",
    }
)
"""Condition keys that say who asks, or from where."""

_ALWAYS_PRESENT: Final = frozenset({"aws:principalaccount", "aws:principalarn", "aws:userid"})
"""Keys that every signed request has, so that ``IfExists`` loosens nothing."""

_EXACT: Final = frozenset({"stringequals", "stringequalsignorecase", "arnequals", "ipaddress"})
_LIKE: Final = frozenset({"stringlike", "arnlike"})
_ANY_VALUE: Final = frozenset({"*", "**", "?*", "*:*", "arn:*", "arn:aws:*", "0.0.0.0/0", "::/0", "o-*"})
"""Values that narrow nothing."""


def statements(document: Any, locations: dict[str, Location]) -> Any:
    """The statements of a policy document, which is JSON text or a dictionary; every one has the given locations.

    None is no policy. A document that is not a policy is Unknown, as AWS would refuse it.
    """
    if isinstance(document, Choice):
        return choose(
            document.condition, statements(document.if_true, locations), statements(document.if_false, locations)
        )
    if isinstance(document, Unknown):
        return Unknown(document.because)
    if document is None or document is ABSENT or document == "":
        return ()
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return unknown("policy is not valid JSON")
    if not isinstance(document, dict) or "Statement" not in document:
        return unknown("policy has no Statement")
    return _each(document["Statement"], lambda item: _statement(item, locations))


def _statement(item: Any, locations: dict[str, Location]) -> Any:
    if not isinstance(item, dict):
        return unknown("policy statement is not an object")
    principals = _principals(item)
    return PolicyStatement(
        locations=locations,
        effect=item.get("Effect", "Allow"),
        principals=principals,
        actions=_texts(item["Action"]) if "Action" in item else ((EVERYONE,) if "NotAction" in item else ()),
        accounts=_accounts(principals),
        restricted=_restricted(item.get("Condition")),
    )


def _each(value: Any, change: Any) -> Any:
    """A list of the changed items of what may be one item or a list, with what is unknown or undecided of it kept."""
    if isinstance(value, Choice):
        return choose(value.condition, _each(value.if_true, change), _each(value.if_false, change))
    if isinstance(value, Unknown):
        is_one_text = value.symbol is not None and value.symbol.startswith("arn:")
        return (value,) if is_one_text else Unknown(value.because)
    if value is None or value is ABSENT:
        return ()
    if isinstance(value, OpenList):
        return OpenList(tuple(lift(change, item) for item in value.items), value.because)
    items = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(item if isinstance(item, Unknown) else lift(change, item) for item in items)


def _texts(value: Any) -> Any:
    return _each(value, lambda item: item if isinstance(item, str) else str(item))


def _principals(item: dict[str, Any]) -> Any:
    """The principals as written. ``NotPrincipal`` means everyone but those that it names, so it reads as everyone."""
    if "NotPrincipal" in item:
        return (EVERYONE,)
    return _flattened(item.get("Principal"))


def _flattened(principal: Any) -> Any:
    if isinstance(principal, Choice):
        return choose(principal.condition, _flattened(principal.if_true), _flattened(principal.if_false))
    if not isinstance(principal, dict):
        return _texts(principal)
    items: list[Any] = []
    because: set[str] = set()
    for kind, value in principal.items():
        names, hidden = _spread(_texts(value))
        because |= hidden
        items += (name for name in names if kind in ("AWS", EVERYONE) or name != EVERYONE)
    return OpenList(tuple(items), frozenset(because)) if because else tuple(items)


def _spread(names: Any) -> tuple[list[Any], frozenset[str]]:
    """The elements of a list value, those of a choice's arms absent in the other; and what hides more of them."""
    if isinstance(names, Choice):
        if_true, hidden_if_true = _spread(names.if_true)
        if_false, hidden_if_false = _spread(names.if_false)
        elements = [choose(names.condition, name, ABSENT) for name in if_true]
        elements += [choose(names.condition, ABSENT, name) for name in if_false]
        return elements, hidden_if_true | hidden_if_false
    if isinstance(names, Unknown):
        return [], names.because
    return list(names.items if isinstance(names, OpenList) else names), reasons([names])


def _accounts(principals: Any) -> Any:
    def accounts_of(items: tuple[Any, ...]) -> tuple[Any, ...]:
        found = (_hidden_account(item) if isinstance(item, Unknown) else lift(_account, item) for item in items)
        return tuple(dict.fromkeys(account for account in found if account is not ABSENT))

    if isinstance(principals, Choice):
        return choose(principals.condition, _accounts(principals.if_true), _accounts(principals.if_false))
    if isinstance(principals, OpenList):
        return OpenList(accounts_of(principals.items), principals.because)
    return accounts_of(principals) if isinstance(principals, tuple) else principals


def _account(principal: str) -> Any:
    found = _ACCOUNT.fullmatch(principal)
    return found.group(1) if found else ABSENT


def _hidden_account(principal: Unknown) -> Any:
    """The account of a principal that is known in part: as written, or with the identity that it has there."""
    found = _ACCOUNT_IN_TEMPLATE.fullmatch(principal.symbol or "")
    if found is None:
        return (
            principal if principal.symbol is not None and "${" not in principal.symbol else Unknown(principal.because)
        )
    return found.group("digits") or Unknown(principal.because, found.group("symbol"))


def _restricted(condition: Any) -> Any:
    """Whether a condition narrows who may use the permission: True, False, or Unknown where its values are."""
    if isinstance(condition, Choice):
        return choose(condition.condition, _restricted(condition.if_true), _restricted(condition.if_false))
    if isinstance(condition, Unknown):
        return Unknown(condition.because)
    if not isinstance(condition, dict):
        return False
    because: set[str] = set()
    for operator, tests in condition.items():
        if isinstance(tests, Unknown):
            because |= tests.because
            continue
        for key, value in tests.items() if isinstance(tests, dict) else ():
            narrows = _narrows(str(operator).lower(), str(key).lower(), value)
            if narrows is True:
                return True
            if isinstance(narrows, Unknown):
                because |= narrows.because
    return Unknown(frozenset(because)) if because else False


def _narrows(operator: str, key: str, value: Any) -> Any:
    operator = operator.rsplit(":", 1)[-1]
    if operator.endswith("ifexists"):
        operator = operator.removesuffix("ifexists")
        if key not in _ALWAYS_PRESENT:
            return False
    if key not in _NARROWING_KEYS and not key.startswith("aws:principaltag/"):
        return False
    if operator not in _EXACT and operator not in _LIKE:
        return False
    values = value if isinstance(value, (list, tuple)) else value.items if isinstance(value, OpenList) else (value,)
    if any(isinstance(item, str) and item in _ANY_VALUE for item in values) and operator != "stringequals":
        return False
    hidden = [item for item in values if isinstance(item, (Unknown, Choice))]
    if hidden and operator != "stringequals":
        return Unknown(reasons(hidden))
    return bool(values)
