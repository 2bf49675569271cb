"""Exit codes of the command line."""

from __future__ import annotations

from typing import Final

CLEAN: Final = 0
"""Nothing at or above the threshold."""
FINDINGS: Final = 1
"""Findings at or above the threshold."""
CANNOT: Final = 2
"""The job could not be done: usage, settings, a broken rule, unreadable input under ``--strict``."""
INTERRUPTED: Final = 130
"""Ctrl-C."""
BROKEN_PIPE: Final = 141
"""The reader of the output went away."""
