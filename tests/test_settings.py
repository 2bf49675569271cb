from __future__ import annotations

import pytest

from dyncheck.errors import ConfigError
from dyncheck.settings import DEFAULT, Layer, Output, Settings, combine


def test_without_layers_everything_is_default() -> None:
    settings, origins = combine([])
    assert settings == Settings()
    assert set(origins) == set(Settings.__struct_fields__)
    assert set(origins.values()) == {DEFAULT}


def test_the_later_layer_wins_and_is_remembered_as_the_origin() -> None:
    settings, origins = combine(
        [
            Layer({"fail_on": "high", "strict": True}, {"fail_on": "DYNCHECK_FAIL_ON", "strict": "DYNCHECK_STRICT"}),
            Layer({"fail_on": "low"}, {"fail_on": "--fail-on"}),
        ]
    )
    assert settings == Settings(fail_on="low", strict=True)
    assert (origins["fail_on"], origins["strict"], origins["region"]) == ("--fail-on", "DYNCHECK_STRICT", DEFAULT)


def test_lists_are_replaced_and_mappings_are_merged() -> None:
    settings, _ = combine(
        [
            Layer({"select": ("a",), "variables": {"a": "1", "b": "1"}}),
            Layer({"select": ("b",), "variables": {"b": "2"}}),
        ]
    )
    assert settings == Settings(select=("b",), variables={"a": "1", "b": "2"})


def test_reports_to_write_pass_as_they_are() -> None:
    settings, _ = combine([Layer({"outputs": (Output("json", "a.json"),)})])
    assert settings.outputs == (Output("json", "a.json"),)


@pytest.mark.parametrize("values", [{"fail_on": "medum"}, {"verbosity": "two"}, {"no_such_setting": 1}])
def test_a_value_of_the_wrong_kind_is_an_error_that_names_it(values: dict[str, object]) -> None:
    (name,) = values
    with pytest.raises(ConfigError, match=name):
        combine([Layer(values)])
