"""The command line in an empty repository, with the prices of the package alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import project, run

__all__ = ["project", "run"]


@pytest.fixture(autouse=True)
def _no_prices_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNCHECK_DATA_DIR", str(tmp_path / "none"))
