"""Pieces of help texts that the commands share."""

from __future__ import annotations

from typing import Final

EXIT_CODES: Final = (
    "\n\n\b\nExit codes:\n"
    "  0    nothing at or above the threshold\n"
    "  1    findings at or above the threshold\n"
    "  2    could not do the job: usage, settings, a broken rule, unreadable\n"
    "       input under --strict\n"
    "  130  interrupted"
)
"""The exit codes, as a paragraph that click does not rewrap."""


def examples(*lines: str) -> str:
    """Example commands, as a paragraph that click does not rewrap."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
