"""Undecided conditions, and the consistent ways in which they can turn out.

A condition is a formula over atoms ``subject == literal``, where a subject is something outside the scanned files: a
variable, a parameter, a pseudo parameter. Conditions over the same subject hang together (``env == "prod"`` and
``env == "dev"`` are never both true), so the scenarios are enumerated over the subjects' values, never over the
conditions.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Final, Union

import msgspec

Scalar = Union[str, int, float, bool, None]

MAX_SCENARIOS: Final = 64
"""More combinations than this are not enumerated: the verdicts are then unknown."""


class Atom(msgspec.Struct, frozen=True, tag=True):
    """``subject == equals``; ``domain`` lists all values that the subject may take, where they are known."""

    subject: str
    equals: Scalar = True
    domain: tuple[Scalar, ...] | None = (True, False)


class Not(msgspec.Struct, frozen=True, tag=True):
    """The negation of a formula."""

    operand: Formula


class And(msgspec.Struct, frozen=True, tag=True):
    """True when every operand is."""

    operands: tuple[Formula, ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """True when any operand is."""

    operands: tuple[Formula, ...]


Formula = Union[Atom, Not, And, Or]


class Condition(msgspec.Struct, frozen=True):
    """An undecided condition: its text in the user's own words, and what it hangs on.

    ``because`` names what would decide it; ``formula`` relates it to other conditions.
    """

    text: str
    because: frozenset[str]
    formula: Formula

    @classmethod
    def opaque(cls, text: str, because: Iterable[str]) -> Condition:
        """A condition of which nothing is known but its text; equal texts are the same condition."""
        return cls(text, frozenset(because), Atom(text))

    def negated(self, text: str) -> Condition:
        """The opposite condition, worded ``text``."""
        return Condition(text, self.because, Not(self.formula))


_OTHER: Final = "\0any other value"


def enumerate_scenarios(
    conditions: Iterable[Condition], cap: int = MAX_SCENARIOS
) -> list[dict[Condition, bool]] | None:
    """Every consistent truth assignment of the conditions, in a stable order; None when there are more than ``cap``.

    No conditions give one empty scenario.
    """
    ordered = sorted(conditions, key=lambda condition: condition.text)
    domains: dict[str, list[Scalar]] = {}
    closed: dict[str, tuple[Scalar, ...]] = {}
    for condition in ordered:
        for atom in _atoms(condition.formula):
            if atom.domain is not None:
                closed[atom.subject] = atom.domain
            values = domains.setdefault(atom.subject, [])
            if not any(_same(atom.equals, value) for value in values):
                values.append(atom.equals)
    for subject, values in domains.items():
        # Null is outside of every domain, and possible wherever it is asked about.
        nulls = [value for value in values if value is None]
        domains[subject] = [*closed[subject], *nulls] if subject in closed else [*values, _OTHER]
    total = 1
    for values in domains.values():
        total *= len(values)
        if total > cap * 16:
            return None
    found: dict[tuple[bool, ...], None] = {}
    subjects = list(domains)
    for combination in itertools.product(*domains.values()):
        world = dict(zip(subjects, combination, strict=True))
        found[tuple(_holds(condition.formula, world) for condition in ordered)] = None
        if len(found) > cap:
            return None
    return [dict(zip(ordered, truths, strict=True)) for truths in found]


def describe_scenario(scenario: dict[Condition, bool]) -> str:
    """A scenario in words: ``IsProd is false and UseKey is true``."""
    return " and ".join(f"{condition.text} is {str(truth).lower()}" for condition, truth in scenario.items())


def _atoms(formula: Formula) -> Iterable[Atom]:
    if isinstance(formula, Atom):
        yield formula
    elif isinstance(formula, Not):
        yield from _atoms(formula.operand)
    else:
        for operand in formula.operands:
            yield from _atoms(operand)


def _holds(formula: Formula, world: dict[str, Scalar]) -> bool:
    if isinstance(formula, Atom):
        return _same(formula.equals, world[formula.subject])
    if isinstance(formula, Not):
        return not _holds(formula.operand, world)
    if isinstance(formula, And):
        return all(_holds(operand, world) for operand in formula.operands)
    return any(_holds(operand, world) for operand in formula.operands)


def _same(left: Scalar, right: Scalar) -> bool:
    return type(left) is type(right) and left == right
