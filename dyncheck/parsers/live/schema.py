"""The JSON Schema of one record of a snapshot, made from the very types that read it.

It is shipped as ``dyncheck/schemas/snapshot.schema.json``; ``python -m dyncheck.parsers.live.schema`` prints it.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from dyncheck.parsers.live.records import Call, ClusterRecord, Header, RegionRecord, TableRecord
from dyncheck.parsers.live.services import RESPONSES

_REFERENCE = "#/$defs/{name}"


def snapshot_schema() -> dict[str, Any]:
    """The schema: a record is one of four, and the response of a call depends on its operation."""
    records = (Header, RegionRecord, TableRecord, ClusterRecord)
    kinds = list(dict.fromkeys(RESPONSES.values()))
    found, components = msgspec.json.schema_components([*records, *kinds, Call], ref_template=_REFERENCE)
    references = dict(zip([*records, *kinds], found, strict=False))
    components["Call"]["allOf"] = [
        {
            "if": {"properties": {"operation": {"const": operation}}, "required": ["operation"]},
            "then": {"properties": {"response": {"anyOf": [references[kind], {"type": "null"}]}}},
        }
        for operation, kind in sorted(RESPONSES.items())
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://dyncheck.dev/schemas/snapshot-1.json",
        "title": "A record of a dyncheck snapshot",
        "description": "A snapshot is JSON Lines: a header, then each account and Region with its tables and clusters.",
        "oneOf": [references[record] for record in records],
        "$defs": components,
    }


def schema_text() -> str:
    """The schema as it is shipped."""
    return json.dumps(snapshot_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
