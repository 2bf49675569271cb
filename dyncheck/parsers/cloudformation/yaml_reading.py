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


class _Collection:
    """A mapping or sequence as its events gave it: children are scalar events or collections."""

    __slots__ = ("children", "made", "mapping", "start")

    def __init__(self, start: Any, mapping: bool) -> None:
        self.start = start
        self.mapping = mapping
        self.children: list[Any] = []
        self.made: Node | None = None


def read_yaml(text: str, document: Document) -> Node | None:
    """The root node of the first YAML document of a text, None when it is empty. Raises ParseError."""
    import yaml

    loader = getattr(yaml, "CLoader", yaml.Loader)(text)
    try:
        root = _tree(loader, document, yaml)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = error.problem or error.context or "not YAML"
        raise ParseError(message, path=document.path, line=line, column=column) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ParseError("a character that YAML does not allow", path=document.path, line=line) from None
    finally:
        loader.dispose()
    return None if root is None else _Reader(document).node(root)


def _tree(loader: Any, document: Document, yaml: Any) -> Any:
    """Events into nested collections; an alias becomes the very node that its anchor names."""
    anchors: dict[str, Any] = {}
    top: list[Any] = []
    children = top
    parents: list[list[Any]] = []
    scalar, mapping, sequence = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
    get_event = loader.get_event
    while True:
        event = get_event()
        kind = event.__class__
        if kind is scalar:
            children.append(event)
            if event.anchor:
                anchors[event.anchor] = event
        elif kind is mapping or kind is sequence:
            collection = _Collection(event, kind is mapping)
            children.append(collection)
            if event.anchor:
                anchors[event.anchor] = collection
            parents.append(children)
            if len(parents) > MAX_DEPTH:
                raise document.error(_place(event), f"nested more than {MAX_DEPTH} levels deep")
            children = collection.children
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            children = parents.pop()
        elif kind is yaml.AliasEvent:
            if event.anchor not in anchors:
                raise document.error(_place(event), f'undefined alias "{event.anchor}"')
            children.append(anchors[event.anchor])
        elif kind is yaml.DocumentEndEvent or kind is yaml.StreamEndEvent:
            return top[0] if top else None


class _Reader:
    """Makes nodes of collections on demand; a shared collection becomes one shared node."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._merging: set[int] = set()

    def node(self, raw: Any) -> Node:
        if isinstance(raw, _Collection):
            if raw.made is None:
                raw.made = self._collection(raw)
            return raw.made
        return self._scalar(raw)

    def _scalar(self, event: Any) -> Node:
        place = _place(event)
        tag = event.tag
        if tag is None or tag in _PLAIN_TAGS:
            plain = event.implicit[0] and tag is None
            return ScalarNode(_WORDS.get(event.value, event.value) if plain else event.value, place)
        if tag in (_STANDARD + "bool", _STANDARD + "null"):
            return ScalarNode(_WORDS.get(event.value, event.value), place)
        return self._tagged(tag, ScalarNode(event.value, place), inline=True)

    def _collection(self, raw: _Collection) -> Node:
        place = _place(raw.start)
        node: Node
        if raw.mapping:
            node = MappingNode(place, partial(self._entries, raw))
        else:
            node = SequenceNode(place, partial(self._items, raw))
        tag = raw.start.tag
        if tag is None or tag.startswith(_STANDARD):
            return node
        return self._tagged(tag, node, inline=False)

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
        self._document.spend(len(raw.children), _place(raw.start))
        return tuple(self.node(child) for child in raw.children)

    def _entries(self, raw: _Collection) -> dict[str, Entry]:
        self._document.spend(len(raw.children), _place(raw.start))
        entries: dict[str, Entry] = {}
        merged: list[Any] = []
        children = raw.children
        for index in range(0, len(children) - 1, 2):
            key, value = children[index], children[index + 1]
            if isinstance(key, _Collection):
                self._document.problem(_place(key.start), "a key must be a text")
            elif key.value == "<<" and key.implicit[0]:
                merged.append(value)
            else:
                self._document.put(entries, key.value, Entry(_place(key), self.node(value)))
        for value in merged:
            for key_text, entry in self._merge(value).items():
                entries.setdefault(key_text, entry)
        return entries

    def _merge(self, raw: Any) -> dict[str, Entry]:
        """The entries that a merge key brings (https://yaml.org/type/merge.html): earlier mappings win."""
        sources = [raw] if not isinstance(raw, _Collection) or raw.mapping else raw.children
        found: dict[str, Entry] = {}
        for source in sources:
            if not isinstance(source, _Collection) or not source.mapping:
                place = _place(source.start if isinstance(source, _Collection) else source)
                self._document.problem(place, "a merge key takes a mapping or a list of mappings")
                continue
            place = _place(source.start)
            if id(source) in self._merging:
                raise self._document.error(place, "a mapping that merges itself")
            self._merging.add(id(source))
            try:
                node = self.node(source)
                entries = node.entries if isinstance(node, MappingNode) else {}
            finally:
                self._merging.discard(id(source))
            self._document.spend(len(entries), place)
            for key, entry in entries.items():
                found.setdefault(key, entry)
        return found


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    return Place(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
