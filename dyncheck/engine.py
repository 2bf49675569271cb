"""Rules on a resource: exemptions, undecided conditions, elements, and from there to verdicts. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import Any, Final

import msgspec

from dyncheck.explanation import Scenario, failing_phrases
from dyncheck.location import Location
from dyncheck.model import RESOURCE_KINDS, Resource, Table, locate
from dyncheck.policy.compiled import NOT_APPLICABLE, PASSED, CompiledCheck, CompiledRule, Passing, Site
from dyncheck.policy.frames import Frame, new_frame
from dyncheck.policy.operations import EvaluationError
from dyncheck.policy.rule import Outcome, Verdict
from dyncheck.policy.selection import Selection
from dyncheck.scenarios import Condition, enumerate_scenarios
from dyncheck.values import OpenList, conditions_in, resolve

STATE_LOCK: Final = "state-lock"
"""The profile of a table that holds Terraform's state locks."""

TOGETHER: Final = 32
"""How many resources are best judged at once: more bring nothing."""

_KINDS: Final = {struct: kind for kind, struct in RESOURCE_KINDS.items()}
_PASS, _UNKNOWN, _FAIL = Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL
_WORST_FIRST: Final = (Outcome.ERROR, Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)


def judge(resource: Resource, selection: Selection) -> list[Verdict]:
    """What every selected rule for resources of this kind says of this one, in the order of the selection.

    A rule gives one verdict, or one per element of the lists that it goes over. A rule that breaks on the resource
    gives ERROR, and hides no other rule's verdict. A resource that is known not to exist has no verdicts.
    """
    return judge_all((resource,), selection)[0]


def judge_all(resources: Sequence[Resource], selection: Selection) -> list[list[Verdict]]:
    """The same of several resources at once.

    They are gone through rule by rule, because a processor that runs the same check again has it at hand: some dozen
    resources together take two thirds of the time that they take one by one.
    """
    found: list[list[Verdict]] = [[] for _ in resources]
    alike: dict[tuple[str, str | None], list[tuple[_Case, list[Verdict]]]] = {}
    for resource, verdicts in zip(resources, found, strict=True):
        if resource.presence is not False:
            profile = profile_of(resource) if selection.exempt else None
            alike.setdefault((_KINDS[type(resource)], profile), []).append((_Case(resource), verdicts))
    for (kind, profile), cases in alike.items():
        for check, rule, passed, passed_elements, inapplicable in selection.prepared(kind, profile):
            if check is None:
                for _, verdicts in cases:
                    verdicts.append(inapplicable)
                continue
            sites_of, named = check.sites, passed_elements.__getitem__
            for case, verdicts in cases:
                try:
                    sites = sites_of(case.frame)
                    if sites is PASSED:
                        verdicts.append(passed)
                    elif sites is NOT_APPLICABLE:
                        verdicts.append(inapplicable)
                    elif sites.__class__ is Passing:
                        verdicts.extend(map(named, sites.names))
                    else:
                        _add_verdicts(verdicts, rule, check, case, sites)
                except EvaluationError as error:
                    verdicts.append(_broken(rule, case.resource, str(error)))
                except Exception as error:
                    verdicts.append(_broken(rule, case.resource, f"{type(error).__name__}: {error}"))
        for case, verdicts in cases:
            if case.undecided:
                verdicts[:] = _not_repeated(verdicts)
    return found


def judge_each(
    entries: Iterable[tuple[Resource, Selection]],
) -> Iterator[tuple[Resource, Selection, list[Verdict]]]:
    """The verdicts on each of many resources, in their order; those that come together are judged together."""
    for selection, alike in groupby(entries, key=itemgetter(1)):
        while some := [resource for resource, _ in islice(alike, TOGETHER)]:
            for resource, verdicts in zip(some, judge_all(some, selection), strict=True):
                yield resource, selection, verdicts


def profile_of(resource: Resource) -> str | None:
    """The profile of a resource for which some rules do not apply by default: ``state-lock``, or None."""
    if not isinstance(resource, Table) or not isinstance(resource.key_schema, tuple) or len(resource.key_schema) != 1:
        return None
    only = resource.key_schema[0]
    name = getattr(only, "attribute_name", None)
    return STATE_LOCK if isinstance(name, str) and name == "LockID" else None


def is_exempted(resource: Resource, selection: Selection) -> bool:
    """Whether some selected rules are not applied to the resource because of its profile."""
    profile = profile_of(resource) if selection.exempt else None
    return profile is not None and any(profile in rule.rule.exempt for rule in selection.rules)


