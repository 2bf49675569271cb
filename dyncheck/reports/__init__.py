"""Formats of a report: one module each, a pure function from a Report to text, registered here by name.

Only the format that is asked for is imported.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, cast

import msgspec

from dyncheck.report import Report


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to render, for the formats that care.

    ``width``: columns of the terminal. ``color``: whether to style text. ``verbosity``: as in Settings.
    ``category``: the category of a SARIF run. ``include_unknown``, ``include_suppressed``: whether SARIF holds them.
    """

    width: int = 100
    color: bool = False
    verbosity: int = 0
    category: str = "dyncheck"
    include_unknown: bool = False
    include_suppressed: bool = False


Render = Callable[[Report, Options], str]

FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "for people: grouped by file, with the source line",
        "json": "the whole report, versioned (dyncheck-report/1)",
        "sarif": "SARIF 2.1.0, for GitHub code scanning",
    }
)
"""The formats by name, with a one-line description."""


def render(format_name: str, report: Report, options: Options) -> str:
    """The report in a format, ending in a newline (or empty). Raises KeyError for a format that is not in FORMATS."""
    if format_name not in FORMATS:
        raise KeyError(format_name)
    module = importlib.import_module(f"dyncheck.reports.{format_name}_format")
    return cast(Render, module.render)(report, options)
