"""Bodies: the arguments and nested blocks of a resource, evaluated, each with its place.

A body is a block of the source (:class:`BlockBody`) or a value that stands for one (:class:`ValueBody`): an object in
a module's input, ``replica = []``. Whoever reads a table from a body need not know which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, Union

import msgspec

from dyncheck.location import Location
from dyncheck.parsers.terraform.elements import Pair, elements
from dyncheck.parsers.terraform.evaluate import evaluate
from dyncheck.parsers.terraform.names import LocalScope, Scope
from dyncheck.parsers.terraform.syntax import (
    Attribute,
    Block,
    Expr,
    Literal,
    Name,
    ObjectCons,
    Position,
    TupleCons,
)
from dyncheck.parsers.terraform.tfvalues import TOO_LARGE, LazyObject
from dyncheck.parsers.terraform.undecided import NONE_ASSUMED, Assumptions, assume
from dyncheck.values import ABSENT, Choice, OpenList, Unknown, choose, lift, reasons

_PLAIN: Final = frozenset({str, int, bool, list, dict, type(None)})
"""Types of most values, told apart from lazy objects without asking their class."""

Blocks = Union[tuple[Any, ...], OpenList]
"""Bodies in order; an item may be a Choice with ABSENT arms, and a list of unknown length is open."""

Locate = Callable[[Position], Location]
"""From a position within the block to a place in a file, with the module calls that lead there."""


class Body(Protocol):
    """The arguments and nested blocks of a resource or of a nested block."""

    header: Location

    def value(self, name: str) -> Any:
        """An argument; None where it is not written or null."""
        ...

    def written(self, name: str) -> bool:
        """Whether the argument is written at all."""
        ...

    def place(self, name: str) -> Location | None:
        """Where an argument stands; None where it is not written or has no place of its own."""
        ...

    def blocks(self, kind: str) -> Blocks:
        """The nested blocks of that type, ``dynamic`` ones expanded."""
        ...


class BlockBody:
    """A block of the source, evaluated argument by argument when asked."""

    def __init__(self, block: Block, scope: Scope, locate: Locate, assumptions: Assumptions = NONE_ASSUMED) -> None:
        self.block = block
        self.scope = scope
        self.header = locate(block.header)
        self._locate = locate
        self._assumptions = assumptions
        self._attributes = {attribute.name: attribute for attribute in block.attributes}
        self._values: dict[str, Any] = {}

    def value(self, name: str) -> Any:
        """An argument, evaluated once; ``name { … }`` blocks of old configurations are read as a map."""
        if name not in self._values:
            self._values[name] = self._evaluate(name)
        return self._values[name]

    def _evaluate(self, name: str) -> Any:
        attribute = self._attributes.get(name)
        if attribute is not None:
            return assume(evaluated(attribute.expr, self.scope), self._assumptions)
        for block in self.block.blocks:
            if block.type == name:
                body = self._nested(block, self.scope)
                return {inner.name: body.value(inner.name) for inner in block.attributes}
        return None

    def written(self, name: str) -> bool:
        """Whether the argument is written at all."""
        return name in self._attributes

    def nests(self, kind: str) -> bool:
        """Whether blocks of that type are written, ``dynamic`` ones included."""
        return any(block.type == kind or block.labels == (kind,) for block in self.block.blocks)

    def expression(self, name: str) -> Expr | None:
        """The expression of an argument, for those that are read and not evaluated (``ignore_changes``)."""
        attribute = self._attributes.get(name)
        return None if attribute is None else attribute.expr

    def place(self, name: str) -> Location | None:
        """Where an argument stands, or the block that is written in its stead."""
        attribute = self._attributes.get(name)
        if attribute is not None:
            return self._locate(attribute.position)
        for block in self.block.blocks:
            if block.type == name:
                return self._locate(block.header)
        return None

    def blocks(self, kind: str) -> Blocks:
        """The nested blocks of that type in order: static, dynamic, or given as an argument (``replica = []``)."""
        found: list[Any] = []
        because: frozenset[str] = frozenset()
        for block in self.block.blocks:
            if block.type == kind:
                found.append(self._nested(block, self.scope))
            elif block.type == "dynamic" and block.labels == (kind,):
                items, hidden = _parts(self._dynamic(block))
                found.extend(items)
                because |= hidden
        attribute = self._attributes.get(kind)
        if attribute is not None:
            items, hidden = _parts(self._argument_blocks(kind, attribute))
            found.extend(items)
            because |= hidden
        if not found and not because:
            return ()
        return OpenList(tuple(found), because) if because else tuple(found)

    def _nested(self, block: Block, scope: Scope) -> BlockBody:
        return BlockBody(block, scope, self._locate, self._assumptions)

    def _dynamic(self, block: Block) -> Blocks:
        contents = [inner for inner in block.blocks if inner.type == "content"]
        collection = block.attribute("for_each")
        if not contents or collection is None:
            return ()
        iterator = block.attribute("iterator")
        name = _iterator_name(iterator.expr) if iterator is not None else block.labels[0]
        content = msgspec.structs.replace(contents[0], header=block.header)
        pairs = elements(assume(evaluated(collection.expr, self.scope), self._assumptions))

        def build(item: Pair) -> BlockBody:
            scope = LocalScope(self.scope, {name: {"key": item.key, "value": item.value}})
            return self._nested(content, scope)

        blocks: Blocks = each(pairs, build)
        return blocks

    def _argument_blocks(self, kind: str, attribute: Attribute) -> Blocks:
        expressions = attribute.expr.items if isinstance(attribute.expr, TupleCons) else (attribute.expr,)
        blocks = [_object_block(kind, item) for item in expressions if isinstance(item, ObjectCons)]
        written = [block for block in blocks if block is not None]
        if len(written) == len(expressions):
            return tuple(self._nested(block, self.scope) for block in written)
        header = self._locate(attribute.position)
        return value_blocks(self.value(kind), header)


class ValueBody:
    """A value that stands for a block; its arguments have the place of the whole unless places are given."""

    def __init__(
        self, values: Mapping[str, Any], header: Location, places: Mapping[str, Location] | None = None
    ) -> None:
        self.values = values
        self.header = header
        self._places = places or {}

    def value(self, name: str) -> Any:
        """An argument; None where it is missing or null."""
        value = self.values.get(name)
        return value.force() if isinstance(value, LazyObject) else value

    def written(self, name: str) -> bool:
        """Whether the argument is given."""
        return name in self.values

    def place(self, name: str) -> Location | None:
        """The place given for an argument."""
        return self._places.get(name)

    def blocks(self, kind: str) -> Blocks:
        """The objects given for nested blocks: bodies as they are, one object, or a list of objects."""
        return value_blocks(self.value(kind), self._places.get(kind, self.header))


def value_blocks(value: Any, header: Location) -> Blocks:
    """The bodies that a value stands for: null is none, an object is one, a list or set is many."""

    def build(item: Any) -> Any:
        if isinstance(item, LazyObject):
            item = item.force()
        if isinstance(item, (BlockBody, ValueBody)):
            return item
        return ValueBody(item, header) if isinstance(item, dict) else ABSENT

    collection = lift(lambda plain: [plain] if isinstance(plain, (dict, BlockBody, ValueBody)) else plain, value)
    blocks: Blocks = each(elements(collection), lambda item: lift(build, item.value))
    return blocks


def evaluated(expr: Expr, scope: Scope) -> Any:
    """An expression's value; references to whole resources become data."""
    value = unforced(expr, scope)
    return value.force() if type(value) not in _PLAIN and isinstance(value, LazyObject) else value


