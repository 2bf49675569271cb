"""Where the rules that come with dyncheck are: a bundle inside the wheel, or the YAML of a source checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from dyncheck.policy.packs import Pack
from dyncheck.policy.program import RuleProgram

_PACKAGE: Final = Path(__file__).resolve().parent.parent
BUNDLE: Final = _PACKAGE / "_rules.msgpack"
BUNDLED_SCHEMA: Final = _PACKAGE / "_rules.schema.json"
SOURCE: Final = _PACKAGE.parent / "rules"


class Bundle(msgspec.Struct, frozen=True):
    """All rules, parsed and checked, and all packs."""

    rules: tuple[RuleProgram, ...]
    packs: tuple[Pack, ...]


def encode(bundle: Bundle) -> bytes:
    """A bundle as bytes; the same bundle gives the same bytes."""
    return msgspec.msgpack.encode(bundle, order="sorted")


def decode(data: bytes) -> Bundle:
    """A bundle from its bytes."""
    return msgspec.msgpack.decode(data, type=Bundle)


def schema_text() -> bytes:
    """The JSON Schema of rule and pack files."""
    source = SOURCE / "schema.json"
    return (source if source.is_file() else BUNDLED_SCHEMA).read_bytes()
