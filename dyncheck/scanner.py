"""A scan from paths to a report: discover, parse, judge, suppress, sort. The only place that knows all parts."""

from __future__ import annotations

import datetime
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from dyncheck import __version__, clock
from dyncheck.changed import Changes, changes, narrowed, touched_part
from dyncheck.compliance.view import rules_of
from dyncheck.engine import is_exempted, judge_each
from dyncheck.errors import ConfigError
from dyncheck.findings import findings_of, ordered, ordered_resources, scanned, whole
from dyncheck.inputs import STDIN, read_texts, require_paths, text_as_file
from dyncheck.model import Problem, Resource
from dyncheck.parsers.base import Source
from dyncheck.parsers.files import discover, find_root
from dyncheck.parsers.reads import Reads
from dyncheck.policy.loader import load_rules
from dyncheck.policy.rule import Outcome, Rule
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.selection import Selection
from dyncheck.report import Finding, Known, Report, ScannedResource
from dyncheck.selections import BUDGETS, Selections
from dyncheck.settings import Settings
from dyncheck.sources import sources
from dyncheck.suppression import Judged, Marked, Suppressing

if TYPE_CHECKING:
    from dyncheck.cost.costing import Bill

Progress = Callable[[int], None]
"""Is told, again and again, how many resources have been judged."""


def scan(
    settings: Settings,
    *,
    environment: Mapping[str, str] | None = None,
    stdin: bytes | BinaryIO | None = None,
    progress: Progress | None = None,
    today: datetime.date | None = None,
) -> Report:
    """Judge everything below the paths of the settings.

    ``environment``: where ``TF_VAR_*`` are looked up; the process's own when None. ``stdin``: what the path ``-`` is.
    ``today``: the day by which suppressions expire; the clock's when None.
    Raises ConfigError for paths and selectors that do not exist, RuleError for rules that cannot be loaded.
    """
    job = _job(settings, environment, progress, today)
    if settings.changed_files:
        return _scan_changed(job)
    if STDIN not in settings.paths:
        require_paths(settings.paths)
        paths = [Path(path) for path in settings.paths]
        return job.run(find_root(paths), paths)
    if len(settings.paths) > 1:
        raise ConfigError("standard input cannot be scanned together with other paths", pointer=STDIN)
    with text_as_file(stdin or b"", settings.stdin_filename) as (root, path):
        return job.run(root, [path])


def examine(
    settings: Settings, *, environment: Mapping[str, str] | None = None, today: datetime.date | None = None
) -> Examined:
    """What a scan of the settings' paths finds, before it becomes a report. Raises as :func:`scan` does."""
    require_paths(settings.paths)
    paths = [Path(path) for path in settings.paths]
    return _job(settings, environment, None, today).examine(find_root(paths), paths)


def _job(
    settings: Settings,
    environment: Mapping[str, str] | None,
    progress: Progress | None,
    today: datetime.date | None,
) -> _Job:
    environment = os.environ if environment is None else environment
    require_paths(settings.rules, "--rules")
    ruleset = load_rules([Path(path) for path in settings.rules])
    if settings.framework is not None and not settings.select:
        chosen = rules_of(settings.framework, (compiled.rule for compiled in ruleset.rules))
        settings = msgspec.structs.replace(settings, select=chosen)
    return _Job(settings, ruleset, environment, progress, today or clock.today(environment))


def _scan_changed(job: _Job) -> Report:
    """Judge what the change of the files that the paths name touches."""
    settings = job.settings
    if STDIN in settings.paths:
        raise ConfigError("standard input is no changed file", pointer=STDIN)
    if settings.framework is not None:
        raise ConfigError("controls are about everything, not about a change", pointer="--framework")
    changed = changes(settings.paths, _shared_inputs(settings))
    reads = changed.reads()
    if not changed.files:
        return touched_part(job.run(changed.root, []), changed, reads)
    return touched_part(job.run(changed.root, [changed.root], changed, reads), changed, reads)


def _shared_inputs(settings: Settings) -> tuple[str, ...]:
    """The files that every stack takes values from."""
    usage = () if settings.usage is None else (settings.usage,)
    return (*settings.var_files, *settings.parameter_files, *usage, *settings.prices)


class Examined(msgspec.Struct, frozen=True):
    """What a scan has found: ``judged`` before, ``marked`` after suppressions.

    ``files``: how many it looked at. ``bill``: what its tables cost, where anybody asks. ``passed``: how often each
    rule passed, where the report is about a framework.
    """

    judged: Judged
    marked: Marked
    exempted: tuple[str, ...]
    files: int
    bill: Bill | None
    passed: Mapping[str, int]
    suppressing: Suppressing
    selections: Selections

    def covers(self, entry: Known) -> bool:
        """Whether what an entry of a baseline is about was looked at."""
        return self.suppressing.covers(self.judged, entry)


def _shown(resource: Resource, bill: Bill | None, *, with_model: bool) -> ScannedResource:
    """The resource that was counted into the bill last, as reports name it."""
    cost = bill.last() if bill is not None else None
    if not with_model:
        return scanned(resource, cost)
    return whole(resource, cost, bill.parts() if bill is not None else ())


