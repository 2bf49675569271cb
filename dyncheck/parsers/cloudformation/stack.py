"""A template with everything nested in it, read into one stack of tables and attachments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dyncheck.model import DaxCluster
from dyncheck.parsers.attachments import Stack, TableDraft
from dyncheck.parsers.cloudformation.attachments import ATTACHMENTS, key_symbols, read_dax_cluster
from dyncheck.parsers.cloudformation.evaluated import Block
from dyncheck.parsers.cloudformation.global_tables import read_global_table
from dyncheck.parsers.cloudformation.nested import NESTED_TYPES
from dyncheck.parsers.cloudformation.presence import presence_of
from dyncheck.parsers.cloudformation.properties import address_of, properties_of
from dyncheck.parsers.cloudformation.tables import read_simple_table, read_table, table_draft
from dyncheck.parsers.cloudformation.template import ResourceNode, Template

_TABLES = {
    "AWS::DynamoDB::Table": read_table,
    "AWS::DynamoDB::GlobalTable": read_global_table,
    "AWS::Serverless::SimpleTable": read_simple_table,
}
_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
_DAX = "AWS::DAX::Cluster"


def read_stack(template: Template, extra: list[Any]) -> tuple[Stack, list[DaxCluster]]:
    """The stack of a root template and of those nested in it, and its DAX clusters. ``extra``: more attachments."""
    templates = list(_with_nested(template))
    for each in templates:
        _register_keys(each)
    drafts: list[TableDraft] = []
    attachments: list[Any] = []
    clusters: list[DaxCluster] = []
    for each in templates:
        for resource in each.resources.values():
            if resource.type in _TABLES or resource.type in ATTACHMENTS or resource.type == _DAX:
                with each.building(resource):
                    _read(each, resource, drafts, attachments, clusters)
        _report_cycles(each)
    stack = Stack(template.context.stack, "cloudformation", tuple(drafts), (*attachments, *extra))
    return stack, clusters


def _with_nested(template: Template) -> Iterator[Template]:
    yield template
    for resource in template.resources.values():
        if resource.type in NESTED_TYPES:
            child = template.child(resource.logical_id)
            if child is not None:
                yield from _with_nested(child)


def _register_keys(template: Template) -> None:
    for resource in template.resources.values():
        if resource.type in _KEYS:
            template.context.keys.update(dict.fromkeys(key_symbols(template, resource), "customer_managed"))
        elif resource.type == "AWS::KMS::Alias":
            template.context.keys[f"{address_of(template, resource)}.Ref"] = "customer_managed"


def _read(
    template: Template,
    resource: ResourceNode,
    drafts: list[TableDraft],
    attachments: list[Any],
    clusters: list[DaxCluster],
) -> None:
    if presence_of(template, resource) is False:
        return
    template.depends(resource)
    if resource.type in _TABLES:
        drafts.append(table_draft(template, resource, _TABLES[resource.type](template, resource)))
        return
    block: Block = properties_of(template, resource)
    if resource.type == _DAX:
        clusters.append(read_dax_cluster(template, resource, block))
    else:
        attachments.extend(ATTACHMENTS[resource.type](template, resource, block))


def _report_cycles(template: Template) -> None:
    """A problem for every circle of references among the resources that were read."""
    reported: set[frozenset[str]] = set()
    for start in template.references:
        trail = _circle(template, start)
        if trail and frozenset(trail) not in reported:
            reported.add(frozenset(trail))
            place = template.references[trail[-1]][trail[0]]
            path = template.resources[trail[-1]].document.path
            cycle = " → ".join([*trail, trail[0]])
            template.context.problem(path, place, f"circular reference: {cycle}")


def _circle(template: Template, start: str) -> list[str]:
    """A way from a resource back to itself along references, empty where there is none."""
    came_from: dict[str, str] = {}
    pending = [start]
    while pending:
        current = pending.pop()
        for target in template.references.get(current, ()):
            if target == start:
                trail = [current]
                while trail[-1] != start:
                    trail.append(came_from[trail[-1]])
                return trail[::-1]
            if target not in came_from:
                came_from[target] = current
                pending.append(target)
    return []
