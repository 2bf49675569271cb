"""This project as a repository of hooks, and the real pre-commit that runs them in another repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FOLDERS = ("dyncheck", "rules")
_FILES = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


def hook_repository(folder: Path) -> str:
    """Put what installing the hooks takes into a new repository; the commit that holds it."""
    folder.mkdir()
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy(ROOT / name, folder / name)
    return committed(folder)


def committed(folder: Path) -> str:
    """Commit everything in a folder, which becomes a repository if it is none; the commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--no-verify", "-m", "all")
    return git(folder, "rev-parse", "HEAD").strip()


def git(folder: Path, *arguments: str) -> str:
    """What a git command prints."""
    settings = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def environment(folder: Path) -> dict[str, str]:
    """The variables of a pre-commit that keeps everything it makes, and everything that the hooks keep, in a folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "DYNCHECK_"))}
    return {
        **inherited,
        "PRE_COMMIT_HOME": str(folder / "home"),
        "DYNCHECK_CACHE_DIR": str(folder / "cache"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }


def pre_commit(project: Path, variables: Mapping[str, str], arguments: Sequence[str]) -> tuple[int, str]:
    """Run pre-commit in a project: its exit code, and what it printed."""
    command = [sys.executable, "-m", "pre_commit", *arguments]
    done = subprocess.run(command, cwd=project, env=dict(variables), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