class _Case:
    """A resource on trial, with what is worked out only when a rule needs it."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.frame = new_frame(resource)
        self.undecided = False
        self._conditions: dict[tuple[str, ...], frozenset[Condition]] = {}
        self._resolved: dict[frozenset[tuple[Condition, bool]], Resource] = {}

    def conditions(self, fields: tuple[str, ...]) -> frozenset[Condition]:
        """The undecided conditions in the fields of the resource, and those on which its presence hangs."""
        found = self._conditions.get(fields)
        if found is None:
            values = tuple(getattr(self.resource, field) for field in (*fields, "presence"))
            found = self._conditions[fields] = conditions_in(values)
        return found

    def resolved(self, scenario: Scenario) -> Resource:
        """The resource as it is in a scenario."""
        key = frozenset(scenario.items())
        found = self._resolved.get(key)
        if found is None:
            found = self._resolved[key] = resolve(self.resource, scenario)
        return found


_Place = tuple[str | None, int, bool]
"""The name of an element (None: the resource), which one of that name, and whether it stands for elements beside."""


class _Run(msgspec.Struct, frozen=True):
    """A check in one scenario; the scenario of an undivided case is empty."""

    scenario: Scenario
    resource: Resource
    frame: Frame
    sites: list[Site]


def _add_verdicts(
    verdicts: list[Verdict], rule: CompiledRule, check: CompiledCheck, case: _Case, sites: list[Site]
) -> None:
    """Add what a check says at its sites."""
    before = len(verdicts)
    for site in sites:
        outcome = site.outcome
        if outcome is _PASS:
            verdicts.append(rule.passed_elements[site.name])
        elif outcome is _FAIL:
            verdicts.append(_failure(rule, check, case, site))
        elif outcome is _UNKNOWN:
            del verdicts[before:]
            case.undecided = True
            verdicts += list(_undecided_verdicts(rule, check, case, sites))
            return
        else:
            verdicts.append(rule.inapplicable_elements[site.name])


def _failure(rule: CompiledRule, check: CompiledCheck, case: _Case, site: Site) -> Verdict:
    """The verdict of a site that fails whatever is undecided elsewhere."""
    message, complete = check.message(case.frame, site.value)
    if not complete:
        message = _message_of_first_scenario(check, case, site) or message
    amount = check.amount(case.frame, site.value) if check.program.amount is not None else None
    return Verdict(rule.rule.id, _FAIL, site.name, message, (), _location(check, case.resource, site), amount)


def _undecided_verdicts(rule: CompiledRule, check: CompiledCheck, case: _Case, sites: list[Site]) -> Iterator[Verdict]:
    """What a check says of which some sites are unknown: over all scenarios, where conditions make them so."""
    conditions = case.conditions(check.program.fields)
    scenarios = enumerate_scenarios(conditions) if conditions else None
    if scenarios is not None:
        yield from _over(rule, check, case, scenarios)
        return
    whole = _Run({}, case.resource, case.frame, sites)
    for site in sites:
        yield _verdict(rule, check, case, whole, site)


def _not_repeated(verdicts: list[Verdict]) -> list[Verdict]:
    """The verdicts without what several checks of a rule leave undecided in the same words."""
    kept: list[Verdict] = []
    said: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.outcome is _UNKNOWN:
            before = said.setdefault(verdict.rule, [])
            if verdict in before:
                continue
            before.append(verdict)
        kept.append(verdict)
    return kept


def _over(rule: CompiledRule, check: CompiledCheck, case: _Case, scenarios: list[Scenario]) -> Iterator[Verdict]:
    """The verdicts of a check whose answer may hang on conditions: one per place, over all scenarios that have it."""
    runs = [run for run in (_run(check, case, scenario) for scenario in scenarios) if run is not None]
    places: dict[_Place, list[tuple[_Run, Site]]] = {}
    for run in runs:
        for place, site in _places(run.sites):
            places.setdefault(place, []).append((run, site))
    if len(places) > 1:
        places = {
            place: said
            for place, said in places.items()
            if place[0] is not None or any(site.outcome is not Outcome.NOT_APPLICABLE for _, site in said)
        }
    for said in places.values():
        yield _agreed(rule, check, case, said)
    if not places:
        yield rule.not_applicable


def _places(sites: list[Site]) -> Iterator[tuple[_Place, Site]]:
    """The sites with what tells them apart in every scenario."""
    seen: dict[str | None, int] = {}
    for site in sites:
        seen[site.name] = seen.get(site.name, 0) + 1
        yield (site.name, seen[site.name], site.more), site


def _run(check: CompiledCheck, case: _Case, scenario: Scenario) -> _Run | None:
    resource = case.resolved(scenario)
    if resource.presence is False:
        return None
    frame = new_frame(resource)
    return _Run(scenario, resource, frame, check.places(frame))


def _agreed(rule: CompiledRule, check: CompiledCheck, case: _Case, said: list[tuple[_Run, Site]]) -> Verdict:
    """One verdict from what is said of one place in several scenarios."""
    outcomes = {site.outcome for _, site in said}
    worst = next(outcome for outcome in _WORST_FIRST if outcome in outcomes)
    run, site = next((run, site) for run, site in said if site.outcome is worst)
    if worst is Outcome.FAIL and len(outcomes) > 1:
        because = frozenset(
            failing_phrases([run.scenario for run, _ in said], [site.outcome is Outcome.FAIL for _, site in said])
        )
        because |= frozenset().union(*(site.because for _, site in said))
        return _undecided(rule, check, run, site, because)
    if worst is Outcome.UNKNOWN:
        because = frozenset().union(*(site.because for _, site in said))
        return _undecided(rule, check, run, site, because)
    return _verdict(rule, check, case, run, site)


def _verdict(rule: CompiledRule, check: CompiledCheck, case: _Case, run: _Run, site: Site) -> Verdict:
    if site.outcome is _UNKNOWN:
        return _undecided(rule, check, run, site, site.because)
    if site.outcome is not _FAIL:
        return Verdict(rule.rule.id, site.outcome, site.name)
    if not run.scenario:
        return _failure(rule, check, case, site)
    message, _ = check.message(run.frame, site.value)
    amount = check.amount(run.frame, site.value) if check.program.amount is not None else None
    return Verdict(rule.rule.id, _FAIL, site.name, message, (), _location(check, run.resource, site), amount)


def _message_of_first_scenario(check: CompiledCheck, case: _Case, site: Site) -> str | None:
    """The message with the values of the first scenario in which the place exists; None when nothing is undecided."""
    conditions = case.conditions(check.program.fields)
    for scenario in enumerate_scenarios(conditions) or () if conditions else ():
        run = _run(check, case, scenario)
        for other in run.sites if run is not None else ():
            if run is not None and other.outcome is Outcome.FAIL and other.name == site.name:
                return check.message(run.frame, other.value)[0]
    return None


def _undecided(rule: CompiledRule, check: CompiledCheck, run: _Run, site: Site, because: frozenset[str]) -> Verdict:
    reasons = tuple(sorted(because))
    named = ", ".join(reasons)
    if site.more:
        said = f"there may be more elements: {named}"
    elif any(reason.startswith("fails ") for reason in reasons):
        said = "; ".join(reasons)
    else:
        said = f"cannot be told because of {named}"
    message = f"{rule.rule.title}: {said}"
    return Verdict(rule.rule.id, Outcome.UNKNOWN, site.name, message, reasons, _location(check, run.resource, site))


def _broken(rule: CompiledRule, resource: Resource, problem: str) -> Verdict:
    message = f"the rule {rule.rule.id} ({rule.program.path}) is broken on {resource.address}: {problem}"
    return Verdict(rule.rule.id, Outcome.ERROR, None, message, (problem,), resource.locations.get(""))


def _location(check: CompiledCheck, resource: Resource, site: Site) -> Location | None:
    """The place of the first path of ``locate`` that the source writes, else of the longest, else of the element."""
    if not resource.locations:
        return None
    program = check.program
    prefix = _element_path(program.base, resource, site.value)
    longest: tuple[int, str] = (-1, prefix)
    for path in program.locate:
        root, _, rest = path.partition(".")
        start = prefix if root == program.as_name else ""
        full = f"{start}.{rest}" if start and rest else start or rest
        if rest:
            outer = full.rpartition(".")[0]
            found = locate(resource, full)
            if found is not None and found is not locate(resource, outer):
                return found
        longest = max(longest, (full.count("."), full), key=lambda pair: pair[0])
    return locate(resource, longest[1])


def _element_path(base: str | None, resource: Resource, element: Any) -> str:
    """The path of an element of the list at ``base``; of the list itself when the element is not one of its own."""
    if base is None or element is None:
        return ""
    try:
        holder = attrgetter(base)(resource)
    except AttributeError:
        return base
    items: Iterable[Any] = holder.items if isinstance(holder, OpenList) else holder if isinstance(holder, tuple) else ()
    for index, item in enumerate(items):
        if item is element:
            return f"{base}[{index}]"
    return base
