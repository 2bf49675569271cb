"""A rule as its YAML file states it, with the places of its parts, and what a rule says of a resource."""

from __future__ import annotations

import enum
from typing import Any, Literal

import msgspec

from dyncheck.location import Location
from dyncheck.model import Amount

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""From worst to mildest."""


class Example(msgspec.Struct, frozen=True):
    """An example of a rule: input text per source kind, with ``# expect:`` comments on the lines of findings.

    ``plan``: what ``terraform show -json`` prints (``terraform`` is then the source that the plan was made from, and no
    example by itself), or a change set of CloudFormation. ``snapshot``: a snapshot of a live account. ``params``: the
    parameters of the rule that the example is judged with, where not the defaults. ``region``: where resources are
    whose text names none.
    """

    title: str
    terraform: str | None = None
    cloudformation: str | None = None
    plan: str | None = None
    snapshot: str | None = None
    params: dict[str, Any] = {}
    region: str | None = None


class Examples(msgspec.Struct, frozen=True):
    """A rule's examples by the outcome that they show."""

    passing: tuple[Example, ...] = msgspec.field(default=(), name="pass")
    fail: tuple[Example, ...] = ()
    unknown: tuple[Example, ...] = ()


class Param(msgspec.Struct, frozen=True):
    """A parameter of a rule that packs and configuration may change; ``default`` fixes its type."""

    default: Any
    description: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A further check of a rule, at another kind of place: it stands for itself, as the rule's first check does.

    The fields mean what they mean in :class:`Rule`; nothing is inherited from the rule's own ``when`` or ``each``.
    """

    when: str | None = None
    each: str | None = None
    as_name: str | None = None
    check: str
    locate: str | tuple[str, ...] | None = None
    message: str
    amount: str | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. Expressions are in the policy language (docs/policy-language.md).

    ``kind``: what it judges, and the name of that in its expressions: ``table``, ``dax_cluster``, ``scalable_target``.
    ``check``: true when all is well. With ``each`` (a list), ``check`` is evaluated per element, named ``as_name``.
    ``locate``: the path of the offending attribute, from the kind (``table.billing_mode``) or from the element
    (``index.projection.projection_type``); of a list of paths, the first that is written in the source. ``message``:
    text with ``{expression}`` holes. ``amount``: the money that a finding is about, a figure of ``table.cost``.
    ``also``: further checks of the same concern (the table's own capacity, then each index's); their verdicts are the
    rule's too. ``exempt``: profiles of tables to which the rule does not apply by default (``state-lock``).
    """

    id: str
    name: str
    title: str
    category: str
    severity: Severity
    confidence: Literal["high", "medium", "low"] = "high"
    status: Literal["preview", "stable", "deprecated"] = "stable"
    since: str
    kind: str = "table"
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    params: dict[str, Param] = {}
    when: str | None = None
    each: str | None = None
    as_name: str | None = None
    check: str
    locate: str | tuple[str, ...] | None = None
    message: str
    amount: str | None = None
    also: tuple[Check, ...] = ()
    description: str
    rationale: str
    remediation: str
    cost_note: str | None = None
    references: tuple[str, ...] = ()
    controls: dict[str, tuple[str, ...]] = {}
    examples: Examples = Examples()


class Outcome(enum.Enum):
    """What a rule says of a resource, or of one element of it."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """One rule on one resource, or on one element of it (``element``: the name of an index or replica).

    ``because``: the reasons of an UNKNOWN, or the text of an ERROR. ``location``: None when the source has no files.
    ``amount``: the money that a FAIL is about.
    """

    rule: str
    outcome: Outcome
    element: str | None = None
    message: str = ""
    because: tuple[str, ...] = ()
    location: Location | None = None
    amount: Amount | None = None
