"""Marks findings that are suppressed, and tells which suppressions are unknown, expired or idle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from dyncheck.location import Location
from dyncheck.model import Problem, WrittenSuppression
from dyncheck.policy.ruleset import RuleSet
from dyncheck.report import Finding, Known, ScannedResource, Suppression
from dyncheck.suppress.baseline import Baseline, Key, key_of
from dyncheck.suppress.covers import Placed, spans_of
from dyncheck.suppress.terms import Terms
from dyncheck.suppress.texts import is_terraform
from dyncheck.suppress.waivers import PlacedWaiver

Ran = Callable[[str, str | None], bool]
"""Whether a rule, by id, was asked about what a file (None: any) holds."""


class Suppressor:
    """The suppressions of one scan. Findings are marked one after the other; what marks nothing is known afterwards."""

    def __init__(
        self,
        ruleset: RuleSet,
        terms: Terms,
        *,
        placed: Sequence[Placed] = (),
        waivers: Sequence[PlacedWaiver] = (),
        baseline: Baseline | None = None,
        baseline_path: str = "",
    ) -> None:
        self._ruleset = ruleset
        self._terms = terms
        self._waivers = waivers
        self._baseline = baseline or Baseline()
        self._baseline_path = baseline_path
        self.problems: list[Problem] = []
        self._placed: list[tuple[Placed, str | None]] = []
        self._by_rule: dict[tuple[str, str], list[Placed]] = {}
        self._used: set[int] = set()
        self._left: dict[Key, int] = {key_of(entry): entry.count for entry in self._baseline.findings}
        self._expired: dict[Key, Known] = {}
        self._entries: dict[Key, Known] = {key_of(entry): entry for entry in self._baseline.findings}
        for item in placed:
            self._add(item)

    def _add(self, item: Placed) -> None:
        directive = item.directive
        found = self._ruleset.find(directive.rule)
        own = directive.form == "dyncheck"
        refusal = self._terms.refusal(directive.reason, directive.until) if own and found is not None else None
        if refusal is not None:
            self.problems.append(Problem(item.span.path, item.span.line, item.span.column, refusal))
            return
        if own:
            self._placed.append((item, found.rule.id if found is not None else None))
        if found is not None:
            self._by_rule.setdefault((found.rule.id, item.span.path), []).append(item)

    def mark(self, finding: Finding, resource: ScannedResource | None) -> Finding:
        """The finding with what suppresses it: a comment or metadata, else the configuration, else the baseline."""
        if finding.outcome == "error":
            return finding
        written = self._written(finding, resource)
        configured = [item for item in self._waivers if finding.rule in item.rules and item.covers(finding, resource)]
        self._used.update(map(id, written))
        self._used.update(map(id, configured))
        suppression = (
            next((_inline(item) for item in written if not self._terms.expired(item.directive.until)), None)
            or next((_configured(item) for item in configured if not self._terms.expired(item.waiver.until)), None)
            or self._in_baseline(finding)
        )
        return finding if suppression is None else msgspec.structs.replace(finding, suppression=suppression)

    def _written(self, finding: Finding, resource: ScannedResource | None) -> list[Placed]:
        """The suppressions in comments and metadata that cover a finding."""
        if not self._by_rule:
            return []
        said, about = spans_of(finding.location), spans_of(resource.location if resource is not None else None)
        found: list[Placed] = []
        for path in dict.fromkeys(span.path for span in (*said, *about)):
            candidates = self._by_rule.get((finding.rule, path))
            if candidates:
                here = [span for span in said if span.path == path], [span for span in about if span.path == path]
                found += [item for item in candidates if item.covers(*here)]
        return found

    def _in_baseline(self, finding: Finding) -> Suppression | None:
        # What failed before and cannot be decided now is nothing new.
        for key in ((finding.fingerprint, finding.outcome), (finding.fingerprint, "fail")):
            entry = self._entries.get(key)
            if entry is not None and self._left[key] > 0:
                self._left[key] -= 1
                if self._terms.expired(entry.until):
                    self._expired[key] = entry
                else:
                    until = entry.until.isoformat() if entry.until else None
                    return Suppression("baseline", entry.reason, until, self._baseline_path)
        return None

    def written(self, ran: Ran, undecided: Callable[[Placed], bool]) -> list[WrittenSuppression]:
        """The suppressions in comments and metadata. ``undecided``: whether nothing can be said of what one covers."""
        found = []
        for item, rule in self._placed:
            directive, span = item.directive, item.span
            found.append(
                WrittenSuppression(
                    locations={"": Location(span)},
                    address=item.label,
                    stack=span.path,
                    source="terraform" if is_terraform(span.path) else "cloudformation",
                    rule=directive.rule,
                    known=rule is not None,
                    suggestion=None if rule else next(iter(self._ruleset.suggest(directive.rule)), None),
                    until=directive.until.isoformat() if directive.until else None,
                    expired=self._terms.expired(directive.until),
                    idle=rule is not None
                    and id(item) not in self._used
                    and ran(rule, span.path)
                    and not undecided(item),
                )
            )
        return found

    def configured(self, ran: Ran, everything: bool) -> list[WrittenSuppression]:
        """The suppressions in the configuration that matter. ``everything``: all that the file is about was scanned."""
        found = []
        for item in self._waivers:
            used = id(item) in self._used
            if used or everything:
                idle = not used and any(ran(rule, None) for rule in item.rules)
                found.append(self._settled(f"ignore[{item.waiver.rule}]", item, idle))
        return found

    def _settled(self, label: str, item: PlacedWaiver, idle: bool) -> WrittenSuppression:
        until = item.waiver.until
        return WrittenSuppression(
            locations={"": item.location} if item.location is not None else {},
            address=label,
            stack=item.location.span.path if item.location is not None else item.where or "",
            source="configuration",
            rule=item.waiver.rule,
            until=until.isoformat() if until else None,
            expired=self._terms.expired(until),
            idle=idle,
        )

    def expired(self, place: Callable[[Known], Location | None]) -> list[WrittenSuppression]:
        """The entries of the baseline that have expired and whose findings are still there. ``place``: where one is."""
        found = []
        for entry in self._expired.values():
            location = place(entry)
            subject = entry.address if entry.element is None else f"{entry.address} {entry.element}"
            found.append(
                WrittenSuppression(
                    locations={} if location is None else {"": location},
                    address=f"baseline[{entry.rule}] of {subject}",
                    stack=self._baseline_path,
                    source="configuration",
                    rule=entry.rule,
                    until=entry.until.isoformat() if entry.until else None,
                    expired=True,
                )
            )
        return found

    def stale(self, scanned: Callable[[Known], bool]) -> tuple[Known, ...]:
        """The entries of the baseline, of those ``scanned``, of which fewer are found than they say."""
        return tuple(entry for entry in self._baseline.findings if self._left[key_of(entry)] > 0 and scanned(entry))


def by_resource(resources: Iterable[ScannedResource]) -> Mapping[tuple[str, str], ScannedResource]:
    """Resources by stack and address, as findings name them."""
    return {(resource.stack, resource.address): resource for resource in resources}


def _inline(item: Placed) -> Suppression:
    directive = item.directive
    until = directive.until.isoformat() if directive.until else None
    return Suppression("inline", directive.reason, until, f"{item.span.path}:{item.span.line}")


def _configured(item: PlacedWaiver) -> Suppression:
    waiver = item.waiver
    until = waiver.until.isoformat() if waiver.until else None
    return Suppression("config", waiver.reason, until, item.where)
