"""Directories as modules: what matters, blocks on demand, override files, and problems instead of losses."""

from __future__ import annotations

from pathlib import Path

from dyncheck.location import Span
from dyncheck.model import Problem
from dyncheck.parsers.files import discover
from dyncheck.parsers.terraform.configuration import BlockRef, Configuration, ModuleDirectory
from dyncheck.parsers.terraform.syntax import Block, Expr, GetAttr, Literal, Name, TupleCons

REPOSITORY = Path(__file__).parents[3]
READING = REPOSITORY / "fixtures" / "parsers" / "terraform-reading"
HOSTILE = REPOSITORY / "fixtures" / "hostile"

TABLE = 'resource "aws_dynamodb_table" "t" {\n  name = "t"\n}\n'
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def relevant(root: Path, *paths: str) -> tuple[tuple[str, ...], list[Problem]]:
    configuration = Configuration(root)
    found = configuration.relevant(discover([root / path for path in paths] or [root], root))
    return found, configuration.problems


def module_of(root: Path, path: str = ".") -> ModuleDirectory:
    module = Configuration(root).module(path)
    assert module is not None
    return module


def block_of(module: ModuleDirectory, block_type: str, *labels: str) -> tuple[BlockRef, Block]:
    (ref,) = module.refs(block_type, *labels)
    block = module.block(ref)
    assert block is not None
    return ref, block


def arguments(block: Block) -> dict[str, Expr]:
    return {attribute.name: attribute.expr for attribute in block.attributes}


def place(module: ModuleDirectory, ref: BlockRef, block: Block, name: str) -> Span:
    attribute = block.attribute(name)
    assert attribute is not None
    return module.span(ref, attribute.position)


# ---- which directories matter -----------------------------------------------------------------------------------


def test_a_directory_matters_if_it_has_resources_of_dynamodb_or_dax(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "bucket/x.tf": BUCKET,
            "cluster/x.tf": 'resource "aws_dax_cluster" "d" {}\n',
            "empty/x.tf": "",
            "scaling/x.tf": 'resource "aws_appautoscaling_target" "t" {\n  service_namespace = "dynamodb"\n}\n',
            "state/x.tf": 'terraform {\n  backend "s3" {\n    dynamodb_table = "locks"\n  }\n}\n',
            "table/x.tf": TABLE,
        },
    )
    assert relevant(tmp_path) == (("cluster", "scaling", "table"), [])


def test_a_directory_matters_if_a_module_that_it_calls_does(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "live/main.tf": 'module "m" {\n  source = "../modules/middle"\n}\n',
            "modules/middle/main.tf": 'module "m" {\n  source = "../table"\n}\n',
            "modules/table/main.tf": TABLE,
            "other/main.tf": 'module "m" {\n  source = "../modules/bucket"\n}\n',
            "modules/bucket/main.tf": BUCKET,
        },
    )
    assert relevant(tmp_path) == (("live", "modules/middle", "modules/table"), [])


def test_a_called_module_outside_of_the_scanned_paths_is_looked_at(tmp_path: Path) -> None:
    write(
        tmp_path, {"live/main.tf": 'module "m" {\n  source = "../modules/table"\n}\n', "modules/table/main.tf": TABLE}
    )
    assert relevant(tmp_path, "live") == (("live",), [])


def test_a_call_of_a_module_that_is_not_at_hand_matters(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "git/main.tf": 'module "m" {\n  source = "git::https://example.com/m.git"\n}\n',
            "registry/main.tf": 'module "m" {\n  source = "example/thing/aws"\n}\n',
            "json/main.tf.json": '{"module": {"m": {"source": "example/thing/aws"}}}',
            "provider/main.tf": 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n',
        },
    )
    assert relevant(tmp_path) == (("git", "json", "registry"), [])


def test_modules_that_call_each_other_end(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a/main.tf": 'module "b" {\n  source = "../b"\n}\nmodule "self" {\n  source = "./"\n}\n',
            "b/main.tf": 'module "a" {\n  source = "../a"\n}\nmodule "up" {\n  source = "../../../.."\n}\n',
        },
    )
    assert relevant(tmp_path) == ((), [])


def test_a_broken_file_is_a_problem_even_where_nothing_matters(tmp_path: Path) -> None:
    write(tmp_path, {"a/x.tf": BUCKET, "b/x.tf": 'resource "aws_s3_bucket" "b" {\n'})
    assert relevant(tmp_path) == ((), [Problem("b/x.tf", 1, 30, "expected '}' to close the '{' opened here")])


