"""Every secret that this run has met, so that no text can show it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from lading.core.secret import Secret


class KnownSecrets:
    """Every secret of this run; `remember` is told each one before anybody uses it.

    Used from many threads.
    """

    def __init__(self, remember: Callable[[Secret], None]) -> None:
        self._remember = remember
        self._lock = Lock()
        self._secrets: dict[Secret, None] = {}

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return what was met so far, the oldest first."""
        with self._lock:
            return tuple(self._secrets)

    def keep(self, secret: Secret) -> None:
        """Take note of a secret, before it is used."""
        with self._lock:
            if secret not in self._secrets:
                # Within the lock: whoever comes second must not use it before it is masked.
                self._remember(secret)
                self._secrets[secret] = None
