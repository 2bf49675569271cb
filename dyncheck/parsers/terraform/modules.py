"""The module tree: every instance of a module with its inputs, locals, outputs, resources and calls, on demand.

Nothing is evaluated before something asks for it, and everything at most once. What is asked for while it is being
evaluated is a reference cycle: Unknown, and one Problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Union

import msgspec

from dyncheck.location import Location, Related, Span
from dyncheck.parsers.terraform.body import BlockBody, evaluated, unforced
from dyncheck.parsers.terraform.expand import Expansion, Instance, expand
from dyncheck.parsers.terraform.module_directory import BlockRef, ModuleDirectory
from dyncheck.parsers.terraform.names import Scope
from dyncheck.parsers.terraform.objects import DataObject, ResourceObject
from dyncheck.parsers.terraform.program import Program
from dyncheck.parsers.terraform.providers import ProviderConfig, passed_providers, provider_config
from dyncheck.parsers.terraform.registry import RegistryModule, recognize
from dyncheck.parsers.terraform.scope import InstanceScope, ModuleScope
from dyncheck.parsers.terraform.syntax import Attribute, Block, Literal, Position
from dyncheck.parsers.terraform.tfvalues import LazyObject, OpenMap
from dyncheck.parsers.terraform.undecided import NONE_ASSUMED, Assumptions, assume, both
from dyncheck.parsers.terraform.variables import convert
from dyncheck.scenarios import Condition
from dyncheck.values import Unknown, unknown

MAX_DEPTH: Final = 24
"""Modules nested deeper than this are not looked into."""

_RUNNING: Final = object()


class MissingModule(msgspec.Struct, frozen=True):
    """A called module that cannot be looked into; every output of it is unknown."""

    address: str
    reason: str

    def output(self, name: str) -> Unknown:
        """An output that nobody can know."""
        return unknown(self.reason, symbol=f"{self.address}.{name}")

    def outputs(self) -> Unknown:
        """All of them at once."""
        return unknown(self.reason, symbol=self.address)


class Call(msgspec.Struct, frozen=True):
    """A module call as it stands in the calling module."""

    name: str
    ref: BlockRef
    block: Block
    source: str
    version: str | None


class Module:
    """One instance of a module: the root, or one element of one call. ``address`` is empty for the root."""

    def __init__(
        self,
        program: Program,
        directory: ModuleDirectory,
        *,
        parent: Module | None = None,
        address: str = "",
        arguments: BlockBody | None = None,
        presence: Any = True,
        assumptions: Assumptions = NONE_ASSUMED,
        related: tuple[Related, ...] = (),
    ) -> None:
        self.program = program
        self.directory = directory
        self.parent = parent
        self.root: Module = parent.root if parent is not None else self
        self.address = address
        self.prefix = f"{address}." if address else ""
        self.presence = presence
        self.assumptions = assumptions
        self.related = related
        self.depth: int = parent.depth + 1 if parent is not None else 0
        files = parent.scope.files if parent is not None else program.tree_files(directory.path)
        if program.reads is not None:
            files = files.noted(program.reads, directory.path)
        self.scope: ModuleScope = ModuleScope(self, files)
        self._arguments = arguments
        self._memo: dict[tuple[str, ...], Any] = {}

    # ---- values -------------------------------------------------------------------------------------------------

    def variable(self, name: str) -> Any:
        """The value of ``var.name``: the caller's argument, or the root's variable values, or the default."""
        return self.once(("var", name), lambda: self._variable(name), self.directory.refs("variable", name))

    def local(self, name: str) -> Any:
        """The value of ``local.name``."""
        found = self.program.locals_of(self.directory).get(name)
        if found is None:
            return unknown(f"local.{name}")
        ref, attribute = found
        return self.once(("local", name), lambda: unforced(attribute.expr, self.scope), (ref,), attribute.position)

    def output(self, name: str) -> Any:
        """The value of an output, for the calling module."""
        if self.program.reads is not None and self.parent is not None:
            self.program.reads.note_module(self.parent.directory.path, self.directory.path)
        refs = self.directory.refs("output", name)
        block = self.directory.block(refs[-1]) if refs else None
        value = block.attribute("value") if block is not None else None
        if value is None:
            return unknown(f"{self.address}.{name}", symbol=f"{self.address}.{name}")
        expr = value.expr
        return self.once(("output", name), lambda: assume(unforced(expr, self.scope), self.assumptions), refs)

    def outputs(self) -> dict[str, Any]:
        """Every output by name."""
        return {ref.labels[0]: self.output(ref.labels[0]) for ref in self.directory.refs("output") if ref.labels}

    def _variable(self, name: str) -> Any:
        refs = self.directory.refs("variable", name)
        block = self.directory.block(refs[-1]) if refs else None
        if self.parent is None:
            return self.program.root_variable(self.directory, name)
        return self._input(name, block)

    def _input(self, name: str, block: Block | None) -> Any:
        arguments = self._arguments
        expression = arguments.expression(name) if arguments is not None else None
        kind = _expression_of(block, "type")
        if arguments is not None and expression is not None:
            value = assume(unforced(expression, arguments.scope), self.assumptions)
            passed_on = isinstance(value, LazyObject) and not isinstance(value, OpenMap)
            value = value if passed_on or kind is None else convert(value, kind)
            if value is not None or block is None:
                return value
            nullable = block.attribute("nullable")
            if nullable is None or nullable.expr != Literal(False):
                return None
        fallback = _expression_of(block, "default")
        if fallback is None:
            return unknown(f"var.{name}", symbol=f"{self.prefix}var.{name}")
        value = evaluated(fallback, self.scope)
        return value if kind is None else convert(value, kind)

    # ---- resources ----------------------------------------------------------------------------------------------

    def resource(self, kind: str, name: str) -> Any:
        """The value of ``kind.name``: an object, or a list or map of such."""
        return self._reference("resource", kind, name)

    def data(self, kind: str, name: str) -> Any:
        """The value of ``data.kind.name``."""
        return self._reference("data", kind, name)

    def _reference(self, mode: str, kind: str, name: str) -> Any:
        address = f"data.{kind}.{name}" if mode == "data" else f"{kind}.{name}"
        refs = self.directory.refs(mode, kind, name)
        if not refs:
            return unknown(address, symbol=f"{self.prefix}{address}")

        def build() -> Any:
            expansion, objects = self.instances(refs[-1])
            return expansion.reference(lambda instance: objects[instance.suffix])

        return self.once((mode, kind, name), build, refs)

    def instances(self, ref: BlockRef) -> tuple[Expansion, Mapping[str, ResourceObject]]:
        """The instances of a resource or data block, with their objects by address suffix."""
        key = ("instances", ref.type, *ref.labels)
        found = self.once(key, lambda: self._instances(ref), (ref,))
        return found if isinstance(found, tuple) else (Expansion("unknown", (), found), {})

    def _instances(self, ref: BlockRef) -> tuple[Expansion, Mapping[str, ResourceObject]]:
        block = self.directory.block(ref)
        if block is None:
            reason = unknown(f"{'.'.join(ref.labels)} (cannot be read)")
            return Expansion("unknown", (), reason), {}
        expansion = self._expand(ref, block)
        make = DataObject if ref.type == "data" else ResourceObject
        objects = {}
        for instance in expansion.instances:
            body = self._instance_body(ref, block, instance)
            objects[instance.suffix] = make(self, ref, instance, body)
        return expansion, objects

    def _expand(self, ref: BlockRef, block: Block) -> Expansion:
        remaining = self.program.remaining()
        if remaining <= 0:
            self.program.report(self.directory.span(ref, block.header), "too many resources: the rest is not looked at")
            return Expansion("unknown", (), unknown("too many resources"))
        count, for_each = block.attribute("count"), block.attribute("for_each")
        expansion = expand(
            None if count is None else assume(evaluated(count.expr, self.scope), self.assumptions),
            None if for_each is None else assume(unforced(for_each.expr, self.scope), self.assumptions),
            counted=count is not None,
            mapped=for_each is not None,
            limit=remaining,
        )
        attribute = for_each or count
        if expansion.excess is not None and attribute is not None:
            self.program.report(self.directory.span(ref, attribute.position), expansion.excess)
        self.program.spend(len(expansion.instances))
        return expansion

    def _instance_body(self, ref: BlockRef, block: Block, instance: Instance) -> BlockBody:
        assumptions: dict[Condition, bool] = {**self.assumptions, **instance.assumptions}
        scope: Scope = InstanceScope(self.scope, instance.names) if instance.names else self.scope
        return BlockBody(block, scope, self.locator(ref), assumptions)

    def locator(self, ref: BlockRef) -> Callable[[Position], Location]:
        """From positions in a block of this module to places, with the calls that lead here."""
        span, related = self.directory.span, self.related
        return lambda position: Location(span(ref, position), related)

    # ---- calls --------------------------------------------------------------------------------------------------

    def call(self, name: str) -> Any:
        """The value of ``module.name``: its outputs, or a list or map of such."""
        expansion, children = self.called(name)
        return expansion.reference(lambda instance: ModuleOutputs(children[instance.suffix]))

    def called(self, name: str) -> tuple[Expansion, Mapping[str, Called]]:
        """The instances that a call makes, by address suffix."""
        refs = self.directory.refs("module", name)
        found = self.once(("module", name), lambda: self._called(name, refs[-1] if refs else None), refs)
        return found if isinstance(found, tuple) else (Expansion("unknown", (), found), {})

    def _called(self, name: str, ref: BlockRef | None) -> tuple[Expansion, Mapping[str, Called]]:
        address = f"{self.prefix}module.{name}"
        block = self.directory.block(ref) if ref is not None else None
        if ref is None or block is None:
            reason = f"{address} (not declared)" if ref is None else f"{address} (cannot be read)"
            return Expansion("single", (Instance(),)), {"": MissingModule(address, reason)}
        source, version = (self._text(block.attribute(argument)) for argument in ("source", "version"))
        call = Call(name, ref, block, source or "", version)
        expansion = self._expand(ref, block)
        return expansion, {item.suffix: self._child(call, item) for item in expansion.instances}

    def _text(self, attribute: Attribute | None) -> str | None:
        value = evaluated(attribute.expr, self.scope) if attribute is not None else None
        return value if isinstance(value, str) else None

    def _child(self, call: Call, instance: Instance) -> Called:
        address = f"{self.prefix}module.{call.name}{instance.suffix}"
        header = self.directory.span(call.ref, call.block.header)
        path = self.program.locate_module(
            self.root.directory.path, self._call_path(call.name), self.directory, call.source
        )
        arguments = self._instance_body(call.ref, call.block, instance)
        presence = both(self.presence, instance.presence)
        related = (Related(header, f"called here as {address}"), *self.related)
        directory = None if path is None else self.program.directory(path)
        if directory is None:
            known = recognize(call.source, call.version, arguments)
            if known is not None:
                return RegistryModule(known, self, address, arguments, presence)
            self.program.missing_module(call.source, header)
            return MissingModule(address, f"{address} (source not available)")
        if directory.path in self._ancestry():
            self.program.report(header, f"module {call.name} calls itself: {directory.path}")
            return MissingModule(address, f"{address} (calls itself)")
        if self.depth >= MAX_DEPTH:
            self.program.report(header, f"modules are nested deeper than {MAX_DEPTH}: the rest is not looked at")
            return MissingModule(address, f"{address} (nested too deep)")
        return Module(
            self.program,
            directory,
            parent=self,
            address=address,
            arguments=arguments,
            presence=presence,
            assumptions={**self.assumptions, **instance.assumptions},
            related=related,
        )

    def _call_path(self, name: str) -> str:
        """The dotted path of call names from the root, as ``modules.json`` keys it."""
        steps = [name]
        module: Module | None = self
        while module is not None and module.parent is not None:
            steps.append(module.address.rpartition("module.")[2].partition("[")[0])
            module = module.parent
        return ".".join(reversed(steps))

    def _ancestry(self) -> frozenset[str]:
        paths = set()
        module: Module | None = self
        while module is not None:
            paths.add(module.directory.path)
            module = module.parent
        return frozenset(paths)

    def children(self) -> Iterator[Called]:
        """Everything that this module calls, in the order of writing."""
        for ref in self.directory.refs("module"):
            if ref.labels:
                yield from self.called(ref.labels[0])[1].values()

    # ---- providers ----------------------------------------------------------------------------------------------

    def provider(self, key: str) -> ProviderConfig:
        """The configuration of provider ``aws`` or ``aws.alias`` as this module sees it."""
        blocks = self.directory.refs("provider", key.partition(".")[0])
        found = self.once(("provider", key), lambda: self._provider(key), blocks)
        return found if isinstance(found, ProviderConfig) else ProviderConfig.unknown(key)

    def _provider(self, key: str) -> ProviderConfig:
        passed = passed_providers(self._arguments)
        if self.parent is not None and key in passed:
            return self.parent.provider(passed[key])
        own = provider_config(self, key)
        if own is not None:
            return own
        if "." in key:
            # A caller that is not here decides; it may well be another Region than that of the rest.
            return ProviderConfig.unknown(key)
        return self.parent.provider(key) if self.parent else ProviderConfig.unknown(key, self.program.options.region)

    # ---- evaluation once ----------------------------------------------------------------------------------------

    def once(
        self,
        key: tuple[str, ...],
        compute: Callable[[], Any],
        refs: tuple[BlockRef, ...],
        position: Position | None = None,
    ) -> Any:
        """Compute a value once; when the computation asks for itself the value is Unknown and a Problem is noted."""
        value = self._memo.get(key, None)
        if value is _RUNNING:
            return self._cycle(key, refs, position)
        if value is not None or key in self._memo:
            return value
        self._memo[key] = _RUNNING
        try:
            value = compute()
        except BaseException:
            del self._memo[key]
            raise
        self._memo[key] = value
        return value

    def _cycle(self, key: tuple[str, ...], refs: tuple[BlockRef, ...], position: Position | None) -> Unknown:
        label = ".".join(part for part in key if part not in ("resource", "instances"))
        label = label if label.startswith(self.prefix) else self.prefix + label
        block = self.directory.block(refs[-1]) if refs else None
        at = position or (block.header if block is not None else (0, 1, 0, 1))
        span = self.directory.span(refs[-1], at) if refs else Span(self.directory.path)
        self.program.report(span, f"reference cycle through {label}")
        return unknown(f"{label} (reference cycle)")


class ModuleOutputs(LazyObject):
    """A reference to a module instance: its outputs."""

    def __init__(self, called: Called) -> None:
        self._called = called

    def get(self, name: str) -> Any:
        """One output."""
        return self._called.output(name)

    def force(self) -> Any:
        """All outputs."""
        return self._called.outputs()


Called = Union[Module, RegistryModule, MissingModule]


def _expression_of(block: Block | None, name: str) -> Any:
    attribute = block.attribute(name) if block is not None else None
    return None if attribute is None else attribute.expr
