"""YAML into nodes, from libyaml's events.

The tree is built without recursion, so that nesting cannot exhaust the stack, and aliases are shared, never expanded.
Scalars follow YAML 1.1 as CloudFormation does for booleans and nulls; numbers stay text.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from dyncheck.errors import ParseError
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.nodes import (
    MAX_DEPTH,
    Entry,
    ForeignNode,
    MappingNode,
    Node,
    Place,
    Scalar,
    ScalarNode,
    SequenceNode,
    single,
)

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
"""Plain scalars that are no text in YAML 1.1 (https://yaml.org/type/)."""

_FUNCTIONS: Final = frozenset(
    {
        *("And", "Equals", "If", "Not", "Or"),
        *("Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll"),
        *("Base64", "Cidr", "FindInMap", "ForEach", "GetAtt", "GetAZs", "GetStackOutput", "ImportValue", "Join"),
        *("Length", "Select", "Split", "Sub", "ToJsonString", "Transform"),
    }
)
"""Functions that have a short tag: the name after ``!`` is the name after ``Fn::``."""

_STANDARD: Final = "tag:yaml.org,2002:"
_PLAIN_TAGS: Final = frozenset(_STANDARD + name for name in ("str", "int", "float", "timestamp", "binary"))


_Leaf = tuple[str, str | None, bool, int, int, int, int]
"""A scalar: its text, its tag, whether it is plain, and its place. A tuple of such parts costs the garbage collector
nothing, which makes reading several times faster than keeping the events."""


class _Collection:
    """A mapping or sequence; ``open`` until its end has been seen, ``made`` once a node has been made of it."""

    __slots__ = ("children", "made", "mapping", "open", "place", "tag")

    def __init__(self, event: Any, mapping: bool) -> None:
        self.mapping = mapping
        self.tag: str | None = event.tag
        self.place = _place(event)
        self.children: list[_Leaf | _Collection] = []
        self.open = True
        self.made: Node | None = None


def read_yaml(text: str, document: Document) -> Node | None:
    """The root node of the first YAML document of a text, None when it is empty. Raises ParseError."""
    import yaml

    loader = getattr(yaml, "CLoader", yaml.Loader)(text)
    try:
        root = _tree(loader, document, yaml)
    except yaml.MarkedYAMLError as error:
        raise _error(error, text, document) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ParseError("a character that YAML does not allow", path=document.path, line=line) from None
    finally:
        loader.dispose()
    return None if root is None else _Reader(document).node(root)


def _error(error: Any, text: str, document: Document) -> ParseError:
    """What libyaml found, at the place where the user must look."""
    found, begun = error.problem_mark, error.context_mark
    if found is None:
        return ParseError(error.problem or error.context or "not YAML", path=document.path, line=1, column=1)
    message = error.problem or error.context or "not YAML"
    if text[found.index : found.index + 1] == "\t":
        message = "a tab cannot indent YAML"
    elif begun is not None and begun.line != found.line and message == "found unexpected end of stream":
        found, message = begun, "the quoted text that begins here never ends"
    elif begun is not None and begun.line != found.line and "flow" in error.context:
        message = f"{message} {error.context} that begins on line {begun.line + 1}"
    return ParseError(message, path=document.path, line=found.line + 1, column=found.column + 1)


def _tree(loader: Any, document: Document, yaml: Any) -> _Leaf | _Collection | None:
    """Events into nested collections; an alias becomes the very thing that its anchor names."""
    anchors: dict[str, _Leaf | _Collection] = {}
    top: list[_Leaf | _Collection] = []
    children = top
    parents: list[tuple[_Collection, list[_Leaf | _Collection]]] = []
    scalar, mapping, sequence = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
    get_event = loader.get_event
    while True:
        event = get_event()
        kind = event.__class__
        if kind is scalar:
            start, end = event.start_mark, event.end_mark
            leaf = (event.value, event.tag, event.implicit[0], start.line, start.column, end.line, end.column)
            children.append(leaf)
            if event.anchor:
                anchors[event.anchor] = leaf
        elif kind is mapping or kind is sequence:
            collection = _Collection(event, kind is mapping)
            children.append(collection)
            if event.anchor:
                anchors[event.anchor] = collection
            parents.append((collection, children))
            if len(parents) > MAX_DEPTH:
                raise document.error(collection.place, f"nested more than {MAX_DEPTH} levels deep")
            children = collection.children
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            collection, children = parents.pop()
            collection.open = False
        elif kind is yaml.AliasEvent:
            target = anchors.get(event.anchor)
            if target is None:
                raise document.error(_place(event), f'undefined alias "{event.anchor}"')
            if isinstance(target, _Collection) and target.open:
                raise document.error(_place(event), f'the alias "{event.anchor}" stands inside its own anchor')
            children.append(target)
        elif kind is yaml.DocumentEndEvent or kind is yaml.StreamEndEvent:
            if kind is yaml.DocumentEndEvent:
                get_event()  # what follows must be another document or the end, else this raises
            return top[0] if top else None


class _Reader:
    """Makes nodes of collections on demand; a shared collection becomes one shared node."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def node(self, raw: _Leaf | _Collection) -> Node:
        if not isinstance(raw, _Collection):
            return self._scalar(raw)
        if raw.made is None:
            raw.made = self._collection(raw)
        return raw.made

    def _scalar(self, leaf: _Leaf) -> Node:
        value, tag, plain = leaf[:3]
        place = _place_of(leaf)
        if tag is None or tag in _PLAIN_TAGS:
            return ScalarNode(_WORDS.get(value, value) if plain and tag is None else value, place)
        if tag in (_STANDARD + "bool", _STANDARD + "null"):
            return ScalarNode(_WORDS.get(value, value), place)
        return self._tagged(tag, ScalarNode(value, place), inline=True)

    def _collection(self, raw: _Collection) -> Node:
        node: Node
        if raw.mapping:
            node = MappingNode(raw.place, partial(self._entries, raw))
        else:
            node = SequenceNode(raw.place, partial(self._items, raw))
        if raw.tag is None or raw.tag in (_STANDARD + "map", _STANDARD + "seq"):
            return node
        return self._tagged(raw.tag, node, inline=False)

    def _tagged(self, tag: str, node: Node, *, inline: bool) -> Node:
        name = tag.removeprefix("!")
        if tag == "!":
            return node
        if name in ("Ref", "Condition"):
            return single(name, node, inline=inline)
        if name in _FUNCTIONS:
            return single(f"Fn::{name}", node, inline=inline)
        self._document.problem(node.place, f'unknown tag "{tag[:80]}"')
        return ForeignNode(tag[:80], node.place)

    def _items(self, raw: _Collection) -> tuple[Node, ...]:
        self._document.spend(len(raw.children), raw.place)
        return tuple(self.node(child) for child in raw.children)

    def _entries(self, raw: _Collection) -> dict[str, Entry]:
        self._document.spend(len(raw.children), raw.place)
        entries: dict[str, Entry] = {}
        merged: list[_Leaf | _Collection] = []
        children = raw.children
        for index in range(0, len(children) - 1, 2):
            key, value = children[index], children[index + 1]
            if isinstance(key, _Collection):
                self._document.problem(key.place, "a key must be a text")
            elif key[0] == "<<" and key[2]:
                merged.append(value)
            else:
                self._document.put(entries, key[0], Entry(_place_of(key), self.node(value)))
        for value in merged:
            for name, entry in self._merge(value).items():
                entries.setdefault(name, entry)
        return entries

    def _merge(self, raw: _Leaf | _Collection) -> dict[str, Entry]:
        """The entries that a merge key brings (https://yaml.org/type/merge.html): earlier mappings win."""
        sources = raw.children if isinstance(raw, _Collection) and not raw.mapping else [raw]
        found: dict[str, Entry] = {}
        for source in sources:
            node = self.node(source)
            if not isinstance(node, MappingNode):
                self._document.problem(node.place, "a merge key takes a mapping or a list of mappings")
                continue
            self._document.spend(len(node.entries), node.place)
            for name, entry in node.entries.items():
                found.setdefault(name, entry)
        return found


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    return Place(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _place_of(leaf: _Leaf) -> Place:
    return Place(leaf[3] + 1, leaf[4] + 1, leaf[5] + 1, leaf[6] + 1)
