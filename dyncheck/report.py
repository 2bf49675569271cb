"""The report: what a scan found, before any format is chosen. Pure data, sorted, free of timestamps."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Literal

import msgspec

from dyncheck.location import Location
from dyncheck.model import Certainty, Problem, Resource
from dyncheck.policy.rule import Rule, Severity
from dyncheck.settings import Framework

ShownOutcome = Literal["fail", "unknown", "error"]
"""The outcomes that a report shows."""


class Suppression(msgspec.Struct, frozen=True):
    """Why a finding does not count: where that is said, the reason given, and until when (ISO date)."""

    kind: Literal["inline", "config", "baseline"]
    reason: str | None = None
    until: str | None = None
    where: str | None = None


class Money(msgspec.Struct, frozen=True):
    """A monthly sum in US dollars, as a range; both ends equal when it is exact.

    ``certainty``: that of the least certain price in it. ``partial``: a part could not be priced, so it is more.
    """

    low: float
    high: float
    certainty: Certainty = "list"
    partial: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that failed, is undecided, or broke, on one resource or element."""

    rule: str
    name: str
    severity: Severity
    category: str
    outcome: ShownOutcome
    address: str
    stack: str
    element: str | None = None
    message: str
    because: tuple[str, ...] = ()
    location: Location | None = None
    fingerprint: str
    suppression: Suppression | None = None
    monthly_cost_usd: Money | None = None


class CostPart(msgspec.Struct, frozen=True):
    """A part of a monthly sum, and what it is for."""

    what: str
    cost: Money


class ScannedResource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that was judged, as reports name it.

    ``monthly_cost_usd``: None where it was not asked for, or a part of it has no price.
    """

    kind: str
    address: str
    stack: str
    name: str | None
    source: str
    region: str | None
    account: str | None
    location: Location | None
    monthly_cost_usd: Money | None = None


class WholeResource(ScannedResource, frozen=True, kw_only=True):
    """A resource with its model, and the parts of its cost, the dearest first.

    These are large, and so only where a report shows them: with ``html`` among the outputs of the settings.
    """

    model: Resource
    cost_parts: tuple[CostPart, ...] = ()


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Findings that are alike, as a baseline holds them, known by ``fingerprint`` and ``outcome``; the rest is to read.

    ``path``: the file that the first of them stood in; ``until``: the last day on which they are set aside.
    """

    rule: str
    address: str
    element: str | None = None
    path: str | None = None
    stack: str
    outcome: Literal["fail", "unknown"] = "fail"
    count: int = 1
    reason: str | None = None
    until: datetime.date | None = None
    fingerprint: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a format may show.

    ``findings`` and ``resources``: in the order of reports; of very many, each is unpacked when it is come to.
    ``rules``: the rules that ran, by id. ``sources``: the text of each file that a finding or problem points into, by
    path. ``exempted``: tables recognised as state-lock tables, for which some rules were not applied (addresses).
    ``files``: how many files were looked at. ``stale``: the entries of the baseline of which fewer are found now.
    ``monthly_cost_usd``: of all resources together; None where it was not asked for. ``framework``: whose controls the
    report is about, if any; only then ``passed`` says how often each rule passed, by its id, and ``left_out`` which
    rules for it did not run, or not everywhere.
    """

    version: str
    findings: Sequence[Finding] = ()
    resources: Sequence[ScannedResource] = ()
    problems: tuple[Problem, ...] = ()
    rules: tuple[Rule, ...] = ()
    sources: dict[str, str] = {}
    exempted: tuple[str, ...] = ()
    files: int = 0
    stale: tuple[Known, ...] = ()
    monthly_cost_usd: Money | None = None
    framework: Framework | None = None
    passed: dict[str, int] = {}
    left_out: tuple[Rule, ...] = ()
