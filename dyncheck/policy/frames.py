"""What a closure is given: the frame of one resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dyncheck.policy.limits import FREE_STEPS, MAX_LOOPS, MAX_STEPS, MAX_STEPS_OF_ALL
from dyncheck.policy.operations import EvaluationError

Frame = list[Any]
"""The resource, the steps that are left, what is known of it already (conditions and lists that several checks share),
the steps that were taken, the element of ``each``, and a place for the variable of each macro around an expression."""

Closure = Callable[[Frame], Any]
"""An expression, ready to run. It gives a plain value, a tuple, a map, a model object, an OpenList, an Unknown or a
Choice; the last two count as unknown."""

RESOURCE: Final = 0
STEPS: Final = 1
MEMORY: Final = 2
TAKEN: Final = 3
ELEMENT: Final = 4
FRAME_SIZE: Final = 5 + MAX_LOOPS


def new_frame(resource: Any) -> Frame:
    """A frame for one resource; the engine puts the element of ``each`` into its place."""
    frame: Frame = [None] * FRAME_SIZE
    frame[RESOURCE] = resource
    frame[STEPS] = MAX_STEPS
    frame[MEMORY] = {}
    frame[TAKEN] = 0
    return frame


class Purse:
    """The steps that are left to the rules of a user's own, on all resources of a scan together."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_STEPS_OF_ALL) -> None:
        self.left = left

    def open(self) -> None:
        """Raise EvaluationError when nothing is left."""
        if self.left <= 0:
            raise EvaluationError(f"the rules of your own take more than {MAX_STEPS_OF_ALL:,} steps in this scan")

    def pay(self, steps: int) -> None:
        """Take the steps of one look at a resource out, but for those that are free."""
        if steps > FREE_STEPS:
            self.left -= steps - FREE_STEPS


def spend(frame: Frame, steps: int) -> None:
    """Count steps against what one check may take on one resource. Raises EvaluationError."""
    frame[STEPS] -= steps
    frame[TAKEN] += steps
    if frame[STEPS] < 0:
        raise EvaluationError(f"the check takes more than {MAX_STEPS:,} steps")
