from __future__ import annotations

from io import BytesIO
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from dyncheck.errors import ConfigError
from dyncheck.inputs import _inside, guess_name, read_texts_with, require_paths, text_as_file
from tests.parsers.live.snapshots import header, region, table, write


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'resource "aws_dynamodb_table" "t" {}', "stdin.tf"),
        (b'{"resource": {"aws_dynamodb_table": {}}}', "stdin.tf.json"),
        (b"Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n", "stdin.yaml"),
        (b' {"Resources": {"T": {"Type": "AWS::DynamoDB::Table"}}}', "stdin.json"),
        (b"", "stdin.tf"),
    ],
)
def test_the_kind_of_a_nameless_text_is_guessed(content: bytes, name: str) -> None:
    assert guess_name(content) == name


@pytest.mark.parametrize("name", ["main.tf", "a/b/main.tf", "/a/main.tf", "../../main.tf", "./x/../main.tf"])
def test_a_text_stands_below_a_directory_of_its_own_and_is_gone_afterwards(name: str) -> None:
    with text_as_file(b"x", name) as (root, path):
        assert path.read_bytes() == b"x"
        assert path.is_relative_to(root)
        assert path.name == "main.tf"
    assert not root.exists()


@pytest.mark.parametrize("name", ["..", "/", "."])
def test_a_name_without_a_file_is_an_error(name: str) -> None:
    with pytest.raises(ConfigError, match="not the name of a file"), text_as_file(b"", name):
        pass


@pytest.mark.parametrize("content", [b"", b"\r\n", BytesIO(), BytesIO(b" " * 200_000)])
def test_nothing_on_standard_input_is_what_a_command_that_failed_leaves(content: bytes | BytesIO) -> None:
    with pytest.raises(ConfigError, match="standard input is empty"), text_as_file(content, None):
        pass


def test_an_empty_text_that_has_a_name_is_a_file_like_any_other() -> None:
    with text_as_file(b"", "main.tf") as (_, path):
        assert path.read_bytes() == b""


def test_a_path_that_is_not_there_is_an_error_with_the_closest_name(tmp_path: Path) -> None:
    (tmp_path / "infrastructure").mkdir()
    require_paths([str(tmp_path / "infrastructure")])
    with pytest.raises(ConfigError, match=r"did you mean .*/infrastructure\?"):
        require_paths([str(tmp_path / "infrastucture")])


def test_an_empty_path_as_an_unset_variable_of_a_shell_leaves_it_is_not_the_current_directory() -> None:
    with pytest.raises(ConfigError, match="a path is empty"):
        require_paths([""])


def test_a_link_that_leads_nowhere_is_left_to_the_reader_of_files(tmp_path: Path) -> None:
    (tmp_path / "dangling.tf").symlink_to("gone.tf")
    require_paths([str(tmp_path / "dangling.tf")])


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        (PureWindowsPath(r"C:\work\infra\main.tf"), "work/infra/main.tf"),
        (PureWindowsPath(r"C:main.tf"), "main.tf"),
        (PureWindowsPath(r"\\server\share\main.tf"), "main.tf"),
        (PureWindowsPath(r"..\..\main.tf"), "main.tf"),
        (PureWindowsPath(r"infra\main.tf"), "infra/main.tf"),
        (PurePosixPath("/etc/../main.tf"), "etc/main.tf"),
        (PurePosixPath("//etc/main.tf"), "etc/main.tf"),
    ],
)
def test_a_name_for_standard_input_stays_inside_whatever_it_begins_with(name: PurePath, inside: str) -> None:
    assert str(_inside(name)) == inside


def test_a_snapshot_is_not_read_for_what_people_write_into_files(tmp_path: Path) -> None:
    write(tmp_path / "account.jsonl", header(), region(), table("dyncheck:ignore"))
    (tmp_path / "main.tf").write_text("# dyncheck:ignore\n")
    assert read_texts_with(tmp_path, ["account.jsonl", "main.tf"], [b"dyncheck:"]) == {"main.tf": "# dyncheck:ignore\n"}
