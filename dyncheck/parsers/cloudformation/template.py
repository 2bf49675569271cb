"""One template with its sections, and what the names in it stand for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from dyncheck.location import Location, Related, Span
from dyncheck.parsers.attachments import GENERATED_NAME
from dyncheck.parsers.cloudformation.conditions import Truth, truth_of
from dyncheck.parsers.cloudformation.context import Context
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.foreach import Item, entries_of
from dyncheck.parsers.cloudformation.include import include
from dyncheck.parsers.cloudformation.intrinsics import evaluate
from dyncheck.parsers.cloudformation.nested import NESTED_TYPES, open_nested
from dyncheck.parsers.cloudformation.nodes import MappingNode, Node, Place, ScalarNode, text_of
from dyncheck.parsers.cloudformation.parameters import allowed_values, parameter_value
from dyncheck.parsers.cloudformation.serverless_variables import ServerlessVariables
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, Unknown, reasons, unknown

Locals = dict[str, Any]
"""What the loops around a value bind."""

TABLE_TYPES: Final = frozenset({"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Serverless::SimpleTable"})

_NAME_PROPERTIES: Final = {
    **dict.fromkeys(TABLE_TYPES, "TableName"),
    "AWS::KMS::Alias": "AliasName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::DAX::Cluster": "ClusterName",
}
"""Types whose Ref is the name that this property gives, where it is given."""

_HARMLESS_TRANSFORMS: Final = ("AWS::Serverless", "AWS::LanguageExtensions", "AWS::CodeDeploy", "AWS::SecretsManager")
"""AWS's own transforms that leave the resources read here as they are written (or are understood)."""


class ResourceNode(msgspec.Struct, frozen=True):
    """A resource as it stands in a file.

    ``declared_in``: the file of its logical id, where the rest is brought in from another. ``because``: why it may not
    exist, from a loop over the unknown.
    """

    logical_id: str
    type: str
    node: MappingNode
    key: Place
    document: Document
    declared_in: Document
    local: Locals
    because: frozenset[str] = frozenset()


