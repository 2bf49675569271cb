"""The probes of three-valued logic: what each expression gives where ``t.missing`` and some elements are unknown."""

from __future__ import annotations

from typing import Any

import pytest

from dyncheck.values import Unknown
from tests.policy.language import evaluate

UNKNOWN = object()

PROBES: list[tuple[str, Any]] = [
    ("t.missing == 1", UNKNOWN),
    ("false && t.missing == 1", False),
    ("t.missing == 1 && false", False),
    ("true || t.missing == 1", True),
    ("t.missing == 1 || true", True),
    ("t.missing == 1 && true", UNKNOWN),
    ("!(t.missing == 1)", UNKNOWN),
    ("t.l1.exists(x, x.v == 1)", True),
    ("t.l2.exists(x, x.v == 1)", UNKNOWN),
    ("t.l2.all(x, x.v == 1)", False),
    ("t.l1.all(x, x.v == 1)", UNKNOWN),
    ("t.idx.all(i, i.keys.all(k, k in t.names))", False),
    ("t.idx.all(i, i.keys.all(k, k in t.missing))", UNKNOWN),
    ("has(t.missing)", UNKNOWN),
    ("t.missing ? 1 : 2", UNKNOWN),
    ("size(t.l1) == 2 && t.l1.size() == 2", True),
    ("t.name.startsWith('prod-') && t.name.matches('^prod-[a-z]+$')", True),
    ("t.mode in ['A','B']", True),
    ("t.n > 1", True),
    ("t.x > 1.5", True),
    ("t.n > 1.5", True),
    ("t.names.exists_one(x, x == 'a')", True),
    ("t.names.filter(x, x != 'a').size() == 1", True),
    ("t.idx.map(i, i.name) == ['g']", True),
]


@pytest.mark.parametrize(("text", "expected"), PROBES, ids=[text for text, _ in PROBES])
def test_probe(text: str, expected: Any) -> None:
    value = evaluate(text)
    if expected is UNKNOWN:
        assert isinstance(value, Unknown)
    else:
        assert value is expected


def test_an_unknown_result_names_every_reason_that_bears_on_it() -> None:
    value = evaluate("t.missing == 1 && t.l1.all(x, x.v == 1)")
    assert value.because == {"var.missing", "element.v"}


def test_a_reason_that_does_not_bear_on_the_result_is_not_named() -> None:
    value = evaluate("(t.missing == 1 && false) || t.l1.all(x, x.v == 1)")
    assert value.because == {"element.v"}
