"""Plan and state documents as one list of instances, whichever format they came in.

Formats: https://developer.hashicorp.com/terraform/internals/json-format (0.1 to 1.x) for plans and states that
``show -json`` prints; state files of version 4 (instances) and 3 (flat attributes). Only what concerns a wanted type of
resource is decoded; the rest of a document is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, Final

import msgspec

from dyncheck.errors import ParseError
from dyncheck.parsers.json_places import Places, Step
from dyncheck.parsers.json_stream import UNDECODABLE, JsonStream, without_content
from dyncheck.parsers.terraform.plan.configuration import MAX_MODULES, read_configuration
from dyncheck.parsers.terraform.plan.flatmap import unflatten
from dyncheck.parsers.terraform.plan.sniff import SNIFFED, mistake

CALLED: Final = "a Terraform plan or state"
_NOTHING: Final = msgspec.Raw(b"null")
Wanted = Callable[[str], bool]
"""Whether resources of a type are wanted."""


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """One instance of a managed resource.

    ``values``: what it will be (or is); None when it is deleted. ``unknown`` and ``sensitive`` mirror the values, with
    True where a value is known only after apply, or sensitive. ``actions``: Terraform's words, () in a state.
    ``deposed``: the key of an object that a replacement left behind. ``deferred``: why Terraform leaves it to a later
    plan what will happen. ``places`` with ``at``: where the values are written.
    """

    address: str
    module: str
    kind: str
    name: str
    provider: str = ""
    values: dict[str, Any] | None
    unknown: Any = False
    sensitive: Any = False
    actions: tuple[str, ...] = ()
    before: dict[str, Any] | None = None
    before_sensitive: Any = False
    replace_paths: tuple[tuple[Any, ...], ...] = ()
    deposed: str | None = None
    deferred: str | None = None
    places: Places
    at: tuple[Step, ...]
    header: tuple[Step, ...]


class Document(msgspec.Struct, frozen=True):
    """A plan or state: its instances, and a plan's configuration and variables where it has them.

    ``errored``: whether Terraform broke off while it made the plan. ``deferred``: whether it puts something off.
    """

    kind: str
    instances: tuple[Instance, ...]
    configuration: dict[str, Any]
    variables: dict[str, Any]
    errored: bool = False
    deferred: bool = False


class _Change(msgspec.Struct, frozen=True):
    actions: tuple[str, ...] = ()
    before: msgspec.Raw = _NOTHING
    after: msgspec.Raw = _NOTHING
    after_unknown: msgspec.Raw = _NOTHING
    before_sensitive: msgspec.Raw = _NOTHING
    after_sensitive: msgspec.Raw = _NOTHING
    replace_paths: tuple[tuple[Any, ...], ...] | None = None


class _ResourceChange(msgspec.Struct, frozen=True):
    address: str = ""
    mode: str = "managed"
    type: str = ""
    name: str = ""
    module_address: str = ""
    provider_name: str = ""
    deposed: str | None = None
    change: _Change = _Change()


class _DeferredChange(msgspec.Struct, frozen=True):
    reason: str = ""
    resource_change: _ResourceChange = _ResourceChange()


class _Resource(msgspec.Struct, frozen=True):
    address: str = ""
    mode: str = "managed"
    type: str = ""
    name: str = ""
    provider_name: str = ""
    values: msgspec.Raw = _NOTHING
    sensitive_values: msgspec.Raw = _NOTHING


class _StateInstance(msgspec.Struct, frozen=True):
    index_key: str | int | None = None
    attributes: msgspec.Raw = _NOTHING
    attributes_flat: dict[str, str] | None = None
    deposed: str | None = None
    sensitive_attributes: tuple[Any, ...] | None = None


class _StateResource(msgspec.Struct, frozen=True):
    mode: str = "managed"
    type: str = ""
    name: str = ""
    module: str = ""
    provider: str = ""
    instances: tuple[_StateInstance, ...] = ()


class _Primary(msgspec.Struct, frozen=True):
    attributes: dict[str, str] = {}


class _OldResource(msgspec.Struct, frozen=True):
    type: str = ""
    primary: _Primary = _Primary()
    provider: str = ""


def read_document(file: BinaryIO, path: str, wanted: Wanted) -> Document:
    """The instances of wanted types. Raises ParseError for what is no plan or state, or breaks off."""
    mistaken = mistake(file.read(SNIFFED))
    if mistaken is not None:
        raise ParseError(mistaken, path=path)
    file.seek(0)
    reader = _Reader(path, wanted)
    reader.read(JsonStream.of_file(file, path, CALLED), tuple(_PARTS))
    found = reader.found
    if found.get("format_version"):
        if "values" in found:
            return Document("state", tuple(found["values"]), {}, {})
        if not found.get("resource_changes") and not found.get("deferred_changes"):
            # Format 0.1 may have no changes, and a plan that only refreshes plans none: then the values are all.
            file.seek(0)
            reader.read(JsonStream.of_file(file, path, CALLED), ("planned_values", "prior_state"))
        changes = (*found.get("resource_changes", ()), *found.get("deferred_changes", ()))
        instances = changes or tuple(found.get("planned_values", ())) or tuple(found.get("prior_state", ()))
        configuration, variables = (_dict(found.get(part)) for part in ("configuration", "variables"))
        return Document(
            kind="plan",
            instances=instances,
            configuration=configuration,
            variables=variables,
            errored=found.get("errored") is True,
            deferred=bool(found.get("deferred_changes")),
        )
    version = found.get("version")
    if version == 4:
        return Document("state", tuple(found.get("resources", ())), {}, {})
    if version in (1, 2, 3):
        return Document("state", tuple(found.get("modules", ())), {}, {})
    message = "neither the JSON of a plan or state (terraform show -json) nor a state file of version 3 or 4"
    raise ParseError(message, path=path)


class _Reader:
    """Collects the parts of a document that are asked for, by their keys."""

    def __init__(self, path: str, wanted: Wanted) -> None:
        self._path = path
        self._wanted = wanted
        self.found: dict[str, Any] = {}

    def read(self, stream: JsonStream, parts: Sequence[str]) -> None:
        """Go through a document once."""
        try:
            for key in stream.members():
                reader = _PARTS.get(key) or _LATER.get(key) if key in parts else None
                if reader is None or stream.peek() == b"n":
                    stream.skip()
                else:
                    self.found[key] = reader(self, stream)
            stream.end()
        except UNDECODABLE as error:
            raise stream.error(without_content(error)) from None

    def plain(self, stream: JsonStream) -> Any:
        """A value as it is."""
        return stream.value()

    def configuration(self, stream: JsonStream) -> dict[str, Any]:
        """What a plan was made from."""
        return read_configuration(stream, self._wanted)

    def changes(self, stream: JsonStream) -> list[Instance]:
        """What a plan does to each resource."""
        found: list[Instance] = []
        for text, places in self._elements(stream):
            change = stream.decode(text, _ResourceChange)
            found += self._change(change, places, ())
        return found

    def deferred(self, stream: JsonStream) -> list[Instance]:
        """What a plan puts off."""
        found: list[Instance] = []
        for text, places in self._elements(stream):
            item = stream.decode(text, _DeferredChange)
            reason = item.reason.replace("_", " ") or "no reason given"
            for change in self._change(item.resource_change, places, ("resource_change",)):
                found.append(msgspec.structs.replace(change, deferred=reason))
        return found

    def _change(self, item: _ResourceChange, places: Places, at: tuple[Step, ...]) -> Iterator[Instance]:
        if item.mode != "managed" or not self._wanted(item.type):
            return
        change = item.change
        yield Instance(
            address=item.address,
            module=item.module_address,
            kind=item.type,
            name=item.name,
            provider=item.provider_name,
            values=_mapping(change.after),
            unknown=_decoded(change.after_unknown),
            sensitive=_decoded(change.after_sensitive),
            actions=change.actions,
            before=_mapping(change.before),
            before_sensitive=_decoded(change.before_sensitive),
            replace_paths=change.replace_paths or (),
            deposed=item.deposed,
            places=places,
            at=(*at, "change", "after"),
            header=(*at, "address"),
        )

    def shown_state(self, stream: JsonStream) -> list[Instance]:
        """The values of a state, or those that a plan arrives at."""
        found: list[Instance] = []
        for key in stream.members():
            if key == "root_module":
                found += self._module(stream, 0)
            else:
                stream.skip()
        return found

    def prior_state(self, stream: JsonStream) -> list[Instance]:
        """The values of the state in a plan."""
        found: list[Instance] = []
        for key in stream.members():
            if key == "values" and stream.peek() == b"{":
                found += self.shown_state(stream)
            else:
                stream.skip()
        return found

    def _module(self, stream: JsonStream, depth: int) -> list[Instance]:
        if depth > MAX_MODULES:
            raise stream.error("it is nested too deeply")
        own: list[Instance] = []
        below: list[Instance] = []
        address = ""
        for key in stream.members():
            if key == "resources":
                own += self._resources(stream)
            elif key == "child_modules":
                for _ in stream.items():
                    below += self._module(stream, depth + 1)
            elif key == "address":
                address = str(stream.value())
            else:
                stream.skip()
        return [*(msgspec.structs.replace(item, module=address) for item in own), *below]

    def _resources(self, stream: JsonStream) -> Iterator[Instance]:
        for text, places in self._elements(stream):
            item = stream.decode(text, _Resource)
            if item.mode == "managed" and self._wanted(item.type):
                yield Instance(
                    address=item.address,
                    module="",
                    kind=item.type,
                    name=item.name,
                    provider=item.provider_name,
                    values=_mapping(item.values) or {},
                    sensitive=_decoded(item.sensitive_values),
                    places=places,
                    at=("values",),
                    header=("address",),
                )

    def state_four(self, stream: JsonStream) -> list[Instance]:
        """The resources of a state file of version 4."""
        found: list[Instance] = []
        for text, places in self._elements(stream):
            item = stream.decode(text, _StateResource)
            if item.mode != "managed" or not self._wanted(item.type):
                continue
            prefix = f"{item.module}." if item.module else ""
            for index, instance in enumerate(item.instances):
                if instance.deposed is not None:
                    continue
                flat = instance.attributes_flat
                attributes = "attributes" if flat is None else "attributes_flat"
                found.append(
                    Instance(
                        address=f"{prefix}{item.type}.{item.name}{_suffix(instance.index_key)}",
                        module=item.module,
                        kind=item.type,
                        name=item.name,
                        provider=item.provider,
                        values=unflatten(flat) if flat is not None else _mapping(instance.attributes) or {},
                        sensitive=_sensitive_paths(instance.sensitive_attributes or ()),
                        places=places,
                        at=("instances", index, attributes),
                        header=("instances", index, attributes),
                    )
                )
        return found

    def state_three(self, stream: JsonStream) -> list[Instance]:
        """The modules of a state file of version 3 or older."""
        found: list[Instance] = []
        for _ in stream.items():
            path: tuple[str, ...] = ("root",)
            own: list[Instance] = []
            for key in stream.members():
                if key == "resources":
                    own += self._old_resources(stream)
                elif key == "path":
                    path = stream.decode(stream.take(), tuple[str, ...])
                else:
                    stream.skip()
            module = ".".join(f"module.{name}" for name in path[1:])
            prefix = f"{module}." if module else ""
            for item in own:
                found.append(msgspec.structs.replace(item, module=module, address=prefix + item.address))
        return found

    def _old_resources(self, stream: JsonStream) -> Iterator[Instance]:
        for key in stream.members():
            text, places = self._element(stream)
            item = stream.decode(text, _OldResource)
            if not self._wanted(item.type) or key.startswith("data."):
                continue
            name, _, index = key.removeprefix(f"{item.type}.").partition(".")
            yield Instance(
                address=f"{item.type}.{name}" + (f"[{index}]" if index else ""),
                module="",
                kind=item.type,
                name=name,
                provider=item.provider,
                values=unflatten(item.primary.attributes),
                places=places,
                at=("primary", "attributes"),
                header=("type",),
            )

    def _elements(self, stream: JsonStream) -> Iterator[tuple[bytes, Places]]:
        for _ in stream.items():
            yield self._element(stream)

    def _element(self, stream: JsonStream) -> tuple[bytes, Places]:
        stream.peek()
        start = stream.position()
        text = stream.take()
        return text, Places.of(self._path, text, start)


_PARTS: Final[dict[str, Callable[[_Reader, JsonStream], Any]]] = {
    "format_version": _Reader.plain,
    "version": _Reader.plain,
    "errored": _Reader.plain,
    "configuration": _Reader.configuration,
    "variables": _Reader.plain,
    "resource_changes": _Reader.changes,
    "deferred_changes": _Reader.deferred,
    "values": _Reader.shown_state,
    "resources": _Reader.state_four,
    "modules": _Reader.state_three,
}
_LATER: Final[dict[str, Callable[[_Reader, JsonStream], Any]]] = {
    "planned_values": _Reader.shown_state,
    "prior_state": _Reader.prior_state,
}


def _suffix(index: str | int | None) -> str:
    if index is None:
        return ""
    return f"[{index}]" if isinstance(index, int) else f"[{msgspec.json.encode(index).decode()}]"


def _sensitive_paths(paths: tuple[Any, ...]) -> dict[str, Any] | bool:
    """A state's list of sensitive paths as a mirror of the values; a path's first name hides all below it.

    A path that cannot be read hides everything.
    """
    mirror: dict[str, Any] = {}
    for path in paths:
        first = path[0] if isinstance(path, list) and path else None
        name = first.get("value") if isinstance(first, dict) else None
        if not isinstance(name, str):
            return True
        mirror[name] = True
    return mirror


def _mapping(raw: msgspec.Raw) -> dict[str, Any] | None:
    value = _decoded(raw)
    return value if isinstance(value, dict) else None


def _decoded(raw: msgspec.Raw) -> Any:
    return msgspec.json.decode(raw)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
