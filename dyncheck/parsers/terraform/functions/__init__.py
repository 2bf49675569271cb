"""Terraform's functions: which family each belongs to, and how one is called.

A family is a module with a ``TABLE`` of :class:`~dyncheck.parsers.terraform.functions.calling.Function`; it is imported
when the first of its functions is called. Names and behaviour: Terraform 1.12's function reference.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from dyncheck.parsers.terraform.functions.calling import Function, apply, may_refuse
from dyncheck.parsers.terraform.names import Scope, doubt_of
from dyncheck.parsers.terraform.syntax import Call, Expr
from dyncheck.parsers.terraform.tfvalues import Invalid, force, invalid, map_arms
from dyncheck.values import Choice, OpenList, Unknown, unknown

FAMILIES: Final[dict[str, str]] = {
    "sequences": "chunklist compact concat distinct element flatten index list one range reverse slice sort sum",
    "maps": "keys lookup map matchkeys merge transpose values zipmap",
    "sets": "setintersection setproduct setsubtract setunion",
    "decisions": "alltrue anytrue coalesce coalescelist contains length",
    "conversions": ("ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap tonumber toset tostring"),
    "strings": (
        "chomp endswith format formatlist indent join lower ltrim rtrim split startswith strcontains strrev substr"
        " title trim trimprefix trimspace trimsuffix upper"
    ),
    "patterns": "regex regexall replace",
    "numbers": "abs ceil floor log max min parseint pow signum",
    "encoding": (
        "base64decode base64encode base64gzip base64gunzip csvdecode jsondecode jsonencode textdecodebase64"
        " textencodebase64 urldecode urlencode"
    ),
    "yamltext": "yamldecode yamlencode",
    "hashing": (
        "base64sha256 base64sha512 filebase64sha256 filebase64sha512 filemd5 filesha1 filesha256 filesha512 md5 sha1"
        " sha256 sha512 uuidv5"
    ),
    "filesystem": "abspath basename dirname file filebase64 fileexists fileset pathexpand",
    "network": "cidrcontains cidrhost cidrnetmask cidrsubnet cidrsubnets",
    "dates": "formatdate timeadd timecmp",
    "providers": "provider::aws::arn_build provider::aws::arn_parse provider::aws::trim_iam_role_path",
    "lazy": "can templatefile templatestring try",
}
"""The functions of each family, by the name of its module."""

IMPURE: Final = frozenset({"timestamp", "plantimestamp", "uuid", "bcrypt", "rsadecrypt"})
"""Functions whose result differs from run to run, or hangs on a secret key."""

_FAMILY: Final = {name: family for family, names in FAMILIES.items() for name in names.split()}


@cache
def find(name: str) -> Function | None:
    """The function of that name; None for one that Terraform does not have."""
    family = _FAMILY.get(name)
    if family is None:
        return None
    table: dict[str, Function] = importlib.import_module(f"{__name__}.{family}").TABLE
    return table[name]


def call(expr: Call, scope: Scope, evaluate: Callable[[Expr, Scope], Any]) -> Any:
    """The result of a function call."""
    name = expr.function.removeprefix("core::")
    function = find(name)
    if function is None:
        return unknown(f"{name}()" if name in IMPURE else f"function {name}")
    if function.lazy is not None:
        return function.lazy(expr.arguments, scope, evaluate)
    arguments = [evaluate(argument, scope) for argument in expr.arguments]
    doubt = doubt_of(scope)
    if doubt is not None and may_refuse(function, arguments):
        doubt.note(arguments)
    if not expr.expand:
        return apply(name, function, arguments, scope.files)
    return _expanded(name, function, arguments[:-1], arguments[-1], scope)


def _expanded(name: str, function: Function, arguments: list[Any], last: Any, scope: Scope) -> Any:
    """A call whose last argument is followed by ``...``: its elements are the further arguments."""
    last = force(last)
    if isinstance(last, list):
        return apply(name, function, [*arguments, *last], scope.files)
    if isinstance(last, OpenList):
        return apply(name, function, [*arguments, *last.items, Unknown(last.because)], scope.files, open_ended=True)
    if isinstance(last, Invalid):
        return last
    if isinstance(last, Unknown):
        return apply(name, function, [*arguments, Unknown(last.because)], scope.files, open_ended=True)
    if type(last) is Choice:
        return map_arms(lambda arm: _expanded(name, function, arguments, arm, scope), last)
    return invalid(f"{name}: the argument before ... must be a list")
