"""The cache of expression shapes: nothing of the user's in it, and nothing that it holds can do harm."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyncheck.parsers.terraform.cache import Cache
from dyncheck.parsers.terraform.configuration import Configuration
from dyncheck.parsers.terraform.grammar import Grammar
from dyncheck.parsers.terraform.hcl.shapes import Shape, Shapes
from dyncheck.parsers.terraform.syntax import Block

REPOSITORY = Path(__file__).parents[3]
BLOCK = (
    'resource "aws_dynamodb_table" "secret_name" {\n  name = "${var.secret}-${f(1, [2])}"\n  ttl = var.a ? 5 : null\n}'
)


def learn() -> tuple[Block, dict[str, Shape]]:
    shapes = Shapes()
    block = Grammar(shapes).parse_block(BLOCK)
    return block, shapes.take_learnt()


def file_of(directory: Path) -> Path:
    (file,) = directory.iterdir()
    return file


def test_what_one_run_learns_the_next_one_knows(tmp_path: Path) -> None:
    block, learnt = learn()
    Cache(tmp_path).add(learnt)
    loaded = Cache(tmp_path).load()
    assert loaded == learnt
    known = Shapes(loaded)
    assert Grammar(known).parse_block(BLOCK) == block
    assert known.take_learnt() == {}


def test_the_cache_holds_no_name_and_no_value(tmp_path: Path) -> None:
    Cache(tmp_path).add(learn()[1])
    content = file_of(tmp_path).read_text()
    assert not any(word in content for word in ("secret", "dynamodb", "name", "var", "ttl"))
    words = {word for text in Cache(tmp_path).load() for word in text.split()}
    assert words == {"a", ".", "?", ":", "(", ")", "[", "]", ","}


def test_a_second_run_does_not_import_python_hcl2(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BLOCK)
    program = (
        "import sys; from pathlib import Path;"
        "from dyncheck.parsers.terraform.cache import Cache;"
        "from dyncheck.parsers.terraform.configuration import Configuration;"
        "module = Configuration(Path('.'), Cache(Path('cache'))).module('.');"
        "print(module.block(module.refs('resource')[0]) is not None, 'hcl2' in sys.modules or 'lark' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", program]
    runs = [subprocess.check_output(command, cwd=tmp_path, env=environment, text=True) for _ in range(2)]
    assert runs == ["True True\n", "True False\n"]


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    learnt = learn()[1]
    caches = [Cache(tmp_path) for _ in learnt]
    for cache, (text, tree) in zip(caches, learnt.items(), strict=True):
        cache.add({text: tree})
    assert Cache(tmp_path).load() == learnt


def test_a_record_that_is_cut_off_is_a_miss(tmp_path: Path) -> None:
    _, learnt = learn()
    Cache(tmp_path).add(learnt)
    file = file_of(tmp_path)
    file.write_bytes(file.read_bytes()[:-5])
    last = max(learnt)
    assert Cache(tmp_path).load() == {text: tree for text, tree in learnt.items() if text != last}


def test_a_record_that_was_changed_is_a_miss(tmp_path: Path) -> None:
    Cache(tmp_path).add(learn()[1])
    file = file_of(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"conditional", b"binary_opxx"))
    assert not any(tree.rule == "binary_opxx" for tree in Cache(tmp_path).load().values())


@pytest.mark.parametrize(
    "tree",
    [
        Shape("identifier", (7,)),
        Shape("identifier", (-1,)),
        Shape("conditional", (Shape("identifier", (99,)),)),
    ],
)
def test_a_tree_with_tokens_that_the_shape_does_not_have_is_a_miss(tmp_path: Path, tree: Shape) -> None:
    Cache(tmp_path).add({"a   ": tree})
    assert Cache(tmp_path).load() == {}


def test_a_tree_of_endless_depth_is_a_miss(tmp_path: Path) -> None:
    tree = Shape("identifier", (0,))
    for _ in range(300):
        tree = Shape("expr_term", (tree,))
    Cache(tmp_path).add({"a   ": tree})
    assert Cache(tmp_path).load() == {}


@pytest.mark.parametrize(
    "tree",
    [
        Shape("conditional", (0,)),
        Shape("object", (Shape("identifier", (0,)),)),
        Shape("get_attr_expr_term", ()),
        Shape("for_tuple_expr", ()),
        Shape("function_call", ()),
        Shape("identifier", ()),
        Shape("unary_op", (Shape("identifier", (0,)),)),
    ],
)
def test_a_tree_that_no_grammar_makes_is_parsed_anew(tree: Shape) -> None:
    block = Grammar(Shapes({"a   ": tree})).parse_block("b {\n  x = y\n}")
    assert block == Grammar().parse_block("b {\n  x = y\n}")


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_file_is_a_cache_without_records(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    directory = tmp_path_factory.mktemp("cache")
    Cache(directory).add({"a   ": Shape("identifier", (0,))})
    file_of(directory).write_bytes(data)
    assert Cache(directory).load() == {}


def test_a_cache_that_has_grown_too_large_starts_anew(tmp_path: Path) -> None:
    learnt = learn()[1]
    Cache(tmp_path).add(learnt)
    with file_of(tmp_path).open("ab") as file:
        file.write(b"\n" * 5_000_000)
    assert Cache(tmp_path).load() == {}
    Cache(tmp_path).add(learnt)
    assert Cache(tmp_path).load() == learnt


def test_a_directory_that_cannot_be_written_to_is_a_cache_that_stays_empty(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "cache")
    cache.add(learn()[1])
    assert cache.load() == {}


def test_a_link_in_place_of_the_file_is_not_written_through(tmp_path: Path) -> None:
    Cache(tmp_path / "cache").add({"a   ": Shape("identifier", (0,))})
    file = file_of(tmp_path / "cache")
    file.unlink()
    (tmp_path / "target").write_text("mine")
    file.symlink_to(tmp_path / "target")
    Cache(tmp_path / "cache").add(learn()[1])
    assert (tmp_path / "target").read_text() == "mine"


@pytest.mark.parametrize(
    ("platform", "environment", "directory"),
    [
        ("linux", {"DYNCHECK_CACHE_DIR": "/here"}, "/here"),
        ("linux", {"XDG_CACHE_HOME": "/caches"}, "/caches/dyncheck"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/u/.cache/dyncheck"),
        ("linux", {}, "/home/u/.cache/dyncheck"),
        ("darwin", {}, "/home/u/Library/Caches/dyncheck"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/dyncheck/cache"),
        ("win32", {"DYNCHECK_CACHE_DIR": "/here"}, "/here"),
    ],
)
def test_the_cache_stands_where_the_user_or_the_platform_wants_it(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], directory: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", "/home/u")
    assert Cache.default(environment).directory == Path(directory)


def test_a_configuration_fills_the_cache_as_it_parses(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BLOCK)
    cache = Cache(tmp_path / "cache")
    module = Configuration(tmp_path, cache).module(".")
    assert module is not None
    assert module.block(module.refs("resource")[0]) is not None
    assert cache.load() == learn()[1]
