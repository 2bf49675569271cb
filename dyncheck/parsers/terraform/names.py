"""What names mean where an expression stands, and the budget of the loops around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from dyncheck.parsers.terraform.syntax import Expr
from dyncheck.parsers.terraform.tfvalues import all_reasons
from dyncheck.parsers.terraform.treefiles import TreeFiles
from dyncheck.parsers.terraform.unparse import unparse

MAX_STEPS: Final = 50_000
"""Loop iterations, and blocks of text built in them, that one outermost ``for`` may take."""

_TEXT_PER_STEP: Final = 256


class Scope(Protocol):
    """The meaning of root names: ``var``, ``local``, a resource type, ``each``."""

    @property
    def files(self) -> TreeFiles:
        """The files that functions may read."""
        ...

    def root(self, name: str) -> Any:
        """The value, lazy object or Unknown that a root name stands for; Invalid where it means nothing."""
        ...


class Budget:
    """What the loops of one expression may still cost, shared by all that are nested in it."""

    __slots__ = ("remaining",)

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.remaining = steps

    def spend(self, steps: int) -> bool:
        """Whether the steps could still be afforded."""
        self.remaining -= steps
        return self.remaining >= 0

    def spend_text(self, text: Any) -> bool:
        """Whether a string built inside a loop could still be afforded."""
        return type(text) is not str or self.spend(len(text) // _TEXT_PER_STEP)


class Doubt:
    """What is not known and may have been an error, to the ``try`` or ``can`` that would catch it."""

    __slots__ = ("because",)

    def __init__(self) -> None:
        self.because: frozenset[str] = frozenset()

    def note(self, values: Iterable[Any]) -> None:
        """Something may have been an error for the reasons of the values."""
        self.because |= all_reasons(values)


def doubt_of(scope: Scope) -> Doubt | None:
    """The doubt of the ``try`` or ``can`` around an expression."""
    return scope.doubt if isinstance(scope, LocalScope) else None


class LocalScope:
    """A scope with further names: the variables of a ``for``, of a ``dynamic`` block, of a template.

    ``context`` tells the iterations of a loop apart, for conditions that have nothing but their text; ``templates``
    counts the template files around an expression. Where there is a ``doubt`` (inside ``try`` and ``can``) an error in
    an element is an error of the whole collection, as it is to Terraform; elsewhere the other elements stay known.
    """

    __slots__ = ("_outer", "budget", "context", "doubt", "files", "names", "templates")

    def __init__(
        self,
        outer: Scope,
        names: Mapping[str, Any],
        context: str | None = None,
        doubt: Doubt | None = None,
    ) -> None:
        inherited = outer if isinstance(outer, LocalScope) else None
        self._outer = outer
        self.names = names
        self.files = outer.files
        self.context: str = context if context is not None else inherited.context if inherited else ""
        self.budget: Budget = inherited.budget if inherited else Budget()
        self.templates: int = inherited.templates if inherited else 0
        self.doubt: Doubt | None = doubt or (inherited.doubt if inherited else None)

    def wording(self, expr: Expr) -> str:
        """The text of a condition here, told apart from the same text in another iteration."""
        text = unparse(expr)
        return f"{text} ({self.context.strip()})" if self.context else text

    def root(self, name: str) -> Any:
        """The local meaning of a name, else the outer scope's."""
        if name in self.names:
            return self.names[name]
        return self._outer.root(name)
