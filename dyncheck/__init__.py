"""dyncheck: policy-as-code compliance scanner for Amazon DynamoDB.

``scan("infra")``, or ``scan(Settings(paths=("infra",), packs=("strict",)))``, gives a :class:`Report`. Names are
imported when they are first used, so that the command line starts quickly.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dyncheck.api import scan
    from dyncheck.errors import DyncheckError
    from dyncheck.model import Table
    from dyncheck.policy.rule import Outcome
    from dyncheck.report import Finding, Report
    from dyncheck.settings import Settings

__version__ = "0.1.0"

__all__ = ["DyncheckError", "Finding", "Outcome", "Report", "Settings", "Table", "__version__", "scan"]

_HOMES = {
    "DyncheckError": "dyncheck.errors",
    "Finding": "dyncheck.report",
    "Outcome": "dyncheck.policy.rule",
    "Report": "dyncheck.report",
    "Settings": "dyncheck.settings",
    "Table": "dyncheck.model",
    "scan": "dyncheck.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
