"""The function table, functions of files, and those with a rule of their own; test_evaluate_oracle has the others."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from dyncheck.parsers.terraform import functions
from dyncheck.parsers.terraform.evaluate import TerraformSet, TypedList, TypedMap
from dyncheck.values import Unknown, unknown
from tests.parsers.terraform.expressions import tree, value

# Terraform's function reference (developer.hashicorp.com/terraform/language/functions), without those of IMPURE.
REFERENCE = """
    abs ceil floor log max min parseint pow signum
    chomp endswith format formatlist indent join lower regex regexall replace split startswith strcontains strrev
    substr templatestring title trim trimprefix trimspace trimsuffix upper
    alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element flatten index keys
    length lookup matchkeys merge one range reverse setintersection setproduct setsubtract setunion slice sort sum
    transpose values zipmap
    base64decode base64encode base64gzip csvdecode jsondecode jsonencode textdecodebase64 textencodebase64 urlencode
    yamldecode yamlencode
    abspath basename dirname file filebase64 fileexists fileset pathexpand templatefile
    formatdate timeadd timecmp
    base64sha256 base64sha512 filebase64sha256 filebase64sha512 filemd5 filesha1 filesha256 filesha512 md5 sha1
    sha256 sha512 uuidv5
    cidrhost cidrnetmask cidrsubnet cidrsubnets
    can ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap tonumber toset tostring try
