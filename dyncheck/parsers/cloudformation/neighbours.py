"""What all resources around tables have in common."""

from __future__ import annotations

from typing import Any

from dyncheck.parsers.cloudformation.presence import presence_of
from dyncheck.parsers.cloudformation.properties import address_of, header_of
from dyncheck.parsers.cloudformation.template import ResourceNode, Template
from dyncheck.values import Choice, OpenList, Unknown


def base_of(template: Template, resource: ResourceNode, found: dict[str, Any]) -> dict[str, Any]:
    """The fields that every attachment has; ``found``: the places of its settings."""
    return {
        "address": address_of(template, resource),
        "presence": presence_of(template, resource),
        "region": template.context.region,
        "locations": {"": header_of(template, resource), **found},
    }


def reasons_of(value: Any) -> frozenset[str]:
    """Why a value is not known; nothing for one that is."""
    if isinstance(value, (Unknown, OpenList)):
        return value.because
    return value.condition.because if isinstance(value, Choice) else frozenset()
