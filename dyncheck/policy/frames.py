"""What a closure is given: the frame of one resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dyncheck.policy.limits import MAX_LOOPS, MAX_STEPS
from dyncheck.policy.operations import EvaluationError

Frame = list[Any]
"""The resource, the steps that are left, what is known of it already (conditions and lists that several checks share),
the element of ``each``, and a place for the variable of each macro around an expression."""

Closure = Callable[[Frame], Any]
"""An expression, ready to run. It gives a plain value, a tuple, a map, a model object, an OpenList, an Unknown or a
Choice; the last two count as unknown."""

RESOURCE: Final = 0
STEPS: Final = 1
MEMORY: Final = 2
ELEMENT: Final = 3
FRAME_SIZE: Final = 4 + MAX_LOOPS


def new_frame(resource: Any) -> Frame:
    """A frame for one resource; the engine puts the element of ``each`` into its place."""
    frame: Frame = [None] * FRAME_SIZE
    frame[RESOURCE] = resource
    frame[STEPS] = MAX_STEPS
    frame[MEMORY] = {}
    return frame


def spend(frame: Frame, steps: int) -> None:
    """Count steps against what one check may take on one resource. Raises EvaluationError."""
    frame[STEPS] -= steps
    if frame[STEPS] < 0:
        raise EvaluationError(f"the check takes more than {MAX_STEPS:,} steps")
