"""Waiting: the pauses of work in several threads, all of which one word ends."""

from __future__ import annotations

import threading


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
