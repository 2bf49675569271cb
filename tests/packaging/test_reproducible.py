"""The same source makes the same wheel and the same source distribution, whoever builds it, and whenever."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", "venv", "dist", "build", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info"
)


def build(source: Path, target: Path, umask: int) -> dict[str, str]:
    """The digests of what a build of a copy of the source makes, by name."""
    copy = target / "a-longer-name" if umask else target / "copy"
    shutil.copytree(source, copy, ignore=LEFT_BEHIND)
    if umask:
        for path in copy.rglob("*"):
            os.utime(path, (1_000_000_000, 1_000_000_000))
    return make(copy, target, umask)


def make(copy: Path, target: Path, umask: int) -> dict[str, str]:
    """The digests of what a build in a directory makes, by name."""
    script = f"import os, runpy, sys; os.umask({umask}); sys.argv[1:] = ['build', '-d', {str(target / 'dist')!r}]; "
    command = [sys.executable, "-c", script + "runpy.run_module('hatchling', run_name='__main__')"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (target / "dist").iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("one")
    return folder / "dist", build(ROOT, folder, 0)


def test_two_builds_give_the_same_bytes(built: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    _, first = built
    assert sorted(Path(name).suffix for name in first) == [".gz", ".whl"]
    assert build(ROOT, tmp_path, 0o077) == first


def unpacked(folder: Path, target: Path) -> Path:
    """The one directory in the source distribution of a folder, unpacked."""
    (source,) = folder.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(target, filter="data")
    (inside,) = target.iterdir()
    return inside


def test_the_source_distribution_makes_the_same_wheel_and_itself(
    built: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, first = built
    assert make(unpacked(folder, tmp_path / "source"), tmp_path, 0o022) == first


def test_the_source_distribution_is_the_checkout(built: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, _ = built
    copies = unpacked(folder, tmp_path), folder.parent / "copy"
    packed, copied = (
        {path.relative_to(copy).as_posix(): path for path in copy.rglob("*") if path.is_file()} for copy in copies
    )
    assert packed.keys() - {"PKG-INFO"} == copied.keys()
    assert [name for name, path in copied.items() if path.read_bytes() != packed[name].read_bytes()] == []


def test_the_source_distribution_holds_what_tests_and_users_need(built: tuple[Path, dict[str, str]]) -> None:
    folder, digests = built
    (name,) = [name for name in digests if name.endswith(".tar.gz")]
    with tarfile.open(folder / name) as archive:
        names = {member.partition("/")[2] for member in archive.getnames()}
    assert names >= {
        "action.yml",
        ".pre-commit-hooks.yaml",
        ".ci/run",
        "docs/ci.md",
        "rules/schema.json",
        "dyncheck/reports/assets/report.js",
        "tests/reports/goldens/report.html",
        "fixtures/quickstart/main.tf",
    }
