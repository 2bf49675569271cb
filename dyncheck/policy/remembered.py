"""Answers that are kept, because the same texts recur from resource to resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_KEPT: Final = 1_000
_SHORT: Final = 256


class Remembered(dict[K, V]):
    """What a function says of short texts, or of None: ``remembered[text]``. It forgets all beyond a thousand."""

    def __init__(self, function: Callable[[K], V]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: K) -> V:
        found = self._function(key)
        if not isinstance(key, str) or len(key) < _SHORT:
            if len(self) >= _KEPT:
                self.clear()
            self[key] = found
        return found
