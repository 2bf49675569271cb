"""Globs over paths: ``*`` and ``?`` within one name, ``**`` over any number of directories."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from dyncheck.policy.patterns import Machine, PatternError, compile_pattern

_DRIVE: Final = re.compile("[A-Za-z]:")
_SIGNS: Final = re.compile(r"\*\*/|\*\*|\*|\?|.", re.DOTALL)
_MEANINGS: Final = {"**/": r"(?:[\s\S]*/)?", "**": r"[\s\S]*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def compile_path_glob(glob: str) -> Machine:
    """The machine of a glob, whose time is linear in the path.

    It finds the file that the glob names, and everything in a directory that the glob names. Raises PatternError for
    one that is too long, and for one that can mean nothing, which would pass for one that does.
    """
    trouble = _trouble(glob)
    if trouble is not None:
        raise PatternError(f"{glob[:80]}: {trouble}", 0)
    plain = glob.removeprefix("./").rstrip("/")
    if plain in ("", "."):
        plain = "**"
    named = "".join(_MEANINGS.get(sign, _quoted(sign)) for sign in _SIGNS.findall(plain))
    return compile_pattern(f"^{named}(?:/[\\s\\S]*)?$")


def path_matches(glob: str, path: str) -> bool:
    """Whether a glob means a file: the file itself, or a directory that it is in."""
    return compile_path_glob(glob).found_in(path)


def _trouble(glob: str) -> str | None:
    """Why no relative path can fit a glob; None when one can."""
    if not glob:
        return "a path is empty; write ** for everything"
    if glob.startswith("!"):
        return "! does not turn a glob around; name the paths that are meant"
    if glob.startswith("/") or _DRIVE.match(glob):
        return "a path is relative to the configuration file, and begins with no / and no drive"
    if "\\" in glob:
        return "write / between names, not \\"
    return "there is no .. in a path that is relative to the configuration file" if ".." in glob.split("/") else None


def _quoted(sign: str) -> str:
    return sign if sign.isalnum() or sign in "/_- " else f"\\{sign}"
