"""The time of the local Azure, and what is to happen at which time."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """The machine's clock, which a test can hold, and put forward instead of waiting."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._held: float | None = None

    def now(self) -> float:
        """Return seconds since the epoch."""
        return (time.time() if self._held is None else self._held) + self._skipped

    def hold(self) -> None:
        """Let no time pass but what is skipped: a slow machine sees what a fast one sees."""
        self._held = time.time()

    def release(self) -> None:
        """Let time pass again."""
        self._held = None

    def skip(self, seconds: float) -> None:
        """Let time pass at once; what a client is given as its `sleep`."""
        self._skipped += seconds

    def stamp(self) -> str:
        """Return the time as Azure's services write it."""
        return f"{self.utc():%Y-%m-%dT%H:%M:%S.%f}0Z"

    def utc(self) -> datetime:
        """Return the time as a date."""
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=self.now())


class Agenda:
    """What happens later: done in its order, before the first request that comes after its time.

    Nothing runs in the background, so that what a client sees depends on the clock alone.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._lock = threading.Lock()
        self._doing = threading.local()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something in some seconds; what is being done counts as done in its own time."""
        start: float = getattr(self._doing, "due", None) or self._clock.now()
        with self._lock:
            heapq.heappush(self._due, (start + seconds, next(self._order), action))

    def settle(self) -> None:
        """Do all whose time has come, and what comes of that; nobody waits for it meanwhile."""
        while action := self._next():
            self._doing.due, act = action
            try:
                act()
            finally:
                self._doing.due = None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._due.clear()

    def _next(self) -> tuple[float, Callable[[], None]] | None:
        with self._lock:
            if not self._due or self._due[0][0] > self._clock.now():
                return None
            due, _, action = heapq.heappop(self._due)
        return due, action
