"""Messages with holes: ``Table {table.name} has {size(table.replicas)} replicas``."""

from __future__ import annotations

import re
from typing import Final

from dyncheck.policy.checker import Facts, Scope, check_expression
from dyncheck.policy.parser import parse
from dyncheck.policy.program import MessagePart
from dyncheck.policy.syntax import ExpressionError

_PIECE: Final = re.compile(r"\{\{|\}\}|\{|\}|[^{}]+")
_HOLE: Final = re.compile(r"""(?:[^{}"']|"[^"]*"|'[^']*')*""")


def message_parts(text: str, scope: Scope, facts: Facts) -> tuple[MessagePart, ...]:
    """The texts and expressions of a message. Raises ExpressionError with the offset in the message."""
    parts: list[MessagePart] = []
    at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        assert piece is not None
        written = piece.group()
        if written == "{":
            hole = _HOLE.match(text, at + 1)
            end = hole.end() if hole is not None else at
            if end >= len(text) or text[end] != "}":
                raise ExpressionError("'{' without '}': write {{ for a brace", at)
            parts.append(_expression(text[at + 1 : end], at + 1, scope, facts))
            at = end + 1
            continue
        if written == "}":
            raise ExpressionError("'}' without '{': write }} for a brace", at)
        parts.append(written[0] if written in ("{{", "}}") else written)
        at = piece.end()
    return tuple(_joined(parts))


def _expression(text: str, start: int, scope: Scope, facts: Facts) -> MessagePart:
    try:
        node = parse(text)
        found = check_expression(node, scope, facts)
        if found.kind in ("object", "map"):
            raise ExpressionError(f"a hole takes text, a number, a boolean or a list, this is {found}", node.at)
    except ExpressionError as error:
        raise ExpressionError(error.message, start + error.at) from None
    return node


def _joined(parts: list[MessagePart]) -> list[MessagePart]:
    joined: list[MessagePart] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined
