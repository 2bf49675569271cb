"""Whether resources exist: conditions on them, and on the stacks around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dyncheck.parsers.cloudformation.evaluated import combine
from dyncheck.parsers.cloudformation.nodes import text_of
from dyncheck.scenarios import Condition
from dyncheck.values import Choice, Unknown, reasons

if TYPE_CHECKING:
    from dyncheck.parsers.cloudformation.template import ResourceNode, Template


def presence_of(template: Template, resource: ResourceNode) -> Any:
    """Whether a resource exists: its ``Condition``, and that of every stack around it."""
    own: Any = True
    if resource.because:
        own = Unknown(resource.because)
    else:
        name = text_of(resource.node.get("Condition"))
        if name is not None:
            truth = template.condition(name)
            own = Choice(truth, True, False) if isinstance(truth, Condition) else truth
    return _both(own, template.presence)


def _both(one: Any, other: Any) -> Any:
    def decided(plain: Any) -> Any:
        return False if False in plain else (Unknown(reasons(plain)) if reasons(plain) else True)

    return combine(decided, (one, other))
