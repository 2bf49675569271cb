"""Plan and state documents as one list of instances, whichever format they came in.

Formats: https://developer.hashicorp.com/terraform/internals/json-format (0.1 to 1.x) for plans and states that
``show -json`` prints; state files of version 4 (instances) and 3 (flat attributes). Only what concerns a wanted type of
resource is decoded; the rest of a document stays bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from dyncheck.errors import ParseError
from dyncheck.parsers.terraform.plan.flatmap import unflatten
from dyncheck.parsers.terraform.plan.sniff import as_utf8

_NOTHING: Final = msgspec.Raw(b"null")


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """One instance of a managed resource.

    ``values``: what it will be (or is); None when it is deleted. ``unknown`` and ``sensitive`` mirror the values, with
    True where a value is known only after apply, or sensitive. ``actions``: Terraform's words, () in a state.
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


class Document(msgspec.Struct, frozen=True):
    """A plan or state: its instances, and a plan's configuration, variables and data sources where it has them."""

    kind: str
    instances: tuple[Instance, ...]
    configuration: dict[str, Any]
    variables: dict[str, Any]


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


class _Resource(msgspec.Struct, frozen=True):
    address: str = ""
    mode: str = "managed"
    type: str = ""
    name: str = ""
    provider_name: str = ""
    values: msgspec.Raw = _NOTHING
    sensitive_values: msgspec.Raw = _NOTHING


class _Module(msgspec.Struct, frozen=True):
    address: str = ""
    resources: tuple[_Resource, ...] = ()
    child_modules: tuple[_Module, ...] = ()


class _Values(msgspec.Struct, frozen=True):
    root_module: _Module = _Module()


class _Shown(msgspec.Struct, frozen=True):
    """What ``show -json`` prints of a plan or a state."""

    format_version: str = ""
    resource_changes: tuple[_ResourceChange, ...] | None = None
    planned_values: _Values | None = None
    values: _Values | None = None
    configuration: dict[str, Any] = {}
    variables: dict[str, Any] = {}


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


class _StateFour(msgspec.Struct, frozen=True):
    resources: tuple[_StateResource, ...] = ()


class _Primary(msgspec.Struct, frozen=True):
    attributes: dict[str, str] = {}


class _OldResource(msgspec.Struct, frozen=True):
    type: str = ""
    primary: _Primary = _Primary()
    provider: str = ""


class _OldModule(msgspec.Struct, frozen=True):
    path: tuple[str, ...] = ("root",)
    resources: dict[str, _OldResource] = {}


class _StateThree(msgspec.Struct, frozen=True):
    modules: tuple[_OldModule, ...] = ()


class _Version(msgspec.Struct, frozen=True):
    version: int = 0


def read_document(content: bytes, path: str, wanted: Callable[[str], bool]) -> Document:
    """The instances of wanted types. Raises ParseError for what is no plan or state, or breaks off."""
    data = as_utf8(content)
    try:
        shown = msgspec.json.decode(data, type=_Shown)
        if shown.format_version:
            return _shown(shown, wanted)
        version = msgspec.json.decode(data, type=_Version).version
        if version == 4:
            return Document("state", tuple(_state_four(data, wanted)), {}, {})
        if version in (1, 2, 3):
            return Document("state", tuple(_state_three(data, wanted)), {}, {})
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        line, column = _place(data, str(error))
        raise ParseError(
            f"not a Terraform plan or state: {_without_content(error)}", path=path, line=line, column=column
        ) from None
    except RecursionError:
        raise ParseError("the document is nested too deeply", path=path) from None
    message = "neither the JSON of a plan or state (terraform show -json) nor a state file of version 3 or 4"
    raise ParseError(message, path=path)


