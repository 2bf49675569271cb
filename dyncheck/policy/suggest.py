"""Suggestions for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable


def suggestions(written: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The known names that look most like the one that was written, best first."""
    from difflib import get_close_matches

    by_fold = {name.casefold(): name for name in known}
    return [by_fold[fold] for fold in get_close_matches(written.casefold()[:80], by_fold, n=limit, cutoff=0.55)]


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """``, did you mean x?`` for the best suggestion, or nothing."""
    found = suggestions(written, known, 1)
    return f", did you mean {found[0]}?" if found else ""
