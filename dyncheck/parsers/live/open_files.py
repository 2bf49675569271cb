"""How many connections a process may hold open: each is an open file to the system."""

from __future__ import annotations

from typing import Final

WANTED: Final = 8192
"""Enough for every connection of the largest sweep."""


def allow_many_open_files() -> None:
    """Raise the limit of this process as far as the system lets it: macOS starts with 256, most Linux with 1,024."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError):
        return
