"""Plan and state documents told by their first bytes, without decoding them; and what is given in their place."""

from __future__ import annotations

import codecs
import re
from typing import Final

SNIFFED: Final = 65_536
"""How many bytes of a file are looked at."""

_MARKS: Final = re.compile(
    rb'"(?:format_version|terraform_version|resource_changes|planned_values|prior_state|provider_config|lineage)"\s*:'
)
"""Keys that only these documents have; which of them comes first depends on whether the keys were sorted."""

_MISTAKES: Final = (
    (
        re.compile(rb"PK\x03\x04"),
        "this is a plan file as Terraform saves it, and not its JSON: run `terraform show -json FILE > plan.json`",
    ),
    (
        re.compile(rb'\{.*?"encrypted_data"\s*:', re.DOTALL),
        "this is an encrypted plan or state of OpenTofu: run `tofu show -json FILE > plan.json` with its key",
    ),
    (
        re.compile(rb'\{[^\n]*"@module":"(?:terraform|tofu)\.ui"'),
        "this is the log of `plan -json`, and not the plan: save the plan with `terraform plan -out FILE`,"
        " then run `terraform show -json FILE > plan.json`",
    ),
    (
        re.compile(
            rb"(?:[^\n]*\n){0,40}?(?:\x1b\[[0-9;]*m)*(?:Terraform|OpenTofu) (?:used the selected|will perform the)"
        ),
        "this is a plan as people read it, and not its JSON: run `terraform show -json FILE > plan.json`",
    ),
)


def looks_like_plan(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a plan or state document, or of what is mistaken for one."""
    head = as_utf8(start[:SNIFFED]).lstrip()
    return (head.startswith(b"{") and _MARKS.search(head) is not None) or mistake(start) is not None


def mistake(start: bytes) -> str | None:
    """What is wrong with a file that comes from Terraform and is not the JSON of a plan; None when it may be that."""
    head = as_utf8(start[:SNIFFED]).lstrip()
    return next((message for pattern, message in _MISTAKES if pattern.match(head)), None)


def as_utf8(content: bytes) -> bytes:
    """UTF-8 without a byte order mark; PowerShell redirects into UTF-16."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content[: len(content) // 2 * 2].decode("utf-16", "replace").encode()
    return content.removeprefix(codecs.BOM_UTF8)
