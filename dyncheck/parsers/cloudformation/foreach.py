"""``Fn::ForEach`` (AWS::LanguageExtensions): the entries of a mapping with its loops written out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dyncheck.parsers.cloudformation.evaluated import scalar_text
from dyncheck.parsers.cloudformation.nodes import Entry, MappingNode, SequenceNode, text_of
from dyncheck.values import ABSENT, Choice, Unknown, is_known, reasons, unknown

if TYPE_CHECKING:
    from dyncheck.parsers.cloudformation.template import Locals, Template

_LOOP: Final = "Fn::ForEach::"
_PLACEHOLDER: Final = re.compile(r"([$&])\{([^{}!]+)\}")


class Item(NamedTuple):
    """One entry: its key after substitution, what the loops around it bind, and why it may not be there."""

    key: str
    entry: Entry
    local: Locals
    because: frozenset[str] = frozenset()


def entries_of(template: Template, node: MappingNode, local: Locals) -> Iterator[Item]:
    """The entries of a mapping, loops expanded. A loop over an unknown collection gives its body once, unnamed."""
    for key, entry in node.entries.items():
        if key.startswith(_LOOP):
            yield from _loop(template, key, entry, local)
        else:
            yield Item(substitute(key, local) if local else key, entry, local)


def substitute(text: str, local: Locals) -> str:
    """A text with ``${Identifier}`` and ``&{Identifier}`` (its letters and digits only) replaced where known."""

    def replaced(match: re.Match[str]) -> str:
        value = scalar_text(local.get(match.group(2), ABSENT))
        if value is None:
            return match.group()
        return value if match.group(1) == "$" else re.sub(r"[^A-Za-z0-9]", "", value)

    return _PLACEHOLDER.sub(replaced, text)


def _loop(template: Template, key: str, entry: Entry, local: Locals) -> Iterator[Item]:
    node = entry.node
    items = node.items if isinstance(node, SequenceNode) else ()
    identifier = text_of(items[0]) if len(items) == 3 else None
    if identifier is None or not isinstance(items[2], MappingNode):
        template.context.problem(
            template.path, entry.key, f'"{key[:80]}" must be [identifier, collection, {{key: value}}]'
        )
        return
    body = items[2]
    for value, because in _collection(template.evaluate(items[1], local)):
        template.context.enter(template.path, entry.key)
        try:
            for item in entries_of(template, body, {**local, identifier: value}):
                yield item._replace(because=item.because | because)
        finally:
            template.context.leave()


def _collection(value: Any) -> Iterator[tuple[Any, frozenset[str]]]:
    elements = value if isinstance(value, tuple) else (value,)
    for element in elements:
        if element is ABSENT:
            continue
        if isinstance(element, (Unknown, Choice)):
            because = reasons([element])
            yield Unknown(because), because
        elif is_known(element) and scalar_text(element) is not None and isinstance(value, tuple):
            yield element, frozenset()
        else:
            yield unknown("invalid collection of Fn::ForEach"), frozenset({"invalid collection of Fn::ForEach"})
