"""Formats of a report: one module each, a pure function from a Report to text, registered here by name.

Only the format that is asked for is imported. Those for very many findings give their text in ``pieces``, so that it
never has to be in memory as a whole; the others ``render`` one document, of which its readers limit the size.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Final, cast

import msgspec

from dyncheck.report import Report


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to render, for the formats that care.

    ``width``: columns of the terminal. ``color``: whether to style text. ``verbosity``: as in Settings.
    ``category``: the category of a SARIF run. ``include_unknown``, ``include_suppressed``: whether formats for code
    hosts hold them. ``time``: seconds since 1970 for the formats that demand a time. ``max_bytes``: the most that the
    reader of Markdown takes; None for what a job summary holds.
    """

    width: int = 100
    color: bool = False
    verbosity: int = 0
    category: str = "dyncheck"
    include_unknown: bool = False
    include_suppressed: bool = False
    time: int = 0
    max_bytes: int | None = None


FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "for people: grouped by file, with the source line",
        "json": "the whole report, versioned (dyncheck-report/1)",
        "sarif": "SARIF 2.1.0, for GitHub code scanning",
        "junit": "JUnit XML, for Jenkins, Azure DevOps and GitLab",
        "gitlab": "Code Quality, for GitLab merge requests",
        "github": "annotations in a GitHub workflow, the ten worst",
        "markdown": "for job summaries and comments",
        "html": "one file for a browser: filters, details, a chart",
        "csv": "one row per finding, for spreadsheets",
        "jsonl": "one JSON object per line",
        "asff": "AWS Security Hub findings (BatchImportFindings)",
        "ocsf": "OCSF 1.3.0 compliance findings",
    }
)
"""The formats by name, with a one-line description."""


def left_out(format_name: str, report: Report) -> str | None:
    """What a format cannot hold of a report, as a remark; None when it holds everything."""
    function = getattr(_module(format_name), "left_out", None)
    return cast("str | None", function(report)) if function else None


def pieces(format_name: str, report: Report, options: Options) -> Iterator[str]:
    """The report in a format, ending in a newline (or empty), piece by piece where it may be long.

    Raises KeyError for a format that is not in FORMATS.
    """
    module = _module(format_name)
    if hasattr(module, "pieces"):
        return cast("Iterator[str]", module.pieces(report, options))
    return iter([cast(str, module.render(report, options))])


def render(format_name: str, report: Report, options: Options) -> str:
    """The whole report in a format. Raises KeyError for a format that is not in FORMATS."""
    return "".join(pieces(format_name, report, options))


def _module(format_name: str) -> ModuleType:
    if format_name not in FORMATS:
        raise KeyError(format_name)
    return importlib.import_module(f"dyncheck.reports.{format_name}_format")
