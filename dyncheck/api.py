"""The library's entry: a scan in one call."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from dyncheck import scanner
from dyncheck.report import Report
from dyncheck.settings import Settings


def scan(
    what: Settings | str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = ".",
    *,
    environment: Mapping[str, str] | None = None,
) -> Report:
    """Judge the tables that paths hold, with the default settings, or what settings say.

    ``environment``: where ``TF_VAR_*`` are looked up; the process's own when None. Configuration files are read by the
    command line alone: a library does what its caller says. Raises ConfigError for paths and selectors that do not
    exist, and RuleError for rules that cannot be loaded, both DyncheckErrors.
    """
    if isinstance(what, Settings):
        settings = what
    else:
        paths = (what,) if isinstance(what, str | os.PathLike) else tuple(what)
        settings = Settings(paths=tuple(os.fspath(path) for path in paths))
    return scanner.scan(settings, environment=environment)
