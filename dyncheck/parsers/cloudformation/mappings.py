"""``Fn::FindInMap``: values by key, also where the key is not known.

With an unknown top-level key the answer hangs on what the key turns out to be, and that must be one of the mapping's
keys: the answer is a choice over them, so that a Stage parameter without default still gives a verdict per stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from dyncheck.parsers.cloudformation.evaluated import Block, combine, derived, scalar_text
from dyncheck.parsers.cloudformation.nodes import MappingNode, Node, SequenceNode
from dyncheck.scenarios import Atom, Condition, Or
from dyncheck.values import ABSENT, Unknown, choose, is_known, reasons, unknown

if TYPE_CHECKING:
    from dyncheck.parsers.cloudformation.template import Locals, Template

MAX_KEYS: Final = 12
"""Over more keys than this an unknown key gives an unknown value."""


def find_in_map(template: Template, node: Node, local: Locals) -> Any:
    """The value at [mapping, top key, second key], or DefaultValue."""
    items = node.items if isinstance(node, SequenceNode) else ()
    if len(items) not in (3, 4):
        return unknown("invalid Fn::FindInMap")
    options = items[3].get("DefaultValue") if len(items) == 4 and isinstance(items[3], MappingNode) else None
    fallback = template.evaluate(options, local) if options is not None else ABSENT

    def found(values: Sequence[Any]) -> Any:
        name, top, second = (scalar_text(value) for value in values)
        if name is None or second is None:
            return _hidden(values)
        level = template.mapping(name)
        if level is None:
            return fallback if fallback is not ABSENT else unknown(f"mapping {name} (not declared)")
        if top is None:
            return _by_key(template, level, values, fallback)
        return _value(template, level, top, second, fallback)

    return combine(found, [template.evaluate(item, local) for item in items[:3]])


def _hidden(values: Sequence[Any]) -> Unknown:
    return derived("Fn::FindInMap", values) if reasons(values) else unknown("invalid Fn::FindInMap")


def _value(template: Template, level: MappingNode, top: str, second: str, fallback: Any) -> Any:
    node = level.get(top, second)
    if node is not None:
        return template.evaluate(node, {})
    return fallback if fallback is not ABSENT else unknown(f"mapping has no {top}.{second}")


def _by_key(template: Template, level: MappingNode, values: Sequence[Any], fallback: Any) -> Any:
    key, second = values[1], scalar_text(values[2]) or ""
    if not isinstance(key, Unknown) or key.symbol is None or len(level.entries) > MAX_KEYS:
        return _hidden(values)
    allowed = template.context.domains.get(key.symbol)
    domain = tuple(level.entries) if fallback is ABSENT else allowed
    if domain is not None and allowed is not None:
        domain = tuple(value for value in domain if value in allowed)
    candidates = [top for top in level.entries if domain is None or top in domain]
    groups: list[tuple[Any, list[str]]] = [] if fallback is ABSENT else [(fallback, [])]
    for top in candidates:
        value = _value(template, level, top, second, fallback)
        group = next((group for group in groups if _same(group[0], value)), None)
        if group is None:
            groups.append((value, [top]))
        else:
            group[1].append(top)
    if not groups:
        return _hidden(values)
    label = key.symbol.removeprefix("parameter:")
    result = groups[0][0]
    for value, tops in groups[1:]:
        text = " or ".join(f'{label} == "{top}"' for top in tops)
        atoms = tuple(Atom(key.symbol, top, domain) for top in tops)
        result = choose(Condition(text, key.because, atoms[0] if len(atoms) == 1 else Or(atoms)), value, result)
    return result


def _same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and is_known(left) and not isinstance(left, Block) and bool(left == right)