def _shown(shown: _Shown, wanted: Callable[[str], bool]) -> Document:
    if shown.values is not None:
        instances = tuple(_of_module(shown.values.root_module, wanted))
        return Document("state", instances, {}, {})
    if shown.resource_changes is not None:
        instances = tuple(_changes(shown.resource_changes, wanted))
    else:
        planned = shown.planned_values or _Values()
        instances = tuple(_of_module(planned.root_module, wanted))
    return Document("plan", instances, shown.configuration, shown.variables)


def _changes(changes: tuple[_ResourceChange, ...], wanted: Callable[[str], bool]) -> Iterator[Instance]:
    for item in changes:
        if item.mode != "managed" or item.deposed is not None or not wanted(item.type):
            continue
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
        )


def _of_module(module: _Module, wanted: Callable[[str], bool]) -> Iterator[Instance]:
    for item in module.resources:
        if item.mode == "managed" and wanted(item.type):
            yield Instance(
                address=item.address,
                module=module.address,
                kind=item.type,
                name=item.name,
                provider=item.provider_name,
                values=_mapping(item.values) or {},
                sensitive=_decoded(item.sensitive_values),
            )
    for child in module.child_modules:
        yield from _of_module(child, wanted)


def _state_four(data: bytes, wanted: Callable[[str], bool]) -> Iterator[Instance]:
    for item in msgspec.json.decode(data, type=_StateFour).resources:
        if item.mode != "managed" or not wanted(item.type):
            continue
        prefix = f"{item.module}." if item.module else ""
        for instance in item.instances:
            if instance.deposed is not None:
                continue
            flat = instance.attributes_flat
            yield Instance(
                address=f"{prefix}{item.type}.{item.name}{_suffix(instance.index_key)}",
                module=item.module,
                kind=item.type,
                name=item.name,
                provider=item.provider,
                values=unflatten(flat) if flat is not None else _mapping(instance.attributes) or {},
                sensitive=_sensitive_paths(instance.sensitive_attributes or ()),
            )


def _state_three(data: bytes, wanted: Callable[[str], bool]) -> Iterator[Instance]:
    for module in msgspec.json.decode(data, type=_StateThree).modules:
        address = "".join(f".module.{name}" for name in module.path[1:]).lstrip(".")
        for key, item in module.resources.items():
            if not wanted(item.type) or key.startswith("data."):
                continue
            name, _, index = key.removeprefix(f"{item.type}.").partition(".")
            prefix = f"{address}." if address else ""
            yield Instance(
                address=f"{prefix}{item.type}.{name}" + (f"[{index}]" if index else ""),
                module=address,
                kind=item.type,
                name=name,
                provider=item.provider,
                values=unflatten(item.primary.attributes),
            )


def _suffix(index: str | int | None) -> str:
    if index is None:
        return ""
    return f"[{index}]" if isinstance(index, int) else f'["{index}"]'


def _sensitive_paths(paths: tuple[Any, ...]) -> dict[str, Any]:
    """A state's list of sensitive paths as a mirror of the values; a path's first name hides all below it."""
    mirror: dict[str, Any] = {}
    for path in paths:
        first = path[0] if isinstance(path, list) and path else None
        name = first.get("value") if isinstance(first, dict) else None
        if isinstance(name, str):
            mirror[name] = True
    return mirror


def _mapping(raw: msgspec.Raw) -> dict[str, Any] | None:
    value = _decoded(raw)
    return value if isinstance(value, dict) else None


def _decoded(raw: msgspec.Raw) -> Any:
    return msgspec.json.decode(raw)


def _without_content(error: Exception) -> str:
    """An error's text up to where it might quote the document, which can hold secrets."""
    return str(error).split(" - at", 1)[0].split("(byte", 1)[0].strip()


def _place(data: bytes, message: str) -> tuple[int, int]:
    _, found, rest = message.partition("(byte ")
    digits = rest.partition(")")[0]
    if not found or not digits.isdigit():
        return 1, 1
    before = data[: int(digits)]
    line_start = before.rfind(b"\n") + 1
    return before.count(b"\n") + 1, len(before[line_start:].decode("utf-8", "replace")) + 1
