"""Tokens that several sources or targets share, each obtained once at a time."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock

from lading.core.access.issued import Issued


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

    def place(self, key: Hashable) -> Place:
        """Return the place of a key, an empty one where it has none yet."""
        with self._lock:
            return self._places.setdefault(key, Place())