class Template:
    """A template under evaluation, a root or nested one.

    ``sources``: the files and mappings that hold its sections, one unless they are assembled from several.
    ``prefix``: ``Nested/`` in a nested stack, "" in a root; ``presence``: whether that stack exists.
    ``given``: parameter values. ``related``: the chain of nested stacks that leads here.
    """

    def __init__(
        self,
        sources: list[tuple[Document, MappingNode]],
        context: Context,
        *,
        given: dict[str, Any],
        prefix: str = "",
        presence: Any = True,
        related: tuple[Related, ...] = (),
        variables: ServerlessVariables | None = None,
    ) -> None:
        self.sources = sources
        self.path = sources[0][0].path
        self.context = context
        self.given = given
        self.prefix = prefix
        self.presence = presence
        self.related = related
        self.variables = variables
        self.references: dict[str, dict[str, Place]] = {}
        self._sections: dict[str, dict[str, tuple[Document, Item]]] = {}
        self._parameters: dict[str, Any] = {}
        self._truths: dict[str, Truth] = {}
        self._children: dict[str, Template | None] = {}
        self._deciding: list[str] = []
        self._naming: set[str] = set()
        self._owner: str | None = None
        self._resources: dict[str, ResourceNode] | None = None
        self._macros: frozenset[str] | None = None

    def location(self, place: Place) -> Location:
        """A place of the file that is being read."""
        return Location(Span(self.path, *place), self.related)

    def evaluate(self, node: Node, local: Locals) -> Any:
        """What a node comes to (:func:`dyncheck.parsers.cloudformation.intrinsics.evaluate`)."""
        return evaluate(self, node, local)

    @contextmanager
    def reading(self, document: Document) -> Iterator[None]:
        """Places inside belong to this file."""
        previous, self.path = self.path, document.path
        try:
            yield
        finally:
            self.path = previous

    @contextmanager
    def building(self, resource: ResourceNode) -> Iterator[None]:
        """Places inside belong to the resource's file, and references to the resource."""
        previous, self._owner = self._owner, resource.logical_id
        try:
            with self.reading(resource.document):
                yield
        finally:
            self._owner = previous

    def section(self, name: str) -> dict[str, tuple[Document, Item]]:
        """The entries of a section by name, with the file that each stands in; loops and local includes expanded."""
        found = self._sections.get(name)
        if found is None:
            found = self._sections[name] = {}
            for document, root in self.sources:
                place, node = self._follow(document, root.get(name))
                if isinstance(node, MappingNode):
                    self._collect(place, node, found)
        return found

    def _follow(self, document: Document, node: Node | None) -> tuple[Document, Node | None]:
        """A node, or what a Serverless variable in its place names, with the file that it stands in."""
        if self.variables is not None and isinstance(node, ScalarNode):
            return self.variables.follow(self, document, node) or (document, node)
        return document, node

    def _collect(self, document: Document, node: MappingNode, found: dict[str, tuple[Document, Item]]) -> None:
        with self.reading(document):
            for item in entries_of(self, node, {}):
                if item.key != "Fn::Transform":
                    found[item.key] = (document, item)
                    continue
                extra = include(self, item.entry.node, item.local)
                if isinstance(extra, Document) and isinstance(extra.root, MappingNode):
                    self._collect(extra, extra.root, found)
                else:
                    what = ", ".join(sorted(reasons([extra])))
                    self.context.problem(self.path, item.entry.key, f"what {what} adds here cannot be read", "note")

    @property
    def macros(self) -> frozenset[str]:
        """Reasons why resources may have more than is written: macros of the Transform section."""
        if self._macros is None:
            names: list[str] = []
            for _, root in self.sources:
                node = root.get("Transform")
                for item in getattr(node, "items", (node,)):
                    name = text_of(item) or (text_of(item.get("Name")) if isinstance(item, MappingNode) else None)
                    if name and not name.startswith(_HARMLESS_TRANSFORMS):
                        names.append(name)
            self._macros = frozenset(f"macro {name}" for name in names)
        return self._macros

    @property
    def resources(self) -> dict[str, ResourceNode]:
        """The resources by logical id."""
        if self._resources is None:
            self._resources = {}
            for name, (place, item) in self.section("Resources").items():
                document, node = self._follow(place, item.entry.node)
                resource_type = text_of(node.get("Type")) if isinstance(node, MappingNode) else None
                if resource_type is not None and isinstance(node, MappingNode):
                    self._resources[name] = ResourceNode(
                        name, resource_type, node, item.entry.key, document, place, item.local, item.because
                    )
        return self._resources

    def mapping(self, name: str) -> MappingNode | None:
        """A mapping of the Mappings section."""
        found = self.section("Mappings").get(name)
        node = found[1].entry.node if found is not None else None
        return node if isinstance(node, MappingNode) else None

    def parameter(self, name: str) -> Any:
        """A parameter's value; its allowed values become the domain of its symbol."""
        if name not in self._parameters:
            declaration = self.section("Parameters")[name][1].entry.node
            value = parameter_value(declaration, name, self.given, self.prefix)
            domain = allowed_values(declaration)
            if domain and isinstance(value, Unknown) and value.symbol == f"parameter:{self.prefix}{name}":
                self.context.domains[value.symbol] = domain
            self._parameters[name] = value
        return self._parameters[name]

    def condition(self, name: str) -> Truth:
        """What a condition of the Conditions section comes to, under its own name when it is undecided."""
        if name in self._truths:
            return self._truths[name]
        found = self.section("Conditions").get(name)
        if found is None:
            return Condition.opaque(f"{self.prefix}{name}", {f"condition {self.prefix}{name} (not declared)"})
        document, item = found
        if name in self._deciding:
            cycle = " → ".join([*self._deciding[self._deciding.index(name) :], name])
            self.context.problem(document.path, item.entry.key, f"circular condition: {cycle}")
            return Condition.opaque(f"{self.prefix}{name}", {f"condition {self.prefix}{name} (circular)"})
        self._deciding.append(name)
        try:
            with self.reading(document):
                truth = truth_of(self, item.entry.node, item.local)
        finally:
            self._deciding.pop()
        if isinstance(truth, Condition):
            truth = msgspec.structs.replace(truth, text=f"{self.prefix}{name}")
        self._truths[name] = truth
        return truth

    def ref(self, name: str, place: Place, local: Locals) -> Any:
        """What ``Ref`` of a name gives."""
        if name in local:
            return local[name]
        if name.startswith("AWS::"):
            return self._pseudo(name)
        if name in self.section("Parameters"):
            return self.parameter(name)
        self._refers(name, place)
        resource = self.resources.get(name)
        symbol = f"{self.prefix}{name}.Ref"
        if resource is None or resource.type not in _NAME_PROPERTIES:
            return unknown(f"!Ref {self.prefix}{name}", symbol=symbol)
        value = self._physical_name(resource)
        if isinstance(value, str):
            return value
        return Unknown(reasons([value]) or frozenset({GENERATED_NAME}), symbol)

    def _pseudo(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return ABSENT
        if name == "AWS::Region":
            return self.context.region
        if name == "AWS::AccountId":
            return self.context.account
        return unknown(name, symbol=name)

    def _refers(self, target: str, place: Place) -> None:
        if self._owner is not None and target in self.resources:
            self.references.setdefault(self._owner, {}).setdefault(target, place)

    def depends(self, resource: ResourceNode) -> None:
        """Count a resource's DependsOn among its references."""
        node = resource.node.get("DependsOn")
        for item in getattr(node, "items", (node,)):
            target = text_of(item)
            if target is not None and item is not None:
                self._refers(target, item.place)

    def _physical_name(self, resource: ResourceNode) -> Any:
        node = resource.node.get("Properties", _NAME_PROPERTIES[resource.type])
        if node is None or resource.logical_id in self._naming:
            return None
        self._naming.add(resource.logical_id)
        try:
            with self.building(resource):
                return self.evaluate(node, resource.local)
        finally:
            self._naming.discard(resource.logical_id)

    def get_att(self, name: str, attribute: str, place: Place) -> Any:
        """What ``Fn::GetAtt`` gives: an output of a nested stack that can be read, else a symbol."""
        self._refers(name, place)
        if attribute.startswith("Outputs."):
            child = self.child(name)
            if child is not None:
                return child.output(attribute.removeprefix("Outputs."))
        symbol = f"{self.prefix}{name}.{attribute}"
        return unknown(symbol, symbol=symbol)

    def child(self, name: str) -> Template | None:
        """The template of a nested stack with its parameters, None where it is not one that can be read."""
        if name not in self._children:
            self._children[name] = None
            resource = self.resources.get(name)
            if resource is not None and resource.type in NESTED_TYPES:
                self._children[name] = open_nested(self, resource)
        return self._children[name]

    def globals_of(self, name: str) -> Any:
        """The properties that SAM's Globals section gives to every resource of a kind (``SimpleTable``)."""
        found = self.section("Globals").get(name)
        if found is None:
            return ABSENT
        with self.reading(found[0]):
            return self.evaluate(found[1].entry.node, found[1].local)

    def output(self, name: str) -> Any:
        """The value of an output."""
        found = self.section("Outputs").get(name)
        if found is not None and isinstance(found[1].entry.node, MappingNode):
            value = found[1].entry.node.get("Value")
            if value is not None:
                with self.reading(found[0]):
                    return self.evaluate(value, found[1].local)
        return unknown(f"{self.prefix}Outputs.{name}")
