"""The Conditions section: each condition is true, false, or undecided with a formula over what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from dyncheck.parsers.cloudformation.evaluated import scalar_text
from dyncheck.parsers.cloudformation.nodes import MappingNode, Node, SequenceNode, text_of
from dyncheck.scenarios import And, Atom, Condition, Not, Or
from dyncheck.values import ABSENT, Choice, Unknown, reasons

if TYPE_CHECKING:
    from dyncheck.parsers.cloudformation.template import Locals, Template

Truth = Union[bool, Condition]
"""What a condition comes to. The text of an undecided part is empty: only whole conditions have names."""


def negation(truth: Truth) -> Truth:
    """Not."""
    return not truth if isinstance(truth, bool) else Condition("", truth.because, Not(truth.formula))


def conjunction(truths: list[Truth]) -> Truth:
    """And: false when any part is, true when all are, else over the undecided parts."""
    if False in truths:
        return False
    open_parts = [truth for truth in truths if isinstance(truth, Condition)]
    if len(open_parts) < 2:
        return open_parts[0] if open_parts else True
    because = frozenset[str]().union(*(part.because for part in open_parts))
    return Condition("", because, And(tuple(part.formula for part in open_parts)))


def disjunction(truths: list[Truth]) -> Truth:
    """Or: true when any part is, false when all are, else over the undecided parts."""
    if True in truths:
        return True
    open_parts = [truth for truth in truths if isinstance(truth, Condition)]
    if len(open_parts) < 2:
        return open_parts[0] if open_parts else False
    because = frozenset[str]().union(*(part.because for part in open_parts))
    return Condition("", because, Or(tuple(part.formula for part in open_parts)))


def truth_of(template: Template, node: Node, local: Locals) -> Truth:
    """What a condition expression comes to: Equals, And, Or, Not, Condition."""
    template.context.enter(template.path, node.place)
    try:
        return _truth(template, node, local)
    finally:
        template.context.leave()


def _truth(template: Template, node: Node, local: Locals) -> Truth:
    if isinstance(node, MappingNode) and len(node.entries) == 1:
        name, entry = next(iter(node.entries.items()))
        argument = entry.node
        if name == "Condition":
            target = text_of(argument)
            if target is not None:
                return template.condition(target)
        elif isinstance(argument, SequenceNode):
            items = argument.items
            if name == "Fn::Equals" and len(items) == 2:
                left, right = (template.evaluate(item, local) for item in items)
                return equality(template, left, right, f"{template.path}:{node.place.line}:{node.place.column}")
            if name == "Fn::Not" and len(items) == 1:
                return negation(truth_of(template, items[0], local))
            if name == "Fn::And":
                return conjunction([truth_of(template, item, local) for item in items])
            if name == "Fn::Or":
                return disjunction([truth_of(template, item, local) for item in items])
    reason = f"invalid condition on line {node.place.line}"
    return Condition("", frozenset({reason}), Atom(f"{template.path}:{node.place.line}:{node.place.column}"))


def equality(template: Template, left: Any, right: Any, where: str) -> Truth:
    """Whether two values are the same text; ``where`` identifies the comparison when nothing else does."""
    for choice, other in ((left, right), (right, left)):
        if isinstance(choice, Choice):
            condition = choice.condition
            return disjunction(
                [
                    conjunction([condition, equality(template, choice.if_true, other, where)]),
                    conjunction([negation(condition), equality(template, choice.if_false, other, where)]),
                ]
            )
    for unknown, other in ((left, right), (right, left)):
        if isinstance(unknown, Unknown):
            return _undecided(template, unknown, other, where)
    if left is ABSENT or right is ABSENT:
        return left is right
    left_text, right_text = scalar_text(left), scalar_text(right)
    return bool(left == right) if left_text is None or right_text is None else left_text == right_text


def _undecided(template: Template, unknown: Unknown, other: Any, where: str) -> Truth:
    because = reasons([unknown, other])
    if unknown.symbol is None:
        return Condition("", because, Atom(where))
    if isinstance(other, Unknown):
        if other.symbol == unknown.symbol:
            return True
        if other.symbol is None:
            return Condition("", because, Atom(where))
        return Condition("", because, Atom(" == ".join(sorted((unknown.symbol, other.symbol)))))
    text = scalar_text(other)
    if text is None:
        return Condition("", because, Atom(where))
    domain = template.context.domains.get(unknown.symbol)
    if domain is not None and text not in domain:
        return False
    return Condition("", because, Atom(unknown.symbol, text, domain))
