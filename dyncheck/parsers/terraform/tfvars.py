"""The values that users give to variables, from all places where Terraform looks, in its order of precedence.

Later ones win: ``TF_VAR_name`` in the environment, ``terraform.tfvars``, ``terraform.tfvars.json``, then
``*.auto.tfvars`` and ``*.auto.tfvars.json`` in the order of their names, ``--var-file`` in order, ``--var``.
Source: Terraform's language documentation, "Variable definition precedence".
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, Union

import msgspec

from dyncheck.errors import ParseError
from dyncheck.model import Problem
from dyncheck.parsers.terraform.evaluate import Scope, evaluate
from dyncheck.parsers.terraform.grammar import Grammar
from dyncheck.parsers.terraform.syntax import Attribute
from dyncheck.parsers.terraform.treefiles import MAX_BYTES, TreeFiles
from dyncheck.values import Unknown

_PREFIX: Final = "TF_VAR_"


class VariableOptions(Protocol):
    """What the user gives besides the files of a module."""

    @property
    def var_files(self) -> tuple[str, ...]:
        """``--var-file``, in order; paths from the current directory."""
        ...

    @property
    def variables(self) -> Mapping[str, str]:
        """``--var name=value``."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment."""
        ...


class Given(msgspec.Struct, frozen=True):
    """A value that a user gives to a variable.

    A ``text`` comes from the command line or the environment: what it means hangs on the variable's type.
    """

    value: Any = None
    text: Union[str, None] = None


class GivenValues(msgspec.Struct, frozen=True):
    """All values given for one root module, and the files that could not be read."""

    values: dict[str, Given]
    problems: tuple[Problem, ...] = ()


Reader = Callable[[str], dict[str, Given]]


def given_values(options: VariableOptions, files: TreeFiles, scope: Scope, grammar: Grammar) -> GivenValues:
    """The values given for the module in ``files.base``; ``scope`` is one without names, for values are literals."""

    def read(text: str) -> dict[str, Given]:
        return read_values(text, scope, grammar)

    values: dict[str, Given] = {}
    problems: list[Problem] = []
    for name, text in options.environment.items():
        if name.startswith(_PREFIX):
            values[name.removeprefix(_PREFIX)] = Given(text=text)
    for name in _automatic(files):
        shown = name if files.base == "." else f"{files.base}/{name}"
        _add(shown, files.read(name), read, values, problems)
    for path in options.var_files:
        _add(path, _read_named(path), read, values, problems)
    for name, text in options.variables.items():
        values[name] = Given(text=text)
    return GivenValues(values, tuple(problems))


def _automatic(files: TreeFiles) -> list[str]:
    """The variable files of a directory that Terraform reads without being told."""
    try:
        names = {entry.name for entry in os.scandir(files.root / files.base) if entry.is_file()}
    except OSError:
        return []
    first = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    return first + sorted(name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json")))


def _read_named(path: str) -> str | Unknown:
    # The user has named the file, so it may stand anywhere.
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8"
        return Unknown(frozenset({f"variable file {path} ({reason})"}))
    return text if len(content) <= MAX_BYTES else Unknown(frozenset({f"variable file {path} (too large)"}))


def _add(path: str, text: str | Unknown, read: Reader, values: dict[str, Given], problems: list[Problem]) -> None:
    if isinstance(text, Unknown):
        problems.append(Problem(path, 1, 1, "; ".join(sorted(text.because))))
        return
    try:
        values.update(read_json_values(text) if path.endswith(".json") else read(text))
    except ParseError as error:
        problems.append(Problem(path, error.line, error.column, error.message))


def read_values(text: str, scope: Scope, grammar: Grammar) -> dict[str, Given]:
    """The values of a ``.tfvars`` file. Raises ParseError with an empty path."""
    attributes: tuple[Attribute, ...] = grammar.parse_body(text.removeprefix("\ufeff")).attributes
    return {attribute.name: Given(evaluate(attribute.expr, scope)) for attribute in attributes}


def read_json_values(text: str) -> dict[str, Given]:
    """The values of a ``.tfvars.json`` file. Raises ParseError with an empty path."""
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise ParseError(error.msg, path="", line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError):
        raise ParseError("the file nests too deeply, or holds a number that is too large", path="") from None
    if not isinstance(data, dict):
        raise ParseError("an object is required at the top of a variable file", path="")
    return {name: Given(value) for name, value in data.items()}
