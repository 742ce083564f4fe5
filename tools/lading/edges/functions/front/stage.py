"""A loaded app in its place: what it can do, where it answers, and how many requests it is at."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from lading.core.functions import Indexed
from lading.core.functions.calls import CallProblem, Done, HttpAnswer, HttpCall, Occasion
from lading.core.functions.routes import Route, order_routes


class Functions(Protocol):
    """An app that was loaded; `edges.functions.process.FunctionsProcess` fits."""

    @property
    def indexed(self) -> Indexed:
        """Return what loading it showed."""

    @property
    def streaming_address(self) -> tuple[str, int] | None:
        """Return where its own server takes requests whole, None where it has none."""

    def call(self, call: HttpCall, *, time_limit: float) -> HttpAnswer | CallProblem:
        """Answer a request."""

    def stream(
        self, call: HttpCall, invocation_id: str, *, time_limit: float
    ) -> Done | CallProblem:
        """Run a function whose request goes to the app's own server; return once it has ended."""

    def trigger(self, occasion: Occasion, *, time_limit: float) -> Done | CallProblem:
        """Run a function that no request starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What stays when another app answers.

    `key` opens functions that are not anonymous, "" opens them to everybody; `say` is told what was
    asked and what came of it; `clock` counts seconds, and `started` is when it began. `name` is
    what it listens at, "" where it answers to every name.
    """

    key: str
    version: str
    say: Callable[[str], None]
    clock: Callable[[], float]
    started: float = 0.0
    name: str = ""


class Stage:
    """An app that answers; a `with` block is a request that it is at.

    `prefix` is that of host.json. Raises RouteError for a route that the host does not take.
    """

    def __init__(self, functions: Functions, *, prefix: str) -> None:
        self.functions = functions
        self.prefix = prefix
        self.routes: tuple[Route, ...] = order_routes(functions.indexed.functions, prefix)
        self._requests = 0
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        with self._changed:
            self._requests += 1
        return self

    def __exit__(self, *_raised: object) -> None:
        with self._changed:
            self._requests -= 1
            self._changed.notify_all()

    def drain(self, patience: float) -> None:
        """Wait until it is at no request any more, at most `patience` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._requests == 0, patience)
