"""Answers that more than one record needs, asked for once: of keys, of Regions, and of tables that are replicas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dyncheck.parsers.live.operations import Operation
from dyncheck.parsers.live.records import Call

Done = Callable[[Call, Any], None]
"""Gets a call and its plain response, None where it failed."""

Question = tuple[str, str, Operation, str]
"""Account, Region, operation and what it is about."""

Waiter = tuple[Done, str | None]
"""Who waits, and how its record names the Region: None for its own."""


class Shared:
    """The answers of a sweep, and who waits for them, each from its own Region. Used by the coordinator alone."""

    def __init__(self) -> None:
        self._held: dict[Question, list[Waiter] | tuple[Call, Any]] = {}

    def is_first(self, question: Question, waiter: Waiter) -> bool:
        """Give the answer to a waiter as soon as it is there; True: nobody has asked yet, so the caller must."""
        held = self._held.get(question)
        if isinstance(held, tuple):
            _give(waiter, *held)
        elif held is not None:
            held.append(waiter)
        else:
            self._held[question] = [waiter]
            return True
        return False

    def answered(self, question: Question, call: Call, response: Any) -> None:
        """The answer is there."""
        waiting = self._held[question]
        self._held[question] = (call, response)
        for waiter in waiting if isinstance(waiting, list) else ():
            _give(waiter, call, response)

    def forget(self, question: Question) -> None:
        """Let go of an answer that nobody else will need."""
        self._held.pop(question, None)


def _give(waiter: Waiter, call: Call, response: Any) -> None:
    done, region = waiter
    done(msgspec.structs.replace(call, region=region), response)
