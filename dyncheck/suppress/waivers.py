"""Suppressions in the configuration: entries of ``ignore`` that say which findings, why, and until when."""

from __future__ import annotations

import os
from typing import Final

import msgspec

from dyncheck.errors import ConfigError
from dyncheck.location import Location, Span
from dyncheck.policy.patterns import Machine, PatternError, compile_glob
from dyncheck.policy.ruleset import RuleSet
from dyncheck.policy.selection import matching, no_such_rule
from dyncheck.report import Finding, ScannedResource
from dyncheck.settings import Origin, Waiver
from dyncheck.suppress.covers import spans_of
from dyncheck.suppress.pathglobs import compile_path_glob
from dyncheck.suppress.terms import Terms

_NAMELESS: Final = "ignore"


class PlacedWaiver(msgspec.Struct, frozen=True):
    """A waiver ready to be compared. ``rules``: the ids of its rules; ``address``, ``path``: its globs.

    ``location``: its place, where its file lies below the root; ``where``: how reports name that.
    """

    waiver: Waiver
    rules: frozenset[str]
    address: Machine | None
    path: PathGlobs | None
    location: Location | None
    where: str | None

    def covers(self, finding: Finding, resource: ScannedResource | None) -> bool:
        """Whether it speaks of a finding about a resource."""
        waiver = self.waiver
        return (
            (self.address is None or self.address.found_in(finding.address))
            and (waiver.account is None or (resource is not None and resource.account == waiver.account))
            and (waiver.region is None or (resource is not None and resource.region == waiver.region))
            and (self.path is None or any(map(self.path.match, paths_of(finding.location))))
        )


class PathGlobs(msgspec.Struct, frozen=True):
    """Globs of a configuration file in ``directory``, for paths that are relative to ``root``; both are absolute."""

    machines: tuple[Machine, ...]
    root: str
    directory: str

    def match(self, path: str) -> bool:
        """Whether one of them means a file. Files outside of the directory go by their path from the root."""
        inside = below(os.path.join(self.root, path), self.directory)
        return any(machine.found_in(path if inside is None else inside) for machine in self.machines)


def path_globs(globs: tuple[str, ...], root: str, origin: Origin | None) -> PathGlobs:
    """Globs as a configuration file has them. Raises ConfigError for one that is too long."""
    try:
        machines = tuple(map(compile_path_glob, globs))
    except PatternError as error:
        raise ConfigError(error.message, pointer=_shown(origin)) from None
    return PathGlobs(machines, root, root if origin is None else os.path.dirname(origin.file))


def place_waiver(waiver: Waiver, ruleset: RuleSet, root: str, terms: Terms) -> PlacedWaiver:
    """A waiver for a scan below a root. Raises ConfigError, at its place, when it does not keep to the terms."""
    shown = _shown(waiver.origin)
    rules = matching(ruleset, waiver.rule)
    if not rules:
        raise no_such_rule(ruleset, waiver.rule, shown)
    refusal = terms.refusal(waiver.reason, waiver.until)
    if refusal is not None:
        raise ConfigError(refusal, pointer=shown)
    try:
        address = compile_glob(waiver.address) if waiver.address is not None else None
    except PatternError as error:
        raise ConfigError(error.message, pointer=shown) from None
    globs = path_globs((waiver.path,), root, waiver.origin) if waiver.path is not None else None
    location, where = place_of(waiver.origin, root)
    return PlacedWaiver(waiver, frozenset(rules), address, globs, location, where)


def below(path: str, directory: str) -> str | None:
    """An absolute path relative to a directory that holds it, with slashes; None where it lies elsewhere."""
    prefix = directory.rstrip(os.sep) + os.sep
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else None


def paths_of(location: Location | None) -> tuple[str, ...]:
    """The files of a location: its own, and those of the calls that lead there."""
    return tuple(span.path for span in spans_of(location))


def place_of(origin: Origin | None, root: str) -> tuple[Location | None, str | None]:
    """A place in a configuration file as findings have it, None outside of the root; and in words."""
    path = below(origin.file, root) if origin is not None else None
    if origin is None or path is None:
        return None, None if origin is None else str(origin)
    location = Location(Span(path, origin.line, origin.column, origin.line, origin.column + 1))
    return location, f"{path}: {origin.pointer}" if origin.pointer else f"{path}:{origin.line}"


def _shown(origin: Origin | None) -> str:
    return _NAMELESS if origin is None else str(origin)
