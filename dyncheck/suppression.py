"""The step of a scan between judging and reporting: what suppresses findings is read, applied, and judged itself."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from dyncheck.engine import judge
from dyncheck.errors import ConfigError
from dyncheck.findings import findings_of, in_order
from dyncheck.inputs import STDIN, read_texts_with
from dyncheck.location import Location, Span
from dyncheck.model import Problem, WrittenSuppression
from dyncheck.packed import Packed
from dyncheck.parsers.files import find_root, read_bytes
from dyncheck.policy.ruleset import RuleSet
from dyncheck.report import Finding, Known, ScannedResource
from dyncheck.selections import Selections
from dyncheck.settings import Settings
from dyncheck.suppress.apply import Suppressor, by_resource
from dyncheck.suppress.baseline import Baseline, decode, encode, moved, places
from dyncheck.suppress.covers import Placed, spans_of
from dyncheck.suppress.directives import Form
from dyncheck.suppress.terms import Terms
from dyncheck.suppress.texts import needles, read_suppressions
from dyncheck.suppress.waivers import below, paths_of, place_waiver

MAX_BASELINE: Final = 50_000_000
"""Bytes of a baseline's file."""

_OF_SOME_SOURCES: Final = frozenset({"table_change"})
"""Kinds of resource that not every scan of the same paths has: changes are in plans alone."""


class Judged(msgspec.Struct):
    """What a scan has found before anything is suppressed; the findings are taken for that.

    ``paths``: of the files that lead to a resource, or to what is said of it.
    """

    findings: Packed[Finding] = msgspec.field(default_factory=lambda: Packed(Finding))
    resources: Packed[ScannedResource] = msgspec.field(default_factory=lambda: Packed(ScannedResource))
    problems: list[Problem] = []
    paths: set[str] = set()

    def add(self, resource: ScannedResource) -> None:
        """Take a resource."""
        self.resources.append(resource)
        self.paths.update(paths_of(resource.location))

    def find(self, findings: Iterable[Finding]) -> None:
        """Take what was found."""
        found = list(findings)
        self.findings.extend(found)
        for finding in found:
            self.paths.update(paths_of(finding.location))


class Marked(msgspec.Struct, frozen=True):
    """The findings with what suppresses them, and those about suppressions; further problems.

    ``written``: the suppressions themselves. ``stale``: the entries of the baseline of which fewer are found.
    """

    findings: Packed[Finding]
    problems: tuple[Problem, ...] = ()
    written: tuple[WrittenSuppression, ...] = ()
    stale: tuple[Known, ...] = ()


class Suppressing:
    """Suppression in one scan: of ``paths`` below ``root``, absolute both; no paths when a text of no file is scanned.

    Raises ConfigError for waivers that do not keep to the terms, and for a baseline that cannot be read.
    """

    def __init__(
        self,
        settings: Settings,
        ruleset: RuleSet,
        selections: Selections,
        today: datetime.date,
        *,
        root: Path,
        paths: Sequence[Path],
    ) -> None:
        self._settings = settings
        self._ruleset = ruleset
        self._selections = selections
        self._root = root
        self._paths = [os.path.realpath(path) for path in paths]
        self._terms = Terms(today, settings.require_reason, settings.max_days)
        self._waivers = [place_waiver(waiver, ruleset, str(root), self._terms) for waiver in settings.waivers]
        self._baseline_data = b"" if settings.baseline is None else _read(settings.baseline)
        self._anchor = str(root)
        self._baseline = Baseline()
        if settings.baseline is not None:
            if STDIN not in settings.paths:
                self._anchor = anchor(settings.baseline, root)
            self._baseline = moved(decode(self._baseline_data, settings.baseline), self._anchor, str(root))

    def apply(self, judged: Judged) -> Marked:
        """Mark what is suppressed. The findings become those that are returned."""
        if not self._settings.suppress:
            return Marked(judged.findings)
        # Of findings that are alike, a baseline covers the first.
        taken = judged.findings.taken()
        found = in_order(taken) if self._baseline.findings else taken
        placed, problems = self._read(judged)
        suppressor = Suppressor(
            self._ruleset,
            self._terms,
            placed=placed,
            waivers=self._waivers,
            baseline=self._baseline,
            baseline_path=self._baseline_path(),
        )
        resources = by_resource(judged.resources) if placed or self._waivers else {}
        marks = (suppressor.mark(item, resources.get((item.stack, item.address))) for item in found)
        marked = Packed(Finding, marks)
        coverage = _Coverage(self._settings, self._selections, judged, self._root, self._paths)
        written = suppressor.written(coverage.ran, coverage.is_undecided)
        marked.extend(suppressor.mark(finding, None) for finding in self._judged(written))
        configured = suppressor.configured(coverage.ran, coverage.holds_configuration())
        marked.extend(suppressor.mark(finding, None) for finding in self._judged(configured))
        expired = suppressor.expired(self._place)
        marked.extend(suppressor.mark(finding, None) for finding in self._judged(expired))
        return Marked(
            findings=marked,
            problems=(*problems, *suppressor.problems),
            written=(*written, *configured, *expired),
            stale=suppressor.stale(coverage.was_scanned),
        )

    def covers(self, judged: Judged, entry: Known) -> bool:
        """Whether what an entry of a baseline is about was looked at."""
        return _Coverage(self._settings, self._selections, judged, self._root, self._paths).was_scanned(entry)

    def _read(self, judged: Judged) -> tuple[list[Placed], list[Problem]]:
        """The suppressions in the files that resources stand in, and in those that call their modules."""
        forms: frozenset[Form] = frozenset(self._settings.compat)
        placed: list[Placed] = []
        problems: list[Problem] = []
        for path, text in self._texts(judged.paths, needles(forms)).items():
            found = read_suppressions(text, path, forms)
            placed += found.placed
            problems += found.problems
        return placed, problems

    def _texts(self, paths: Iterable[str], wanted: Sequence[bytes]) -> dict[str, str]:
        """The texts with one of the ``wanted``; those of a plan that came from elsewhere lie with its source."""
        paths = set(paths)
        if self._settings.source is None:
            return read_texts_with(self._root, paths, wanted)
        here = {path for path in paths if (self._root / path).is_file()}
        source_root = find_root([Path(self._settings.source)])
        return read_texts_with(self._root, here, wanted) | read_texts_with(source_root, paths - here, wanted)

    def _judged(self, written: Iterable[WrittenSuppression]) -> list[Finding]:
        """What the rules about suppressions say."""
        found: list[Finding] = []
        for item in written:
            selection = self._selections.for_location(item.locations.get(""))
            found += findings_of(item, judge(item, selection), selection)
        return found

    def _place(self, entry: Known) -> Location | None:
        """Where an entry of the baseline stands, where its file lies below the root."""
        (written,) = moved(Baseline(findings=(entry,)), str(self._root), self._anchor).findings
        span = self._places.get(written.fingerprint)
        return Location(span) if span is not None else None

    @cached_property
    def _places(self) -> dict[str, Span]:
        path = self._settings.baseline
        inside = None if path is None else below(os.path.realpath(path), str(self._root))
        return {} if inside is None else places(self._baseline_data, inside)

    def _baseline_path(self) -> str:
        path = self._settings.baseline
        if path is None:
            return ""
        return below(os.path.realpath(path), str(self._root)) or path


