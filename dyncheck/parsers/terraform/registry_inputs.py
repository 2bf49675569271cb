"""The inputs of an understood module, and the resources made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from dyncheck.location import Location
from dyncheck.parsers.coerce import to_bool, to_str
from dyncheck.parsers.terraform.body import Blocks, Body, ValueBody
from dyncheck.parsers.terraform.conditions import condition_of
from dyncheck.parsers.terraform.reading import scalar
from dyncheck.parsers.terraform.templates import join_parts
from dyncheck.parsers.terraform.undecided import default
from dyncheck.values import Choice, OpenList, Unknown, lift


class Declared(msgspec.Struct, frozen=True):
    """A resource that a module makes: its type, its address within the module, whether it exists, and its arguments."""

    kind: str
    address: str
    presence: Any
    body: Body


class Inputs:
    """The arguments of a call over the defaults of its module. Places are those of the arguments."""

    def __init__(self, arguments: Body, address: str, version: tuple[int, int] | None) -> None:
        self.arguments = arguments
        self.address = address
        self.version = version

    def before(self, major: int, minor: int) -> bool:
        """Whether the version is certainly older."""
        return self.version is not None and self.version < (major, minor)

    def value(self, name: str, fallback: Any = None) -> Any:
        """An input, or its default where it is not given. A given null stays null."""
        return self.arguments.value(name) if self.arguments.written(name) else fallback

    def switch(self, name: str, fallback: bool) -> Any:
        """A boolean input: known, or a choice on what decides it."""
        value = default(self.value(name, fallback), fallback)
        if isinstance(value, Unknown):
            condition = condition_of(value, lambda: f"{self.address}.{name}")
            return value if condition is None else Choice(condition, True, False)
        return scalar(to_bool(value))

    def place(self, name: str) -> Location | None:
        """Where an input is given."""
        return self.arguments.place(name)

    def blocks(self, name: str) -> Blocks:
        """The objects of an input as blocks."""
        return self.arguments.blocks(name)

    def body(self, values: Mapping[str, Any], inputs: Mapping[str, str]) -> ValueBody:
        """Arguments made of inputs: ``inputs`` says which argument (of ``values``) stands where which input does."""
        places = {}
        for argument, name in inputs.items():
            place = self.place(name)
            if place is not None:
                places[argument] = place
        first = next(iter(places.values()), self.arguments.header)
        return ValueBody(values, first if len(values) <= len(inputs) else self.arguments.header, places)


def template(*parts: Any) -> Any:
    """A string of parts, some of which may not be known."""
    return join_parts([to_str(part) for part in parts])


def not_empty(value: Any) -> Any:
    """Whether a collection has elements; null has none."""
    if isinstance(value, OpenList):
        return True if value.items else Unknown(value.because)
    if isinstance(value, Unknown):
        return Unknown(value.because)
    return lift(lambda plain: bool(plain) if isinstance(plain, (dict, list, str)) else plain is not None, value)
