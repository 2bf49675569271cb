"""Paths on more than one drive of Windows, as its path functions answer for them."""

from __future__ import annotations

import ntpath
from pathlib import Path
from types import SimpleNamespace

import pytest

from dyncheck.config import discovery
from dyncheck.errors import ConfigError
from dyncheck.parsers import files


def test_a_configuration_file_on_another_drive_is_named_by_its_whole_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "os", SimpleNamespace(path=ntpath, sep="\\"))
    assert discovery.shown(r"D:\settings\dyncheck.yaml") == r"D:\settings\dyncheck.yaml"


def test_no_configuration_is_looked_for_above_several_drives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "os", SimpleNamespace(path=ntpath, sep="\\"))
    assert discovery.find_config([r"C:\a", r"D:\b"], "C:\\") is None


def test_paths_on_several_drives_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def commonpath(paths: list[Path]) -> str:
        return ntpath.commonpath([rf"{drive}:\{path}" for drive, path in zip("CD", paths, strict=True)])

    monkeypatch.setattr(files.os.path, "commonpath", commonpath)
    with pytest.raises(ConfigError, match="the paths are on different drives"):
        files.find_root([tmp_path / "a", tmp_path / "b"])
