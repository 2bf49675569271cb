"""Nested stacks whose template lies in the tree, of CloudFormation and of SAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dyncheck.location import Related
from dyncheck.model import Problem
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.evaluated import Block
from dyncheck.parsers.cloudformation.nodes import MappingNode, text_of
from dyncheck.parsers.cloudformation.presence import presence_of

if TYPE_CHECKING:
    from dyncheck.parsers.cloudformation.context import Documents
    from dyncheck.parsers.cloudformation.template import ResourceNode, Template

NESTED_TYPES: Final = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""The types that nest a template, and the property that names it."""

MAX_NESTING: Final = 8
"""Stacks in stacks beyond this are not opened."""


def nested_path(documents: Documents, path: str, resource: MappingNode, resource_type: str) -> str | None:
    """The path of a nested stack's template relative to the root, None where it is not in the tree.

    A synthesised assembly names an asset bucket in the property, and the local file in ``aws:asset:path``.
    """
    asset = text_of(resource.get("Metadata", "aws:asset:path"))
    location = asset or text_of(resource.get("Properties", NESTED_TYPES[resource_type]))
    return documents.resolve(path, location) if location else None


def nested_files(documents: Documents, document: Document) -> set[str]:
    """The templates in the tree that a template nests."""
    root = document.root
    resources = root.get("Resources") if isinstance(root, MappingNode) else None
    found: set[str] = set()
    for entry in resources.entries.values() if isinstance(resources, MappingNode) else ():
        resource_type = text_of(entry.node.get("Type")) if isinstance(entry.node, MappingNode) else None
        if resource_type in NESTED_TYPES and isinstance(entry.node, MappingNode):
            path = nested_path(documents, document.path, entry.node, resource_type)
            if path is not None:
                found.add(path)
    return found


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