def test_hostile_files_are_problems_and_hide_no_table_of_the_others() -> None:
    configuration = Configuration(HOSTILE)
    assert configuration.relevant(discover([HOSTILE], HOSTILE)) == (".",)
    module = configuration.module(".")
    assert module is not None
    read = [ref.labels[1] for ref in module.refs("resource", "aws_dynamodb_table") if module.block(ref) is not None]
    assert read == ["before", "between", "after", "t", "t", "t", "before", "after"]
    assert [ref.line for ref in module.refs("locals")] == [6]
    assert sorted(configuration.problems) == [
        Problem("broken-block.tf", 6, 1, "expected '}' to close this block before the one on line 13"),
        Problem("broken-block.tf", 19, 10, 'expected a closing quote (") on the same line'),
        Problem("broken-block.tf", 24, 51, "expected ':'"),
        Problem("latin-1.tf", 1, 12, "not UTF-8: read as Latin-1", level="note"),
        Problem("nested-brackets.tf", 3, 261, "brackets nested more than 250 deep"),
        Problem("random-bytes.tf", 1, 1, "not text: the file holds binary data"),
        Problem("unclosed-heredoc.tf", 6, 12, "expected a line EOT that ends the heredoc <<EOT"),
    ]


def test_a_file_that_is_too_large_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": TABLE})
    with (tmp_path / "large.tf").open("wb") as file:
        file.truncate(50_000_000)
    assert relevant(tmp_path) == (
        (".",),
        [Problem("large.tf", 1, 1, "cannot be read: 50.0 MB are more than the limit of 10 MB")],
    )


# ---- modules ----------------------------------------------------------------------------------------------------


def test_blocks_are_found_by_type_and_labels_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.tf": 'resource "x" "one" {\n}\nresource "y" "two" {\n}\n',
            "a.tf": '\nresource "x" "three" {\n}\nvariable "one" {\n}\n',
        },
    )
    module = module_of(tmp_path)
    found = [(ref.labels, ref.path, ref.line) for ref in module.refs("resource")]
    assert found == [(("x", "three"), "a.tf", 2), (("x", "one"), "b.tf", 1), (("y", "two"), "b.tf", 3)]
    assert [ref.labels for ref in module.refs("resource", "x")] == [("x", "three"), ("x", "one")]
    assert [ref.labels for ref in module.refs("resource", "y", "two")] == [("y", "two")]
    assert module.refs("data") == module.refs("resource", "y", "one") == ()


def test_spans_are_places_in_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"m/a.tf": "# c\n  locals { a = 1 }\nlocals {\n  é = [\n  ]\n}\n"})
    module = module_of(tmp_path, "m")
    first, second = module.refs("locals")
    blocks = [module.block(ref) for ref in (first, second)]
    assert blocks[0] is not None
    assert blocks[1] is not None
    assert place(module, first, blocks[0], "a") == Span("m/a.tf", 2, 12, 2, 17)
    assert module.span(first, blocks[0].header) == Span("m/a.tf", 2, 3, 2, 9)
    assert place(module, second, blocks[1], "é") == Span("m/a.tf", 4, 3, 5, 4)


def test_a_block_that_cannot_be_parsed_is_none_and_one_problem(tmp_path: Path) -> None:
    write(tmp_path, {"a.tf": TABLE + 'resource "aws_dynamodb_table" "u" {\n  name = (\n}\n'})
    configuration = Configuration(tmp_path)
    module = configuration.module(".")
    assert module is not None
    assert [module.block(ref) is None for ref in module.refs("resource")] == [False, True]
    assert [module.block(ref) is None for ref in module.refs("resource")] == [False, True]
    assert configuration.problems == [Problem("a.tf", 6, 1, "expected ')' before '}'")]


def test_the_same_broken_block_is_a_problem_of_every_file_that_holds_it(tmp_path: Path) -> None:
    text = "locals {\n  a = 1 +\n}\n"
    write(tmp_path, {"a/x.tf": text, "b/x.tf": "\n" + text})
    configuration = Configuration(tmp_path)
    for path in ("a", "b"):
        module = configuration.module(path)
        assert module is not None
        assert module.block(module.refs("locals")[0]) is None
    assert configuration.problems == [
        Problem("a/x.tf", 2, 10, "expected a value"),
        Problem("b/x.tf", 3, 10, "expected a value"),
    ]


