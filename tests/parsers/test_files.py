"""Which files a scan reads, and how their bytes become text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyncheck.model import Problem
from dyncheck.parsers.files import FileSet, decode, discover, find_root, read_source
from dyncheck.parsers.gitignore import is_ignored, read_patterns

HOSTILE = Path(__file__).parents[2] / "fixtures" / "hostile"


def write(root: Path, *paths: str, text: str = "") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def scanned(root: Path, *paths: str, exclude: tuple[str, ...] = ()) -> FileSet:
    return discover([root / path for path in paths] or [root], root, exclude=exclude)


def test_terraform_files_are_grouped_by_directory_and_templates_listed(tmp_path: Path) -> None:
    write(
        tmp_path, "b.tf", "a.tf.json", "m/x.tofu", "t.yaml", "m/t.yml", "t.json", "t.template", "README.md", "x.tfvars"
    )
    found = scanned(tmp_path)
    assert found.terraform_dirs == {".": ("a.tf.json", "b.tf"), "m": ("x.tofu",)}
    assert found.templates == ("m/t.yml", "t.json", "t.template", "t.yaml")
    assert (found.count, found.named, found.problems) == (7, frozenset(), ())


def test_a_tofu_file_replaces_the_terraform_file_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, "a.tf", "a.tofu", "b.tf.json", "b.tofu.json", "c.tf", "d.tf", "d.tofu.json")
    assert scanned(tmp_path).terraform_dirs == {".": ("a.tofu", "b.tofu.json", "c.tf", "d.tf", "d.tofu.json")}


def test_scratch_files_of_editors_are_no_terraform_files(tmp_path: Path) -> None:
    write(tmp_path, ".#a.tf", "#a.tf#", "a.tf~", ".hidden.tf", "a.tf")
    assert scanned(tmp_path).terraform_dirs == {".": ("a.tf",)}


def test_directories_of_tools_are_not_entered(tmp_path: Path) -> None:
    write(tmp_path, ".terraform/modules/m/a.tf", ".git/a.tf", "node_modules/p/t.json", "a.tf")
    found = scanned(tmp_path)
    assert (found.terraform_dirs, found.templates) == ({".": ("a.tf",)}, ())


def test_what_gitignore_names_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="build/\n*.gen.tf\n/top.tf\n!keep.gen.tf\n")
    write(tmp_path, "build/a.tf", "x.gen.tf", "keep.gen.tf", "top.tf", "m/top.tf", "m/build/a.tf")
    assert scanned(tmp_path).terraform_dirs == {".": ("keep.gen.tf",), "m": ("top.tf",)}


def test_a_nested_gitignore_speaks_for_its_own_directory(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="*.gen.tf\n")
    write(tmp_path, "m/.gitignore", text="!a.gen.tf\nb.tf\n")
    write(tmp_path, "a.gen.tf", "b.tf", "m/a.gen.tf", "m/b.tf", "m/n/a.gen.tf", "m/c.tf")
    assert scanned(tmp_path).terraform_dirs == {
        ".": ("b.tf",),
        "m": ("a.gen.tf", "c.tf"),
        "m/n": ("a.gen.tf",),
    }


def test_gitignores_above_the_scanned_directory_count(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="gen/\n")
    write(tmp_path, "stacks/.gitignore", text="b.tf\n")
    write(tmp_path, ".git/info/exclude", text="c.tf\n")
    write(tmp_path, "stacks/one/a.tf", "stacks/one/b.tf", "stacks/one/c.tf", "stacks/one/gen/a.tf")
    assert scanned(tmp_path, "stacks/one").terraform_dirs == {"stacks/one": ("a.tf",)}


def test_excluded_patterns_are_left_out_whatever_gitignore_says(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="!examples\n")
    write(tmp_path, "a.tf", "examples/a.tf", "m/examples/t.yaml")
    found = scanned(tmp_path, exclude=("examples/",))
    assert (found.terraform_dirs, found.templates) == ({".": ("a.tf",)}, ())


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("a", "a", True),
        ("a", "x/a", True),
        ("a", "ab", False),
        ("/a", "x/a", False),
        ("x/a", "x/a", True),
        ("x/a", "y/x/a", False),
        ("**/x/a", "y/x/a", True),
        ("x/**", "x/y/z", True),
        ("x/**", "x", False),
        ("x/**/a", "x/a", True),
        ("x/**/a", "x/y/z/a", True),
        ("*.tf", "x/a.tf", True),
        ("x/*.tf", "x/y/a.tf", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c].tf", "b.tf", True),
        ("[!a-c].tf", "b.tf", False),
        ("[!a-c].tf", "d.tf", True),
        ("[]].tf", "].tf", True),
        ("a[b", "a[b", True),
        ("\\#a", "#a", True),
        ("#a", "#a", False),
        ("\\!a", "!a", True),
        ("a\\ ", "a ", True),
        ("a  ", "a", True),
        ("a*b*c", "axxbxxc", True),
        ("a*b*c", "axxcxxb", False),
        ("*a*a*a*a*a*a*a*a*a*a*a*b", "a" * 200, False),
        ("**/**/**/**/**/a", "x/a", True),
        ("", "a", False),
    ],
)
def test_patterns_mean_what_git_says(pattern: str, path: str, ignored: bool) -> None:
    patterns = read_patterns([pattern], ".")
    assert is_ignored(patterns, path, path.rpartition("/")[2], directory=False) is ignored


def test_a_pattern_for_directories_leaves_files_alone() -> None:
    patterns = read_patterns(["a/"], ".")
    assert [is_ignored(patterns, "a", "a", directory=directory) for directory in (True, False)] == [True, False]


@given(st.text(max_size=40), st.text(max_size=40))
@settings(deadline=None)
def test_any_line_is_a_pattern_or_none(line: str, path: str) -> None:
    is_ignored(read_patterns([line], "."), path, path.rpartition("/")[2], directory=False)


def test_a_named_file_brings_the_whole_module_and_is_read_even_if_ignored(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="t.yaml\n")
    write(tmp_path, "m/a.tf", "m/b.tf", "t.yaml", "odd-name.txt")
    found = scanned(tmp_path, "m/a.tf", "t.yaml", "odd-name.txt")
    assert found.terraform_dirs == {"m": ("a.tf", "b.tf")}
    assert found.templates == ("odd-name.txt", "t.yaml")
    assert found.named == {"m/a.tf", "t.yaml", "odd-name.txt"}


def test_a_path_that_is_given_twice_counts_once(tmp_path: Path) -> None:
    write(tmp_path, "m/a.tf")
    assert scanned(tmp_path, "m", ".", "m/a.tf").count == 1


def test_links_to_directories_are_not_followed_so_that_no_loop_hangs(tmp_path: Path) -> None:
    write(tmp_path, "m/a.tf")
    (tmp_path / "m" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "a.tf").symlink_to(tmp_path / "a.tf")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "m", target_is_directory=True)
    (tmp_path / ".#a.tf").symlink_to("an-editor's-lock")
    (tmp_path / "b.yaml").symlink_to("nowhere")
    found = scanned(tmp_path)
    assert (found.terraform_dirs, found.problems) == (
        {"m": ("a.tf",)},
        (
            Problem("a.tf", 1, 1, "cannot be read: a link that leads to no file"),
            Problem("m/loop", 1, 1, "not followed: a link to a directory that holds it", level="note"),
        ),
    )


def test_a_linked_file_belongs_to_the_module_unless_it_leads_out_of_the_repository(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    write(tmp_path, "secret.tf", "repository/common.tf")
    write(root, "m/a.tf")
    (root / "m" / "common.tf").symlink_to("../common.tf")
    (root / "m" / "stolen.tf").symlink_to("../../secret.tf")
    found = scanned(root)
    assert found.terraform_dirs == {".": ("common.tf",), "m": ("a.tf", "common.tf")}
    assert found.problems == (
        Problem("m/stolen.tf", 1, 1, "not read: a link that leads out of the scanned directory", level="note"),
    )
    assert read_source(root, "m/stolen.tf") == Problem(
        "m/stolen.tf", 1, 1, "not read: a link that leads out of the scanned directory"
    )


def test_a_directory_that_cannot_be_listed_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "closed/a.tf", "open/a.tf")
    scandir = os.scandir

    def guarded(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = scanned(tmp_path)
    assert found.terraform_dirs == {"open": ("a.tf",)}
    assert found.problems == (Problem("closed", 1, 1, "the directory cannot be listed: Permission denied"),)


def test_a_path_outside_of_the_root_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    found = discover([tmp_path], tmp_path / "root")
    assert [problem.message for problem in found.problems] == [f"not read: it lies outside of {tmp_path / 'root'}"]


def test_the_root_is_the_git_root_above_all_paths(tmp_path: Path) -> None:
    write(tmp_path, ".git/HEAD", "a/x.tf", "b/c/y.tf")
    assert find_root([tmp_path / "a" / "x.tf", tmp_path / "b" / "c"]) == tmp_path
    assert find_root([tmp_path / "b" / "c" / "y.tf"]) == tmp_path


def test_without_git_the_root_is_the_directory_that_holds_all_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a/x.tf", "b/c/y.tf")
    assert find_root([tmp_path / "a" / "x.tf", tmp_path / "b" / "c"]) == tmp_path
    assert find_root([tmp_path / "b" / "c" / "y.tf"]) == tmp_path / "b" / "c"
    monkeypatch.chdir(tmp_path / "b")
    assert find_root([]) == tmp_path / "b"


def test_a_worktree_has_a_git_file_at_its_root(tmp_path: Path) -> None:
    write(tmp_path, ".git", "a/x.tf")
    assert find_root([tmp_path / "a"]) == tmp_path


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_text() -> None:
    assert read_source(HOSTILE, "byte-order-mark.tf") == 'resource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n'
    assert read_source(HOSTILE, "crlf-without-final-newline.tf") == (
        'resource "aws_dynamodb_table" "t" {\n  name = <<EOT\nt\n  EOT\n  hash_key = "id"\n}'
    )


def test_latin_1_is_read_and_noted_at_its_first_letter() -> None:
    notes: list[Problem] = []
    text = read_source(HOSTILE, "latin-1.tf", notes=notes)
    assert text == '# Tabelle für Aufträge\nresource "aws_dynamodb_table" "t" {\n  name = "aufträge"\n}\n'
    assert notes == [Problem("latin-1.tf", 1, 12, "not UTF-8: read as Latin-1", level="note")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_byte_order_mark(encoding: str) -> None:
    mark = {"utf-16": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[encoding]
    assert decode(mark + "a = é\r\n".encode(encoding), "a.tf") == "a = é\n"


def test_random_bytes_are_a_problem() -> None:
    problem = read_source(HOSTILE, "random-bytes.tf")
    assert problem == Problem("random-bytes.tf", 1, 1, "not text: the file holds binary data")


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    with (tmp_path / "a.tf").open("wb") as file:
        file.truncate(50_000_000)
    assert read_source(tmp_path, "a.tf") == Problem(
        "a.tf", 1, 1, "cannot be read: 50.0 MB are more than the limit of 10 MB"
    )


def test_what_is_not_a_file_is_a_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tf")
    (tmp_path / "folder.tf").mkdir()
    assert read_source(tmp_path, "pipe.tf") == Problem("pipe.tf", 1, 1, "cannot be read: not a regular file")
    assert read_source(tmp_path, "folder.tf") == Problem("folder.tf", 1, 1, "cannot be read: not a regular file")
    assert read_source(tmp_path, "none.tf") == Problem("none.tf", 1, 1, "cannot be read: No such file or directory")


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_text_with_at_most_one_note_or_one_problem(data: bytes) -> None:
    notes: list[Problem] = []
    text = decode(data, "a.tf", notes)
    assert len(notes) <= (1 if isinstance(text, str) else 0)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"), max_size=60))
@settings(deadline=None)
def test_utf_8_comes_back_as_it_was_written(text: str) -> None:
    assert decode(text.encode(), "a.tf") == text
