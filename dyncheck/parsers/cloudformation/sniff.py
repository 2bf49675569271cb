"""Change sets told by their first bytes; and what is given in their place."""

from __future__ import annotations

import re
from typing import Final

from dyncheck.errors import ParseError
from dyncheck.parsers.terraform.plan.sniff import SNIFFED, as_utf8

_MARK: Final = re.compile(rb'\s*\{.*?"(?:ResourceChange|ChangeSetId|ChangeSetName)"\s*:', re.DOTALL)
_YAML: Final = re.compile(rb"(?:---\s+)?(?:Capabilities|Changes|ChangeSetId|ChangeSetName):")
_YAML_MARK: Final = re.compile(rb"^ChangeSetId: ['\"]?arn:|^(?:- |  )ResourceChange:", re.MULTILINE)


def looks_like_change_set(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a change set, or of one in YAML."""
    head = as_utf8(start[:SNIFFED])
    # Pipelines in templates name change sets too, and so does what is given to those who make them: the keys of the
    # outermost object decide.
    if _MARK.match(head) is not None:
        keys = _outermost_keys(head)
        return "Resources" not in keys and not keys.isdisjoint(("Changes", "ChangeSetId"))
    return mistake(start) is not None


def mistake(start: bytes) -> str | None:
    """What is wrong with a change set that is not JSON; None when it may be that."""
    head = as_utf8(start[:SNIFFED]).lstrip()
    if _YAML.match(head) is None or _YAML_MARK.search(head) is None:
        return None
    return "this is a change set in YAML, and not its JSON: describe it with `--output json`"


def _outermost_keys(head: bytes) -> set[str]:
    """The keys of an object as far as its text goes."""
    from dyncheck.parsers.json_stream import JsonStream

    stream = JsonStream.of_text(head)
    keys: set[str] = set()
    try:
        for key in stream.members():
            keys.add(key)
            stream.skip()
    except ParseError:
        pass
    return keys
