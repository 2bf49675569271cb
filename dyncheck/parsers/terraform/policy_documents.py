"""``data.aws_iam_policy_document`` as the policy document that it makes.

Arguments: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
"""

from __future__ import annotations

import json
from typing import Any, Final

from dyncheck.parsers.terraform.body import BlockBody, Body, each
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, choose, lift, reasons

_LISTS: Final = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
_PRINCIPALS: Final = {"principals": "Principal", "not_principals": "NotPrincipal"}


def policy_document(body: BlockBody) -> dict[str, Any]:
    """The document as a dictionary; its parts may be unknown, its list of statements open."""
    statements: Any = each(body.blocks("statement"), _statement)
    for argument in ("source_policy_documents", "override_policy_documents"):
        statements = _joined(_imported(body.value(argument)), statements)
    statements = _joined(_imported([body.value("source_json")]), statements)
    version = body.value("version")
    if isinstance(statements, tuple):
        statements = list(statements)
    return {"Version": "2012-10-17" if version is None else version, "Statement": statements}


def _statement(body: Body) -> dict[str, Any]:
    effect = body.value("effect")
    statement: dict[str, Any] = {"Effect": "Allow" if effect is None else effect}
    if body.value("sid") is not None:
        statement["Sid"] = body.value("sid")
    for argument, key in _LISTS.items():
        value = body.value(argument)
        if value is not None:
            statement[key] = value
    for kind, key in _PRINCIPALS.items():
        principals = _principals(body.blocks(kind))
        if principals is not None:
            statement[key] = principals
    conditions = body.blocks("condition")
    if isinstance(conditions, OpenList):
        statement["Condition"] = Unknown(conditions.because)
    elif conditions:
        statement["Condition"] = _conditions(conditions)
    return statement


def _principals(blocks: Any) -> Any:
    """``{type: identifiers}``; the principal ``*`` of type ``*`` is everyone."""
    if isinstance(blocks, OpenList):
        return Unknown(blocks.because)
    found: dict[str, Any] = {}
    for block in blocks:
        if isinstance(block, Choice):
            arms = [_principals(() if arm is ABSENT else (arm,)) for arm in (block.if_true, block.if_false)]
            return choose(block.condition, *arms) if len(blocks) == 1 else Unknown(block.condition.because)
        kind, identifiers = block.value("type"), block.value("identifiers")
        if isinstance(kind, (Unknown, Choice)):
            return Unknown(reasons([kind]))
        held = found.get(str(kind))
        both_known = isinstance(held, list) and isinstance(identifiers, list)
        found[str(kind)] = [*held, *identifiers] if both_known and held is not None else identifiers
    if not found:
        return None
    return "*" if found.get("*") == ["*"] else found


def _conditions(blocks: tuple[Any, ...]) -> Any:
    found: dict[str, Any] = {}
    for block in blocks:
        if isinstance(block, Choice):
            return Unknown(block.condition.because)
        test, variable = block.value("test"), block.value("variable")
        if not isinstance(test, str) or not isinstance(variable, str):
            return Unknown(frozenset({"condition"}))
        found.setdefault(test, {})[variable] = block.value("values")
    return found


def _imported(documents: Any) -> Any:
    """The statements of other documents, given as JSON text or as dictionaries."""
    if documents is None:
        return ()
    if isinstance(documents, (Unknown, OpenList)):
        return OpenList((), documents.because)
    if isinstance(documents, Choice):
        return OpenList((), documents.condition.because)
    found: Any = ()
    for document in documents:
        found = _joined(found, lift(_statements_of, document) if document is not None else ())
    return found


def _statements_of(document: Any) -> Any:
    if isinstance(document, str):
        try:
            document = json.loads(document) if document else {}
        except (ValueError, RecursionError):
            return OpenList((), frozenset({"invalid policy"}))
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    return tuple(statements) if isinstance(statements, list) else (statements,)


def _joined(left: Any, right: Any) -> Any:
    items: list[Any] = []
    because: frozenset[str] = frozenset()
    for part in (left, right):
        if isinstance(part, OpenList):
            items.extend(part.items)
            because |= part.because
        elif isinstance(part, Unknown):
            because |= part.because
        elif isinstance(part, Choice):
            because |= part.condition.because
        else:
            items.extend(part)
    return OpenList(tuple(items), because) if because else tuple(items)