class _Coverage:
    """What a scan has looked at, for what can only be said of a suppression when all was seen that it speaks of."""

    def __init__(
        self, settings: Settings, selections: Selections, judged: Judged, root: Path, paths: Sequence[str]
    ) -> None:
        self._settings = settings
        self._selections = selections
        self._root = str(root)
        self._paths = paths
        self._kinds = {resource.kind for resource in judged.resources}
        self._broken = {problem.path for problem in judged.problems if problem.level == "error"}
        self._judged = judged
        self._live = any(resource.location is None for resource in judged.resources)

    def ran(self, rule: str, path: str | None) -> bool:
        """Whether a rule was asked about the resources of a file."""
        compiled = self._selections.for_path(path).by_id.get(rule)
        return compiled is not None and compiled.rule.kind in self._kinds

    def is_undecided(self, item: Placed) -> bool:
        """Whether a suppression stands at what was not judged: it could not be read, or exists under other settings."""
        path = item.span.path
        if path in self._broken:
            return True
        return not item.stands_alone and not any(map(item.touches, self._spans.get(path, ())))

    @cached_property
    def _spans(self) -> Mapping[str, Sequence[Span]]:
        """The places of resources, by file."""
        spans: dict[str, list[Span]] = {}
        for resource in self._judged.resources:
            for span in spans_of(resource.location):
                spans.setdefault(span.path, []).append(span)
        return spans

    def holds_configuration(self) -> bool:
        """Whether everything below the configuration file was scanned."""
        origins = {waiver.origin.file for waiver in self._settings.waivers if waiver.origin is not None}
        directories = {os.path.dirname(file) for file in origins} or {self._root}
        return not self._settings.inputs and all(map(self._is_scanned, directories))

    def was_scanned(self, entry: Known) -> bool:
        """Whether what an entry of a baseline is about was looked at."""
        compiled = self._selections.for_path(entry.path).by_id.get(entry.rule)
        if self._settings.inputs or compiled is None:
            return False
        if compiled.rule.kind in _OF_SOME_SOURCES and compiled.rule.kind not in self._kinds:
            return False
        if entry.path is None:
            return self._live
        place = os.path.normpath(os.path.join(self._root, entry.path))
        return entry.path not in self._broken and self._is_scanned(place)

    def _is_scanned(self, place: str) -> bool:
        inside = below(place, self._root) is not None or place == self._root
        return inside and any(place == path or below(place, path) is not None for path in self._paths)


def anchor(baseline: str, root: Path) -> str:
    """What the stacks in a baseline's file are relative to: the repository, or else the directory of the file.

    Outside of a repository the root is another one for each part that is scanned, and would tell no stack from another.
    """
    return str(root) if os.path.lexists(root / ".git") else os.path.dirname(os.path.realpath(baseline))


def read_baseline(path: str, root: Path) -> Baseline:
    """The baseline in a file, for a scan below a root. Raises ConfigError."""
    return moved(decode(_read(path), path), anchor(path, root), str(root))


def written_baseline(baseline: Baseline, path: str, root: Path) -> str:
    """The text of a baseline's file, from what a scan below a root has found."""
    return encode(moved(baseline, str(root), anchor(path, root)))


def _read(path: str) -> bytes:
    try:
        return read_bytes(path, MAX_BASELINE)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"the baseline cannot be read: {reason}", path=path, pointer="--baseline") from None
