"""The catalogues of controls as data, and the claims of the shipped rules on them."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from typing import get_args

import pytest

from dyncheck.compliance.catalogue import catalogue
from dyncheck.policy.loader import load_rules
from dyncheck.settings import Framework

FRAMEWORKS: tuple[Framework, ...] = get_args(Framework)

each_framework = pytest.mark.parametrize("name", FRAMEWORKS)


def test_there_is_a_catalogue_for_each_framework_and_no_other() -> None:
    names = {path.name for path in files("dyncheck.compliance").joinpath("frameworks").iterdir()}
    assert names == {f"{name}.json" for name in FRAMEWORKS}


@each_framework
def test_a_catalogue_names_itself_and_each_control_once(name: Framework) -> None:
    found = catalogue(name)
    counts = Counter(control.id for control in found.controls)
    assert found.id == name
    assert counts
    assert set(counts.values()) == {1}


@each_framework
def test_each_control_says_where_it_was_read(name: Framework) -> None:
    found = catalogue(name)
    used = {source for control in found.controls for source in control.sources}
    assert all(control.sources for control in found.controls)
    assert used == found.sources.keys()
    assert all("https://" in source for source in found.sources.values())


@pytest.mark.parametrize(
    ("name", "some"),
    [
        (
            "nist-800-53-r5",
            {
                "SC-28": "Protection of Information at Rest",
                "SC-28(1)": "Protection of Information at Rest: Cryptographic Protection",
                "CP-9a": "System Backup",
                "CP-2a.6": "Contingency Plan",
                "SC-36(1)(a)": "Distributed Processing and Storage: Polling Techniques",
            },
        ),
        ("hipaa", {"164.308(a)(7)(ii)(A)": "Data backup plan", "164.312(b)": "Audit controls"}),
        ("aws-fsbp", {"DynamoDB.2": "DynamoDB tables should have point-in-time recovery enabled"}),
    ],
)
def test_titles_are_told_where_they_are_free_to_all(name: Framework, some: dict[str, str]) -> None:
    found = catalogue(name)
    titles = {control.id: control.title for control in found.controls}
    # The mapping names an enhancement that Revision 5 does not have.
    assert {control for control, title in titles.items() if not title} == ({"CP-1(2)"} & titles.keys())
    assert some.items() <= titles.items()
    assert name == "aws-fsbp" or "https://" in (found.titles or "")


@pytest.mark.parametrize("name", ["cis-v8", "pci-dss-4", "soc2"])
def test_titles_that_belong_to_their_publishers_are_not(name: Framework) -> None:
    assert not any(control.title for control in catalogue(name).controls)


@each_framework
def test_no_rule_claims_a_control_that_the_catalogue_does_not_have(name: Framework) -> None:
    claimed = {control for rule in load_rules().rules for control in rule.rule.controls.get(name, ())}
    assert claimed
    assert claimed <= {control.id for control in catalogue(name).controls}
