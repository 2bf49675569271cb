"""Plan and state documents told by their first bytes, without decoding them."""

from __future__ import annotations

from typing import Final

SNIFFED: Final = 65_536
"""How many bytes of a file are looked at."""

_MARKS: Final = (b'"format_version"', b'"terraform_version"')


def looks_like_plan(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a plan or state document."""
    head = as_utf8(start[:SNIFFED]).lstrip()
    return head.startswith(b"{") and any(mark in head for mark in _MARKS)


def as_utf8(content: bytes) -> bytes:
    """UTF-8 without a byte order mark; PowerShell redirects into UTF-16."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content[: len(content) // 2 * 2].decode("utf-16", "replace").encode()
    return content.removeprefix(b"\xef\xbb\xbf")
