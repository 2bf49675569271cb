"""Which files are looked into for suppressions, and as what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dyncheck.suppress.covers import Found
from dyncheck.suppress.directives import MARKER, MARKERS, Form

_TERRAFORM: Final = (".tf", ".tofu")
_TERRAFORM_JSON: Final = (".tf.json", ".tofu.json")
_METADATA: Final[frozenset[Form]] = frozenset({"dyncheck", "checkov", "cfn_nag"})
"""The forms that metadata may have."""


def needles(forms: Iterable[Form]) -> tuple[bytes, ...]:
    """What the bytes of a file must hold, one of them, for a suppression to be in it."""
    wanted = {"dyncheck", *forms, *(marker for form in forms for marker in MARKERS.get(form, ()))}
    return tuple(sorted(needle.encode() for needle in wanted))


def is_terraform(path: str) -> bool:
    """Whether a file is one of Terraform's."""
    return path.endswith((*_TERRAFORM, *_TERRAFORM_JSON))


def read_suppressions(text: str, path: str, forms: frozenset[Form]) -> Found:
    """The suppressions of a file. ``forms``: those that are honoured beside dyncheck's own."""
    wanted = frozenset({"dyncheck", *forms})
    commented = any(marker in text for form in wanted for marker in MARKERS.get(form, ()))
    if path.endswith(_TERRAFORM):
        from dyncheck.suppress.hcl import read_hcl

        return read_hcl(text, path, forms) if commented else Found([], [])
    if path.endswith(_TERRAFORM_JSON):
        from dyncheck.suppress.tfjson import read_tfjson

        return read_tfjson(text, path) if MARKER in text else Found([], [])
    found = Found([], [])
    if commented and text.lstrip()[:1] not in ("{", "["):
        from dyncheck.suppress.yaml_comments import read_yaml_comments

        found = read_yaml_comments(text, path, forms)
    if "Metadata" in text and any(form in text for form in _METADATA & wanted):
        from dyncheck.suppress.metadata import read_metadata

        more = read_metadata(text, path, forms)
        found.placed += more.placed
        found.problems += more.problems
    return found
