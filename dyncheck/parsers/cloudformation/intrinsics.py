"""Intrinsic functions over values that may be unknown or undecided.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from dyncheck.location import Location
from dyncheck.parsers.cloudformation.evaluated import Block, combine, concat, derived, map_known, scalar_text
from dyncheck.parsers.cloudformation.foreach import entries_of, substitute
from dyncheck.parsers.cloudformation.include import included
from dyncheck.parsers.cloudformation.mappings import find_in_map
from dyncheck.parsers.cloudformation.nodes import (
    ForeignNode,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    call_of,
    text_of,
)
from dyncheck.parsers.cloudformation.serverless_variables import resolve_text, resolve_whole
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, OpenList, Unknown, choose, is_known, reasons, unknown

if TYPE_CHECKING:
    from dyncheck.parsers.cloudformation.template import Locals, Template

_HOLE: Final = re.compile(r"\$\{([^{}]*)\}")
_DYNAMIC: Final = re.compile(r"\{\{resolve:[^{}]*\}\}")
_MAX_TEXT: Final = 65_536


def evaluate(template: Template, node: Node, local: Locals) -> Any:
    """What a node comes to: a scalar, a tuple, a Block, ABSENT, Unknown, a Choice or an OpenList."""
    template.context.enter(template.path, node.place)
    try:
        if isinstance(node, ScalarNode):
            return _scalar(template, node, local)
        if isinstance(node, SequenceNode):
            return sequence(template, node, local)
        if isinstance(node, ForeignNode):
            return unknown(f"tag {node.tag}")
        call = call_of(node)
        if call is not None:
            return _call(template, call[0], call[1], local)
        return mapping(template, node, local)
    finally:
        template.context.leave()


def mapping(template: Template, node: MappingNode, local: Locals) -> Block:
    """A mapping as a block, with loops written out and includes merged in."""
    block = Block({}, {})
    rest: frozenset[str] = frozenset()
    for item in entries_of(template, node, local):
        if item.key == "Fn::Transform":
            extra = included(template, item.entry.node, item.local)
            if isinstance(extra, Block):
                block.values.update(extra.values)
                block.places.update(extra.places)
            else:
                rest |= reasons([extra])
        elif item.because:
            rest |= item.because
        else:
            place = template.location(item.entry.place)
            value = evaluate(template, item.entry.node, item.local)
            block.values[item.key] = map_known(partial(_headed, place), value)
            block.places[item.key] = place
    first = next(iter(block.places.values()), None) or template.location(node.place)
    return Block(block.values, block.places, first, rest)


def _headed(place: Location, value: Any) -> Any:
    """A block under a key stands where the key does; one in a list where its first property does."""
    return Block(value.values, value.places, place, value.rest) if isinstance(value, Block) else value


def sequence(template: Template, node: SequenceNode, local: Locals) -> Any:
    """A sequence; absent elements are left out, and an include among them may hold several."""
    values: list[Any] = []
    hidden: frozenset[str] = frozenset()
    for item in node.items:
        value = evaluate(template, item, local)
        call = call_of(item)
        if call is not None and call[0] == "Fn::Transform":
            if isinstance(value, tuple):
                values.extend(value)
                continue
            if isinstance(value, Unknown):
                hidden |= value.because
                continue
        if value is not ABSENT:
            values.append(value)
    return OpenList(tuple(values), hidden) if hidden else tuple(values)


def _scalar(template: Template, node: ScalarNode, local: Locals) -> Any:
    value = node.value
    if not isinstance(value, str):
        return ABSENT if value is None else value
    if local and "{" in value:
        value = substitute(value, local)
    if "{{resolve:" in value and _DYNAMIC.search(value):
        return unknown(value, symbol=value)
    if "${" in value:
        return resolve_whole(template, value)
    return value


def _call(template: Template, name: str, argument: Node, local: Locals) -> Any:
    handler = _HANDLERS.get(name)
    return unknown(name) if handler is None else handler(template, argument, local)


def _arguments(template: Template, node: Node, local: Locals) -> Sequence[Any]:
    """The evaluated arguments of a function: of a list its elements (absent ones kept), else the value itself."""
    if isinstance(node, SequenceNode):
        return [evaluate(template, item, local) for item in node.items]
    return [evaluate(template, node, local)]


def _invalid(name: str) -> Unknown:
    return unknown(f"invalid {name}")


def _ref(template: Template, node: Node, local: Locals) -> Any:
    name = text_of(node)
    return _invalid("Ref") if name is None else template.ref(substitute(name, local), node.place, local)


def _get_att(template: Template, node: Node, local: Locals) -> Any:
    parts = [evaluate(template, item, local) for item in node.items] if isinstance(node, SequenceNode) else []
    text = text_of(node)
    if text is not None:
        parts = list(substitute(text, local).split(".", 1))
    if len(parts) != 2 or not all(isinstance(part, str) for part in parts):
        return Unknown(reasons(parts) or frozenset({"invalid Fn::GetAtt"}))
    return template.get_att(parts[0], parts[1], node.place)


def _sub(template: Template, node: Node, local: Locals) -> Any:
    items = node.items if isinstance(node, SequenceNode) else (node,)
    text = text_of(items[0]) if items else None
    if text is None or len(items) > 2:
        return _invalid("Fn::Sub")
    extra = evaluate(template, items[1], local) if len(items) == 2 else Block({}, {})
    names = {**local, **extra.values} if isinstance(extra, Block) else local
    parts: list[Any] = []
    for piece in resolve_text(template, text):
        if isinstance(piece, str):
            parts += _substituted(template, piece, node, names)
        else:
            parts.append(piece)
    return concat(parts, "Fn::Sub")


def _substituted(template: Template, text: str, node: Node, names: Locals) -> list[Any]:
    parts: list[Any] = []
    offset = 0
    for match in _HOLE.finditer(text):
        parts.append(text[offset : match.start()])
        offset = match.end()
        name = match.group(1).strip()
        if name.startswith("!"):
            parts.append(f"${{{name[1:]}}}")
        elif "." in name and name not in names:
            owner, attribute = name.split(".", 1)
            parts.append(template.get_att(owner, attribute, node.place))
        else:
            parts.append(template.ref(name, node.place, names))
    parts.append(text[offset:])
    return parts


def _join(template: Template, node: Node, local: Locals) -> Any:
    arguments = _arguments(template, node, local)
    if len(arguments) != 2:
        return _invalid("Fn::Join")

    def joined(values: Sequence[Any]) -> Any:
        delimiter, items = values
        if not isinstance(items, tuple):
            return derived("Fn::Join", values) if isinstance(items, Unknown) else _invalid("Fn::Join")
        parts: list[Any] = []
        for item in items:
            parts += [delimiter, item] if parts else [item]
        return concat(parts, "Fn::Join")

    return combine(joined, arguments)


def _select(template: Template, node: Node, local: Locals) -> Any:
    arguments = _arguments(template, node, local)

    def selected(values: Sequence[Any]) -> Any:
        index, items = values
        if isinstance(index, Unknown) or not isinstance(items, tuple):
            return derived("Fn::Select", values) if reasons(values) else _invalid("Fn::Select")
        text = scalar_text(index) or ""
        if not text.isdigit() or len(text) > 6 or int(text) >= len(items):
            return _invalid("Fn::Select")
        return items[int(text)]

    return combine(selected, arguments) if len(arguments) == 2 else _invalid("Fn::Select")


def _split(template: Template, node: Node, local: Locals) -> Any:
    arguments = _arguments(template, node, local)

    def split(values: Sequence[Any]) -> Any:
        delimiter, text = values
        if not isinstance(delimiter, str) or not isinstance(text, str) or not delimiter:
            return derived("Fn::Split", values) if reasons(values) else _invalid("Fn::Split")
        return tuple(text.split(delimiter))

    return combine(split, arguments) if len(arguments) == 2 else _invalid("Fn::Split")


def _if(template: Template, node: Node, local: Locals) -> Any:
    items = node.items if isinstance(node, SequenceNode) else ()
    name = text_of(items[0]) if len(items) == 3 else None
    if name is None:
        return _invalid("Fn::If")
    truth = template.condition(substitute(name, local))
    if isinstance(truth, Condition):
        return choose(truth, evaluate(template, items[1], local), evaluate(template, items[2], local))
    return evaluate(template, items[1 if truth else 2], local)


def _pure(name: str, function: Callable[[Any], Any]) -> Callable[[Template, Node, Locals], Any]:
    """A function of one value: its result where the value is known all through, else a value derived from it."""

    def handler(template: Template, node: Node, local: Locals) -> Any:
        def applied(values: Sequence[Any]) -> Any:
            if not is_known(values[0]):
                return derived(name, values)
            try:
                return function(values[0])
            except (TypeError, ValueError):
                return _invalid(name)

        return combine(applied, [evaluate(template, node, local)])

    return handler


def _base64(value: Any) -> str:
    text = scalar_text(value)
    if text is None or len(text) > _MAX_TEXT:
        raise TypeError
    return base64.b64encode(text.encode()).decode()


def _length(value: Any) -> int:
    if not isinstance(value, tuple):
        raise TypeError
    return len(value)


def _json_text(value: Any) -> Any:
    hidden: set[str] = set()

    def plain(item: Any) -> Any:
        if isinstance(item, Block):
            hidden.update(item.rest)
            return {key: plain(child) for key, child in item.values.items() if child is not ABSENT}
        if isinstance(item, tuple):
            return [plain(child) for child in item]
        if not is_known(item):
            hidden.update(reasons([item]))
            return None
        return item

    data = plain(value)
    return Unknown(frozenset(hidden)) if hidden else json.dumps(data, separators=(",", ":"))


def _import_value(template: Template, node: Node, local: Locals) -> Any:
    def imported(values: Sequence[Any]) -> Any:
        text = scalar_text(values[0])
        if text is None:
            return derived("Fn::ImportValue", values) if reasons(values) else _invalid("Fn::ImportValue")
        return unknown(f"import {text}", symbol=f"import:{text}")

    return combine(imported, [evaluate(template, node, local)])


def _zones(template: Template, node: Node, local: Locals) -> Any:
    """Which zones an account sees in a Region only AWS knows."""
    region = evaluate(template, node, local)
    known = template.context.region if region is ABSENT or region == "" else region
    zones = unknown("availability zones", symbol="availability zones")
    return combine(lambda values: derived("Fn::GetAZs", [zones, *values]), [known])


def _cidr(template: Template, node: Node, local: Locals) -> Any:
    return unknown("Fn::Cidr")


_HANDLERS: Final[dict[str, Callable[[Template, Node, Locals], Any]]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::If": _if,
    "Fn::FindInMap": find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::Base64": _pure("Fn::Base64", _base64),
    "Fn::Length": _pure("Fn::Length", _length),
    "Fn::ToJsonString": _pure("Fn::ToJsonString", _json_text),
    "Fn::GetAZs": _zones,
    "Fn::Cidr": _cidr,
    "Fn::Transform": included,
}
"""The functions by name; any other is unknown under its own name."""
