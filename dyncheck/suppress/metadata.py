"""Suppressions in the metadata of CloudFormation templates, which JSON needs since it knows no comments.

``Metadata: {dyncheck: {ignore: [{id, reason, until}]}}`` on a resource or at the root of the template; where they are
honoured, also checkov's ``Metadata.checkov.skip`` and cfn_nag's ``Metadata.cfn_nag.rules_to_suppress``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dyncheck.errors import ParseError
from dyncheck.location import Span
from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.nodes import MappingNode, Node, Place, ScalarNode, SequenceNode, text_of
from dyncheck.parsers.cloudformation.reading import read_document
from dyncheck.policy.suggest import did_you_mean
from dyncheck.suppress.covers import MAX_IN_FILE, Cover, Found, Placed, too_many
from dyncheck.suppress.directives import Directive, Form, read_date

_LISTS: Final[dict[Form, tuple[str, str]]] = {
    "dyncheck": ("dyncheck", "ignore"),
    "checkov": ("checkov", "skip"),
    "cfn_nag": ("cfn_nag", "rules_to_suppress"),
}
_FIELDS: Final = ("id", "reason", "until")
_REASONS: Final = ("reason", "comment")
_LOOP: Final = "Fn::ForEach::"


def read_metadata(text: str, path: str, forms: frozenset[Form]) -> Found:
    """The suppressions in the metadata of a template; none where it cannot be read."""
    found = Found([], [])
    try:
        root = read_document(text, path).root
        for cover, metadata in _metadata(root):
            _check_keys(found, path, metadata.get("dyncheck"))
            for form, (tool, key) in _LISTS.items():
                if form == "dyncheck" or form in forms:
                    _collect(found, form, path, cover, metadata.get(tool, key))
                if len(found.placed) >= MAX_IN_FILE:
                    found.problems.append(too_many(path, found.placed[-1].span.line))
                    return found
    except ParseError:
        # Said by whoever reads the template for its resources.
        return found
    return found


def _metadata(root: Node | None) -> Iterator[tuple[Cover, MappingNode]]:
    """Every mapping Metadata of a template, with what it speaks of."""
    if not isinstance(root, MappingNode):
        return
    own = root.get("Metadata")
    if isinstance(own, MappingNode):
        yield Cover(whole=True), own
    # A Serverless service keeps its template under `resources`.
    for section in (root.get("Resources"), root.get("resources", "Resources")):
        pending, seen = [section], set[int]()
        while pending:
            node = pending.pop()
            if not isinstance(node, MappingNode) or id(node) in seen:
                continue
            # An alias can make one node many.
            seen.add(id(node))
            for key, entry in node.entries.items():
                if key.startswith(_LOOP) and isinstance(entry.node, SequenceNode):
                    pending.extend(entry.node.items[2:3])
                    continue
                metadata = entry.node.get("Metadata") if isinstance(entry.node, MappingNode) else None
                if isinstance(metadata, MappingNode):
                    yield Cover(header=(entry.key.line, entry.key.column)), metadata


def _check_keys(found: Found, path: str, own: Node | None) -> None:
    """Name what is misspelt: a suppression that is not read would be taken for one that is in force."""
    if own is None:
        return
    if not isinstance(own, MappingNode):
        found.problems.append(
            _problem(path, own.place, "Metadata.dyncheck must be a mapping: {ignore: [{id, reason}]}")
        )
        return
    found.problems += (
        _problem(path, entry.key, f"Metadata.dyncheck.{key[:40]}: no such field{did_you_mean(key, ('ignore',))}")
        for key, entry in own.entries.items()
        if key != "ignore"
    )


def _collect(found: Found, form: Form, path: str, cover: Cover, node: Node | None) -> None:
    """The entries of one list."""
    if node is None:
        return
    if not isinstance(node, SequenceNode):
        if form == "dyncheck":
            found.problems.append(_problem(path, node.place, "Metadata.dyncheck.ignore must be a list of {id, reason}"))
        return
    for item in node.items:
        name = item.get("id") if isinstance(item, MappingNode) else item
        rule = text_of(name)
        if name is None or not rule:
            if form == "dyncheck":
                found.problems.append(_problem(path, item.place, "a suppression must name its rule: {id: RULE-ID}"))
            continue
        fields = item if isinstance(item, MappingNode) else None
        until = None
        if fields is not None and form == "dyncheck":
            wrong = _mistake(fields)
            if wrong is not None:
                found.problems.append(_problem(path, *wrong))
                continue
            until = read_date(text_of(fields.get("until")) or "")
        reasons = (text_of(fields.get(key)) for key in _REASONS) if fields is not None else ()
        directive = Directive(form, rule, 0, len(rule), until, next(filter(None, reasons), None))
        tool, key = _LISTS[form]
        label = f"Metadata.{tool}.{key}[{rule}]"
        found.placed.append(Placed(directive, Span(path, *name.place), cover, label))


def _mistake(fields: MappingNode) -> tuple[Place, str] | None:
    """What is wrong with the fields of an entry, at its place; None where nothing is."""
    for key, entry in fields.entries.items():
        if key not in _FIELDS:
            hint = did_you_mean(key, _FIELDS)
            return entry.key, f"{key[:40]}: no such field{hint}; nothing is suppressed"
    until = fields.get("until")
    if until is None or (isinstance(until, ScalarNode) and until.value is None) or read_date(text_of(until) or ""):
        return None
    stated = f"{until.value!s:.40} " if isinstance(until, ScalarNode) else ""
    return until.place, f"until: {stated}is no date such as 2026-12-31; nothing is suppressed"


def _problem(path: str, place: Place, message: str) -> Problem:
    return Problem(path, place.line, place.column, message)
