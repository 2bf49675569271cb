"""Pieces of help texts that the commands share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def exit_codes(meanings: Mapping[int, str]) -> str:
    """What each exit code of a command means, as a paragraph that click does not rewrap."""
    lines = [f"  {code:<5}" + meaning.replace("\n", "\n" + " " * 7) for code, meaning in meanings.items()]
    return "\n\n\b\nExit codes:\n" + "\n".join(lines)


EXIT_CODES: Final = exit_codes(
    {
        0: "nothing at or above the threshold",
        1: "findings at or above the threshold",
        2: "could not do the job: usage, settings, a broken rule, unreadable\ninput under --strict",
        130: "interrupted",
    }
)
"""Those of whatever scans."""


def examples(*lines: str) -> str:
    """Example commands, as a paragraph that click does not rewrap."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