class _Job(msgspec.Struct, frozen=True):
    """What all steps of one scan share."""

    settings: Settings
    ruleset: RuleSet
    environment: Mapping[str, str]
    progress: Progress | None
    today: datetime.date

    def run(
        self, root: Path, paths: Sequence[Path], changed: Changes | None = None, reads: Reads | None = None
    ) -> Report:
        """The report of what the paths, which lie below the root, hold: all of it, or what may lead to a change."""
        found = self.examine(root, paths, changed, reads)
        shown = ordered(found.marked.findings.taken())
        rules = found.selections.rules()
        return Report(
            version=__version__,
            findings=shown,
            resources=ordered_resources(found.judged.resources),
            problems=tuple(sorted({*found.judged.problems, *found.marked.problems})),
            rules=tuple(rules[rule_id] for rule_id in sorted(rules)),
            sources=self._texts(root, {item.location.span.path for item in shown if item.location}),
            exempted=found.exempted,
            files=found.files,
            stale=found.marked.stale,
            monthly_cost_usd=found.bill.total() if found.bill is not None else None,
            framework=self.settings.framework,
            passed=dict(found.passed),
            left_out=self._left_out(found.selections),
        )

    def _left_out(self, selections: Selections) -> tuple[Rule, ...]:
        """The rules for the framework that the report is about, if any, that were not asked everywhere."""
        framework = self.settings.framework
        if framework is None:
            return ()
        everywhere = selections.everywhere()
        rules = (compiled.rule for compiled in self.ruleset.rules)
        return tuple(rule for rule in rules if framework in rule.controls and rule.id not in everywhere)

    def _texts(self, root: Path, paths: set[str]) -> dict[str, str]:
        """The texts that findings point into; those on a plan that came from elsewhere lie with its source."""
        texts = read_texts(root, paths)
        if self.settings.source is not None:
            texts |= read_texts(find_root([Path(self.settings.source)]), paths - texts.keys())
        return texts

    def examine(
        self, root: Path, paths: Sequence[Path], changed: Changes | None = None, reads: Reads | None = None
    ) -> Examined:
        """Read and judge the same."""
        selections = Selections(self.ruleset, self.settings, str(root))
        scope = paths if changed is None and STDIN not in self.settings.paths else ()
        suppressing = Suppressing(self.settings, self.ruleset, selections, self.today, root=root, paths=scope)
        files = discover(paths, root)
        if changed is not None:
            files = narrowed(files, changed)
        judged = Judged(problems=list(files.problems))
        exempted: list[str] = []
        bill = self._bill(selections)
        passed: Counter[str] = Counter()
        through = changed.directories if changed else None
        found = sources(self.settings, root, files, self.environment, through=through, reads=reads)
        for resource, selection, verdicts in judge_each(self._resources(found, judged, selections, bill)):
            judged.find(findings_of(resource, verdicts, selection))
            if self.settings.framework is not None:
                passed.update(verdict.rule for verdict in verdicts if verdict.outcome is Outcome.PASS)
            if is_exempted(resource, selection):
                exempted.append(resource.address)
            if self.progress is not None:
                self.progress(len(judged.resources))
        if bill is not None:
            bill.note(judged.problems)
            if changed is None:
                judged.find(self._over_budget(bill, selections, root))
        marked = suppressing.apply(judged)
        return Examined(judged, marked, tuple(sorted(exempted)), files.count, bill, passed, suppressing, selections)

    def _resources(
        self, found: Iterable[Source], judged: Judged, selections: Selections, bill: Bill | None
    ) -> Iterator[tuple[Resource, Selection]]:
        """What is to be judged, with its price, and by which rules; what there is besides is noted."""
        for source in found:
            for item in source.collect():
                if isinstance(item, Problem):
                    judged.problems.append(item)
                elif item.presence is not False:
                    resource = item if bill is None else bill.add(item)
                    judged.add(_shown(item, bill, with_model=self.settings.shows_models()))
                    yield resource, selections.for_resource(item)

    def _over_budget(self, bill: Bill, selections: Selections, root: Path) -> Iterator[Finding]:
        """What the rule about budgets says of everything together."""
        from dyncheck.suppress.waivers import place_of

        budget, rule = self.settings.budget, selections.rules().get(BUDGETS)
        if budget is not None and rule is not None:
            finding = bill.over(budget, rule, place_of(budget.origin, str(root))[0])
            if finding is not None:
                yield finding

    def _bill(self, selections: Selections) -> Bill | None:
        """What adds up the cost of the scan; None where neither a rule nor the settings ask for any."""
        settings = self.settings
        asked = settings.cost or settings.usage or settings.prices or settings.budget
        if not (asked or selections.reads("table", "cost")):
            return None
        from dyncheck.cost.costing import Bill, Costing

        costing = Costing.of(
            usage=settings.usage, prices=settings.prices, region=settings.region, environment=self.environment
        )
        return Bill(costing)
