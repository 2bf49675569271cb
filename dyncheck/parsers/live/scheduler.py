"""When which call is made: as many as there are workers, and never more often than each quota allows.

One coordinator owns all state, so there is nothing to lock: it starts jobs whose bucket has a token, waits for the next
one to end or the next token to fall due, and hands results back, which may bring further jobs. The pool that runs jobs
also keeps the time, so that a simulated pool shows what a sweep of thousands of tables would take.
"""

from __future__ import annotations

import heapq
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

Bucket = tuple[str, str, str]
"""Account, Region and name of the quota: what shares one token bucket."""

BURST: Final = 1.0
"""Tokens that a bucket may save up: a coordinator that is late for one call makes up for it with the next."""


SCARCE: Final = 10.0
"""Calls per second up to which a quota counts as scarce: half of the workers are kept for such calls."""


class Job(msgspec.Struct, frozen=True):
    """A call to make. ``work`` runs in a worker and never raises on purpose; ``done`` gets what it returns."""

    bucket: Bucket
    per_second: float
    work: Callable[[], Any]
    done: Callable[[Any], None]


class Pool(Protocol):
    """What runs jobs, and what time it is there."""

    workers: int

    def now(self) -> float:
        """Seconds since some moment."""
        ...

    def start(self, job: Job) -> None:
        """Run a job's work; at most ``workers`` are running at once."""
        ...

    def wait(self, seconds: float | None) -> list[tuple[Job, Any]]:
        """The jobs that ended, with what they returned, as soon as there is one; none after so many seconds."""
        ...


class Scheduler:
    """Jobs as their buckets have tokens; where workers are short, the slowest quota goes first: it decides the end."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._queues: dict[Bucket, deque[Job]] = {}
        self._due: dict[Bucket, float] = {}
        self._waiting: list[tuple[float, int, Bucket]] = []
        self._ready: list[tuple[float, int, float, Bucket]] = []
        self._number = 0
        self._running = 0
        self._plentiful = 0

    def submit(self, job: Job) -> None:
        """Make a call as soon as its quota allows."""
        jobs = self._queues.setdefault(job.bucket, deque())
        jobs.append(job)
        if len(jobs) == 1:
            self._wait_for_token(job.bucket)

    def run(self) -> None:
        """Make all calls that were submitted, and those that their results bring, until none is left."""
        while self._waiting or self._ready or self._running:
            self._start_due()
            for job, result in self._pool.wait(self._patience()):
                self._running -= 1
                self._plentiful -= job.per_second > SCARCE
                job.done(result)

    def _start_due(self) -> None:
        now = self._pool.now()
        while True:
            while self._waiting and self._waiting[0][0] <= now:
                due, number, bucket = heapq.heappop(self._waiting)
                heapq.heappush(self._ready, (self._queues[bucket][0].per_second, number, due, bucket))
            if not self._ready or not self._has_worker(self._ready[0][0]):
                return
            _, _, due, bucket = heapq.heappop(self._ready)
            jobs = self._queues[bucket]
            job = jobs.popleft()
            interval = 1 / job.per_second
            self._due[bucket] = max(due, now - BURST * interval) + interval
            if jobs:
                self._wait_for_token(bucket)
            self._running += 1
            self._plentiful += job.per_second > SCARCE
            self._pool.start(job)

    def _has_worker(self, per_second: float) -> bool:
        """Whether a call of that rate may take a worker now."""
        if self._running >= self._pool.workers:
            return False
        return per_second <= SCARCE or self._plentiful < max(1, self._pool.workers // 2)

    def _wait_for_token(self, bucket: Bucket) -> None:
        self._number += 1
        due = self._due.get(bucket, self._pool.now())
        heapq.heappush(self._waiting, (due, self._number, bucket))

    def _patience(self) -> float | None:
        """How long to wait for a job to end: until the next token, if a worker is free to use it."""
        if not self._waiting or self._running >= self._pool.workers:
            return None
        return max(0.0, self._waiting[0][0] - self._pool.now())


class ThreadPool:
    """Worker threads. They are daemons: an interrupted collection does not wait for calls that hang."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[tuple[Job, Any, BaseException | None]] = queue.SimpleQueue()
        self._threads = 0
        self._idle = 0

    def now(self) -> float:
        """The monotonic clock."""
        return time.monotonic()

    def start(self, job: Job) -> None:
        """Hand a job to a thread, a new one as long as there are fewer than allowed."""
        if self._idle == 0 and self._threads < self.workers:
            self._threads += 1
            threading.Thread(target=self._work, daemon=True).start()
        else:
            self._idle -= 1
        self._jobs.put(job)

    def wait(self, seconds: float | None) -> list[tuple[Job, Any]]:
        """The first job that ends, and all others that ended by then. Raises what a job raised."""
        ended = []
        try:
            ended.append(self._ended.get(timeout=seconds))
            while True:
                ended.append(self._ended.get_nowait())
        except queue.Empty:
            pass
        self._idle += len(ended)
        for _, _, error in ended:
            if error is not None:
                raise error
        return [(job, result) for job, result, _ in ended]

    def close(self) -> None:
        """Let the threads end."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._ended.put((job, job.work(), None))
            except BaseException as error:
                self._ended.put((job, None, error))
