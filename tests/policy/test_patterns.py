"""Regular expressions and globs: what they match, what is refused, and that Python's own engine agrees."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyncheck.policy.patterns import PatternError, compile_glob, compile_pattern

MATCHES = [
    ("", "", True),
    ("abc", "xxabcxx", True),
    ("^abc$", "xabc", False),
    ("^prod-[a-z]+$", "prod-x", True),
    ("a|bc|", "zzz", True),
    ("^(a|bc)$", "bc", True),
    ("^a?b$", "b", True),
    ("^a{2,3}$", "aaaa", False),
    ("^a{2,}$", "aaaa", True),
    ("^a{2}$", "aa", True),
    ("^[^a-c]$", "d", True),
    ("^[]a-]$", "]", True),
    ("^[a\\]b]$", "]", True),
    ("^[\\d-]$", "-", True),
    (r"^\d{12}$", "111122223333", True),
    (r"^\w+$", "a_1", True),
    (r"^\w$", "é", False),
    (r"\S\s\D\W", "a b.", True),
    (r"\bottp?\b", "my ott here", True),
    (r"\bot\b", "oth", False),
    (r"\Bt", "ot", True),
    ("(?i)^SESSION$", "Session", True),
    ("(?i)^[^a]$", "A", False),
    (".", "\n", False),
    (r"\.", "x", False),
    (r"^\$\{a\}$", "${a}", True),
    ("^(?:ab)+$", "abab", True),
    ("a$", "a\n", False),
    ("(^|-)otp(-|$)", "my-otp", True),
    ("x*", "", True),
    ("^a+?$", "aaa", True),
    ("😀+", "a😀😀", True),
]


@pytest.mark.parametrize(("pattern", "text", "found"), MATCHES)
def test_a_pattern_is_searched_for_anywhere(pattern: str, text: str, found: bool) -> None:
    assert compile_pattern(pattern).found_in(text) is found


@pytest.mark.parametrize(
    ("pattern", "at", "message"),
    [
        ("a)", 1, "')' without '('"),
        ("(a", 0, "'(' without ')'"),
        ("[a", 0, "'[' without ']'"),
        ("*a", 0, "nothing to repeat"),
        ("a**", 2, "nothing to repeat"),
        ("a{2", 1, r"expected {n}, {n,} or {n,m}; write \{ for a brace"),
        ("a{x}", 1, r"expected {n}, {n,} or {n,m}; write \{ for a brace"),
        ("a{3,2}", 1, "the repetition's bounds are the wrong way round"),
        ("[z-a]", 0, "the range of characters is the wrong way round"),
        (r"[\d-z]", 0, "the range of characters is the wrong way round"),
        (r"(a)\1", 3, r"\1: no such escape"),
        (r"\p", 0, r"\p: no such escape"),
        ("(?=a)", 0, "only (…) and (?:…) groups, and (?i) in front of the pattern"),
        ("(?P<n>a)", 0, "only (…) and (?:…) groups, and (?i) in front of the pattern"),
        ("[[:alpha:]]", 1, "[:…:] classes are not known; write the range out"),
        ("a\\", 2, "the pattern ends too early"),
        ("(" * 100, 40, "too many groups inside each other"),
    ],
)
def test_a_pattern_that_is_wrong_is_refused_at_its_place(pattern: str, at: int, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    assert (caught.value.message, caught.value.at) == (message, at)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("*", "", True),
        ("*-prod", "orders-prod", True),
        ("*-prod", "orders-prod-2", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a.c", "abc", False),
        ("[a]", "a", False),
        ("[a]", "[a]", True),
        ("a*b*c", "a1b2\n3c", True),
        ("", "a", False),
    ],
)
def test_a_glob_matches_the_whole_text(pattern: str, text: str, found: bool) -> None:
    assert compile_glob(pattern).found_in(text) is found


ATOMS = st.sampled_from(
    ["a", "b", "-", ".", "[ab]", "[^a]", "(a|b-)", "(?:ab)", r"\w", r"\d", r"\b", "^", "$", "[a-c-]"]
)
COUNTS = st.sampled_from(["", "", "?", "*", "+", "{1,2}", "{2}"])


@given(
    st.lists(st.tuples(ATOMS, COUNTS), max_size=6),
    st.text(alphabet="abc-1 _A\n", max_size=10),
    st.booleans(),
)
def test_pythons_own_engine_agrees(parts: list[tuple[str, str]], text: str, ignore_case: bool) -> None:
    pattern = "".join(atom + ("" if atom in ("^", "$", r"\b") else count) for atom, count in parts)
    pattern = "(?i)" + pattern if ignore_case else pattern
    expected = re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None
    assert compile_pattern(pattern).found_in(text) is expected


def test_a_machine_that_has_seen_many_texts_still_matches_and_forgets() -> None:
    machine = compile_pattern("^[a-z]{3,20}$")
    for code in range(0x4E00, 0x4E00 + 6_000):
        assert not machine.found_in("ab" + chr(code))
    assert machine.found_in("abc")
    assert len(machine._known) < 4_100
