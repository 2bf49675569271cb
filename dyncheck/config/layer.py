"""A configuration file as a layer of settings, every value with its place; what is wrong with it is an error there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

import msgspec

from dyncheck.config.discovery import shown
from dyncheck.config.reading import ConfigFile, error_at, read_file
from dyncheck.policy.rule import Severity
from dyncheck.settings import (
    Budget,
    Color,
    Compatible,
    FailOn,
    Framework,
    Input,
    Layer,
    Output,
    Override,
    OverrideFields,
    Waiver,
    WaiverFields,
)

MAX_WAIVERS: Final = 2_000
"""Entries of ``ignore``: each is compared with the findings of its rules."""

_Texts = tuple[str, ...]
_Scalar = str | int | float | bool
_Dollars = Annotated[float, msgspec.Meta(ge=0, le=1e12)] | Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A configuration as it is written; its JSON Schema says the same, in words. What is not given is no setting."""

    packs: _Texts = ()
    select: _Texts = ()
    ignore: Annotated[tuple[str | WaiverFields, ...], msgspec.Meta(max_length=MAX_WAIVERS)] = ()
    severity: dict[str, Severity] = {}
    params: dict[str, dict[str, Any]] = {}
    overrides: Annotated[tuple[OverrideFields, ...], msgspec.Meta(max_length=100)] = ()
    rules: _Texts = ()
    baseline: str = ""
    require_reason: bool = False
    max_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] = 1
    compat: tuple[Compatible, ...] = ()
    fail_on: FailOn = "medium"
    fail_on_unknown: bool = False
    exit_zero: bool = False
    strict: bool = False
    variables: dict[str, _Scalar] = {}
    var_files: _Texts = ()
    parameter_files: _Texts = ()
    region: str = ""
    inputs: tuple[Input, ...] = ()
    framework: Framework = "nist-800-53-r5"
    cost: bool = False
    usage: str = ""
    prices: _Texts = ()
    budget: _Dollars = 0
    table_budgets: dict[str, _Dollars] = {}
    cache: bool = True
    outputs: _Texts = ()
    verbosity: Annotated[int, msgspec.Meta(ge=-2, le=1)] = 0
    color: Color = "auto"
    progress: bool = True
    sarif_category: str = ""
    sarif_include_unknown: bool = False
    sarif_include_suppressed: bool = False


_PATHS: Final = ("rules", "var_files", "parameter_files", "prices")
"""Settings that hold paths, which are relative to the file."""


def read_config(path: str) -> Layer:
    """The settings in a configuration file. Raises ConfigError at the place of the first thing that is wrong."""
    config = read_file(path)
    try:
        written = msgspec.convert(config.data, _Written)
    except msgspec.ValidationError as error:
        raise _first_error(config, str(error)) from None
    values: dict[str, Any] = {name: getattr(written, name) for name in config.data}
    for name in _PATHS:
        if name in values:
            values[name] = tuple(_beside(config, item) for item in values[name])
    for name in ("baseline", "usage"):
        if name in values:
            values[name] = _beside(config, values[name])
    if "packs" in values:
        values["packs"] = tuple(_beside(config, item) if _is_path(item) else item for item in written.packs)
    if "variables" in values:
        values["variables"] = {name: _text(value) for name, value in written.variables.items()}
    if "budget" in values:
        values["budget"] = Budget(usd=_dollars(written.budget), origin=config.origin(("budget",), key=True))
    if "table_budgets" in values:
        values["table_budgets"] = {name: _dollars(value) for name, value in written.table_budgets.items()}
    if "outputs" in values:
        values["outputs"] = tuple(_output(config, number, text) for number, text in enumerate(written.outputs))
    if "overrides" in values:
        values["overrides"] = tuple(
            Override(**_fields(item), origin=config.origin(("overrides", number)))
            for number, item in enumerate(written.overrides)
        )
    origins = {name: str(config.origin((name,), key=True)) for name in values}
    if "ignore" in values:
        values["ignore"] = tuple(item for item in written.ignore if isinstance(item, str))
        values["waivers"] = tuple(_waivers(config, written.ignore))
        origins["waivers"] = origins["ignore"]
    return Layer(values, origins)


def schema() -> dict[str, Any]:
    """The JSON Schema of configuration files."""
    text = (files("dyncheck") / "schemas" / "config.schema.json").read_bytes()
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


def _waivers(config: ConfigFile, entries: Iterable[str | WaiverFields]) -> Iterable[Waiver]:
    for number, item in enumerate(entries):
        if not isinstance(item, str):
            yield Waiver(**_fields(item), origin=config.origin(("ignore", number)))


def _fields(entry: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


def _first_error(config: ConfigFile, fallback: str) -> Exception:
    """The error of what the schema finds first; said in the words of the fallback where it finds nothing."""
    from dyncheck.policy.schema import violations_of

    found = []
    for violation in violations_of(config.data, _validator()):
        steps = violation.steps if violation.key is None else (*violation.steps, violation.key)
        found.append((config.origin(steps, key=violation.key is not None), violation))
    if found:
        origin, violation = min(found, key=lambda pair: (pair[0].line, pair[0].column))
        return error_at(violation.message, origin)
    message, _, pointer = fallback.partition(" - at `$")
    names = [part for part in pointer.rstrip("`").replace("[", ".").replace("]", "").split(".") if part]
    if "RFC3339" in message:
        message = "there is no such day"
    steps = tuple(int(name) if name.isdigit() else name for name in names)
    return error_at(f"{'.'.join(names)}: {message[:1].lower()}{message[1:]}", config.origin(steps))


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema())


def _beside(config: ConfigFile, path: str) -> str:
    """A path of the file as the current directory sees it."""
    return shown(os.path.normpath(os.path.join(os.path.dirname(config.file), path)))


def _dollars(value: float) -> Decimal:
    """A sum of the file as it is written."""
    return Decimal(str(value))


def _is_path(pack: str) -> bool:
    return "/" in pack or pack.endswith((".yaml", ".yml"))


def _text(value: _Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _output(config: ConfigFile, number: int, text: str) -> Output:
    """A report to write, which must lie below the file: it may be anybody's who sends a change."""
    from dyncheck.policy.suggest import did_you_mean
    from dyncheck.reports import FORMATS

    name, _, path = text.partition("=")
    origin = config.origin(("outputs", number))
    if name not in FORMATS:
        raise error_at(f"there is no format {name}{did_you_mean(name, FORMATS)}", origin)
    if not path:
        return Output(name)
    directory = os.path.dirname(config.file)
    target = os.path.realpath(os.path.join(directory, path))
    if not target.startswith(directory + os.sep):
        raise error_at(f"{path}: a configuration may write reports below its own directory only", origin)
    return Output(name, shown(target))