def unforced(expr: Expr, scope: Scope) -> Any:
    """An expression's value; a reference to a whole resource stays one, so that it can be passed on."""
    try:
        return evaluate(expr, scope)
    except RecursionError:
        return TOO_LARGE


def each(items: Any, build: Callable[[Any], Any]) -> Any:
    """Apply a function to the items of a list that may be open, item by item, choices arm by arm."""
    if isinstance(items, OpenList):
        return OpenList(tuple(lift(build, item) for item in items.items), items.because)
    return tuple(lift(build, item) for item in items)


def single(blocks: Blocks) -> Any:
    """The one block that there may be: a body, None, or what hides it. Of several alternatives the last that exists."""
    items, because = _parts(blocks)
    current: Any = None
    for item in items:
        current = _override(current, item)
    if because:
        return Unknown(because) if current is None else Unknown(because | reasons([current]))
    return current


def _override(current: Any, item: Any) -> Any:
    if isinstance(item, Choice):
        assumed = [assume(current, {item.condition: truth}) for truth in (True, False)]
        return choose(item.condition, _override(assumed[0], item.if_true), _override(assumed[1], item.if_false))
    return current if item is ABSENT else item


def _parts(blocks: Blocks) -> tuple[tuple[Any, ...], frozenset[str]]:
    if isinstance(blocks, OpenList):
        return blocks.items, blocks.because
    return blocks, frozenset()


def _iterator_name(expr: Expr) -> str:
    if isinstance(expr, Name):
        return expr.name
    return str(expr.value) if isinstance(expr, Literal) else ""


def _object_block(kind: str, item: ObjectCons) -> Block | None:
    """An object written out in the source as a block, so that its arguments keep their places."""
    attributes = []
    for entry in item.items:
        if not isinstance(entry.key, Literal):
            return None
        attributes.append(Attribute(str(entry.key.value), entry.value, entry.position))
    if not attributes:
        return None
    first, last = attributes[0].position, attributes[-1].position
    return Block(kind, (), tuple(attributes), (), header=first, position=(*first[:2], *last[2:]))
