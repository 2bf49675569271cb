"""``Fn::Transform``: ``AWS::Include`` of a local file inside the tree; any other macro leaves its part unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.nodes import MappingNode, Node, text_of
from dyncheck.values import Unknown, unknown

if TYPE_CHECKING:
    from dyncheck.parsers.cloudformation.template import Locals, Template


def include(template: Template, node: Node, local: Locals) -> Document | Unknown:
    """The file that a transform brings in, or Unknown where it is no include of a file in the tree."""
    name = text_of(node.get("Name")) if isinstance(node, MappingNode) else text_of(node)
    if not isinstance(node, MappingNode) or name != "AWS::Include":
        return unknown(f"macro {name or 'without a name'}")
    where = node.get("Parameters", "Location")
    location = template.evaluate(where, local) if where is not None else None
    if not isinstance(location, str):
        return unknown("AWS::Include")
    path = template.context.documents.resolve(template.path, location)
    document = template.context.documents.get(path) if path is not None else None
    if isinstance(document, Problem):
        template.context.problems[document] = None
    if document is None or isinstance(document, Problem) or document.root is None:
        return unknown(f"AWS::Include {location}")
    return document


def included(template: Template, node: Node, local: Locals) -> Any:
    """What a transform puts in its place."""
    document = include(template, node, local)
    if isinstance(document, Unknown) or document.root is None:
        return document
    with template.reading(document):
        return template.evaluate(document.root, local)
