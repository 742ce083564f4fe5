"""Lock → Wheels: what an index has is fetched, what is no wheel is built with what was locked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lading.core.errors import LockError
from lading.core.lock import Lock, LockedFile, LockedSource
from lading.core.wheel import Wheel

Fetch = Callable[[tuple[LockedFile, ...]], tuple[Wheel, ...]]


class Workshop(Protocol):
    """Who builds wheels."""

    def build(self, source: LockedSource, wheels: tuple[Wheel, ...]) -> Wheel:
        """Build a wheel from a source with nothing but `wheels`, without any access."""


def gather_wheels(lock: Lock, *, fetch: Fetch, workshop: Workshop) -> tuple[Wheel, ...]:
    """Return the wheel of everything that was locked for the app.

    All that is fetched is fetched before the first source is built.
    """
    wheels = fetch((*lock.files, *lock.build_files))
    loaded, tools = wheels[: len(lock.files)], wheels[len(lock.files) :]
    bench = _Bench(lock, tools, workshop)
    return (*loaded, *(bench.build(source) for source in lock.sources))


class _Bench:
    """Builds sources, and before each of them whatever it is built with."""

    def __init__(self, lock: Lock, tools: tuple[Wheel, ...], workshop: Workshop) -> None:
        self._sources = {f"{one.name}=={one.version}": one for one in lock.build_sources}
        self._ready = {f"{wheel.name}=={wheel.version}": wheel for wheel in tools}
        self._under_way: list[str] = []
        self._workshop = workshop

    def build(self, source: LockedSource) -> Wheel:
        return self._workshop.build(source, tuple(self._tool(pin) for pin in source.build_requires))

    def _tool(self, pin: str) -> Wheel:
        if pin not in self._ready:
            if pin not in self._sources or pin in self._under_way:
                raise LockError(
                    f"sources.lock lacks the build requirement {pin}",
                    remedy="Write it anew: lading lock",
                )
            self._under_way.append(pin)
            self._ready[pin] = self.build(self._sources[pin])
        return self._ready[pin]
