"""Properties of a resource as settings of the model: texts, numbers, booleans, with CloudFormation's absences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dyncheck.location import Location, Related
from dyncheck.parsers.cloudformation.evaluated import Block, closed, combine, default, dig, dig_place
from dyncheck.parsers.cloudformation.nodes import Entry, MappingNode, text_of
from dyncheck.parsers.cloudformation.template import ResourceNode, Template
from dyncheck.parsers.coerce import to_bool, to_int, to_number, to_str
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, choose, reasons, unknown


def text(block: Block, *path: str, fallback: Any = None) -> Any:
    """A text under a path of names; ``fallback`` where it is left out."""
    return default(to_str(closed(dig(block, *path))), fallback)


def needed_text(block: Block, name: str) -> Any:
    """A text that AWS demands; unknown where it is left out."""
    return text(block, name, fallback=unknown(f"no {name}"))


def whole(block: Block, *path: str, fallback: int | None = None) -> Any:
    """A whole number under a path of names; ``fallback`` where it is left out."""
    return default(to_int(closed(dig(block, *path))), fallback)


def number(block: Block, name: str) -> Any:
    """A number, None where it is left out."""
    return default(to_number(closed(block.get(name))), None)


def flag(block: Block, name: str, fallback: bool | None = False) -> Any:
    """A boolean. A parameter used as one keeps its identity."""
    value = closed(block.get(name))
    return value if isinstance(value, Unknown) else default(to_bool(value), fallback)


def is_written(block: Block, name: str) -> Any:
    """Whether a property is given a value, known or not: not when it is left out or ``AWS::NoValue``."""

    def written(value: Any) -> Any:
        if isinstance(value, Choice):
            return choose(value.condition, written(value.if_true), written(value.if_false))
        return value is not ABSENT

    if block.values.get(name, ABSENT) is ABSENT and block.rest:
        return Unknown(block.rest)
    return written(block.get(name))


def any_true(*values: Any) -> Any:
    """Whether any of the booleans is true."""

    def decided(plain: Any) -> Any:
        return True if True in plain else (Unknown(reasons(plain)) if reasons(plain) else False)

    return combine(decided, values)


def plain_data(value: Any) -> Any:
    """Blocks as dictionaries and tuples as lists, for readers of policy documents."""
    if isinstance(value, Block):
        if value.rest:
            return Unknown(value.rest)
        return {key: plain_data(item) for key, item in value.values.items() if item is not ABSENT}
    if isinstance(value, tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, OpenList):
        return OpenList(tuple(plain_data(item) for item in value.items), value.because)
    if isinstance(value, Choice):
        return choose(value.condition, plain_data(value.if_true), plain_data(value.if_false))
    return value


def places(block: Block, names: Mapping[str, str]) -> dict[str, Location]:
    """Places by model attribute, from dotted paths of properties (``ProvisionedThroughput.ReadCapacityUnits``)."""
    found: dict[str, Location] = {}
    for attribute, path in names.items():
        place = dig_place(block, *path.split("."))
        if place is not None:
            found[attribute] = place
    return found


def tag_list(value: Any) -> Any:
    """Tags from a list of Key and Value; a tag under a condition is there in some scenarios only."""
    if isinstance(value, Choice):
        return choose(value.condition, tag_list(value.if_true), tag_list(value.if_false))
    if isinstance(value, (Unknown, OpenList)):
        return Unknown(value.because)
    tags: dict[str, Any] = {}
    for item in value if isinstance(value, tuple) else ():
        found = _tag(item)
        if isinstance(found, Unknown):
            return found
        tags.update(found)
    return tags


def _tag(item: Any) -> dict[str, Any] | Unknown:
    """One tag; the arms of a choice become choices of the value."""
    if isinstance(item, Unknown):
        return Unknown(item.because)
    if isinstance(item, Block):
        key = text(item, "Key")
        if isinstance(key, str):
            return {key: text(item, "Value")}
        return Unknown(reasons([key]) or frozenset({"invalid tag"}))
    if isinstance(item, Choice):
        arms = (_tag(item.if_true), _tag(item.if_false))
        for arm in arms:
            if isinstance(arm, Unknown):
                return arm
        first, second = arms
        if isinstance(first, dict) and isinstance(second, dict):
            return {
                key: choose(item.condition, first.get(key, ABSENT), second.get(key, ABSENT))
                for key in (*first, *second)
            }
    return {}


def tag_map(value: Any) -> Any:
    """Tags from a mapping of names to values (SAM, DAX)."""
    if isinstance(value, Choice):
        return choose(value.condition, tag_map(value.if_true), tag_map(value.if_false))
    if isinstance(value, Unknown):
        return Unknown(value.because)
    if not isinstance(value, Block):
        return {}
    return Unknown(value.rest) if value.rest else {key: text(value, key) for key in value.values}


def properties_of(template: Template, resource: ResourceNode) -> Block:
    """A resource's properties; macros of the template may add to them."""
    node = resource.node.get("Properties")
    value = template.evaluate(node, resource.local) if node is not None else Block({}, {})
    if isinstance(value, Block):
        return Block(value.values, value.places, value.place, value.rest | template.macros)
    return Block({}, {}, None, reasons([value]) or frozenset({f"invalid Properties of {resource.logical_id}"}))


def attribute(template: Template, resource: ResourceNode, name: str) -> Any:
    """An attribute beside the properties, such as DeletionPolicy; ABSENT where it is left out."""
    node = resource.node.get(name)
    value = template.evaluate(node, resource.local) if node is not None else ABSENT
    return Unknown(template.macros) if value is ABSENT and template.macros else value


def attribute_place(template: Template, resource: ResourceNode, name: str) -> Location | None:
    """The place of such an attribute."""
    entry = resource.node.entries.get(name)
    return template.location(entry.place) if entry is not None else None


def header_of(template: Template, resource: ResourceNode) -> Location:
    """The place of a resource: its logical id, and the construct of the AWS CDK that it was synthesised from."""
    with template.reading(resource.declared_in):
        location = template.location(resource.key)
    entry = _construct(resource)
    if entry is None:
        return location
    related = Related(template.location(entry.place).span, f"CDK construct {text_of(entry.node)}")
    return Location(location.span, (related, *location.related))


def _construct(resource: ResourceNode) -> Entry | None:
    """Where a synthesised template names the construct that the resource comes from."""
    metadata = resource.node.get("Metadata")
    entry = metadata.entries.get("aws:cdk:path") if isinstance(metadata, MappingNode) else None
    return entry if entry is not None and text_of(entry.node) else None


def shown_address(template: Template, resource: ResourceNode) -> str:
    """The address in reports: the path of the construct, which the author of an application knows, else the logical id.

    Resources that a loop makes share their metadata, and keep their ids.
    """
    entry = _construct(resource) if not resource.local else None
    return address_of(template, resource) if entry is None else text_of(entry.node) or ""


def address_of(template: Template, resource: ResourceNode) -> str:
    """``Logical`` or ``Nested/Logical``, which symbols begin with."""
    return f"{template.prefix}{resource.logical_id}"
