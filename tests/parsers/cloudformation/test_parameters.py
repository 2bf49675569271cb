"""Parameters: from files in every format, from defaults, else unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dyncheck.errors import ConfigError
from dyncheck.parsers.cloudformation.parameters import load_parameters
from dyncheck.values import Unknown, unknown

from .support import table


def load(directory: Path, content: Any) -> dict[str, str]:
    file = directory / "parameters.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return load_parameters([str(file)])


@pytest.mark.parametrize(
    "content",
    [
        [{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Size", "ParameterValue": "5"}],
        ["Stage=prod", "Size=5"],
        {"Parameters": {"Stage": "prod", "Size": 5}, "Tags": {"team": "orders"}},
        'Stage=prod\n# a comment\nSize="5"\n',
        "\ufeff" + '["Stage=prod", "Size=5"]',
    ],
)
def test_every_format_of_parameter_files_is_read(tmp_path: Path, content: Any) -> None:
    assert load(tmp_path, content) == {"Stage": "prod", "Size": "5"}


def test_a_list_is_one_text_and_a_value_may_hold_equal_signs(tmp_path: Path) -> None:
    assert load(tmp_path, {"Parameters": {"Names": ["a", "b"], "On": True}}) == {"Names": "a,b", "On": "true"}
    assert load(tmp_path, ["Query=a=b"]) == {"Query": "a=b"}


def test_a_previous_value_is_not_known(tmp_path: Path) -> None:
    assert load(tmp_path, [{"ParameterKey": "Stage", "UsePreviousValue": True}]) == {}


def test_later_files_win(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("Stage=dev\nTeam=x")
    (tmp_path / "b").write_text("Stage=prod")
    assert load_parameters([str(tmp_path / "a"), str(tmp_path / "b")]) == {"Stage": "prod", "Team": "x"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1", "not JSON"),
        ("{}", "an object must hold"),
        ('[{"Key": "a"}]', "a list must hold"),
        ("[5]", "a list must hold"),
        ('["Stage"]', "not Key=Value"),
        ("=x", "not Key=Value"),
        ('{"Parameters": {"Stage": null}}', "parameter Stage has no usable value"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_of_configuration(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load(tmp_path, content)
    assert caught.value.pointer == "--parameters"


def test_a_file_that_is_not_there_is_an_error_of_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the parameters file"):
        load_parameters([str(tmp_path / "none")])


def stage(directory: Path, declaration: str, given: str = "") -> Any:
    """The table's name, which is a parameter, with a parameters file that holds ``given``."""
    (directory / "given").write_text(given or "Other=x")
    return table(
        directory,
        "      TableName: !Ref Stage",
        f"Parameters: {{Stage: {declaration}}}",
        parameters=(directory / "given",),
    ).name


def test_a_given_value_wins_over_the_default(tmp_path: Path) -> None:
    assert stage(tmp_path, "{Type: String, Default: dev}", "Stage=prod") == "prod"
    assert stage(tmp_path, "{Type: String, Default: dev}") == "dev"


def test_a_parameter_without_value_is_unknown_by_its_name(tmp_path: Path) -> None:
    assert stage(tmp_path, "{Type: String}") == unknown("parameter Stage", symbol="parameter:Stage")


def test_a_parameter_that_allows_one_value_has_it(tmp_path: Path) -> None:
    assert stage(tmp_path, "{Type: String, AllowedValues: [only]}") == "only"


def test_a_parameter_of_the_parameter_store_is_unknown_even_with_a_value(tmp_path: Path) -> None:
    kind = "AWS::SSM::Parameter::Value<String>"
    for given in ("", "Stage=/path"):
        found = stage(tmp_path, f"{{Type: {kind}, Default: /stage}}", given)
        assert isinstance(found, Unknown)
        assert found.because == {"parameter Stage"}


def test_the_name_of_a_parameter_of_the_store_is_known(tmp_path: Path) -> None:
    assert stage(tmp_path, "{Type: AWS::SSM::Parameter::Name, Default: orders}") == "orders"


def test_a_list_parameter_is_split_at_commas(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        "      TableName: !Select [1, !Ref Names]",
        "Parameters: {Names: {Type: CommaDelimitedList, Default: 'a, b'}}",
    )
    assert found.name == "b"


def test_a_boolean_parameter_used_as_a_setting_keeps_its_identity(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        "      DeletionProtectionEnabled: !Ref Protect",
        "Parameters: {Protect: {Type: String, AllowedValues: ['true', 'false']}}",
    )
    assert found.deletion_protection_enabled == unknown("parameter Protect", symbol="parameter:Protect")


@pytest.mark.parametrize(
    ("written", "expected"), [("'false'", False), ("False", False), ("yes", True), ('"true"', True)]
)
def test_booleans_are_taken_in_every_spelling(tmp_path: Path, written: str, expected: bool) -> None:
    found = table(tmp_path, f"      DeletionProtectionEnabled: {written}")
    assert found.deletion_protection_enabled is expected


@pytest.mark.parametrize(("units", "expected"), [("5", 5), ("'5'", 5), ("5.0", 5)])
def test_numbers_are_taken_in_every_spelling(tmp_path: Path, units: str, expected: int) -> None:
    found = table(tmp_path, f"      ProvisionedThroughput: {{ReadCapacityUnits: {units}, WriteCapacityUnits: 1}}")
    assert found.provisioned_throughput.read_capacity_units == expected
