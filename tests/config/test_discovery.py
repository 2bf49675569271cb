"""Which configuration file a scan has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dyncheck.config.discovery import find_config
from dyncheck.errors import ConfigError

TOML = '[tool.dyncheck]\nfail_on = "high"\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in ("infra/orders", "infra/log", "app"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "main.tf").write_text("")
    return tmp_path


def found(tree: Path, *paths: str, current: str = ".") -> str | None:
    path = find_config(paths, str(tree / current))
    return None if path is None else Path(path).relative_to(tree).as_posix()


def test_without_a_file_there_is_none(tree: Path) -> None:
    assert found(tree) is None


@pytest.mark.parametrize("name", ["dyncheck.yaml", ".dyncheck.yaml", "pyproject.toml"])
def test_every_name_is_found(tree: Path, name: str) -> None:
    (tree / name).write_text(TOML)
    assert found(tree) == name


@pytest.mark.parametrize(
    "text", ['[tool]\ndyncheck = {fail_on = "high"}\n', '["tool"."dyncheck"]\n', "[tool.dyncheck.severity]\n"]
)
def test_the_table_may_be_spelt_in_any_way(tree: Path, text: str) -> None:
    (tree / "pyproject.toml").write_text(text)
    assert found(tree) == "pyproject.toml"


@pytest.mark.parametrize(
    "text", ['[project]\nname = "x"\n', '[project]\ndependencies = ["dyncheck"]\n', "broken = = 1"]
)
def test_a_pyproject_without_the_table_is_none(tree: Path, text: str) -> None:
    (tree / "pyproject.toml").write_text(text)
    assert found(tree) is None


def test_the_nearest_above_what_is_scanned_wins_wherever_the_scan_is_started(tree: Path) -> None:
    (tree / "dyncheck.yaml").write_text("")
    (tree / "infra" / ".dyncheck.yaml").write_text("")
    assert found(tree) == "dyncheck.yaml"
    assert found(tree, "infra/orders") == "infra/.dyncheck.yaml"
    assert found(tree, "infra/orders/main.tf") == "infra/.dyncheck.yaml"
    assert found(tree, "../infra/orders", current="app") == "infra/.dyncheck.yaml"
    assert found(tree, "app", "infra") == "dyncheck.yaml"
    assert found(tree, "infra/log", "infra/orders/main.tf") == "infra/.dyncheck.yaml"
    assert found(tree, "infra/orders/gone.tf") == "infra/.dyncheck.yaml"


def test_the_search_ends_at_the_root_of_the_repository(tree: Path) -> None:
    (tree / "dyncheck.yaml").write_text("")
    (tree / "infra" / ".git").write_text("gitdir: elsewhere")
    assert found(tree, "infra/orders") is None


def test_outside_of_a_repository_it_ends_at_the_current_directory_or_where_it_began(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "dyncheck.yaml").write_text("")
    assert found(tmp_path, "a/b") == "dyncheck.yaml"
    assert found(tmp_path, "b", current="a") is None
    assert found(tmp_path, "..", current="a") == "dyncheck.yaml"


def test_two_configurations_in_one_directory_are_an_error(tree: Path) -> None:
    (tree / "dyncheck.yaml").write_text("")
    (tree / "pyproject.toml").write_text(TOML)
    with pytest.raises(ConfigError, match=r"dyncheck.yaml and pyproject.toml: keep one"):
        found(tree)


def test_looking_for_a_file_that_is_not_there_imports_no_parser(tree: Path) -> None:
    (tree / "pyproject.toml").write_text('[project]\nname = "x"\n')
    script = (
        "import sys\nfrom dyncheck.config.discovery import find_config\nfind_config((), sys.argv[1])\n"
        "print(sorted({'yaml', 'tomllib', 'msgspec', 'jsonschema', 'dyncheck.config.layer'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tree)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_reading_a_sound_file_imports_no_schema_validator(tree: Path) -> None:
    (tree / "dyncheck.yaml").write_text("fail_on: high\n")
    script = (
        "import sys\nfrom dyncheck.config.layer import read_config\nread_config(sys.argv[1])\n"
        "print(sorted({'tomllib', 'jsonschema', 'sarif_om', 'hcl2'} & set(sys.modules)))"
    )
    path = str(tree / "dyncheck.yaml")
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
