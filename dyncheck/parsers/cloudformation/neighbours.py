"""What all resources around tables have in common."""

from __future__ import annotations

from typing import Any

from dyncheck.parsers.cloudformation.evaluated import Block
from dyncheck.parsers.cloudformation.presence import presence_of
from dyncheck.parsers.cloudformation.properties import address_of, header_of
from dyncheck.parsers.cloudformation.template import ResourceNode, Template
from dyncheck.values import ABSENT, reasons


def base_of(template: Template, resource: ResourceNode, found: dict[str, Any]) -> dict[str, Any]:
    """The fields that every attachment has; ``found``: the places of its settings."""
    return {
        "address": address_of(template, resource),
        "presence": presence_of(template, resource),
        "region": template.context.region,
        "locations": {"": header_of(template, resource), **found},
    }


def part_of(value: Any, what: str) -> Block:
    """A nested block; an empty one where it is left out, one of unknown properties where it is not a plain block."""
    if isinstance(value, Block):
        return value
    return Block({}, {}) if value is ABSENT else Block({}, {}, None, reasons([value]) or frozenset({f"invalid {what}"}))