def test_a_directory_without_terraform_files_or_outside_of_the_root_is_no_module(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, {"a/x.tf": TABLE, "b/readme.md": ""})
    write(tmp_path, {"outside/x.tf": TABLE})
    (root / "link").symlink_to(tmp_path / "outside", target_is_directory=True)
    configuration = Configuration(root)
    assert [configuration.module(path) for path in ("b", "none", "../outside", "link")] == [None] * 4
    assert configuration.module("a") is configuration.module("a")


def test_opentofu_files_replace_terraform_files() -> None:
    module = module_of(READING / "tofu")
    _, table = block_of(module, "resource")
    assert arguments(table) == {"name": Literal("from-opentofu")}
    assert arguments(block_of(module, "locals")[1]) == {"kept": Literal(True)}


def test_a_downloaded_module_can_be_read_although_discovery_skips_it(tmp_path: Path) -> None:
    write(tmp_path, {".terraform/modules/m/main.tf": TABLE})
    assert block_of(module_of(tmp_path, ".terraform/modules/m"), "resource")[0].labels == ("aws_dynamodb_table", "t")


# ---- override files ---------------------------------------------------------------------------------------------


def overridden() -> tuple[Configuration, ModuleDirectory]:
    configuration = Configuration(READING / "overrides")
    module = configuration.module(".")
    assert module is not None
    return configuration, module


def test_an_override_replaces_arguments_and_adds_others() -> None:
    _, module = overridden()
    _, table = block_of(module, "resource", "aws_dynamodb_table", "orders")
    assert arguments(table) == {
        "name": Literal("orders-v2"),
        "billing_mode": GetAttr(Name("var"), "billing_mode"),
        "deletion_protection_enabled": Literal(True),
    }


def test_an_override_replaces_all_nested_blocks_of_a_type_even_by_a_dynamic_one() -> None:
    _, module = overridden()
    _, table = block_of(module, "resource")
    assert [(block.type, block.labels) for block in table.blocks] == [
        ("ttl", ()),
        ("lifecycle", ()),
        ("dynamic", ("attribute",)),
    ]


def test_an_override_merges_lifecycle_argument_by_argument() -> None:
    _, module = overridden()
    _, table = block_of(module, "resource")
    (lifecycle,) = (block for block in table.blocks if block.type == "lifecycle")
    assert arguments(lifecycle) == {
        "prevent_destroy": Literal(False),
        "ignore_changes": TupleCons((Name("read_capacity"),)),
    }


def test_an_override_merges_locals_value_by_value_in_whichever_block_they_stand() -> None:
    _, module = overridden()
    blocks = [module.block(ref) for ref in module.refs("locals")]
    assert [arguments(block) for block in blocks if block is not None] == [
        {"prefix": Literal("prod"), "suffix": Literal("table")},
        {"owner": Literal("payments")},
    ]


def test_an_override_of_a_variable_keeps_what_it_does_not_name() -> None:
    _, module = overridden()
    _, variable = block_of(module, "variable", "billing_mode")
    assert arguments(variable) == {"type": Name("string"), "default": Literal("PAY_PER_REQUEST")}


def test_an_override_of_a_provider_finds_the_one_with_its_alias() -> None:
    _, module = overridden()
    blocks = [module.block(ref) for ref in module.refs("provider", "aws")]
    assert [arguments(block) for block in blocks if block is not None] == [
        {"region": Literal("us-east-1")},
        {"alias": Literal("eu"), "region": Literal("eu-central-1")},
    ]


def test_overridden_arguments_point_into_the_file_that_overrides_them() -> None:
    _, module = overridden()
    ref, table = block_of(module, "resource")
    assert place(module, ref, table, "name") == Span("table_override.tf.json", 5, 9, 5, 28)
    assert place(module, ref, table, "billing_mode") == Span("main.tf", 26, 3, 26, 34)
    assert module.span(ref, table.header) == Span("main.tf", 24, 1, 24, 39)
    lifecycle = next(block for block in table.blocks if block.type == "lifecycle")
    assert place(module, ref, lifecycle, "prevent_destroy") == Span("table_override.tf.json", 12, 23, 12, 47)
    assert place(module, ref, lifecycle, "ignore_changes") == Span("main.tf", 45, 5, 45, 38)


def test_an_override_of_a_block_that_is_not_there_is_a_problem() -> None:
    configuration, _ = overridden()
    message = 'expected a block that this overrides: resource "aws_dynamodb_table" "missing"'
    assert configuration.problems == [Problem("override.tf", 15, 1, message)]
