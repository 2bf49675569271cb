"""No text makes reading suppressions fail, hang, or believe what is no comment."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyncheck.suppress.covers import MAX_IN_FILE
from dyncheck.suppress.directives import Form
from dyncheck.suppress.hcl import read_hcl
from dyncheck.suppress.metadata import read_metadata
from dyncheck.suppress.texts import read_suppressions
from dyncheck.suppress.tfjson import read_tfjson
from dyncheck.suppress.yaml_comments import read_yaml_comments

ALL: frozenset[Form] = frozenset({"checkov", "trivy", "cfn_nag"})
COMMENT = "# dyncheck:ignore[DDB-BAK-001]\n"


@pytest.mark.parametrize(
    "text",
    [
        COMMENT + "a {\n" * 100_000,
        "a {\n" * 200 + COMMENT * 500 + "}\n" * 200,
        COMMENT + '"${' * 50_000,
        COMMENT + '"' * 100_000,
        COMMENT + "<<" * 50_000,
        COMMENT + "<<A\n" * 20_000,
        COMMENT + "/*" * 100_000,
        COMMENT + "}" * 100_000,
        COMMENT * 20_000,
        "#" * 200_000 + " dyncheck:ignore[" + "A," * 100_000,
        "# dyncheck:ignore[" + "," * 200_000 + "]",
        "# " + "dyncheck:ignore" * 20_000,
        "# dyncheck:ignore[A] " + "until=" * 50_000,
        "# checkov:skip=" + "A," * 100_000 + " trivy:ignore:" * 10_000,
        "/* " + "* " * 100_000 + "dyncheck:ignore[A] */",
        "# dyncheck:ignore[A] abc" + " " * 200_000 + "x",
        "/* dyncheck:ignore[A] abc" + " *" * 100_000 + "x */",
        "# dyncheck:ignore[A] " + "until " * 50_000,
    ],
)
def test_hostile_terraform_is_read_in_no_time(text: str) -> None:
    found = read_hcl(text, "main.tf", ALL)
    assert len(found.placed) <= MAX_IN_FILE


@pytest.mark.parametrize(
    "text",
    [
        COMMENT + "a: " + "[" * 100_000,
        COMMENT + "a: [" + "a, " * 100_000 + "]",
        COMMENT + "".join(f"{' ' * depth}a:\n" for depth in range(400)),
        COMMENT + "a: &a [b]\nb: &b [*a, *a]\n" * 1_000,
        "a:\n" + f"  {COMMENT}" * 20_000,
        "a: |\n" + f"  {COMMENT}" * 20_000,
        COMMENT + "a: !!python/object/apply:os.system [id]\n",
        COMMENT + "a: b: c: {\n",
        COMMENT + "\x00",
        "a: " + "#" * 100_000 + COMMENT,
    ],
)
def test_hostile_yaml_is_read_in_no_time(text: str) -> None:
    found = read_yaml_comments(text, "t.yaml", ALL)
    assert len(found.placed) <= MAX_IN_FILE


@pytest.mark.parametrize(
    "text",
    [
        '{"//": "dyncheck:ignore[' + "A," * 100_000 + '"}',
        '{"//": "dyncheck:ignore[' + "A," * 100_000 + ']"}',
        '{"//": [' + '"dyncheck:ignore[A]",' * 20_000 + '""]}',
        '{"//": "dyncheck:ignore[A]", ' * 50_000,
        '{"resource": {"a": {"b": [' + '{"//": "dyncheck:ignore[A]"},' * 20_000 + "{}]}}}",
        '{"resource": {"a": {"b": ' + '{"ttl": ' * 40 + '{"//": "dyncheck:ignore[A]"}' + "}" * 40 + "}}}",
        '[{"//": "dyncheck:ignore[A]"}, 1]',
        '{"//": "' + "dyncheck:ignore" * 20_000 + '"}',
    ],
)
def test_hostile_json_of_terraform_is_read_in_no_time(text: str) -> None:
    found = read_tfjson(text, "main.tf.json")
    assert len(found.placed) <= MAX_IN_FILE


def test_of_too_many_suppressions_in_one_file_the_rest_is_a_problem() -> None:
    for found in (
        read_hcl(COMMENT * (MAX_IN_FILE + 5), "main.tf", ALL),
        read_yaml_comments(COMMENT * (MAX_IN_FILE + 5) + "a: b\n", "t.yaml", ALL),
        read_tfjson('{"//": [' + '"dyncheck:ignore[A]",\n' * (MAX_IN_FILE + 5) + '""]}', "main.tf.json"),
    ):
        assert len(found.placed) == MAX_IN_FILE
        assert [(problem.line, problem.level) for problem in found.problems] == [(MAX_IN_FILE + 1, "error")]


def test_loops_of_loops_in_metadata_are_looked_into_once() -> None:
    text = "x: &x0 [a, b, {r: {Metadata: {dyncheck: {ignore: [{id: A}]}}}}]\n"
    for number in range(40):
        inner = f"*x{number}"
        text += f"y{number}: &x{number + 1} [a, b, {{'Fn::ForEach::A': {inner}, 'Fn::ForEach::B': {inner}}}]\n"
    text += "Resources: {'Fn::ForEach::C': *x40}\n"
    assert len(read_metadata(text, "t.yaml", ALL).placed) == 1


COMMENTS = ["# dyncheck:ignore[A]", "dyncheck:ignore", "until=2026-01-01", "checkov:skip=A:b", "/*", "*/", "//", "#"]
SIGNS = ["[", "]", "{", "}", '"', "'", "${", "<<EOT", "EOT", "|", "&a", "*a", ":", ",", "- ", "\n", " ", "\t", "\x85"]
WORDS = ["a", "é", "a = 1", "a:", "Metadata:", '"Metadata"', "dyncheck:", "ignore:", "Resources:"]
PIECES = st.sampled_from([*COMMENTS, *SIGNS, *WORDS])


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from(["main.tf", "t.yaml", "t.json", "main.tf.json"]))
def test_any_text_is_read_and_every_place_is_in_it(text: str, path: str) -> None:
    found = read_suppressions(text, path, ALL)
    lines = text.split("\n")
    for item in found.placed:
        span, directive = item.span, item.directive
        if not item.label.startswith("Metadata"):
            assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == directive.rule
    for problem in found.problems:
        assert 1 <= problem.line <= len(lines) + 1
