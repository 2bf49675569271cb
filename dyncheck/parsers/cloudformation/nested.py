"""Nested stacks whose template lies in the tree, of CloudFormation and of SAM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from dyncheck.location import Related
from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.evaluated import Block
from dyncheck.parsers.cloudformation.nodes import Entry, MappingNode, Node, Place, SequenceNode, call_of, text_of
from dyncheck.parsers.cloudformation.presence import presence_of

if TYPE_CHECKING:
    from dyncheck.parsers.cloudformation.context import Documents
    from dyncheck.parsers.cloudformation.template import ResourceNode, Template

NESTED_TYPES: Final = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""The types that nest a template, and the property that names it."""

MAX_NESTING: Final = 8
"""Stacks in stacks beyond this are not opened."""

_COMPUTED: Final = "(a computed location)"


def nested_path(documents: Documents, path: str, resource: MappingNode, resource_type: str) -> str | None:
    """The path of a nested stack's template relative to the root, None where it is not in the tree.

    A synthesised assembly names an asset bucket in the property, and the local file in ``aws:asset:path``.
    """
    asset = text_of(resource.get("Metadata", "aws:asset:path"))
    location = asset or text_of(resource.get("Properties", NESTED_TYPES[resource_type]))
    return documents.resolve(path, location) if location else None


def nested_files(documents: Documents, document: Document) -> set[str]:
    """The templates in the tree that a template nests."""
    paths = (nested_path(documents, document.path, node, kind) for _, node, kind in _nesting_resources(document))
    return {path for path in paths if path is not None}


def missing_templates(documents: Documents, document: Document) -> list[tuple[str, Place]]:
    """What a template calls the templates that it nests and that are not in the tree, and where their stacks stand."""
    found: list[tuple[str, Place]] = []
    for entry, node, kind in _nesting_resources(document):
        if nested_path(documents, document.path, node, kind) is None:
            found.append((_shown(node.get("Properties", NESTED_TYPES[kind])), entry.key))
    return found


def _nesting_resources(document: Document) -> Iterator[tuple[Entry, MappingNode, str]]:
    root = document.root
    resources = root.get("Resources") if isinstance(root, MappingNode) else None
    for entry in resources.entries.values() if isinstance(resources, MappingNode) else ():
        node = entry.node
        kind = text_of(node.get("Type")) if isinstance(node, MappingNode) else None
        if kind in NESTED_TYPES and isinstance(node, MappingNode):
            yield entry, node, kind


def _shown(location: Node | None) -> str:
    """A template's location as it is written, in so far as it is a text."""
    call = call_of(location)
    if call is not None:
        location = call[1].items[0] if isinstance(call[1], SequenceNode) and call[1].items else call[1]
    return (
        text_of(location)
        or text_of(location.get("ApplicationId") if isinstance(location, MappingNode) else None)
        or _COMPUTED
    )


def open_nested(template: Template, resource: ResourceNode) -> Template | None:
    """The nested template with the parameters that the stack gives it, None where it cannot be read."""
    path = nested_path(template.context.documents, resource.document.path, resource.node, resource.type)
    if path is None:
        return None
    chain = [template.path, *(related.span.path for related in template.related)]
    if path in chain or len(chain) > MAX_NESTING:
        template.context.problem(template.path, resource.key, f"the nested stack {path} leads back to itself")
        return None
    document = template.context.documents.get(path)
    if isinstance(document, Problem):
        template.context.problems[document] = None
        return None
    node = resource.node.get("Properties", "Parameters")
    parameters = template.evaluate(node, resource.local) if node is not None else None
    given: dict[str, Any] = dict(parameters.values) if isinstance(parameters, Block) else {}
    here = Related(template.location(resource.key).span, f"called here as {template.prefix}{resource.logical_id}")
    if not isinstance(document.root, MappingNode):
        return None
    return type(template)(
        [(document, document.root)],
        template.context,
        given=given,
        prefix=f"{template.prefix}{resource.logical_id}/",
        presence=presence_of(template, resource),
        related=(here, *template.related),
    )
