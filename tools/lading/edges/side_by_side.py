"""The same work for several things at once, each in a thread, which Ctrl-C ends in good order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from lading.core.errors import LadingError
from lading.edges.waiting import StoppedError

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")
# Seconds: how long what was told to stop may take for the request that it is in.
_GRACE = 20.0
_LOOK = 0.2


def side_by_side(
    work: Callable[[_Thing], _Result], things: Sequence[_Thing], *, stop: Callable[[], None]
) -> tuple[_Result, ...]:
    """Return what work makes of each thing, in their order.

    Where some of it fails, the rest is done all the same, and the failures are raised as one. With
    Ctrl-C `stop` is called, and all of it gets some seconds to end; then that is raised.
    """
    places: list[_Place[_Result]] = [_Place() for _ in things]
    try:
        for place, thing in zip(places, things, strict=True):
            # A daemon: a request that gets no answer must not keep this process alive.
            threading.Thread(target=place.fill, args=(work, thing), daemon=True).start()
        _await(places)
    except KeyboardInterrupt:
        stop()
        _await(places, seconds=_GRACE)
        raise
    return _results(places)


class _Place(Generic[_Result]):
    """Where the result of one thread goes, or what ended it."""

    def __init__(self) -> None:
        self.result: list[_Result] = []
        self.error: Exception | None = None
        # Not Thread.join: interrupted, it takes a thread for ended that is not (bpo-45274).
        self.ended = threading.Event()

    def fill(self, work: Callable[[_Thing], _Result], thing: _Thing) -> None:
        try:
            self.result.append(work(thing))
        except Exception as error:  # noqa: BLE001 - it is raised where the results are read
            self.error = error
        finally:
            self.ended.set()


def _results(places: Sequence[_Place[_Result]]) -> tuple[_Result, ...]:
    errors = [place.error for place in places if place.error is not None]
    for error in errors:
        if not isinstance(error, LadingError | StoppedError):
            raise error
    told = [error for error in errors if isinstance(error, LadingError)]
    if told:
        raise _joined(told)
    return tuple(result for place in places for result in place.result)


def _joined(errors: Sequence[LadingError]) -> LadingError:
    """Return the first error, with what the others say that it does not."""
    first = errors[0]
    others = dict.fromkeys(str(error) for error in errors if str(error) != str(first))
    if others:
        first.message = "\n".join((*others, first.message))
    return first


def _await(places: Sequence[_Place[_Result]], *, seconds: float | None = None) -> None:
    """Wait until all of them have ended, in pieces: a signal is heard between two."""
    end = None if seconds is None else time.monotonic() + seconds
    for place in places:
        while not place.ended.wait(_LOOK):
            if end is not None and time.monotonic() >= end:
                return
