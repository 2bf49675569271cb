"""How functions get their arguments: counts, conversions, and what happens where an argument is not known.

A function says how much must be known before it can answer:

``WHOLE``  everything, inside collections too; choices are split, so that the function sees plain data alone.
``PARTS``  the arguments themselves, and which elements they have; the elements may be unknown or choices.
``OPEN``   nothing: it handles unknown values, open lists and choices itself.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from dyncheck.parsers.terraform.convert import kind_of, to_bool, to_number, to_string
from dyncheck.parsers.terraform.symbols import unknown_call
from dyncheck.parsers.terraform.tfvalues import (
    MAX_ELEMENTS,
    MAX_TEXT,
    TOO_LARGE,
    Invalid,
    LazyObject,
    OpenMap,
    TerraformSet,
    TooManyParts,
    all_reasons,
    assume_inside,
    check_size,
    invalid,
    is_decided,
    may_be_absent,
    pick,
    walk,
)
from dyncheck.parsers.terraform.treefiles import TreeFiles
from dyncheck.scenarios import Condition
from dyncheck.values import ABSENT, MAX_CHOICE_DEPTH, Choice, OpenList, Unknown


class Needs(enum.Enum):
    """How much a function needs to know of its arguments."""

    WHOLE = "whole"
    PARTS = "parts"
    OPEN = "open"


WHOLE: Final = Needs.WHOLE
PARTS: Final = Needs.PARTS
OPEN: Final = Needs.OPEN

Lazy = Callable[[Sequence[Any], Any, Callable[[Any, Any], Any]], Any]
"""A function of expressions: arguments, scope, evaluate."""


class Function(msgspec.Struct, frozen=True):
    """A function and its parameters, one letter each; an upper-case letter takes null too.

    ``s`` string, ``n`` number, ``b`` bool, ``l`` list, tuple or set, ``q`` list or tuple, ``m`` map or object,
    ``a`` anything. Parameters
    after ``required`` may be left out; ``rest`` is the letter of any number of further ones. ``reads`` functions get
    the tree's files as first argument.
    """

    function: Callable[..., Any] | None
    parameters: str = ""
    required: int | None = None
    rest: str = ""
    needs: Needs = WHOLE
    reads: bool = False
    lazy: Lazy | None = None


def apply(name: str, function: Function, arguments: list[Any], files: TreeFiles, *, open_ended: bool = False) -> Any:
    """The result of a function for given arguments; ``open_ended`` when there may be more of them."""
    required = len(function.parameters) if function.required is None else function.required
    if not open_ended:
        if len(arguments) < required:
            return invalid(f"{name}: {required} arguments are required, {len(arguments)} given")
        if len(arguments) > len(function.parameters) and not function.rest:
            return invalid(f"{name}: at most {len(function.parameters)} arguments are allowed")
    arguments = [argument.force() if isinstance(argument, LazyObject) else argument for argument in arguments]
    for argument in arguments:
        if isinstance(argument, Invalid):
            return argument
    if function.needs is OPEN:
        return _invoke(name, function, arguments, files)
    if open_ended:
        return Unknown(all_reasons(arguments))
    return _split(name, function, arguments, files, 0)


def may_refuse(function: Function, arguments: list[Any]) -> bool:
    """Whether a function may find an error in what is not known of its arguments."""
    if function.needs is WHOLE:
        return not all(is_decided(argument) for argument in arguments)
    return any(
        isinstance(argument, (Unknown, Choice, OpenList, OpenMap))
        or (isinstance(argument, list) and any(may_be_absent(item) for item in argument))
        for argument in arguments
    )


def _split(name: str, function: Function, arguments: list[Any], files: TreeFiles, depth: int) -> Any:
    """The call once for each way in which the choices among its arguments turn out, as far as it must know them."""
    whole = function.needs is WHOLE
    for argument in arguments:
        check_size(argument)
    condition = _first_choice(arguments) if whole else _first_outer_choice(arguments)
    if condition is not None:
        if depth >= MAX_CHOICE_DEPTH:
            return Unknown(all_reasons(arguments))
        arms = []
        for truth in (True, False):
            assumed = [assume_inside(argument, condition, truth) for argument in arguments]
            arms.append(_split(name, function, assumed, files, depth + 1))
        return pick(condition, arms[0], arms[1])
    for argument in walk(arguments) if whole else arguments:
        if isinstance(argument, Invalid):
            return argument
    if any(isinstance(item, (Unknown, OpenList, OpenMap)) for item in (walk(arguments) if whole else arguments)):
        return unknown_call(name, arguments)
    if whole:
        arguments = [data(argument) for argument in arguments]
    return _invoke(name, function, arguments, files)


def data(value: Any) -> Any:
    """The value with the lazy objects inside it as data."""
    if isinstance(value, LazyObject):
        return data(value.force())
    if isinstance(value, list):
        return type(value)(data(item) for item in value)
    if isinstance(value, dict):
        return type(value)((key, data(item)) for key, item in value.items())
    return value


def _first_choice(arguments: list[Any]) -> Condition | None:
    for item in walk(arguments):
        if type(item) is Choice:
            return item.condition
    return None


def _first_outer_choice(arguments: list[Any]) -> Condition | None:
    for argument in arguments:
        if type(argument) is Choice:
            return argument.condition
        elements = argument.values() if isinstance(argument, dict) else argument if isinstance(argument, list) else ()
        for element in elements:
            if type(element) is Choice and may_be_absent(element):
                return element.condition
    return None


def _invoke(name: str, function: Function, arguments: list[Any], files: TreeFiles) -> Any:
    letters = function.parameters
    converted: list[Any] = [files] if function.reads else []
    for position, argument in enumerate(arguments):
        value = convert_argument(argument, letters[position] if position < len(letters) else function.rest)
        if isinstance(value, Invalid):
            return invalid(f"{name}: {_message(value)}")
        converted.append(value)
    assert function.function is not None
    try:
        result = function.function(*converted)
    except (RecursionError, MemoryError, TooManyParts):
        return TOO_LARGE
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return invalid(f"{name}: {str(error)[:80]}")
    if isinstance(result, Invalid):
        message = _message(result)
        return result if message.startswith(f"{name}: ") else invalid(f"{name}: {message}")
    if isinstance(result, (list, dict)) and len(result) > MAX_ELEMENTS:
        return TOO_LARGE
    if type(result) is str and len(result) > MAX_TEXT and not function.reads:
        return TOO_LARGE
    return result


def _message(error: Invalid) -> str:
    return next(iter(error.because)).removeprefix("invalid expression: ")


def convert_argument(value: Any, letter: str) -> Any:
    """An argument as its parameter wants it; what is not known passes through."""
    if value is None:
        return None if letter.isupper() else invalid("an argument must not be null")
    if isinstance(value, (Unknown, Choice, OpenList, OpenMap)) or value is ABSENT:
        return value
    kind = letter.lower()
    if kind == "s":
        return to_string(value)
    if kind == "n":
        return to_number(value)
    if kind == "b":
        return to_bool(value)
    if kind == "q" and isinstance(value, TerraformSet):
        return invalid("a list is required, but have set")
    if kind in ("l", "q") and not isinstance(value, list):
        return invalid(f"a list is required, but have {kind_of(value)}")
    if kind == "m" and not isinstance(value, dict):
        return invalid(f"a map is required, but have {kind_of(value)}")
    return value
