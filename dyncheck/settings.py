"""What a scan is asked to do: defaults, over them a configuration file, the environment, and the command line.

A :class:`Layer` is one place that settings come from. :func:`combine` lays them over each other and remembers, for each
setting, the origin that won, in the user's own terms (``default``, ``dyncheck.yaml:3``, ``DYNCHECK_FAIL_ON``,
``--fail-on``).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from dyncheck.errors import ConfigError
from dyncheck.policy.rule import Severity

FailOn = Literal["critical", "high", "medium", "low", "info", "never"]
Input = Literal["terraform", "cloudformation", "live"]
Framework = Literal["aws-fsbp", "cis-v8", "hipaa", "nist-800-53-r5", "pci-dss-4", "soc2"]
Color = Literal["auto", "always", "never"]

DEFAULT = "default"
"""The origin of a setting that nothing overrides."""


class Output(msgspec.Struct, frozen=True):
    """A report to write: a format's name, and a file; None is standard output."""

    format: str
    path: str | None = None


Compatible = Literal["checkov", "trivy", "cfn_nag"]


class Origin(msgspec.Struct, frozen=True):
    """A place in a configuration file.

    ``file``: its absolute path; ``shown``: its path as messages name it. ``line`` and ``column`` count from 1.
    ``pointer``: the JSON pointer, for TOML, whose parts have no lines.
    """

    file: str
    shown: str
    line: int = 1
    column: int = 1
    pointer: str = ""

    def __str__(self) -> str:
        return f"{self.shown}: {self.pointer}" if self.pointer else f"{self.shown}:{self.line}"


class WaiverFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of ``ignore`` that sets findings aside, where a selector would switch rules off.

    ``rule``: a selector. ``path``: a glob over the files of findings, relative to the configuration file; ``address``:
    a glob over addresses of resources; ``account``, ``region``: of the resource. What is None is not asked about.
    ``until``: the last day on which it counts.
    """

    rule: str
    path: str | None = None
    address: str | None = None
    account: str | None = None
    region: str | None = None
    reason: str | None = None
    until: datetime.date | None = None


class Waiver(WaiverFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Such an entry with its place."""

    origin: Origin | None = None


class OverrideFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings for resources that are declared in some files; ``paths``: globs relative to the configuration file."""

    paths: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    ignore: tuple[str, ...] = ()
    severity: dict[str, Severity] = {}
    params: dict[str, dict[str, Any]] = {}


class Override(OverrideFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Such settings with their place."""

    origin: Origin | None = None


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What everything together may cost, in US dollars a month, with its place."""

    usd: Decimal
    origin: Origin | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that steers a scan.

    ``paths``: files and directories, or ``-`` for standard input, read as ``stdin_filename``. With
    ``changed_files`` they are what changed, and only what that touches is shown. ``packs``, ``select`` and
    ``ignore`` choose rules; ``rules`` are directories with further rules. ``variables`` and ``var_files`` are
    Terraform's, ``parameter_files`` CloudFormation's; ``region`` is where resources are whose source names none.
    ``source``: the directory of the root module that a plan was made from, when it is not the plan's own.
    ``inputs``: the kinds of input to read, empty for all. ``framework``: whose controls the report is about; the rules
    that evaluate them run, unless ``select`` names others.
    ``verbosity``: 0 is normal, -1 shows the summary only, -2 nothing, 1 more.
    ``severity`` and ``params``: of rules, by id, name or alias; ``overrides``: for some files. ``waivers``: findings
    that are set aside; ``baseline``: the file of those that were there before. ``suppress``: whether any of them, and
    comments and metadata, count. ``require_reason``, ``max_days``: suppressions without a reason, or for longer than so
    many days, do not. ``compat``: the tools whose comments count too.
    ``cost``: estimate the monthly cost even when no rule asks for it; ``usage``: the file that states how much tables
    are used; ``prices``: files that are laid over the price book. ``budget``: what everything may cost a month;
    ``table_budgets``: what a table may cost, by its address, its name, or a glob over either; the last that fits wins.
    """

    paths: tuple[str, ...] = (".",)
    changed_files: bool = False
    stdin_filename: str | None = None
    outputs: tuple[Output, ...] = (Output("text"),)
    packs: tuple[str, ...] = ("default",)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: dict[str, Severity] = {}
    params: dict[str, dict[str, Any]] = {}
    overrides: tuple[Override, ...] = ()
    rules: tuple[str, ...] = ()
    suppress: bool = True
    waivers: tuple[Waiver, ...] = ()
    baseline: str | None = None
    require_reason: bool = False
    max_days: int | None = None
    compat: tuple[Compatible, ...] = ()
    fail_on: FailOn = "medium"
    fail_on_unknown: bool = False
    exit_zero: bool = False
    strict: bool = False
    variables: dict[str, str] = {}
    var_files: tuple[str, ...] = ()
    parameter_files: tuple[str, ...] = ()
    source: str | None = None
    region: str | None = None
    inputs: tuple[Input, ...] = ()
    framework: Framework | None = None
    cost: bool = False
    usage: str | None = None
    prices: tuple[str, ...] = ()
    budget: Budget | None = None
    table_budgets: dict[str, Decimal] = {}
    cache: bool = True
    verbosity: int = 0
    color: Color = "auto"
    progress: bool = True
    sarif_category: str = "dyncheck"
    sarif_include_unknown: bool = False
    sarif_include_suppressed: bool = False

    def shows_models(self) -> bool:
        """Whether a report will show the models of resources, which are large and otherwise let go."""
        return any(output.format == "html" for output in self.outputs)


class Layer(msgspec.Struct, frozen=True):
    """Settings from one place: values by the names of :class:`Settings`, and what the user calls each of them there."""

    values: dict[str, Any]
    origins: dict[str, str] = {}


def combine(layers: Sequence[Layer]) -> tuple[Settings, dict[str, str]]:
    """The settings that result from layers, weakest first, and the origin of each setting by name.

    Mappings are merged, everything else is replaced. Raises ConfigError when a value has the wrong type.
    """
    values: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.__struct_fields__, DEFAULT)
    for layer in layers:
        for name, value in layer.values.items():
            earlier = values.get(name)
            values[name] = {**earlier, **value} if isinstance(earlier, dict) and isinstance(value, dict) else value
            origins[name] = layer.origins.get(name, name)
    try:
        return msgspec.convert(values, Settings), origins
    except msgspec.ValidationError as error:
        raise ConfigError(str(error)) from error
