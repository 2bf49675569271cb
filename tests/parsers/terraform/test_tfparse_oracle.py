"""Another evaluator over the same fixtures: where both know, both must say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tfparse import load_from_path

from dyncheck.model import KeyElement, Table

from .scanned import FIXTURES, scan

CASES = sorted(
    path
    for folder in (FIXTURES, FIXTURES / "hard-inputs")
    for path in folder.iterdir()
    if path.is_dir() and any(path.glob("*.tf*"))
)

_NOT_SEEN_BY_TFPARSE = {
    'aws_dynamodb_table.partial["base"]': "drops a whole for_each over a map that hangs on an unknown condition",
    **{
        f'aws_dynamodb_table.t["{key}"]': "drops a for_each over values that only an apply gives"
        for key in ("alias", "managed", "output", "resource", "shared")
    },
}
_KNOWN_ONLY_HERE = {
    ("module.pair.aws_dynamodb_table.far", "name"): "tfparse names every Region current-region",
}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_tables_and_their_plain_arguments_agree_with_tfparse(case: Path) -> None:
    ours = {address: table for address, table in scan(case).tables.items() if not _is_of_registry(address, case)}
    theirs = {block["__tfmeta"]["path"]: block for block in _tables(case)}
    certain = {address for address, table in ours.items() if table.presence is True}
    undecided = {_without_keys(address) for address in (ours.keys() - certain) | _NOT_SEEN_BY_TFPARSE.keys()}
    assert certain - theirs.keys() == certain & _NOT_SEEN_BY_TFPARSE.keys()
    assert {address for address in theirs.keys() - certain if _without_keys(address) not in undecided} == set()
    for address in certain & theirs.keys():
        block = theirs[address]
        for argument, known in _plain_arguments(ours[address]).items():
            value = block.get(argument)
            if isinstance(value, (str, int, bool)) and (address, argument) not in _KNOWN_ONLY_HERE:
                assert (address, argument, _text(known)) == (address, argument, _text(value))


def _tables(case: Path) -> list[dict[str, Any]]:
    variables = [path.name for path in sorted(case.glob("*.tfvars*"))]
    found = load_from_path(str(case), vars_paths=variables or None).get("aws_dynamodb_table", [])
    return [block for block in found if block["__tfmeta"]["type"] == "resource"]


def _plain_arguments(table: Table) -> dict[str, Any]:
    """Arguments that are known here, by Terraform's names."""
    keys = {element.key_type: element.attribute_name for element in table.key_schema if isinstance(element, KeyElement)}
    found = {
        "name": table.name,
        "billing_mode": table.billing_mode,
        "hash_key": keys.get("HASH"),
        "range_key": keys.get("RANGE"),
        "read_capacity": table.provisioned_throughput.read_capacity_units,
        "write_capacity": table.provisioned_throughput.write_capacity_units,
        "table_class": table.table_class,
        "deletion_protection_enabled": table.deletion_protection_enabled,
        "stream_enabled": getattr(table.stream, "enabled", None),
    }
    return {name: value for name, value in found.items() if isinstance(value, (str, int, bool))}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_keys(address: str) -> str:
    return re.sub(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]', "", address)


def _is_of_registry(address: str, case: Path) -> bool:
    """Whether a table is made by a module whose source is not in the fixture: tfparse cannot know it."""
    return case.name == "registry" or address.startswith("module.registry.")
