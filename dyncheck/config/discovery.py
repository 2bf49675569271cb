"""Which configuration file a scan has: the nearest from what is scanned up to the root of the repository."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Final

from dyncheck.errors import ConfigError

NAMES: Final = ("dyncheck.yaml", ".dyncheck.yaml")
PYPROJECT: Final = "pyproject.toml"
_TABLE: Final = b"dyncheck"
_LIMIT: Final = 10_000_000


def find_config(paths: Iterable[str], current: str) -> str | None:
    """The configuration file of the directory that holds all paths, or of the nearest above; None where there is none.

    The search ends at the root of the git repository; outside of one, at the ``current`` directory where the paths lie
    below it, else where it began. Raises ConfigError for a directory with more than one configuration.
    """
    for directory in _upward(paths, current):
        found = [path for name in NAMES if os.path.lexists(path := os.path.join(directory, name))]
        pyproject = os.path.join(directory, PYPROJECT)
        if _has_table(pyproject):
            found.append(pyproject)
        if len(found) > 1:
            names = " and ".join(os.path.basename(path) for path in found)
            raise ConfigError(f"there are {names}: keep one of them, or choose with --config", path=shown(directory))
        if found:
            return found[0]
    return None


def shown(path: str) -> str:
    """A path as messages name it: relative to the current directory where it lies below that."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        # Another drive of Windows.
        return path
    return path if relative.startswith("..") else relative.replace(os.sep, "/")


def _upward(paths: Iterable[str], current: str) -> Iterator[str]:
    here = os.path.realpath(current)
    places = [os.path.realpath(os.path.join(here, path)) for path in paths] or [here]
    try:
        start = os.path.commonpath(places)
    except ValueError:
        # Two drives of Windows.
        return
    while not os.path.isdir(start):
        start = os.path.dirname(start)
    chain = [start]
    while not os.path.lexists(os.path.join(chain[-1], ".git")):
        above = os.path.dirname(chain[-1])
        if above == chain[-1]:
            # No repository: other people's directories above have no say.
            chain = chain[: chain.index(here) + 1] if here in chain else chain[:1]
            break
        chain.append(above)
    yield from chain


def _has_table(path: str) -> bool:
    """Whether a pyproject.toml has the table; one that does not even mention the name is not parsed."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LIMIT)
    except OSError:
        return False
    if _TABLE not in data:
        return False
    from dyncheck.config.reading import toml_table

    return toml_table(data, shown(path)) is not None
