"""Google's own implementation of CEL, asked the same questions: a hidden field is a missing key there."""

from __future__ import annotations

import random
import re
from functools import cache
from typing import Any

import msgspec
from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from dyncheck.policy.functions import FUNCTIONS
from dyncheck.values import unknown

ERROR = object()
"""What the oracle gives for an expression that hangs on a missing key."""

_SHAPES = {"string": cel.Type.STRING, "glob": cel.Type.STRING}
_OWN = ("sum", "distinct", "glob", "duration_days")


@cache
def _environment(names: tuple[str, ...]) -> Any:
    functions = [
        cel.FunctionDecl(
            name,
            [
                cel.Overload(
                    f"own_{name}",
                    return_type=cel.Type.DYN,
                    parameters=[_SHAPES.get(shape, cel.Type.List(cel.Type.DYN)) for shape in FUNCTIONS[name].takes],
                    is_member=False,
                    impl=lambda *values, name=name: _plain(FUNCTIONS[name].implementation(*map(_frozen, values))),
                )
            ],
        )
        for name in _OWN
    ]
    return cel.NewEnv(
        variables=dict.fromkeys(names, cel.Type.DYN), functions=functions, extensions=[ext_strings.ExtStrings()]
    )


@cache
def _compiled(text: str, names: tuple[str, ...]) -> Any:
    # A missing key is what our unknown is there: known(x.y) asks for it as has(x.y) does. Elements are never hidden.
    text = re.sub(r"\bknown\(([\w.]+\[[\w.]+\])\)", r"(\1 == \1)", text)
    return _environment(names).compile(re.sub(r"\bknown\(", "has(", text))


def ask(text: str, data: dict[str, Any]) -> Any:
    """The oracle's value of an expression, or ERROR. Raises RuntimeError when it refuses the expression itself."""
    value = _compiled(text, tuple(sorted(data))).eval(data=data)
    return ERROR if value.type() == cel.Type.ERROR else value.plain_value()


def plain(value: Any) -> Any:
    """A model object as the oracle's data."""
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__ if name != "locations"}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def hidden(value: Any, generator: random.Random, share: float, path: str = "") -> tuple[Any, Any]:
    """A model object with some fields unknown, and the same as the oracle's data with their keys left out."""
    if isinstance(value, tuple):
        pairs = [hidden(item, generator, share, f"{path}[{number}]") for number, item in enumerate(value)]
        return tuple(model for model, _ in pairs), [data for _, data in pairs]
    if not isinstance(value, msgspec.Struct):
        return value, _plain(value)
    changes: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for name in value.__struct_fields__:
        if name in ("locations", "presence", "address"):
            continue
        where = f"{path}.{name}"
        if generator.random() < share:
            changes[name] = unknown(where)
        else:
            changes[name], data[name] = hidden(getattr(value, name), generator, share, where)
    return msgspec.structs.replace(value, **changes), data
