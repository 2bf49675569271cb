"""A rule made ready: its expressions parsed and checked. The wheel's bundle holds these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

import msgspec

from dyncheck.policy.functions import PATTERN_COMPILERS
from dyncheck.policy.patterns import PatternError
from dyncheck.policy.rule import Rule
from dyncheck.policy.syntax import Call, Conditional, Expression, Macro, Name, Select, children, is_empty_list

MessagePart = Union[str, Expression]
"""Text, or the expression of a hole."""


class CheckProgram(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One check of a rule: the rule's own, or one of those under ``also``.

    ``base``: the field path of the list that ``each`` goes over (``global_secondary_indexes``), from the resource; None
    where the elements have no place of their own. ``fields``: the resource's fields that the check reads.
    """

    when: Expression | None = None
    each: Expression | None = None
    as_name: str | None = None
    check: Expression
    locate: tuple[str, ...] = ()
    message: tuple[MessagePart, ...] = ()
    amount: Expression | None = None
    base: str | None = None
    fields: tuple[str, ...] = ()


class RuleProgram(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule with its checks; ``path``: the file that it was read from, as the user would name it.

    ``places``: line and column of the id, the name and each alias in that file; none for what comes with dyncheck.
    """

    rule: Rule
    path: str
    checks: tuple[CheckProgram, ...]
    places: tuple[tuple[int, int], ...] = ()


def base_of(each: Expression, kind: str) -> str | None:
    """The field path of the list that an ``each`` goes over; None for any other expression.

    The list may be filtered, or be replaced by an empty one under a condition.
    """
    node = each
    while True:
        if isinstance(node, Macro) and node.name == "filter":
            node = node.target
        elif isinstance(node, Conditional) and is_empty_list(node.yes):
            node = node.no
        elif isinstance(node, Conditional) and is_empty_list(node.no):
            node = node.yes
        else:
            break
    steps: list[str] = []
    while isinstance(node, Select):
        steps.insert(0, node.field)
        node = node.operand
    return ".".join(steps) if steps and isinstance(node, Name) and node.name == kind else None


def fields_read(nodes: tuple[Expression, ...], kind: str) -> tuple[str, ...]:
    """The resource's own fields that expressions read, sorted."""
    found: set[str] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, Select) and isinstance(node.operand, Name) and node.operand.name == kind:
            found.add(node.field)
        pending.extend(children(node))
    return tuple(sorted(found))


def mentions(node: Expression | None, name: str | None) -> bool:
    """Whether an expression uses a name."""
    pending = [] if node is None or name is None else [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Name) and current.name == name:
            return True
        pending.extend(children(current))
    return False


def pattern_params(checks: Iterable[CheckProgram]) -> dict[str, str]:
    """The parameters that are patterns, with the function that takes them (``matches`` or ``glob``)."""
    found: dict[str, str] = {}
    for check in checks:
        holes = (part for part in check.message if not isinstance(part, str))
        pending = [node for node in (check.when, check.each, check.check, *holes) if node is not None]
        while pending:
            node = pending.pop()
            pending.extend(children(node))
            if isinstance(node, Call) and node.function in PATTERN_COMPILERS:
                pattern = node.arguments[1]
                if isinstance(pattern, Select) and pattern.operand == Name("params", pattern.operand.at):
                    found[pattern.field] = node.function
    return found


def pattern_problem(function: str | None, value: object) -> str | None:
    """What is wrong with a pattern for ``matches`` or ``glob``; None when nothing is, or it is no pattern."""
    if function is None or not isinstance(value, str):
        return None
    try:
        PATTERN_COMPILERS[function](value)
    except PatternError as error:
        return f"the pattern {value[:40]!r}, character {error.at + 1}: {error.message}"
    return None
