"""Change sets told by their first bytes, without decoding them."""

from __future__ import annotations

import re
from typing import Final

from dyncheck.parsers.terraform.plan.sniff import SNIFFED, as_utf8

_MARK: Final = re.compile(rb'\s*\{.*?"(?:ResourceChange|ChangeSetId|ChangeSetName)"\s*:', re.DOTALL)


def looks_like_change_set(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a change set."""
    return _MARK.match(as_utf8(start[:SNIFFED])) is not None
