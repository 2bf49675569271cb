"""Places in a plan or state that has no source beside it: findings point to what the document writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dyncheck.location import Span
from dyncheck.model import Table, TableChange, locate
from tests.parsers.terraform.test_plan import change, collect, plan, tables, write

AFTER = {
    "name": "t",
    "billing_mode": "PAY_PER_REQUEST",
    "deletion_protection_enabled": None,
    "point_in_time_recovery": [{"enabled": False}],
    "tags": {"Ä": "😀"},
    "global_secondary_index": [{"name": "a", "projection_type": "ALL"}, {"name": "b", "projection_type": "ALL"}],
    "ttl": [{"attribute_name": "x", "enabled": True}],
}


def shown(text: str, resource: Any, path: str) -> str:
    """The text that the place of a path spans."""
    place = locate(resource, path)
    assert place is not None
    lines = text.split("\n")
    span = place.span
    assert span.path == "plan.json"
    assert span.end_line == span.line
    return lines[span.line - 1][span.column - 1 : span.end_column - 1]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_finding_points_to_the_attribute_in_a_plan_of_one_line_or_many(tmp_path: Path, indent: int | None) -> None:
    others = [{**change({"name": f"ö{number}"}), "address": f"aws_dynamodb_table.o{number}"} for number in range(3)]
    text = json.dumps(plan(*others, change(AFTER)), indent=indent, ensure_ascii=False)

    table = tables(collect(write(tmp_path, text)))["aws_dynamodb_table.t"]

    assert shown(text, table, "") == '"address": "aws_dynamodb_table.t"'
    assert shown(text, table, "billing_mode") == '"billing_mode": "PAY_PER_REQUEST"'
    assert shown(text, table, "deletion_protection_enabled") == '"deletion_protection_enabled": null'
    assert shown(text, table, "point_in_time_recovery.enabled") == '"enabled": false'
    assert shown(text, table, "time_to_live.attribute_name") == '"attribute_name": "x"'
    second = locate(table, "global_secondary_indexes[1].projection.projection_type")
    assert second is not None
    assert second != locate(table, "global_secondary_indexes[0].projection.projection_type")
    assert shown(text, table, "stream_specification") == '"address": "aws_dynamodb_table.t"'


def test_a_change_points_to_the_address_of_its_resource_and_what_it_leaves_to_its_attribute(tmp_path: Path) -> None:
    text = json.dumps(plan(change(AFTER, actions=["update"], before={"name": "t"})), indent=1)

    (found,) = (item for item in collect(write(tmp_path, text)) if isinstance(item, TableChange))

    assert shown(text, found, "") == '"address": "aws_dynamodb_table.t"'
    assert shown(text, found, "after.point_in_time_recovery.enabled") == '"enabled": false'


def test_states_point_to_the_attributes_of_the_instance(tmp_path: Path) -> None:
    instances = [{"index_key": key, "attributes": {"name": key, "billing_mode": f"B{key}"}} for key in ("a", "b")]
    resource = {"mode": "managed", "type": "aws_dynamodb_table", "name": "t", "instances": instances}
    text = json.dumps({"version": 4, "terraform_version": "1.5.0", "resources": [resource]}, indent=1)

    found = tables(collect(write(tmp_path, text)))

    for key in ("a", "b"):
        assert shown(text, found[f'aws_dynamodb_table.t["{key}"]'], "billing_mode") == f'"billing_mode": "B{key}"'


def test_shown_states_point_to_the_values_below_their_modules(tmp_path: Path) -> None:
    resource = {"address": "module.m.aws_dynamodb_table.t", "type": "aws_dynamodb_table", "name": "t", "values": AFTER}
    module = {"resources": [resource], "address": "module.m"}
    document = {"format_version": "1.0", "values": {"root_module": {"child_modules": [module]}}}
    text = json.dumps(document, indent=2)

    table = tables(collect(write(tmp_path, text)))["module.m.aws_dynamodb_table.t"]

    assert shown(text, table, "") == '"address": "module.m.aws_dynamodb_table.t"'
    assert shown(text, table, "billing_mode") == '"billing_mode": "PAY_PER_REQUEST"'


def test_states_of_version_3_point_to_their_flat_attributes(tmp_path: Path) -> None:
    attributes = {"name": "t", "billing_mode": "PAY_PER_REQUEST"}
    resources = {"aws_dynamodb_table.t": {"type": "aws_dynamodb_table", "primary": {"attributes": attributes}}}
    document = {"version": 3, "terraform_version": "0.11.14", "modules": [{"path": ["root"], "resources": resources}]}
    text = json.dumps(document, indent=2)

    table = tables(collect(write(tmp_path, text)))["aws_dynamodb_table.t"]

    assert shown(text, table, "billing_mode") == '"billing_mode": "PAY_PER_REQUEST"'


def test_a_source_beside_the_plan_goes_before_the_document(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_dynamodb_table" "t" {\n  billing_mode = "PROVISIONED"\n}\n')

    table = tables(collect(write(tmp_path, plan(change(AFTER)))))["aws_dynamodb_table.t"]

    assert isinstance(table, Table)
    place = locate(table, "billing_mode")
    assert place is not None
    assert place.span == Span("main.tf", 2, 3, 2, 31)
