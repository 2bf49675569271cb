"""Which stack something belongs to, where its file does not tell.

A module that several stacks call has the same address and the same place in each of them, and so has a nested template.
"""

from __future__ import annotations

import posixpath

from dyncheck.location import Location


def calling_stack(stack: str, location: Location | None) -> str | None:
    """The stack of something that stands outside of it; None where its file is the stack, or lies in it."""
    if location is None:
        return None
    path = location.span.path
    return None if stack in (path, posixpath.dirname(path) or ".") else stack
