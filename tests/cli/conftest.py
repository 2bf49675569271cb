from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dyncheck.cli.main import cli

Run = Callable[..., "Outcome"]

# Newer releases of click keep standard output and standard error apart by themselves.
SEPARATE: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}


class Outcome:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, which is the current directory; no cache, no setting from outside."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DYNCHECK_NO_CACHE", "1")
    return tmp_path


@pytest.fixture
def run(project: Path) -> Run:
    """Run a command in the project."""

    def invoke(*arguments: str, stdin: str | bytes | None = None, env: dict[str, str] | None = None) -> Outcome:
        from dyncheck.errors import DyncheckError

        done = CliRunner(**SEPARATE).invoke(cli, list(arguments), prog_name="dyncheck", input=stdin, env=env)
        if isinstance(done.exception, DyncheckError):
            return Outcome(2, done.stdout, f"{done.stderr}error: {done.exception}\n")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Outcome(done.exit_code, done.stdout, done.stderr)

    return invoke
