"""Which attributes of a DynamoDB item look like secrets: by their name, or by the shape of their value.

Only names leave this module; a value is looked at and forgotten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from dyncheck.values import Choice, OpenList, Unknown, choose, unknown

MAX_DEPTH: Final = 32
"""DynamoDB's own limit of nested levels."""

_SECRET_NAME: Final = re.compile(
    r"pass(?:word|wd|phrase)|(?:^|[_.\-])(?:pwd|pass|secret|credential)s?(?:$|[_.\-])|secret(?:key|value|token)?$"
    r"|(?:api|access|auth|private|secret|encryption|signing|master)[_\-]?key|client[_\-]?secret"
    r"|(?:access|auth|refresh|bearer|session|api|id)[_\-]?token$|^token$|connection[_\-]?string|credential",
    re.IGNORECASE,
)
_SECRET_VALUE: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}"
    r"|\bgithub_pat_[A-Za-z0-9_]{22}"
    r"|\bglpat-[A-Za-z0-9_\-]{20}"
    r"|\bxox[abeprs]-[A-Za-z0-9\-]{10}"
    r"|\b[rs]k_live_[A-Za-z0-9]{16}"
    r"|\bAIza[A-Za-z0-9_\-]{35}"
    r"|\beyJ[A-Za-z0-9_\-]{8,1000}\.eyJ[A-Za-z0-9_\-]{8,4000}\."
    r"|[a-z][a-z0-9+.\-]{1,20}://[^/\s:@]{1,100}:[^/\s:@]{3,100}@"
)
_PLACEHOLDER: Final = re.compile(
    r"(?i)x{3,}|\*{3,}|<.*>|\$\{.*\}|\{\{.*\}\}|change[ _\-]?me|todo|tbd|none|null|redacted|replace[ _\-]?me|example"
    r"|placeholder|your[ _\-].*|dummy|n/?a|arn:[^:]*:(?:secretsmanager|ssm):.*"
)
_SEARCHED: Final = 4096
"""Characters of a value that are searched for the shape of a secret."""


def secret_attributes(item: Any) -> Any:
    """The names of the attributes of an item that look like secrets, sorted; nested ones as ``a.b``.

    ``item`` is DynamoDB JSON (``{"password": {"S": "…"}}``) as text or as a dictionary. A secret-like name over a value
    that is not known leaves the list open; an item that is not known has unknown secrets.
    """
    if isinstance(item, Choice):
        return choose(item.condition, secret_attributes(item.if_true), secret_attributes(item.if_false))
    if isinstance(item, Unknown):
        return Unknown(item.because)
    if item is None:
        return ()
    if isinstance(item, str):
        try:
            item = json.loads(item)
        except (ValueError, RecursionError):
            return unknown("item is not valid JSON")
    if not isinstance(item, dict):
        return unknown("item is not a JSON object")
    names: set[str] = set()
    because: set[str] = set()
    for name, suspicious, value in _leaves(item):
        if isinstance(value, Unknown):
            because |= value.because if suspicious else frozenset()
        elif isinstance(value, str) and (
            _SECRET_VALUE.search(value[:_SEARCHED]) or (suspicious and not _is_harmless(value))
        ):
            names.add(name)
    found = tuple(sorted(names))
    return OpenList(found, frozenset(because)) if because else found


def _leaves(item: dict[Any, Any]) -> Iterator[tuple[str, bool, Any]]:
    """Every text or unknown of the item, with its path and whether a name on that path suggests a secret."""
    waiting: list[tuple[str, bool, Any, int]] = [
        (str(name), _suggests(name), value, 0) for name, value in reversed(item.items())
    ]
    while waiting:
        path, suspicious, value, depth = waiting.pop()
        if isinstance(value, Choice):
            waiting += [(path, suspicious, arm, depth) for arm in (value.if_false, value.if_true)]
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            for kind, inner in value.items():
                if kind == "M" and isinstance(inner, dict):
                    waiting += [
                        (f"{path}.{name}", suspicious or _suggests(name), nested, depth + 1)
                        for name, nested in inner.items()
                    ]
                elif kind in ("L", "SS") and isinstance(inner, list):
                    waiting += [(path, suspicious, nested, depth + 1) for nested in inner]
                elif kind == "S" or isinstance(inner, Unknown):
                    yield path, suspicious, inner
        elif isinstance(value, (str, Unknown)):
            yield path, suspicious, value


def _suggests(name: Any) -> bool:
    return bool(_SECRET_NAME.search(str(name)[:_SEARCHED]))


def _is_harmless(value: str) -> bool:
    text = value.strip()
    return not text or bool(_PLACEHOLDER.fullmatch(text[:_SEARCHED]))
