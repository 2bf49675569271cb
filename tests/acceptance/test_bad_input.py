"""Broken and hostile input: a problem at its place, never a traceback or a hang, and the rest is still judged."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from dyncheck import Report, Settings, scan

SOUND = (
    'resource "aws_dynamodb_table" "sound" {\n  name         = "sound"\n  billing_mode = "PAY_PER_REQUEST"\n'
    '  hash_key     = "id"\n\n  attribute {\n    name = "id"\n    type = "S"\n  }\n}\n'
)
TABLE = 'resource "aws_dynamodb_table" "odd" {\n  name = %s\n}\n'


@pytest.fixture
def judge(tmp_path: Path) -> Callable[[dict[str, bytes | str]], Report]:
    """Scan a repository of a sound file and others; the sound one must be judged whatever the others are."""

    def run(files: dict[str, bytes | str]) -> Report:
        (tmp_path / ".git").mkdir(exist_ok=True)
        for name, content in {"sound/main.tf": SOUND, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        report = scan(Settings(paths=(str(tmp_path),), cache=False), environment={})
        assert "aws_dynamodb_table.sound" in {item.address for item in report.resources}
        assert not [finding for finding in report.findings if finding.outcome == "error"]
        return report

    return run


def problems(report: Report) -> list[tuple[str, int, int, str]]:
    return [(item.path, item.line, item.column, item.message) for item in report.problems if item.level == "error"]


def test_a_syntax_error_is_one_line_and_the_other_blocks_of_its_file_are_judged(
    judge: Callable[[dict[str, bytes | str]], Report],
) -> None:
    report = judge({"odd/main.tf": TABLE % "= 1" + SOUND.replace("sound", "beside")})
    ((path, line, column, message),) = problems(report)
    assert (path, line, column) == ("odd/main.tf", 2, 10)
    assert "expected" in message
    assert "\n" not in message
    assert "aws_dynamodb_table.beside" in {item.address for item in report.resources}


def test_a_syntax_error_in_a_block_that_no_table_asks_for_is_a_problem_too(
    judge: Callable[[dict[str, bytes | str]], Report],
) -> None:
    report = judge(
        {
            "odd/main.tf": SOUND.replace("sound", "beside") + 'resource "aws_s3_bucket" "b" {\n  bucket = "a" "b"\n}\n',
            "odd/other.tf": 'output "o" {\n  value =\n}\n',
            "odd/more.tf.json": '{"output": {"p": {"value": "${"}}}',
        }
    )
    assert problems(report) == [
        ("odd/main.tf", 12, 16, "expected an operator or the end of the line, found '\"b\"'"),
        ("odd/more.tf.json", 1, 28, "expected '}' to close the '{' opened here"),
        ("odd/other.tf", 2, 10, "expected a value"),
    ]
    assert "aws_dynamodb_table.beside" in {item.address for item in report.resources}


@pytest.mark.parametrize(
    "value",
    [
        "[" * 10_000 + "]" * 10_000,
        "(" * 10_000 + "1" + ")" * 10_000,
        "{a=" * 10_000 + "1" + "}" * 10_000,
        "!" * 10_000 + "true",
        "-" * 10_000 + "1",
        "1+" * 10_000 + "1",
        "true ? 1 : " * 10_000 + "1",
        '"' + "${" * 5_000 + "1" + "}" * 5_000 + '"',
        "a" + ".a" * 10_000,
        "a" + "[0]" * 10_000,
    ],
    ids=["lists", "parentheses", "objects", "nots", "minuses", "sums", "conditionals", "templates", "steps", "indexes"],
)
def test_deep_nesting_ends_in_an_answer(value: str, judge: Callable[[dict[str, bytes | str]], Report]) -> None:
    report = judge({"odd/main.tf": TABLE % value})
    assert problems(report) or "aws_dynamodb_table.odd" in {item.address for item in report.resources}


@pytest.mark.parametrize("name", ["odd/main.tf", "odd/template.yaml", "odd/template.json", "odd/main.tf.json"])
def test_random_bytes_end_in_an_answer(name: str, judge: Callable[[dict[str, bytes | str]], Report]) -> None:
    noise = random.Random(7).randbytes(5_000)
    report = judge({name: b'"Resources" "AWS::DynamoDB::Table" aws_dynamodb_table ' + noise})
    if name.endswith(".tf"):
        assert [path for path, *_ in problems(report)] == [name]


def test_a_file_of_50_megabytes_is_a_problem(judge: Callable[[dict[str, bytes | str]], Report]) -> None:
    report = judge({"odd/main.tf": TABLE % '"x"' + "# filler\n" * 5_600_000})
    ((path, line, column, message),) = problems(report)
    assert (path, line, column) == ("odd/main.tf", 1, 1)
    assert "10 MB" in message


@pytest.mark.parametrize(
    "files",
    [
        {"odd/main.tf": 'module "m" {\n  source = "./"\n}\n' + TABLE % '"x"'},
        {
            "a/main.tf": 'module "b" {\n  source = "../b"\n}\n' + TABLE % '"x"',
            "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
        },
        {"odd/main.tf": "locals {\n  a = local.b\n  b = local.a\n}\n" + TABLE % "local.a"},
        {"odd/main.tf": TABLE % "aws_dynamodb_table.odd.name"},
    ],
    ids=["a module that calls itself", "modules that call each other", "locals", "a resource that names itself"],
)
def test_what_goes_in_a_circle_is_a_problem_or_unknown(
    files: dict[str, bytes | str], judge: Callable[[dict[str, bytes | str]], Report]
) -> None:
    report = judge(files)
    assert problems(report) or [item for item in report.findings if item.outcome == "unknown"] or report.resources


def test_a_link_to_its_own_parent_is_read_once(
    tmp_path: Path, judge: Callable[[dict[str, bytes | str]], Report]
) -> None:
    (tmp_path / "sound").mkdir()
    (tmp_path / "sound" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [item.address for item in judge({}).resources] == ["aws_dynamodb_table.sound"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_directory_that_cannot_be_read_is_a_problem(
    tmp_path: Path, judge: Callable[[dict[str, bytes | str]], Report]
) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    try:
        assert [path for path, *_ in problems(judge({}))] == ["closed"]
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_file_that_is_no_text_in_utf8_is_read_all_the_same(
    judge: Callable[[dict[str, bytes | str]], Report],
) -> None:
    report = judge({"odd/main.tf": (TABLE % '"café"').encode("latin-1")})
    assert problems(report) == []
    assert {item.name for item in report.resources} == {"sound", "café"}
    assert [(item.level, item.path, item.line) for item in report.problems] == [("note", "odd/main.tf", 2)]


def test_a_yaml_bomb_is_a_problem(judge: Callable[[dict[str, bytes | str]], Report]) -> None:
    names = "abcdefghi"
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in pairwise(names)
    )
    report = judge(
        {"odd/template.yaml": bomb + "Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {Tags: *i}}}\n"}
    )
    assert [path for path, *_ in problems(report)] == ["odd/template.yaml"]
