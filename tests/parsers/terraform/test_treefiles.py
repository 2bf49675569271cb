"""Nothing outside of the scanned tree is read, whatever leads there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dyncheck.parsers.terraform import treefiles
from dyncheck.parsers.terraform.treefiles import NoFiles, TreeFiles, glob_pattern
from dyncheck.values import unknown


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    root = tmp_path / "repo"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_text("a", encoding="utf-8")
    (root / "sub" / "b.txt").write_text("b", encoding="utf-8")
    os.symlink(tmp_path / "secret.txt", root / "link.txt")
    os.symlink(tmp_path, root / "up")
    os.symlink(root / "a.txt", root / "sub" / "inner.txt")
    os.symlink(root / "loop", root / "loop")
    return root


@pytest.mark.parametrize(
    ("base", "path", "content"), [(".", "a.txt", "a"), ("sub", "b.txt", "b"), ("sub", "../a.txt", "a")]
)
def test_a_file_inside_is_read_relative_to_the_base(root: Path, base: str, path: str, content: str) -> None:
    assert TreeFiles(root, base).read(path) == content


def test_an_absolute_path_inside_is_read(root: Path) -> None:
    assert TreeFiles(root).read(str(root / "a.txt")) == "a"


def test_a_link_that_stays_inside_is_followed(root: Path) -> None:
    assert TreeFiles(root).read("sub/inner.txt") == "a"


@pytest.mark.parametrize("path", ["../secret.txt", "link.txt", "up/secret.txt", "/etc/hostname", "~/x", "a\0b"])
def test_a_path_that_leads_outside_is_refused(root: Path, path: str) -> None:
    assert TreeFiles(root).read(path) == unknown(f'file "{path}" (not in the scanned tree)')
    assert TreeFiles(root).exists(path) == unknown(f'file "{path}" (not in the scanned tree)')


def test_a_link_to_itself_is_not_found(root: Path) -> None:
    assert TreeFiles(root).read("loop") == unknown('file "loop" (not found)')


def test_a_set_of_files_leaves_out_links_that_lead_outside(root: Path) -> None:
    assert TreeFiles(root).fileset(".", "**") == ["a.txt", "sub/b.txt", "sub/inner.txt"]


def test_a_set_of_files_in_a_directory_outside_is_refused(root: Path) -> None:
    assert TreeFiles(root).fileset("..", "*") == unknown('file ".." (not in the scanned tree)')


def test_a_large_file_is_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(treefiles, "MAX_BYTES", 3)
    (root / "big.txt").write_text("four", encoding="utf-8")
    assert TreeFiles(root).read("big.txt") == unknown('file "big.txt" (too large)')


def test_a_directory_of_very_many_files_is_not_listed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(treefiles, "MAX_ENTRIES", 3)
    assert TreeFiles(root).fileset(".", "**") == unknown('fileset "." (too many files)')


def test_the_files_of_a_directory_alone_are_listed_without_looking_deeper(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(treefiles, "MAX_ENTRIES", 6)
    assert TreeFiles(root).fileset(".", "*.txt") == ["a.txt"]


def test_a_named_pipe_is_no_file(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert TreeFiles(root).read("pipe") == unknown('file "pipe" (not found)')


def test_without_files_nothing_is_read() -> None:
    assert NoFiles().read("a.txt") == unknown('file "a.txt" (not in the scanned tree)')


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*.tf", "a.tf", "b/a.tf"),
        ("**/*.tf", "b/c/a.tf", "a.tfx"),
        ("**/*.tf", "a.tf", "a/b"),
        ("a?c", "abc", "a/c"),
        ("{a,b}/*", "a/x", "c/x"),
        ("[!a]x", "bx", "ax"),
        ("[a-c]", "b", "d"),
        (r"a\*", "a*", "ab"),
        ("a.b", "a.b", "axb"),
    ],
)
def test_patterns_match_as_in_terraform(pattern: str, matching: str, other: str) -> None:
    compiled = glob_pattern(pattern)
    assert compiled is not None
    assert compiled.fullmatch(matching)
    assert not compiled.fullmatch(other)


@pytest.mark.parametrize("pattern", ["[", "{a", "a}", "x" * 1000, "[z-a]"])
def test_malformed_patterns_are_refused(pattern: str) -> None:
    assert glob_pattern(pattern) is None
