"""What several sources or targets share, each thing obtained once at a time: tokens, clouds."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock

from lading.core.access.issued import Issued
from lading.core.identity.clouds import Cloud


@dataclass(slots=True, kw_only=True)
class Place:
    """What is held for one key; its lock is held while the token is obtained."""

    lock: Lock = field(default_factory=Lock)
    issued: Issued | None = None


class TokenShelf:
    """A place for each token of a run. Used from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: dict[Hashable, Place] = {}
        self._clouds: dict[str, Cloud] = {}
        self._reading = Lock()

    def place(self, key: Hashable) -> Place:
        """Return the place of a key, an empty one where it has none yet."""
        with self._lock:
            return self._places.setdefault(key, Place())

    def cloud(self, url: str, read: Callable[[str], Cloud]) -> Cloud:
        """Return the cloud of a Resource Manager, read by the first who wants it."""
        with self._reading:
            if url not in self._clouds:
                self._clouds[url] = read(url)
            return self._clouds[url]
