"""Whole fixtures against their golden files: every setting, every place, every problem.

``pytest --update-goldens`` writes them anew; the difference is then for a person to read.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .scanned import FIXTURES, placed, scan, shown

CASES = ("every-argument", "attachments", "registry", "instances", "positions")


@pytest.mark.parametrize("name", CASES)
def test_a_fixture_gives_just_the_resources_of_its_golden_file(name: str, request: pytest.FixtureRequest) -> None:
    found = scan(FIXTURES / name)
    golden = FIXTURES / name / f"{name}.tables.json"
    seen = {
        "resources": [shown(resource) for resource in found.resources],
        "places": {resource.address: placed(resource) for resource in found.resources},
        "problems": found.messages(),
    }
    text = json.dumps(seen, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if request.config.getoption("--update-goldens"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_golden_file_has_its_case() -> None:
    assert {path.name for path in Path(FIXTURES).glob("*/*.tables.json")} == {f"{name}.tables.json" for name in CASES}
