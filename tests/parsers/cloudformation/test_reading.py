"""YAML and JSON into nodes: places, tags, anchors, duplicates, comments, and what cannot be read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.errors import ParseError
from dyncheck.parsers.cloudformation.document import Document
from dyncheck.parsers.cloudformation.nodes import ForeignNode, MappingNode, Node, ScalarNode, SequenceNode
from dyncheck.parsers.cloudformation.reading import read_document


def plain(node: Node | None) -> Any:
    """A node as plain data."""
    if isinstance(node, MappingNode):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    if isinstance(node, ForeignNode):
        return f"tag {node.tag}"
    return node.value if node is not None else None


def read(text: str) -> Document:
    return read_document(text, "t.yaml")


def place(document: Document, *keys: str) -> tuple[int, int, int, int]:
    """The place of the entry under a path of keys."""
    node = document.root
    assert isinstance(node, MappingNode)
    for key in keys[:-1]:
        child = node.get(key)
        assert isinstance(child, MappingNode)
        node = child
    return tuple(node.entries[keys[-1]].place)  # type: ignore[return-value]


def failure(text: str) -> tuple[int, int, str]:
    with pytest.raises(ParseError) as caught:
        read(text)
    return caught.value.line, caught.value.column, caught.value.message


def problems(text: str) -> list[tuple[int, int, str]]:
    document = read(text)
    plain(document.root)
    return [(problem.line, problem.column, problem.message) for problem in document.problems]


def test_a_scalar_property_reaches_from_its_key_to_the_end_of_its_value() -> None:
    assert place(read("a:\n  bc: def # comment\n"), "a", "bc") == (2, 3, 2, 10)
    assert place(read('{"a": {"bc": "def"}}'), "a", "bc") == (1, 8, 1, 19)


def test_the_place_of_a_mapping_or_list_is_its_key() -> None:
    assert place(read("a:\n  bc: {d: 1}\n"), "a", "bc") == (2, 3, 2, 5)
    assert place(read('{"a": {"bc": [1]}}'), "a", "bc") == (1, 8, 1, 12)


def test_a_tagged_scalar_reaches_to_its_end_and_a_tagged_list_does_not() -> None:
    document = read("a: !Ref Bcd\ne: !If [F, 1, 2]\n")
    assert place(document, "a") == (1, 1, 1, 12)
    assert place(document, "e") == (2, 1, 2, 2)


def test_a_text_over_several_lines_has_the_place_of_its_key() -> None:
    assert place(read("a: |\n  one\n  two\nb: 1\n"), "a") == (1, 1, 1, 2)


def test_columns_count_code_points() -> None:
    assert place(read("{ü𝒳: x, b: 1}"), "b") == (1, 9, 1, 13)
    assert place(read('{"ü𝒳": "x", "b": 1}'), "b") == (1, 13, 1, 19)


def test_short_tags_are_the_long_functions() -> None:
    text = "[!Ref A, !GetAtt A.B, !Sub '${A}', !If [C, 1, !Ref D], !Condition C, !Not [!Condition C], !Base64 {Ref: A}]"
    assert plain(read(text).root) == [
        {"Ref": "A"},
        {"Fn::GetAtt": "A.B"},
        {"Fn::Sub": "${A}"},
        {"Fn::If": ["C", "1", {"Ref": "D"}]},
        {"Condition": "C"},
        {"Fn::Not": [{"Condition": "C"}]},
        {"Fn::Base64": {"Ref": "A"}},
    ]


def test_plain_scalars_are_booleans_and_nulls_of_yaml_1_1_and_numbers_stay_text() -> None:
    assert plain(
        read('[yes, Off, True, "true", ~, null, "", 010, 1.10, 2012-10-17, !!str no, !!bool "true"]').root
    ) == [*(True, False, True, "true", None, None, "", "010", "1.10", "2012-10-17", "no", True)]


def test_an_alias_is_the_value_of_its_anchor() -> None:
    assert plain(read("a: &x {b: 1}\nc: *x\nd: [*x, &y 2, *y]\n").root) == {
        "a": {"b": "1"},
        "c": {"b": "1"},
        "d": [{"b": "1"}, "2", "2"],
    }


def test_merge_keys_give_what_the_mapping_itself_does_not_say_and_earlier_ones_win() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\nd: {<<: *b, '<<': literal}\n"
    root = plain(read(text).root)
    assert root["c"] == {"x": "3", "y": "1", "z": "2"}
    assert root["d"] == {"<<": "literal", "y": "2", "z": "2"}


def test_a_merge_of_something_else_is_a_problem() -> None:
    assert problems("a: {<<: text, b: 1}\n") == [(1, 9, "a merge key takes a mapping or a list of mappings")]


def test_a_duplicate_key_is_a_problem_that_names_both_lines_and_the_last_one_wins() -> None:
    message = 'duplicate key "a" on lines 1 and 3: the last one wins'
    assert problems("a: 1\nb: 2\na: 3\n") == [(3, 1, message)]
    assert problems('{"a": 1,\n"b": 2,\n"a": 3}') == [(3, 1, message)]
    assert plain(read("a: 1\nb: 2\na: 3\n").root) == {"b": "2", "a": "3"}


def test_an_unknown_tag_is_a_problem_at_its_place() -> None:
    assert problems("a: !Foo b\nc: !<tag:yaml.org,2002:python/name:os> [d]\n") == [
        (1, 4, 'unknown tag "!Foo"'),
        (2, 4, 'unknown tag "tag:yaml.org,2002:python/name:os"'),
    ]


def test_a_key_that_is_no_text_is_a_problem() -> None:
    assert problems("? [a]\n: b\n") == [(1, 3, "a key must be a text")]


def test_only_the_first_document_of_a_file_is_read() -> None:
    assert plain(read("--- {a: 1}\n--- {b: 2}\n").root) == {"a": "1"}


def test_an_empty_file_has_no_root() -> None:
    assert read("# nothing\n").root is None


def test_json_keeps_its_types_and_its_escapes() -> None:
    text = r'{"a": [1, -2.5, true, null, "\u00fc\/\n"], "b\"": {}, "c": []}'
    assert plain(read(text).root) == {"a": [1, -2.5, True, None, "ü/\n"], 'b"': {}, "c": []}


def test_comments_in_json_are_passed_over_and_places_stay_right() -> None:
    document = read('{ // "x": 1\n /* two\n lines */ "a": "//no", "b": "/*no*/"}')
    assert plain(document.root) == {"a": "//no", "b": "/*no*/"}
    assert place(document, "a") == (3, 11, 3, 22)


@pytest.mark.parametrize("comment", ["// one\n// two\n", "/* one\ntwo */", "\n  // one\n /* two */ "])
def test_comments_may_come_before_the_json(comment: str) -> None:
    document = read(comment + '{"a": 1}')
    assert plain(document.root) == {"a": 1}
    assert place(document, "a")[0] == comment.count("\n") + 1


def test_yaml_in_flow_style_may_look_like_json() -> None:
    assert plain(read("{a: !Ref B, 'c': [1,],}").root) == {"a": {"Ref": "B"}, "c": ["1"]}
    assert plain(read('{"a": , "b": ' + "9" * 5_000 + "}").root) == {"a": None, "b": "9" * 5_000}


def test_json_may_be_indented_with_tabs() -> None:
    assert plain(read('{\n\t"a":\t1\n}').root) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n\tb: 1\n", (2, 1, "a tab cannot indent YAML")),
        (
            "a: [1, 2\n",
            (2, 1, "did not find expected ',' or ']' while parsing a flow sequence that begins on line 1"),
        ),
        ('a: "b\nc: d\n', (1, 4, "the quoted text that begins here never ends")),
        ("a: b: c\n", (1, 5, "mapping values are not allowed in this context")),
        ("a: *b\n", (1, 4, 'undefined alias "b"')),
        ("a: &b\n  c: *b\n", (2, 6, 'the alias "b" stands inside its own anchor')),
        ('{"a": "b', (1, 7, "unterminated string")),
        ('{"a" 1}', (1, 6, "expecting ':' delimiter")),
        ('{"a": %}', (1, 7, "a value was expected")),
        ('{"a": 1} x', (1, 10, "text after the end of the JSON value")),
        ("a: 1\n}", (2, 1, "did not find expected key")),
    ],
)
def test_what_cannot_be_read_has_a_line_and_a_column(text: str, expected: tuple[int, int, str]) -> None:
    assert failure(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 10_000 + "]" * 10_000,
        "- " * 10_000,
        "a: " + "{b: " * 10_000,
        '{"a": ' + "[" * 10_000 + "]" * 10_000 + "}",
    ],
)
def test_nesting_beyond_measure_is_refused_where_it_goes_too_far(text: str) -> None:
    line, column, message = failure(text)
    assert (line, message) == (1, "nested more than 200 levels deep")
    assert 200 <= column <= 1_000


def test_mappings_that_merge_without_end_are_refused() -> None:
    keys = ", ".join(f"k{number}: 1" for number in range(1_000))
    merges = ", ".join(["*a"] * 3_000)
    with pytest.raises(ParseError, match="expands to more than 2,000,000 entries"):
        plain(read(f"a: &a {{{keys}}}\nb: {{<<: [{merges}]}}\n").root)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


@given(JSON.filter(lambda data: isinstance(data, (dict, list))), st.sampled_from([None, 1]), st.booleans())
def test_json_gives_what_the_standard_library_reads(data: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    assert plain(read(text).root) == json.loads(text)


@given(st.text(alphabet=st.sampled_from("ab:-[]{},!&*<>|'\"#% \n\t?~0"), max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        document = read(text)
        plain(document.root)
    except ParseError as error:
        assert error.line >= 1
        assert error.column >= 1
    else:
        assert all(problem.line >= 1 and problem.column >= 1 for problem in document.problems)


def test_scalar_nodes_of_one_anchor_are_shared() -> None:
    root = read("a: &x [1]\nb: *x\n").root
    assert isinstance(root, MappingNode)
    assert root.get("a") is root.get("b")
    assert isinstance(root.get("a"), SequenceNode)
    assert not isinstance(root.get("a"), ScalarNode)
