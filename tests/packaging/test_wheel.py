"""What users install: the wheel, unpacked where no source is at hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.conftest import ROOT

PROBE = """
import json, sys
from dyncheck.__main__ import main
try:
    main()
except SystemExit as end:
    print(file=sys.stderr)
    print(json.dumps([end.code, sys.modules["dyncheck"].__file__, sorted(sys.modules)]), file=sys.stderr)
"""


@pytest.fixture
def quickstart(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "fixtures" / "quickstart", tmp_path / "quickstart"))


def run(unpacked: Path, folder: Path, *arguments: str) -> tuple[int, str, set[str]]:
    """How a command of the unpacked wheel ends, what it prints, and which modules it imports."""
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "DYNCHECK_CACHE_DIR": str(folder.parent / "cache")}
    command = [sys.executable, "-c", PROBE, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=60)
    code, home, modules = json.loads(done.stderr.decode().splitlines()[-1])
    assert Path(home).is_relative_to(unpacked), done.stderr.decode()
    return code, done.stdout.decode(), set(modules)


def findings(text: str) -> Any:
    return json.loads(text)["findings"]


def test_the_wheel_holds_the_package_its_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names} == {
        "dyncheck",
        wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info",
    }
    assets = {f"dyncheck/reports/assets/report.{kind}" for kind in ("html", "css", "js")}
    assert names >= {"dyncheck/schemas/report.schema.json", "dyncheck/py.typed", "dyncheck/_rules.msgpack", *assets}
    # The beginning of a rule, for "dyncheck rules new"; the rules themselves are in the bundle.
    template = "dyncheck/policy/new_rule.yaml"
    assert not [name for name in names - {template} if name.endswith((".pyc", ".yaml", ".tf"))]


def test_the_wheel_finds_what_the_source_finds(unpacked: Path, quickstart: Path) -> None:
    code, out, _ = run(unpacked, quickstart, "scan", "-f", "json")
    source = subprocess.run(
        [sys.executable, "-m", "dyncheck", "scan", str(quickstart), "-f", "json", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert code == source.returncode == 1
    assert out == source.stdout.decode()
    assert findings(out)


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_warm_scan_of_terraform_imports_only_what_it_needs(output: str, unpacked: Path, quickstart: Path) -> None:
    run(unpacked, quickstart, "scan", "-f", output)
    code, _, modules = run(unpacked, quickstart, "scan", "-f", output)
    assert code == 1
    unwanted = ["hcl2", "lark", "yaml", "jsonschema", "sarif_om", "attr", "rich", "boto3", "multiprocessing", "asyncio"]
    assert modules & {*unwanted, "tempfile", "subprocess", "concurrent.futures"} == set()
    # Of templates, no more than what tells a change set by its first bytes.
    assert {name for name in modules if name.startswith("dyncheck.parsers.cloudformation")} == {
        "dyncheck.parsers.cloudformation",
        "dyncheck.parsers.cloudformation.sniff",
    }


def test_the_rules_of_the_wheel_are_those_of_the_source(unpacked: Path, tmp_path: Path) -> None:
    def listed(environment: dict[str, str], folder: Path) -> Sequence[Any]:
        command = [sys.executable, "-m", "dyncheck", "rules", "list", "-f", "json"]
        done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=True)
        rules: Sequence[Any] = json.loads(done.stdout)["rules"]
        return rules

    shipped = listed({"PYTHONPATH": str(unpacked)}, tmp_path)
    assert shipped == listed({"PYTHONPATH": str(ROOT)}, tmp_path)
    assert len(shipped) > 30