"""


def test_the_families_name_exactly_the_functions_of_their_modules() -> None:
    named = {family: set(names.split()) for family, names in functions.FAMILIES.items()}
    modules = {
        family: set(importlib.import_module(f"dyncheck.parsers.terraform.functions.{family}").TABLE)
        for family in functions.FAMILIES
    }
    assert named == modules


def test_every_pure_function_of_terraform_is_there() -> None:
    assert [name for name in REFERENCE.split() if functions.find(name) is None] == []


def test_a_function_may_be_named_with_its_namespace() -> None:
    assert value('core::upper("a")') == "A"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("toset([1])", TerraformSet),
        ("tolist([1])", TypedList),
        ("tomap({ a = 1 })", TypedMap),
        ('split(",", "a")', TypedList),
        ("setunion([1], [2])", TerraformSet),
        ("concat(tolist([1]), tolist([2]))", TypedList),
        ("concat(tolist([1]), [2])", list),
        ("merge(tomap({ a = 1 }), tomap({ b = 1 }))", TypedMap),
        ("merge(tomap({ a = 1 }), { b = 1 })", dict),
        ("[1]", list),
        ("{ a = 1 }", dict),
        ("[for x in toset([1]) : x]", list),
    ],
)
def test_sets_lists_and_maps_are_told_from_tuples_and_objects(text: str, kind: type) -> None:
    assert type(value(text)) is kind


# --- files -------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "outside.txt").write_text("outside", encoding="utf-8")
    stack = tmp_path / "repo" / "stack"
    (stack / "data" / "deep").mkdir(parents=True)
    (tmp_path / "repo" / "shared.txt").write_text("shared", encoding="utf-8")
    (stack / "a.json").write_text('{"tables": ["x", "y"]}', encoding="utf-8")
    (stack / "data" / "one.yaml").write_text("name: one\n", encoding="utf-8")
    (stack / "data" / "deep" / "two.yaml").write_text("name: two\n", encoding="utf-8")
    (stack / "t.tpl").write_text('%{ for n in names ~}\ntable/${n}\n%{ endfor ~}\n"quoted" \\n', encoding="utf-8")
    (stack / "latin.txt").write_bytes(b"caf\xe9")
    (stack / "bad.tpl").write_text("${", encoding="utf-8")
    return tmp_path / "repo"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('file("a.json")', '{"tables": ["x", "y"]}'),
        ('file("./data/../a.json")', '{"tables": ["x", "y"]}'),
        ('jsondecode(file("${"."}/a.json")).tables[1]', "y"),
        ('file("../shared.txt")', "shared"),
        ('fileexists("a.json")', True),
        ('fileexists("b.json")', False),
        ('fileexists("data")', False),
        ('filebase64("latin.txt")', "Y2Fm6Q=="),
        ('filemd5("a.json") == md5(file("a.json"))', True),
        ('filesha256("a.json") == sha256(file("a.json"))', True),
        ('filebase64sha256("a.json") == base64sha256(file("a.json"))', True),
        ('fileset(".", "*.json")', ["a.json"]),
        ('fileset("data", "*.yaml")', ["one.yaml"]),
        ('fileset("data", "**")', ["deep/two.yaml", "one.yaml"]),
        ('fileset("data", "**/*.yaml")', ["deep/two.yaml", "one.yaml"]),
        ('fileset(".", "data/{one,other}.yaml")', ["data/one.yaml"]),
        ('fileset(".", "data/[a-p]ne.y?ml")', ["data/one.yaml"]),
        ('fileset("nowhere", "*")', []),
        ('{ for f in fileset("data", "**") : f => yamldecode(file("data/${f}")).name }["deep/two.yaml"]', "two"),
        ('templatefile("t.tpl", { names = ["a", "b"] })', 'table/a\ntable/b\n"quoted" \\n'),
        ('basename("a/b.txt")', "b.txt"),
    ],
)
def test_files_of_the_scanned_tree_are_read(project: Path, text: str, expected: Any) -> None:
    assert value(text, tree(project, "stack")) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('file("../../outside.txt")', 'file "../../outside.txt" (not in the scanned tree)'),
        ('file("/etc/passwd")', 'file "/etc/passwd" (not in the scanned tree)'),
        ('file("~/.ssh/config")', 'file "~/.ssh/config" (not in the scanned tree)'),
        ('fileexists("../../outside.txt")', 'file "../../outside.txt" (not in the scanned tree)'),
        ('fileset("../..", "**")', 'file "../.." (not in the scanned tree)'),
        ('file("missing.txt")', 'file "missing.txt" (not found)'),
        ('file("latin.txt")', 'file "latin.txt" (not UTF-8)'),
        ('file("data")', 'file "data" (not found)'),
        ('filemd5("missing.txt")', 'file "missing.txt" (not found)'),
        ('templatefile("missing.tpl", {})', 'file "missing.tpl" (not found)'),
        ('fileset(".", "[")', 'fileset pattern "[" (not understood)'),
        ('pathexpand("~/x")', 'pathexpand("~/x")'),
        ('abspath("x")', 'abspath("x")'),
    ],
)
def test_a_file_that_cannot_be_had_is_unknown_by_its_name(project: Path, text: str, reason: str) -> None:
    assert value(text, tree(project, "stack")) == unknown(reason)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('templatefile("t.tpl", {})', "a template has no variable 'names'"),
        ('templatefile("t.tpl", { names = null })', "cannot iterate over null"),
        ('templatestring("$${var.x}", {})', "a template has no variable 'var'"),
    ],
)
def test_a_template_sees_its_own_variables_alone(project: Path, text: str, message: str) -> None:
    assert value(text, tree(project, "stack")).because == {f"invalid expression: {message}"}


def test_a_template_that_does_not_parse_is_an_error(project: Path) -> None:
    (reason,) = value('templatefile("bad.tpl", {})', tree(project, "stack")).because
    assert reason.startswith("invalid expression: the template does not parse: ")


def test_an_unknown_variable_of_a_template_shows_in_its_symbol() -> None:
    found = value('templatestring("table/$${name}", { name = var.x })')
    assert found == unknown("var.x", symbol="table/${var.x}")


# --- functions of the AWS provider -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'provider::aws::arn_parse("arn:aws:dynamodb:eu-west-1:123456789012:table/t/index/i")',
            {
                "partition": "aws",
                "service": "dynamodb",
                "region": "eu-west-1",
                "account_id": "123456789012",
                "resource": "table/t/index/i",
            },
        ),
        ('provider::aws::arn_build("aws", "iam", "", "1", "role/x")', "arn:aws:iam::1:role/x"),
        ('provider::aws::trim_iam_role_path("arn:aws:iam::1:role/a/b/x")', "arn:aws:iam::1:role/x"),
        ('can(provider::aws::arn_parse("x"))', False),
        ('can(provider::aws::trim_iam_role_path("arn:aws:iam::1:user/x"))', False),
    ],
)
def test_functions_of_the_aws_provider_are_computed(text: str, expected: Any) -> None:
    assert value(text) == expected


# --- regular expressions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            r'regex("^arn:aws:kms:[a-z0-9-]+:(\\d+):key/(.+)$", "arn:aws:kms:us-east-1:123456789012:key/abc")[0]',
            "123456789012",
        ),
        (r'replace("a-b_c", "/[^[:alnum:]]/", "")', "abc"),
        (r'regexall("\\Q.+\\E", "a.+b")', [".+"]),
        (r'regex("\\x{61}b", "ab")', "ab"),
        (r'regex("a{2,3}?", "aaa")', "aa"),
        (r'regex("[]a]+", "a]")', "a]"),
        (r'regex("(?:ab)+", "abab")', "abab"),
        (r'regex("(?i:A)b", "ab")', "ab"),
        (r'can(regex("^[a-z0-9-]{3,63}$", "my-table"))', True),
        (r'can(regex("^(dev|prod)$", "test"))', False),
    ],
)
def test_regular_expressions_are_read_as_terraform_reads_them(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "pattern", [r"(?<=a)b", r"(a)\\1", r"\\p{Greek}", "(?U)a", "a**", "[[:nope:]]", "(", ")", "[a", r"a\\"]
)
def test_patterns_that_python_would_read_differently_are_unknown(pattern: str) -> None:
    found = value(f'regexall("{pattern}", "ab")')
    assert isinstance(found, Unknown)
    assert re.search("not understood", ", ".join(found.because))


# --- encodings ---------------------------------------------------------------------------------------------------


def test_compressed_text_is_unknown_and_decompressed_text_is_not() -> None:
    import base64
    import gzip

    packed = base64.b64encode(gzip.compress(b"hello")).decode()
    assert value('base64gzip("a")') == unknown("base64gzip()")
    assert value("base64gunzip(var.packed)", packed=packed) == "hello"


@pytest.mark.parametrize("codec", ["rot13", "zip", "unicode_escape", "idna", "hex", ""])
def test_only_character_sets_are_encodings(codec: str) -> None:
    assert value(f'can(textencodebase64("a", "{codec}"))') is False
