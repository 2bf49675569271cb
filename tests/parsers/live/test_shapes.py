"""What is read, recorded and shipped has the shapes that botocore's own models give."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

import dyncheck
from dyncheck.parsers.live.operations import OPERATIONS
from dyncheck.parsers.live.records import Call
from dyncheck.parsers.live.responses import Response
from dyncheck.parsers.live.schema import schema_text
from dyncheck.parsers.live.services import RESPONSES
from tests.parsers.live import aws
from tests.parsers.live.snapshots import call, header, region, table

ROOT = Path(__file__).parents[3]
FIXTURES = sorted((ROOT / "fixtures" / "equivalence").glob("*/snapshot.jsonl"))

RECORDED_PATHS = {
    "backup:/resources": "backup:ListProtectedResources",
    "backup:/account-settings": "backup:DescribeRegionSettings",
    "backup:/selections": "backup:ListBackupSelections",
    "backup:/selections/all-orders": "backup:GetBackupSelection",
}


@cache
def service(name: str) -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model(name)


def output(operation: str) -> Any:
    service_name, _, name = operation.partition(":")
    return service(service_name).operation_model(name).output_shape


def differences(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """What of a value is not as its shape says; times are text, or seconds as they go over the wire."""
    kinds: dict[str, Any] = {
        "string": str,
        "character": str,
        "timestamp": (str, int, float),
        "boolean": bool,
        "integer": int,
        "long": int,
        "float": (int, float),
        "double": (int, float),
        "list": list,
        "structure": dict,
        "map": dict,
    }
    if not isinstance(value, kinds[shape.type_name]):
        yield f"{path}: {shape.type_name} is {type(value).__name__}"
    elif shape.type_name == "list":
        for number, item in enumerate(value):
            yield from differences(item, shape.member, f"{path}[{number}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from differences(item, shape.value, f"{path}.{key}")
    elif shape.type_name == "structure":
        for key, item in value.items():
            if key not in shape.members:
                yield f"{path}: there is no member {key}"
            else:
                yield from differences(item, shape.members[key], f"{path}.{key}")


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each != "sts:AssumeRole"])
def test_an_operation_exists_with_the_members_that_its_paging_names(operation: str) -> None:
    found = OPERATIONS[operation]
    shape = service(found.service).operation_model(found.name).input_shape
    members = set(shape.members) if shape is not None else set()
    assert set(found.parameters) <= members
    if found.lists:
        assert set(found.lists) <= set(output(operation).members)
        assert found.token_out in output(operation).members
        assert found.token_in in members


def structs(kind: Any) -> Iterator[type[Response]]:
    """The response structs in a type."""
    for part in (kind, *typing.get_args(kind)):
        if isinstance(part, type) and issubclass(part, Response):
            yield part
        elif part is not kind:
            yield from structs(part)


def members(kind: type[Response], shape: Any, path: str) -> Iterator[str]:
    """The fields of a struct that its shape does not have."""
    for field in msgspec.structs.fields(kind):
        where = f"{path}.{field.encode_name}"
        if field.encode_name not in shape.members:
            yield where
            continue
        inner = shape.members[field.encode_name]
        inner = inner.member if inner.type_name == "list" else inner
        for struct in structs(field.type):
            yield from members(struct, inner, where)


@pytest.mark.parametrize("operation", RESPONSES)
def test_every_field_that_is_read_exists(operation: str) -> None:
    assert list(members(RESPONSES[operation], output(operation), operation)) == []


@pytest.mark.parametrize("name", [each for each in json.loads(aws.RECORDED.read_text()) if "stream" not in each])
def test_a_recorded_answer_has_the_shape_of_its_operation(name: str) -> None:
    answer = json.loads(aws.RECORDED.read_text())[name]
    assert list(differences(answer, output(RECORDED_PATHS.get(name, name)))) == []


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.parent.name)
def test_the_answers_of_a_fixture_have_the_shapes_of_their_operations(path: Path) -> None:
    calls = [each for line in path.read_text().splitlines() for each in json.loads(line).get("calls", ())]
    found = [
        (each["operation"], difference)
        for each in calls
        if each["response"] is not None and each["operation"] != "cloudwatch:GetMetricData"
        for difference in differences(each["response"], output(each["operation"]))
    ]
    assert found == []


@pytest.mark.skipif(
    tuple(map(int, msgspec.__version__.split(".")[:2])) < (0, 20),
    reason="older releases of msgspec describe the same types in other words",
)
def test_the_schema_that_is_shipped_is_the_one_of_the_types_that_read() -> None:
    shipped = Path(dyncheck.__file__).parent / "schemas" / "snapshot.schema.json"
    assert shipped.read_text() == schema_text()


@pytest.mark.parametrize(
    ("record", "valid"),
    [
        (header(), True),
        (region(), True),
        (table(), True),
        (table(more="fields"), True),
        (header(tool=None), False),
        ({**header(), "regions": "1"}, False),
        (region(complete="yes"), False),
        (table(name=1), False),
        (table(calls=[{}]), False),
        (table(calls=[call("dynamodb:DescribeTable", {"Table": {}})]), False),
        ({"record": "unknown"}, False),
    ],
)
def test_the_schema_and_the_reader_agree_on_what_is_valid(record: Any, valid: bool) -> None:
    from jsonschema import Draft202012Validator

    from dyncheck.parsers.live.calls import Calls, FieldError
    from dyncheck.parsers.live.records import Header, decode_record

    def is_read() -> bool:
        try:
            found = decode_record(json.dumps(record).encode())
            calls: tuple[Call, ...] = () if isinstance(found, Header) else found.calls
            known = {each.operation for each in calls} & RESPONSES.keys()
            for operation in known:
                list(Calls(calls).answers(operation))
        except (msgspec.ValidationError, FieldError):
            return False
        return True

    assert Draft202012Validator(json.loads(schema_text())).is_valid(record) == valid
    assert is_read() == valid
