"""Which rules run on which resource: the selection of a scan, and what its settings override for some files."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from dyncheck.errors import ConfigError
from dyncheck.location import Location
from dyncheck.model import Resource, Table
from dyncheck.naming import last_meant
from dyncheck.policy.rule import Rule, Severity
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.selection import Selection, select
from dyncheck.settings import Override, Settings
from dyncheck.suppress.waivers import PathGlobs, path_globs, paths_of

BUDGETS: Final = "DDB-CST-005"
"""The rule about budgets, whose parameter a table's budget is."""


class Selections:
    """The selections of a scan below ``root``, an absolute path. Raises ConfigError for what means nothing."""

    def __init__(self, ruleset: RuleSet, settings: Settings, root: str) -> None:
        self._ruleset = ruleset
        self._settings = settings
        self._overrides: list[tuple[Override, PathGlobs]] = [
            (override, path_globs(override.paths, root, override.origin)) for override in settings.overrides
        ]
        self._made: dict[tuple[tuple[int, ...], Decimal | None], Selection] = {}
        self.base = self._of(())
        for number in range(len(self._overrides)):
            # What an override gets wrong is said even where no file is meant by it.
            self._of((number,))
        for budget in settings.table_budgets.values():
            # Whether costs are asked for is known before any table is.
            self._of((), budget)

    def for_path(self, path: str | None) -> Selection:
        """The selection for what is declared in a file, given relative to the root."""
        if not self._overrides or path is None:
            return self.base
        return self._of(tuple(number for number, (_, globs) in enumerate(self._overrides) if globs.match(path)))

    def for_location(self, location: Location | None) -> Selection:
        """The selection for a resource whose header stands at a place, in a module that is called from others."""
        return self._of(self._overriding(location))

    def for_resource(self, resource: Resource) -> Selection:
        """The selection for a resource: by the place of its header, and, of a table, with its budget."""
        budget = self._budget(resource) if self._settings.table_budgets and isinstance(resource, Table) else None
        return self._of(self._overriding(resource.locations.get("")), budget)

    def reads(self, kind: str, field: str) -> bool:
        """Whether some rule for a kind of resource reads a field of it, with the parameters of some file."""
        return any(selection.reads(kind, field) for selection in self._made.values())

    def rules(self) -> dict[str, Rule]:
        """The rules that run, by id, with the severity that they have where nothing is overridden."""
        return {compiled.rule.id: compiled.rule for compiled in self.base.rules}

    def everywhere(self) -> frozenset[str]:
        """The ids of the rules that no file is spared."""
        return frozenset.intersection(*(frozenset(selection.by_id) for selection in self._made.values()))

    def _overriding(self, location: Location | None) -> tuple[int, ...]:
        if not self._overrides:
            return ()
        paths = paths_of(location)
        return tuple(number for number, (_, globs) in enumerate(self._overrides) if any(map(globs.match, paths)))

    def _budget(self, table: Table) -> Decimal | None:
        """What a table may cost a month."""
        name = table.name if isinstance(table.name, str) else None
        meant = last_meant(self._settings.table_budgets, table.address, name)
        return None if meant is None else self._settings.table_budgets[meant]

    def _of(self, numbers: tuple[int, ...], budget: Decimal | None = None) -> Selection:
        found = self._made.get((numbers, budget))
        if found is None:
            overrides = [self._overrides[number][0] for number in numbers]
            found = self._made[numbers, budget] = self._select(overrides, budget)
        return found

    def _select(self, overrides: list[Override], budget: Decimal | None) -> Selection:
        settings = self._settings
        ignore = settings.ignore
        severities: dict[str, Severity] = dict(settings.severity)
        params: dict[str, Mapping[str, Any]] = dict(settings.params)
        for override in overrides:
            ignore += override.ignore
            severities |= {self._id(name): severity for name, severity in override.severity.items()}
            for name, values in override.params.items():
                params[self._id(name)] = {**params.get(self._id(name), {}), **values}
        if budget is not None:
            params[BUDGETS] = {**params.get(BUDGETS, {}), "budget_usd": float(budget)}
        try:
            return select(
                self._ruleset,
                packs=settings.packs,
                select=settings.select,
                ignore=ignore,
                params=params,
                severities=severities,
            )
        except ConfigError as error:
            if not overrides or overrides[-1].origin is None:
                raise
            raise ConfigError(error.message, pointer=str(overrides[-1].origin)) from None

    def _id(self, name: str) -> str:
        """A rule's id, so that the same rule under two names is one; the name itself where there is none."""
        found = self._ruleset.find(name)
        return found.rule.id if found is not None else name
