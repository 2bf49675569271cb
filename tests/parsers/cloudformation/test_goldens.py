"""Each directory of fixtures gives the resources of its golden file, place by place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .rendering import rendered
from .support import FIXTURES, collect

CASES = FIXTURES / "parsers" / "cloudformation"
GOLDENS = Path(__file__).parent / "goldens"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_the_resources_of_a_case_are_those_of_its_golden_file(case: str, request: pytest.FixtureRequest) -> None:
    found = json.dumps([rendered(item) for item in collect(CASES / case)], indent=1, ensure_ascii=False) + "\n"
    golden = GOLDENS / f"{case}.tables.json"
    if request.config.getoption("--update-goldens"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")
