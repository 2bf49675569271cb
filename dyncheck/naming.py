"""Which entry of a mapping is meant for a table: by its address, its name, or a glob over either; the last one wins."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable


def is_meant(pattern: str, address: str, name: str | None) -> bool:
    """Whether a pattern means a table: the text itself, so that brackets of an address need no escape, or a glob."""
    return pattern in (address, name) or any(
        fnmatch.fnmatchcase(text, pattern) for text in (address, name) if text is not None
    )


def last_meant(patterns: Iterable[str], address: str, name: str | None) -> str | None:
    """The last pattern that means a table; None where none does."""
    found = None
    for pattern in patterns:
        if is_meant(pattern, address, name):
            found = pattern
    return found
