"""Blocks and expressions as syntax trees, with the place of every argument."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyncheck.errors import ParseError
from dyncheck.parsers.terraform.grammar import Grammar, parse_block
from dyncheck.parsers.terraform.syntax import (
    Attribute,
    Binary,
    Block,
    Call,
    Conditional,
    Expr,
    ForObject,
    ForTuple,
    GetAttr,
    Index,
    Literal,
    Name,
    ObjectCons,
    ObjectItem,
    Splat,
    Template,
    TemplateFor,
    TemplateIf,
    TupleCons,
    Unary,
)

GRAMMAR = Grammar()
A, B, C, D = Name("a"), Name("b"), Name("c"), Name("d")
ONE, TWO = Literal(1), Literal(2)
EACH = Name("*")


def parsed(expression: str) -> Expr:
    """The tree of an expression that stands as the only argument of a block."""
    (attribute,) = GRAMMAR.parse_block(f"b {{\n  x = {expression}\n}}").attributes
    return attribute.expr


def placeless(tree: object) -> object:
    """A tree in which no object item says where it stands."""
    if isinstance(tree, ObjectItem):
        return ObjectItem(placeless(tree.key), placeless(tree.value), (0, 0, 0, 0))  # type: ignore[arg-type]
    if isinstance(tree, msgspec.Struct):
        return type(tree)(*(placeless(getattr(tree, name)) for name in tree.__struct_fields__))
    if isinstance(tree, tuple):
        return tuple(placeless(item) for item in tree)
    return tree


def item(key: Expr, value: Expr) -> ObjectItem:
    return ObjectItem(key, value, (0, 0, 0, 0))


def refusal(text: str) -> tuple[int, int, str]:
    with pytest.raises(ParseError) as caught:
        Grammar().parse_block(text)
    return caught.value.line, caught.value.column, caught.value.message


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("null", Literal(None)),
        ("true", Literal(True)),
        ("false", Literal(False)),
        ("5", Literal(5)),
        ("1.5", Literal(1.5)),
        ("1e3", Literal(1000.0)),
        ("2.5E-1", Literal(0.25)),
        ("99999999999999999999", Literal(1e20)),
        ("-5", Unary("-", Literal(5))),
        ("a", A),
        ("größe", Name("größe")),
        ("a-b", Name("a-b")),
        ("for", Name("for")),
    ],
)
def test_a_value_or_a_name(text: str, tree: Expr) -> None:
    assert parsed(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a || b && c", Binary("||", A, Binary("&&", B, C))),
        ("a && b || c", Binary("||", Binary("&&", A, B), C)),
        ("a == b && c != d", Binary("&&", Binary("==", A, B), Binary("!=", C, D))),
        ("a < b == c >= d", Binary("==", Binary("<", A, B), Binary(">=", C, D))),
        ("a + b * c - d", Binary("-", Binary("+", A, Binary("*", B, C)), D)),
        ("a / b % c", Binary("%", Binary("/", A, B), C)),
        ("(a + b) * c", Binary("*", Binary("+", A, B), C)),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("!a == b", Binary("==", Unary("!", A), B)),
        ("!a.b", Unary("!", GetAttr(A, "b"))),
        ("-a * b", Binary("*", Unary("-", A), B)),
        ("a -12", Binary("-", A, Literal(12))),
        ("5-3", Binary("-", Literal(5), Literal(3))),
        ("1 - -1", Binary("-", ONE, Unary("-", ONE))),
        ("!!a", A),
        ("a ? b : c ? d : 1", Conditional(A, B, Conditional(C, D, ONE))),
        ("a ? b ? 1 : 2 : c", Conditional(A, Conditional(B, ONE, TWO), C)),
        ("a || b ? c : d", Conditional(Binary("||", A, B), C, D)),
        ("a /* or */ + b // c", Binary("+", A, B)),
        ("(\n  a # c\n  ? b\n  : c\n)", Conditional(A, B, C)),
        ("(\n  a\n  &&\n  b\n)", Binary("&&", A, B)),
    ],
)
def test_operators_bind_as_in_terraform(text: str, tree: Expr) -> None:
    assert parsed(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a.b.c", GetAttr(GetAttr(A, "b"), "c")),
        ("a.for.if.in.null", GetAttr(GetAttr(GetAttr(GetAttr(A, "for"), "if"), "in"), "null")),
        ('a["k"][0].b', GetAttr(Index(Index(A, Literal("k")), Literal(0)), "b")),
        ("a[b.c]", Index(A, GetAttr(B, "c"))),
        ("a.0.b", GetAttr(Index(A, Literal(0)), "b")),
        ("a.0.1", Index(Index(A, Literal(0)), ONE)),
        ("a[*]", Splat(A, EACH)),
        ("a.*", Splat(A, EACH)),
        ("a[*].b[0]", Splat(A, Index(GetAttr(EACH, "b"), Literal(0)))),
        ("a.*.b[0]", Index(Splat(A, GetAttr(EACH, "b")), Literal(0))),
        ("a.*.b.0.c", Splat(A, GetAttr(Index(GetAttr(EACH, "b"), Literal(0)), "c"))),
        ("a[*].b[*].c", Splat(A, Splat(GetAttr(EACH, "b"), GetAttr(EACH, "c")))),
        ("(a[*].b)[0]", Index(Splat(A, GetAttr(EACH, "b")), Literal(0))),
        ("a[ * ].b", Splat(A, GetAttr(EACH, "b"))),
        ("f(a).b", GetAttr(Call("f", (A,)), "b")),
    ],
)
def test_attributes_indexes_and_splats(text: str, tree: Expr) -> None:
    assert parsed(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("f()", Call("f", ())),
        ("f(a, b)", Call("f", (A, B))),
        ("f(a, b...)", Call("f", (A, B), True)),
        ("f(\n  a,\n  b, # last\n)", Call("f", (A, B))),
        ("provider::aws::arn_parse(a)", Call("provider::aws::arn_parse", (A,))),
        ("core::max(a...)", Call("core::max", (A,), True)),
    ],
)
def test_calls(text: str, tree: Expr) -> None:
    assert parsed(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("[]", TupleCons(())),
        ("[1, 2,]", TupleCons((ONE, TWO))),
        ("[\n  1, # one\n  2\n]", TupleCons((ONE, TWO))),
        ("{}", ObjectCons(())),
        ("{\n  # nothing\n}", ObjectCons(())),
        ("{ a = 1, b : 2 }", ObjectCons((item(Literal("a"), ONE), item(Literal("b"), TWO)))),
        ("{\n  a = 1\n\n  b = 2, # c\n}", ObjectCons((item(Literal("a"), ONE), item(Literal("b"), TWO)))),
        ('{ "a b" = 1, (a) = 2 }', ObjectCons((item(Literal("a b"), ONE), item(A, TWO)))),
        ('{ "${a}-x" = 1 }', ObjectCons((item(Template((A, Literal("-x"))), ONE),))),
        ("{ for = 1, if = 2 }", ObjectCons((item(Literal("for"), ONE), item(Literal("if"), TWO)))),
        ("{ true = 1 }", ObjectCons((item(Literal("true"), ONE),))),
        ("{ a = b ? c : d, b : 1 }", ObjectCons((item(Literal("a"), Conditional(B, C, D)), item(Literal("b"), ONE)))),
        ('{"a": "b", "c": [1]}', ObjectCons((item(Literal("a"), Literal("b")), item(Literal("c"), TupleCons((ONE,)))))),
        ("{\n  a = (\n    1\n  )\n}", ObjectCons((item(Literal("a"), ONE),))),
        (
            "{\n  a = <<EOT\nt\nEOT\n  b = 1\n}",
            ObjectCons((item(Literal("a"), Literal("t\n")), item(Literal("b"), ONE))),
        ),
    ],
)
def test_collections(text: str, tree: Expr) -> None:
    assert placeless(parsed(text)) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("[for x in a : b]", ForTuple("", "x", A, B)),
        ("[for k, v in a : v if c]", ForTuple("k", "v", A, Name("v"), C)),
        ("[\n  for x in a :\n  b\n  if c\n]", ForTuple("", "x", A, B, C)),
        ("{for x in a : b => c}", ForObject("", "x", A, B, C)),
        ("{for k, v in a : k => v... if c}", ForObject("k", "v", A, Name("k"), Name("v"), True, C)),
        ("{\n  for x in a :\n  b\n  => c\n  if d\n}", ForObject("", "x", A, B, C, False, D)),
        ("[for x in a : [for y in b : c]]", ForTuple("", "x", A, ForTuple("", "y", B, C))),
        ("[for x in a : b.if if c]", ForTuple("", "x", A, GetAttr(B, "if"), C)),
    ],
)
def test_for_expressions(text: str, tree: Expr) -> None:
    assert parsed(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('""', Literal("")),
        ('"a"', Literal("a")),
        ('"${a}"', A),
        ('"${a}${b}"', Template((A, B))),
        ('"x-${a}-y"', Template((Literal("x-"), A, Literal("-y")))),
        ('"${a == "b" ? 1 : 2}"', Conditional(Binary("==", A, Literal("b")), ONE, TWO)),
        ('"${a["${b}"]}"', Index(A, B)),
        ('"${\n  a\n}"', A),
        (r'"\n\t\"\\\r"', Literal('\n\t"\\\r')),
        (r'"\u00e9\U0001F600"', Literal("é😀")),
        ('"$${a} %%{if} $a %b $"', Literal("${a} %{if} $a %b $")),
        ('"a$$${b}"', Literal("a$${b}")),
        ('"a  ${~ b ~}  c"', Template((Literal("a"), B, Literal("c")))),
        ('"%{ if a }x%{ else }y%{ endif }"', Template((TemplateIf(A, Literal("x"), Literal("y")),))),
        ('"%{if a}x%{endif}"', Template((TemplateIf(A, Literal("x"), Literal("")),))),
        (
            '"%{ for x in a }${x},%{ endfor }"',
            Template((TemplateFor("", "x", A, Template((Name("x"), Literal(",")))),)),
        ),
        ('"%{ for k, v in a }k%{ endfor }"', Template((TemplateFor("k", "v", A, Literal("k")),))),
        (
            '"%{ if a }%{ if b }1%{ endif }%{ endif }"',
            Template((TemplateIf(A, Template((TemplateIf(B, Literal("1"), Literal("")),)), Literal("")),)),
        ),
    ],
)
def test_quoted_templates(text: str, tree: Expr) -> None:
    assert parsed(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("<<EOT\na\n  b\nEOT", Literal("a\n  b\n")),
        ("<<EOT\nEOT", Literal("")),
        ("<<E\na\nE", Literal("a\n")),
        ("<<EOT\na\n    EOT  ", Literal("a\n")),
        ("<<-EOT\n    a\n\n      b\n    EOT", Literal("a\n\n  b\n")),
        ("<<-EOT\n    a\n  ${b}\n    EOT", Template((Literal("  a\n"), B, Literal("\n")))),
        ("<<-EOT\n    a\n${b}\n    EOT", Template((Literal("    a\n"), B, Literal("\n")))),
        ('<<EOT\n"$${a}" \\n %%{b}\nEOT', Literal('"${a}" \\n %{b}\n')),
        ("<<EOT\n${a}\nEOT", Template((A, Literal("\n")))),
        (
            "<<-EOT\n  %{ if a }\n  x\n  %{ endif }\n  EOT",
            Template((TemplateIf(A, Literal("\nx\n"), Literal("")), Literal("\n"))),
        ),
        (
            "<<EOT\n%{ for x in a ~}\n${x}\n%{ endfor ~}\nEOT",
            Template((TemplateFor("", "x", A, Template((Name("x"), Literal("\n")))),)),
        ),
    ],
)
def test_heredocs_as_terraform_reads_them(text: str, tree: Expr) -> None:
    assert parsed(text) == tree


def test_a_block_says_where_it_its_header_and_its_arguments_stand() -> None:
    text = 'resource "t" "n" {\n  name = "x" # c\n\n  ttl {\n    on = {\n      a = 1\n    }\n  }\n}'
    value = ObjectCons((ObjectItem(Literal("a"), ONE, (5, 7, 5, 12)),))
    assert parse_block(text) == Block(
        "resource",
        ("t", "n"),
        (Attribute("name", Literal("x"), (1, 3, 1, 13)),),
        (Block("ttl", (), (Attribute("on", value, (4, 5, 6, 6)),), (), (3, 3, 3, 6), (3, 3, 7, 4)),),
        (0, 1, 0, 17),
        (0, 1, 8, 2),
    )


def test_columns_count_code_points_and_lines_can_start_anywhere() -> None:
    block = Grammar().parse_block('b { é = "ü😀" }', first_line=7)
    assert block.attributes == (Attribute("é", Literal("ü😀"), (7, 5, 7, 13)),)


@pytest.mark.parametrize(
    "text",
    [
        'ttl { attribute_name = "" enabled = false }',
        'ttl {\n  attribute_name = ""\n  enabled = false\n}',
        'ttl\n{\n  attribute_name = ""\n\n  # c\n  enabled = false\n}',
        '  ttl { "attribute_name" = "", enabled = false }'.replace(",", ""),
    ],
)
def test_arguments_may_share_a_line(text: str) -> None:
    attributes = [(attribute.name, attribute.expr) for attribute in parse_block(text).attributes]
    assert attributes == [("attribute_name", Literal("")), ("enabled", Literal(False))]


def test_code_of_terraform_0_11_reads_as_code_of_today() -> None:
    old = 'b {\n  count = "${var.p == "true" ? 1 : 0}"\n  name = "${var.x}"\n  l = ["${var.y}"]\n}'
    new = 'b {\n  count = var.p == "true" ? 1 : 0\n  name = var.x\n  l = [var.y]\n}'
    assert [item.expr for item in parse_block(old).attributes] == [item.expr for item in parse_block(new).attributes]


def test_a_file_of_arguments_is_a_body() -> None:
    body = Grammar().parse_body('\ufeffa = 1\nb = [\n  "x",\n]\n# end')
    assert [(item.name, item.expr, item.position) for item in body.attributes] == [
        ("a", ONE, (0, 2, 0, 7)),
        ("b", TupleCons((Literal("x"),)), (1, 1, 3, 2)),
    ]


@pytest.mark.parametrize(
    ("inside", "line", "column", "message"),
    [
        ("a = b +", 2, 8, "expected a value"),
        ("a = b c", 2, 7, "expected an operator or the end of the line, found 'c'"),
        ("a = b = c", 2, 7, "expected an operator or the end of the line, found '='"),
        ('a = "b" "c"', 2, 9, "expected an operator or the end of the line, found '\"c\"'"),
        ("a = [b c]", 2, 8, "expected ']' or ',', found 'c'"),
        ("a = (b", 3, 1, "expected ')' before '}'"),
        ("a = b ? c", 2, 10, "expected ':'"),
        ("a = { b = }", 2, 11, "expected a value, found '}'"),
        ("a = @", 2, 5, "expected a value or an operator, found '@'"),
        ("a = ", 2, 5, "expected a value"),
        ("a b", 2, 1, "expected an argument (name = value) or a block"),
        ("a\n+ b", 2, 1, "expected an argument (name = value) or a block"),
        ('a = "b', 2, 5, 'expected a closing quote (") on the same line'),
        ('a = "${b', 2, 5, 'expected a closing quote (") on the same line'),
        ('a = "${}"', 2, 8, "expected a value"),
        ('a = "%{ if b }c"', 2, 6, "expected '%{ endif }' to close '%{ if }'"),
        ('a = "%{ endfor }"', 2, 6, "found '%{ endfor }' without its beginning"),
        ('a = "%{ what }"', 2, 6, "expected if, else, endif, for or endfor after '%{'"),
        ("a = <<EOT\nb", 2, 5, "expected a line EOT that ends the heredoc <<EOT"),
        ('a = "b"(c)', 2, 5, "expected a name, found '\"b\"'"),
        ("a = " + "9" * 400, 2, 5, "expected a number of at most 300 digits"),
        ("a = 1e999", 2, 5, "expected a number that a computer can hold"),
        ("a = " + "[" * 10_000 + "]" * 10_000, 2, 255, "brackets nested more than 250 deep"),
        ("a = " + "[" * 150 + "]" * 150, 2, 5, "expected an expression of at most 100 levels"),
        ("a = " + "1 + " * 9_000 + "1", 2, 5, "expected an expression of at most 100 levels"),
        ("a = [" + "1," * 30_000 + "]", 2, 5, "expected an expression of at most 40,000 names, values and signs"),
        ("a = " + '"${' * 40 + "b" + '}"' * 40, 2, 68, "templates nested more than 20 deep"),
        ("b {\n" * 40 + "}" * 40, 31, 1, "blocks nested more than 30 deep"),
    ],
)
def test_a_refusal_says_in_one_line_what_was_expected_and_where(
    inside: str, line: int, column: int, message: str
) -> None:
    assert refusal(f"b {{\n{inside}\n}}") == (line, column, message)


def test_an_escape_that_terraform_does_not_know_is_refused() -> None:
    assert refusal('b {\n  a = "x\\q"\n}') == (
        2,
        9,
        r"expected an escape that Terraform knows: \n \r \t \" \\ \uNNNN \UNNNNNNNN",
    )


def test_an_expression_means_the_same_wherever_it_is_remembered_from() -> None:
    grammar = Grammar()
    text = 'b {\n  a = f({ x = "${v}" })\n  c = "p-${v}"\n}'
    first = grammar.parse_block(text)
    moved = grammar.parse_block(text.replace("  a", "\n\n     a"))
    assert moved.attributes[0].expr == Call("f", (ObjectCons((ObjectItem(Literal("x"), Name("v"), (3, 14, 3, 24)),)),))
    assert moved.attributes[1].expr == first.attributes[1].expr


PIECES = st.sampled_from(
    [
        "a",
        "b.c",
        "1",
        "1.5",
        '"s"',
        '"${a}"',
        '"%{ if a }x%{ endif }"',
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ",",
        " = ",
        "=>",
        "?",
        ":",
        "...",
        ".",
        "[*]",
        ".*",
        ".0",
        "!",
        "-",
        "+",
        "&&",
        "==",
        "for x in y",
        " if ",
        "\n",
        "# c\n",
        "/*c*/",
        "<<EOT\nt\nEOT\n",
        "<<-EOT\n ${a}\n EOT\n",
        '"',
        "${",
        "%{",
        "}",
        "~",
        "\\",
        "é",
        "::",
        "f(",
    ]
)
SOURCES = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


@given(SOURCES)
@settings(deadline=None)
def test_any_text_is_parsed_or_refused_in_one_line(text: str) -> None:
    for source in (text, f"b {{\n x = {text}\n}}"):
        for parse in (GRAMMAR.parse_block, GRAMMAR.parse_body):
            try:
                parse(source)
            except ParseError as error:
                assert "\n" not in error.message
                assert 1 <= error.line <= source.count("\n") + 1


IDENTIFIERS = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
VALUES = st.sampled_from(
    ["1", "true", '"é"', "var.x", '"${a}-b"', "[\n 1,\n 2\n]", "{\n  k = 1\n}", "f(a)", "<<EOT\nx\nEOT"]
)


@given(st.lists(st.tuples(IDENTIFIERS, VALUES, st.integers(0, 3), st.sampled_from(["", " # c", "\n", "\n\n/* é */"]))))
@settings(deadline=None)
def test_the_position_of_an_argument_is_where_the_text_has_it(rows: list[tuple[str, str, int, str]]) -> None:
    rows = [(name, value, indent, "\n" if "EOT" in value else after) for name, value, indent, after in rows]
    text = "b {\n" + "".join(f"{' ' * indent}{name} = {value}{after}\n" for name, value, indent, after in rows) + "}"
    lines = text.split("\n")
    found = []
    for attribute in GRAMMAR.parse_block(text).attributes:
        line, column, end_line, end_column = attribute.position
        covered = lines[line : end_line + 1]
        covered[-1] = covered[-1][: end_column - 1]
        covered[0] = covered[0][column - 1 :]
        found.append("\n".join(covered))
    assert found == [f"{name} = {value}" for name, value, _, _ in rows]


# Two values in a row, two blocks in one, an escape of its own: python-hcl2 reads them, Terraform does not.
REFUSED_LIKE_TERRAFORM = ("an operator or the end of the line", "the end of the block", "escape that Terraform knows")


@given(SOURCES.filter(lambda text: len(text) < 60 and "\n" not in text))
@settings(deadline=None)
def test_what_python_hcl2_reads_on_one_line_is_read(text: str) -> None:
    from hcl2.api import parses_to_tree
    from lark.exceptions import LarkError

    source = f"b {{\n x = {text}\n}}"
    try:
        parses_to_tree(source)
    except LarkError:
        return
    try:
        GRAMMAR.parse_block(source)
    except ParseError as error:
        assert any(known in error.message for known in REFUSED_LIKE_TERRAFORM), (source, error.message)
