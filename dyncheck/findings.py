"""From verdicts to the findings of a report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from dyncheck.location import Location, in_repository
from dyncheck.model import Amount, Resource
from dyncheck.policy.rule import Outcome, Rule, Verdict
from dyncheck.policy.selection import Selection
from dyncheck.report import CostPart, Finding, Money, ScannedResource, ShownOutcome
from dyncheck.values import is_known

_SHOWN: Final[Mapping[Outcome, ShownOutcome]] = MappingProxyType(
    {Outcome.FAIL: "fail", Outcome.UNKNOWN: "unknown", Outcome.ERROR: "error"}
)


def finding_of(resource: Resource, verdict: Verdict, rule: Rule) -> Finding | None:
    """The finding that a verdict makes; None when the rule passes or does not apply. ``rule``: as it was run."""
    outcome = _SHOWN.get(verdict.outcome)
    if outcome is None:
        return None
    return Finding(
        rule=rule.id,
        name=rule.name,
        severity=rule.severity,
        category=rule.category,
        outcome=outcome,
        address=resource.address,
        stack=resource.stack,
        element=verdict.element,
        message=verdict.message or rule.title,
        because=tuple(sorted(verdict.because)),
        location=in_repository(verdict.location) if verdict.location else None,
        fingerprint=fingerprint(rule.id, resource.stack, resource.address, verdict.element),
        monthly_cost_usd=_money(verdict.amount) if verdict.amount is not None else None,
    )


def findings_of(resource: Resource, verdicts: Iterable[Verdict], selection: Selection) -> Iterator[Finding]:
    """The findings that verdicts make, with the rules as the selection has them."""
    rules = selection.by_id
    return filter(None, (finding_of(resource, verdict, rules[verdict.rule].rule) for verdict in verdicts))


def fingerprint(rule: str, stack: str, address: str, element: str | None) -> str:
    """The identity of a finding: it survives moved lines and files, and differs between stacks."""
    return _digest(rule, stack, address, element or "")


def scanned(
    resource: Resource, cost: Money | None = None, parts: tuple[CostPart, ...] = (), *, whole: bool = False
) -> ScannedResource:
    """A resource as reports name it: values that are not known become None. ``whole``: with its model."""
    header = resource.locations.get("")
    return ScannedResource(
        kind=str(resource.__struct_config__.tag),
        address=resource.address,
        stack=resource.stack,
        name=_plain(resource.name),
        source=resource.source,
        region=_plain(resource.region),
        account=_plain(resource.account),
        location=in_repository(header) if header else None,
        monthly_cost_usd=cost,
        model=resource if whole else None,
        cost_parts=parts,
    )


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the order of reports: by place, then rule, then resource."""
    return sorted(findings, key=_order)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of reports, each with a fingerprint of its own.

    A rule may say two things of one element; the second and later ones are told apart by their number.
    """
    seen: dict[str, int] = {}
    result = []
    for finding in in_order(findings):
        number = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        if number == 1:
            result.append(finding)
        else:
            own = _digest(finding.fingerprint, str(number))
            result.append(msgspec.structs.replace(finding, fingerprint=own))
    return tuple(result)


def ordered_resources(resources: Iterable[ScannedResource]) -> tuple[ScannedResource, ...]:
    """Resources by stack and address."""
    return tuple(sorted(resources, key=lambda resource: (resource.stack, resource.address, resource.kind)))


def _money(amount: Amount) -> Money:
    high = amount.high if isinstance(amount.high, (int, float)) else None
    return Money(amount.low, amount.low if high is None else high, amount.certainty, partial=high is None)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _order(finding: Finding) -> tuple[object, ...]:
    place = _place(finding.location)
    return (*place, finding.rule, finding.stack, finding.address, finding.element or "", finding.message)


def _place(location: Location | None) -> tuple[bool, str, int, int]:
    if location is None:
        return True, "", 0, 0
    span = location.span
    return False, span.path, span.line, span.column


def _plain(value: object) -> str | None:
    return value if is_known(value) and isinstance(value, str) else None
