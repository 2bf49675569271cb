"""What is refused when a rule is loaded: the message, and the offset at which it points."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policy.language import evaluate, refusal

SYNTAX = [
    ("t.a ==", 6, "expected a value, found the end of the expression"),
    ("t.a && (t.b", 11, "expected ')', found the end of the expression"),
    ("t.l.exists(x x.v)", 13, "expected ',', found 'x'"),
    ("t.name @ 3", 7, "unexpected character '@'"),
    ("t.a == 'unterminated", 7, "the string is not closed: no second ' on its line"),
    ("", 0, "expected a value, found the end of the expression"),
    ("t.name & true", 7, "unexpected character '&': '&&' is the logical and"),
    ("t.name = 'a'", 7, "unexpected character '=': '==' compares"),
    ("t.n == 1 == true", 9, "comparisons do not chain: join them with &&"),
    ("t.", 2, "expected a field or function name after '.', found the end of the expression"),
    ("t.n t.n", 4, "expected an operator or the end of the expression, found 't'"),
    ("[1, 2", 5, "expected ',' or ']', found the end of the expression"),
    ("size(t.names,)", 13, "expected a value, found ')'"),
    ("t.names.all(in, true)", 12, "expected the variable of all(variable, expression), found 'in'"),
    ("t.n == 12ab", 7, "12a: not a number"),
    ("t.n == 1.5.2", 7, "1.5.: not a number"),
    (r"t.name == 'a\d'", 12, r"\d: no such escape in a string; write \\d, or a raw string r'…'"),
    ("t.n == 9223372036854775808", 7, "the number is larger than 9223372036854775807"),
    ("t.x == 1e999", 7, "the number is too large"),
    ("if", 0, "expected a value, found 'if'"),
]

NAMES = [
    ("nosuch.field == 1", 0, "nosuch: no such name"),
    ("tt.name == 'a'", 0, "tt: no such name, did you mean t?"),
    ("t.nmae == 'a'", 2, "t.nmae: no such field, did you mean name?"),
    ("t.l1.all(x, x.w == 1)", 14, "x.w: no such field"),
    ("t.name.nosuchfn()", 7, "nosuchfn: no such function"),
    ("t.name.startswith('a')", 7, "startswith: no such function, did you mean startsWith?"),
    ("params.limit > 1", 7, "params.limit: no such parameter: declare it under params"),
    ("size == 1", 0, "size is a function: it needs its arguments in brackets"),
    ("params == 1", 0, "params is not a value: name one of its fields, such as params.x"),
    ("t.names.all(t, true)", 8, "t has a meaning already: choose another variable"),
    ("t.l1.v == 1", 5, "t.l1 is a list(Element), it has no fields: use its elements, with all(), exists() or an index"),
    ("t.name.length == 1", 7, "t.name is a string, it has no fields"),
]

ARITY = [
    ("size()", 0, "size takes 1 argument: size(sized)"),
    ("size(t.name, 1)", 0, "size takes 1 argument: size(sized)"),
    ("t.name.startsWith()", 7, "startsWith takes 1 argument: text.startsWith(text)"),
    ("startsWith(t.name, 'a')", 0, "startsWith is written text.startsWith(text)"),
    ("t.name.glob('a')", 7, "glob is written glob(text, glob)"),
    ("has(1)", 4, "has() takes a field: has(table.usage)"),
]

TYPES = [
    ("1 + 'a'", 2, 'int + string: no such operation (1 + "a")'),
    ("t.n + 1.5 == 1.0", 4, "int + double: write double(t.n)"),
    ("t.name == 3", 7, "a string and an int are never equal (t.name == 3)"),
    ("t.flag == 1", 7, "a bool and an int are never equal (t.flag == 1)"),
    ("t.name > 3", 7, "string > int: no such operation (t.name > 3)"),
    ("t.flag < true", 7, "bool < bool: no such operation (t.flag < true)"),
    ("t.n && true", 2, "'&&' wants true or false, t.n is an int"),
    ("!t.name", 3, "'!' wants true or false, t.name is a string"),
    ("t.n.all(x, true)", 4, "all goes over a list, t.n is an int"),
    ("t.names.all(x, x)", 15, "all() wants true or false, x is a string"),
    ("'a' in t.name", 4, "'in' wants a list or a map, this is a string: write text.contains(part)"),
    ("1 in t.names", 2, "an int is never in a list(string)"),
    ("[1, 'a'].size() == 2", 0, "the elements of a list must be of one type"),
    ("t.names['a'] == 'b'", 8, "a list is indexed by int, this is a string"),
    ("t.n[0] == 1", 3, "t.n is an int, it cannot be indexed"),
    ("sum(t.names) == 1", 6, "sum takes a list of numbers, this is a list(string)"),
    ("t.n.startsWith('a')", 2, "startsWith takes a string, this is an int"),
    ("(t.flag ? 1 : 'a') == 1", 8, "the branches of '?' must be values of one type, not int and string"),
    ("t.l1[0] == t.l2[0]", 8, "two Element objects cannot be compared: compare their fields"),
    ("-t.name == 1", 3, "- wants a number, t.name is a string"),
    ("t.x % 2.0 == 0.0", 4, "double % double: no such operation (t.x % 2.0)"),
    ("t.name == null", 7, "t.name is never null"),
    ("[[[[1]]]].size() == 1", 0, "more than 3 lists inside each other"),
]

NULLS = [
    ("t.maybe > 1", 2, "t.maybe may be null here: guard it with t.maybe != null && …"),
    ("t.maybe > 1 && t.maybe != null", 2, "t.maybe may be null here: guard it with t.maybe != null && …"),
    ("t.title.startsWith('a')", 2, "t.title may be null here: guard it with t.title != null && …"),
    ("t.child.v == 1", 2, "t.child may be null here: guard it with t.child != null && …"),
    ("t.tags['team'] == 'a'", 6, 't.tags["team"] may not exist: guard it with "team" in t.tags && …'),
    ("t.tags.team == 'a'", 7, 't.tags may lack "team": guard it with "team" in t.tags && …'),
    ("arn(t.name).account == '1'", 0, "arn(t.name) may be null here: guard it with arn(t.name) != null && …"),
    ("t.maybe == null && t.maybe > 1", 21, "t.maybe may be null here: guard it with t.maybe != null && …"),
    ("t.l1.all(x, x.name.size() > 1)", 14, "x.name may be null here: guard it with x.name != null && …"),
    ("null > 1", 0, "'>' does not work on null"),
]


@pytest.mark.parametrize(("text", "at", "message"), [*SYNTAX, *NAMES, *ARITY, *TYPES, *NULLS])
def test_is_refused_at_its_place(text: str, at: int, message: str) -> None:
    assert refusal(text) == (message, at)


GUARDED: list[tuple[str, Any]] = [
    ("t.maybe != null && t.maybe > 1", False),
    ("t.maybe == null || t.maybe > 1", True),
    ("!(t.maybe == null) && t.maybe > 1", False),
    ("(t.maybe != null ? t.maybe : 7) == 7", True),
    ("t.maybe in [1, 2] && t.maybe > 0", False),
    ("t.maybe == 2 && t.maybe > 0", False),
    ("t.child != null && t.child.name != null && t.child.name.size() == 1", False),
    ("has(t.child) && t.child.v == 1", False),
    ("'team' in t.tags && t.tags['team'] == 'a'", True),
    ("'team' in t.tags && t.tags.team == 'a'", True),
    ("has(t.tags.team) && t.tags['team'] == 'a'", True),
    ("has(t.tags.owner)", False),
    ("t.l1.map(x, x.name).filter(name, name != null).all(name, name.size() > 0)", True),
    ("arn('arn:aws:kms:eu-west-1:111122223333:key/1') != null", True),
    ("arn(t.name) == null || arn(t.name).account == '1'", True),
]


@pytest.mark.parametrize(("text", "value"), GUARDED)
def test_what_is_guarded_against_null_may_be_used(text: str, value: Any) -> None:
    assert evaluate(text) is value
