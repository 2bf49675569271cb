"""Records by the million in little memory: beyond what is easily held, they are kept, and sorted, in packed runs.

An organization may hold 100,000 tables with ten findings each. As objects those take a gigabyte; they are much alike,
so that a run of them packs to a twentieth of it, and nothing has to be written to a disk.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any, Final, Generic, TypeVar, overload

import msgspec

PLAIN: Final = 8_192
"""Records that are held as they are: as many as make no difference."""
RUN: Final = 4_096
"""Records of a packed run, which is unpacked as a whole."""

T = TypeVar("T", bound=msgspec.Struct)
Key = Callable[[T], Any]
"""What records are sorted by."""


class Run(Generic[T]):
    """Some records, packed.

    As they are when one has more to it than its type says, or a text that cannot be written in UTF-8.
    """

    def __init__(self, records: Sequence[T], of: type[T]) -> None:
        import zlib

        self._of = of
        self._content: bytes | Sequence[T] = records
        if all(type(record) is of for record in records):
            with suppress(UnicodeEncodeError):
                self._content = zlib.compress(msgspec.msgpack.encode(records), 1)

    def __iter__(self) -> Iterator[T]:
        if not isinstance(self._content, bytes):
            return iter(self._content)
        import zlib

        records: list[T] = msgspec.msgpack.decode(zlib.decompress(self._content), type=list[self._of])  # type: ignore[name-defined]
        return iter(records)


class Packed(Collection[T]):
    """Any number of records of one type, in the order in which they were added."""

    def __init__(self, of: type[T], records: Iterable[T] = ()) -> None:
        self._of = of
        self._runs: list[Run[T]] = []
        self._packed = 0
        self._recent: list[T] = []
        self.extend(records)

    def append(self, record: T) -> None:
        """Add a record."""
        self._recent.append(record)
        if len(self._recent) >= PLAIN:
            self._pack()

    def extend(self, records: Iterable[T]) -> None:
        """Add records."""
        remaining = iter(records)
        while more := list(islice(remaining, PLAIN)):
            self._recent += more
            if len(self._recent) >= PLAIN:
                self._pack()

    def taken(self) -> Iterator[T]:
        """The records; what is passed on is no longer held."""
        runs, recent = self._runs[::-1], self._recent
        self._runs, self._recent, self._packed = [], [], 0
        while runs:
            yield from runs.pop()
        yield from recent

    def _pack(self) -> None:
        self._runs += (Run(part, self._of) for part in _parts(self._recent))
        self._packed += len(self._recent)
        self._recent = []

    def __iter__(self) -> Iterator[T]:
        for run in self._runs:
            yield from run
        yield from self._recent

    def __len__(self) -> int:
        return self._packed + len(self._recent)

    def __contains__(self, item: object) -> bool:
        return any(record == item for record in self)


class _SortedRun(msgspec.Struct, frozen=True):
    run: Run[Any]
    first: Any
    last: Any


class SortedRuns(Sequence[T]):
    """Any number of records, sorted. To go through them is cheap; to ask for the one at an index is not."""

    def __init__(self, records: Iterable[T], of: type[T], key: Key[T]) -> None:
        self._key = key
        self._runs: list[_SortedRun] = []
        self._length = 0
        remaining = iter(records)
        while batch := sorted(islice(remaining, PLAIN), key=key):
            self._length += len(batch)
            self._runs += (_SortedRun(Run(part, of), key(part[0]), key(part[-1])) for part in _parts(batch))

    def __iter__(self) -> Iterator[T]:
        return _merged(self._runs, self._key)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...

    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return at(self, index)


@overload
def at(records: Sequence[T], index: int) -> T: ...


@overload
def at(records: Sequence[T], index: slice) -> tuple[T, ...]: ...


@overload
def at(records: Sequence[T], index: int | slice) -> T | tuple[T, ...]: ...


def at(records: Sequence[T], index: int | slice) -> T | tuple[T, ...]:
    """What stands at an index of a sequence that can only be gone through. Raises IndexError."""
    positions = range(len(records))[index]
    if isinstance(positions, int):
        return next(islice(iter(records), positions, None))
    wanted = frozenset(positions)
    found = {position: record for position, record in enumerate(records) if position in wanted}
    return tuple(found[position] for position in positions)


def in_order(records: Iterable[T], of: type[T], key: Key[T]) -> Sequence[T]:
    """The records, sorted: a tuple, or packed where they are many."""
    remaining = iter(records)
    first = list(islice(remaining, PLAIN + 1))
    return tuple(sorted(first, key=key)) if len(first) <= PLAIN else SortedRuns(chain(first, remaining), of, key)


def _parts(records: Sequence[T]) -> Iterator[Sequence[T]]:
    return (records[start : start + RUN] for start in range(0, len(records), RUN))


def _merged(runs: Sequence[_SortedRun], key: Key[T]) -> Iterator[T]:
    """The records of sorted runs in order, those that sort alike in the order of the runs.

    A run is unpacked when its first record is due, and not earlier.
    """
    waiting = sorted(enumerate(runs), key=lambda numbered: numbered[1].first)[::-1]
    opened: list[tuple[Any, int, T, Iterator[T]]] = []
    while waiting or opened:
        if not waiting or (opened and opened[0][0] < waiting[-1][1].first):
            _, number, record, rest = heapq.heappop(opened)
            yield record
            for following in islice(rest, 1):
                heapq.heappush(opened, (key(following), number, following, rest))
            continue
        number, due = waiting.pop()
        if not opened and (not waiting or due.last < waiting[-1][1].first):
            yield from due.run
            continue
        rest = iter(due.run)
        heapq.heappush(opened, (due.first, number, next(rest), rest))
