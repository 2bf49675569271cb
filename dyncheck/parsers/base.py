"""What every source of resources gives, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Union

from dyncheck.model import Problem, Resource

Collected = Union[Resource, Problem]


class Source(Protocol):
    """A family of inputs: it yields the resources that it finds, and the problems that it meets on the way."""

    def collect(self) -> Iterator[Collected]:
        """Every resource and problem, in a stable order."""
        ...
