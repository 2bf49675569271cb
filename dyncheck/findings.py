"""From verdicts to the findings of a report."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, overload

import msgspec

from dyncheck import packed
from dyncheck.location import Location, in_repository
from dyncheck.model import Amount, Resource
from dyncheck.policy.rule import Outcome, Rule, Severity, Verdict
from dyncheck.policy.selection import Selection
from dyncheck.report import CostPart, Finding, Money, ScannedResource, ShownOutcome, WholeResource
from dyncheck.values import is_known

Kind = tuple[ShownOutcome, Severity, bool]
"""Outcome, severity, and whether it is suppressed."""

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


def scanned(resource: Resource, cost: Money | None = None) -> ScannedResource:
    """A resource as reports name it: values that are not known become None."""
    return ScannedResource(**_named(resource), monthly_cost_usd=cost)


def whole(resource: Resource, cost: Money | None = None, parts: tuple[CostPart, ...] = ()) -> WholeResource:
    """The same, with all that is known of it."""
    return WholeResource(**_named(resource), monthly_cost_usd=cost, model=resource, cost_parts=parts)


def _named(resource: Resource) -> dict[str, Any]:
    header = resource.locations.get("")
    return {
        "kind": str(resource.__struct_config__.tag),
        "address": resource.address,
        "stack": resource.stack,
        "name": _plain(resource.name),
        "source": resource.source,
        "region": _plain(resource.region),
        "account": _plain(resource.account),
        "location": in_repository(header) if header else None,
    }


def in_order(findings: Iterable[Finding]) -> Sequence[Finding]:
    """Findings in the order of reports: by place, then rule, then resource."""
    return packed.in_order(findings, Finding, _order)


def ordered(findings: Iterable[Finding]) -> Sequence[Finding]:
    """Findings in the order of reports, each with a fingerprint of its own.

    A rule may say two things of one element; the second and later ones are told apart by their number.
    """
    starts = array("Q")
    counts: Counter[Kind] = Counter()

    def noted() -> Iterator[Finding]:
        for finding in findings:
            starts.append(_start(finding))
            counts[kind_of(finding)] += 1
            yield finding

    found = in_order(noted())
    shared = frozenset(_repeated(starts))
    return tuple(_numbered(found, shared)) if isinstance(found, tuple) else OrderedFindings(found, shared, counts)


class OrderedFindings(Sequence[Finding]):
    """Very many findings in the order of reports. To go through them is cheap, to ask for the one at an index is not.

    ``shared``: how the fingerprints begin that several of them have. ``counts``: how many there are of each kind.
    """

    def __init__(self, findings: Sequence[Finding], shared: frozenset[int], counts: Mapping[Kind, int]) -> None:
        self._findings = findings
        self._shared = shared
        self.counts = counts

    def __iter__(self) -> Iterator[Finding]:
        return _numbered(self._findings, self._shared)

    def __len__(self) -> int:
        return len(self._findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...

    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return packed.at(self, index)


def kind_of(finding: Finding) -> Kind:
    """What findings are counted by: outcome, severity, and whether it is suppressed."""
    return finding.outcome, finding.severity, finding.suppression is not None


def counts_of(findings: Sequence[Finding]) -> Mapping[Kind, int]:
    """How many findings there are of each kind."""
    return findings.counts if isinstance(findings, OrderedFindings) else Counter(map(kind_of, findings))


def _numbered(findings: Iterable[Finding], shared: Collection[int]) -> Iterator[Finding]:
    """The findings, of which the second and later ones that share a fingerprint get their own."""
    seen: Counter[str] = Counter()
    for finding in findings:
        if _start(finding) in shared:
            seen[finding.fingerprint] += 1
            number = seen[finding.fingerprint]
            if number > 1:
                own = _digest(finding.fingerprint, str(number))
                yield msgspec.structs.replace(finding, fingerprint=own)
                continue
        yield finding


def _start(finding: Finding) -> int:
    """The first eight bytes of a fingerprint: enough to tell which may be shared, and small."""
    return int(finding.fingerprint[:16], 16)


def _repeated(starts: Iterable[int]) -> Iterator[int]:
    return (one for one, other in pairwise(sorted(starts)) if one == other)


def ordered_resources(resources: Iterable[ScannedResource]) -> Sequence[ScannedResource]:
    """Resources by stack and address."""
    return packed.in_order(resources, ScannedResource, lambda item: (item.stack, item.address, item.kind))


def _money(amount: Amount) -> Money:
    high = amount.high if isinstance(amount.high, (int, float)) else None
    return Money(amount.low, amount.low if high is None else high, amount.certainty, partial=high is None)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _order(finding: Finding) -> tuple[Any, ...]:
    place = _place(finding.location)
    return (*place, finding.rule, finding.stack, finding.address, finding.element or "", finding.message)


def _place(location: Location | None) -> tuple[bool, str, int, int]:
    if location is None:
        return True, "", 0, 0
    span = location.span
    return False, span.path, span.line, span.column


def _plain(value: object) -> str | None:
    return value if is_known(value) and isinstance(value, str) else None
