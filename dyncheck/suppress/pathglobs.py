"""Globs over paths: ``*`` and ``?`` within one name, ``**`` over any number of directories."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from dyncheck.policy.patterns import Machine, compile_pattern

_SIGNS: Final = re.compile(r"\*\*/|\*\*|\*|\?|.", re.DOTALL)
_MEANINGS: Final = {"**/": r"(?:[\s\S]*/)?", "**": r"[\s\S]*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def compile_path_glob(glob: str) -> Machine:
    """The machine of a glob, whose time is linear in the path. Raises PatternError for one that is too long.

    It finds the file that the glob names, and everything in a directory that the glob names.
    """
    plain = glob.removeprefix("./").rstrip("/")
    named = "".join(_MEANINGS.get(sign, _quoted(sign)) for sign in _SIGNS.findall(plain))
    return compile_pattern(f"^{named}(?:/[\\s\\S]*)?$")


def path_matches(glob: str, path: str) -> bool:
    """Whether a glob means a file: the file itself, or a directory that it is in."""
    return compile_path_glob(glob).found_in(path)


def _quoted(sign: str) -> str:
    return sign if sign.isalnum() or sign in "/_- " else f"\\{sign}"
