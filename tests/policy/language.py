"""Helpers of the tests of the policy language: check and evaluate an expression over a small model of their own."""

from __future__ import annotations

from typing import Any

import msgspec

from dyncheck.policy.checker import Scope, check_expression
from dyncheck.policy.evaluator import compile_expression
from dyncheck.policy.frames import new_frame
from dyncheck.policy.parser import parse
from dyncheck.policy.syntax import ExpressionError
from dyncheck.policy.types import Type, type_of_value
from dyncheck.values import ListValue, Value, unknown


class Element(msgspec.Struct, frozen=True):
    v: Value[int] = unknown("element.v")
    name: Value[str | None] = None


class Index(msgspec.Struct, frozen=True):
    name: Value[str]
    keys: ListValue[Value[str]]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The data of the probes."""

    l1: ListValue[Element] = (Element(), Element(1))
    l2: ListValue[Element] = (Element(), Element(2))
    idx: ListValue[Index] = (Index("g", ("a", "zz")),)
    names: ListValue[Value[str]] = ("a", "b")
    numbers: ListValue[Value[int]] = (1, 2, 3)
    name: Value[str] = "prod-x"
    mode: Value[str] = "A"
    n: Value[int] = 2
    x: Value[float] = 2.5
    flag: Value[bool] = True
    missing: Value[Any] = unknown("var.missing")
    maybe: Value[int | None] = None
    title: Value[str | None] = None
    child: Value[Element | None] = None
    tags: Value[dict[str, Value[str | None]]] = msgspec.field(default_factory=lambda: {"team": "a"})


SUBJECT = Type("object", struct=Subject)


def checked(text: str, **params: Any) -> Any:
    """The tree of an expression that passes the static check. Raises ExpressionError."""
    types = {name: type_of_value(value) or Type("any") for name, value in params.items()}
    node = parse(text)
    check_expression(node, Scope({"t": SUBJECT}, types))
    return node


def evaluate(text: str, subject: Subject | None = None, **params: Any) -> Any:
    """The value of a checked expression about ``t``."""
    closure = compile_expression(checked(text, **params), {"t": 0}, params)
    return closure(new_frame(Subject() if subject is None else subject))


def refusal(text: str, **params: Any) -> tuple[str, int]:
    """The message and offset with which an expression is refused."""
    try:
        checked(text, **params)
    except ExpressionError as error:
        return error.message, error.at
    raise AssertionError(f"not refused: {text}")
