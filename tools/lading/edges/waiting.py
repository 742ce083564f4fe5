"""Waiting: the pauses of work in several threads, all of which one word ends."""

from __future__ import annotations

import threading
from collections.abc import Callable

_MINUTE = 60


class StoppedError(Exception):
    """Somebody wants no more of it: the work ends where it would have waited."""


class Waiting:
    """Pauses that end, in every thread, as soon as somebody says `stop`."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Wait some seconds; raises StoppedError where somebody said stop."""
        if self._stopped.wait(max(seconds, 0.0)):
            raise StoppedError

    def stop(self) -> None:
        """End every wait, and every later one at once."""
        self._stopped.set()


class Reminder:
    """Pauses that tell, once a minute, how many minutes all of it has taken so far."""

    def __init__(
        self,
        sleep: Callable[[float], None],
        *,
        clock: Callable[[], float],
        tell: Callable[[int], None],
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._tell = tell
        self._began = clock()
        self._told = 0

    def sleep(self, seconds: float) -> None:
        """Wait some seconds, and raise what a pause raises."""
        minutes = int(self._clock() - self._began) // _MINUTE
        if minutes > self._told:
            self._told = minutes
            self._tell(minutes)
        self._sleep(seconds)
