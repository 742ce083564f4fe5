"""Two doors of which one is always closed: access to the sources, and foreign code.

Whoever fetches and builds holds an airlock instead of a broker and a sandbox, and so cannot have
both at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Protocol

from lading.core.errors import LadingError, SourceError
from lading.edges.processes import Completed
from lading.edges.sandbox import Errand


class Door(Protocol):
    """An open broker; `edges.broker.Broker` fits."""

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return why the door refused something."""

    @property
    def failures(self) -> tuple[LadingError, ...]:
        """Return the errors of the sources behind the door, the oldest first."""

    def environment(self) -> dict[str, str]:
        """Return the variables that send a child through this door."""


class Enclosure(Protocol):
    """What runs foreign code; `edges.sandbox.Sandbox` fits."""

    def run(self, errand: Errand) -> Completed:
        """Run foreign code to its end and return what it said."""


class Airlock:
    """Opens the broker, or runs foreign code; asked for both at once it raises RuntimeError.

    `open_broker` None means that there is no network.
    """

    def __init__(
        self,
        *,
        open_broker: Callable[[], AbstractContextManager[Door]] | None,
        enclosure: Enclosure,
    ) -> None:
        self._open_broker = open_broker
        self._enclosure = enclosure
        self._lock = Lock()
        self._inside = {"access": 0, "foreign code": 0}

    @contextmanager
    def access(self, subject: str) -> Iterator[Door]:
        """Open the broker; what it refused is added to the error of a failure.

        Where a source itself failed, that error is raised: it knows better than the program that
        was told "424" what happened and what to do. Raises SourceError without network, naming the
        subject.
        """
        if self._open_broker is None:
            raise SourceError(
                f"{subject} is not in the store, and --offline allows no network",
                remedy="Run once without --offline.",
            )
        with self._only("access"), self._open_broker() as door:
            try:
                yield door
            except SourceError as error:
                if door.failures:
                    raise door.failures[-1] from error
                if not door.refusals:
                    raise
                reasons = "".join(f"\n  {reason}" for reason in door.refusals)
                raise SourceError(f"{error.message}{reasons}", remedy=error.remedy) from error

    def run(self, errand: Errand) -> Completed:
        """Run foreign code with the broker closed."""
        with self._only("foreign code"):
            return self._enclosure.run(errand)

    @contextmanager
    def _only(self, side: str) -> Iterator[None]:
        (other,) = self._inside.keys() - {side}
        with self._lock:
            if self._inside[other]:
                message = f"{side} is wanted while there is {other}"
                raise RuntimeError(message)
            self._inside[side] += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[side] -= 1
