"""The credentials of one run, in memory only: obtained lazily, renewed in time, then forgotten."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from lading.core.access.issued import Issued, PartNotIssuedError
from lading.core.config import Source
from lading.core.errors import CredentialError
from lading.edges.tokens import issue_credential
from lading.edges.tokens.surroundings import Surroundings

# Seconds to leave an issuer in peace that failed while what it gave is still good.
_PAUSE = 30.0


class Issue(Protocol):
    """What obtains a credential: `issue_credential`."""

    def __call__(self, source: Source, url: str, *, surroundings: Surroundings) -> Issued | None:
        """Return what opens a URL of a source, None where it needs nothing."""


class Wallet:
    """The credentials of this run: each obtained when it is first needed, and before it expires.

    `surroundings.keep` is told every secret before it is used for anything. `tell` is told what was
    obtained for which source, every time. Used from many threads: a program that asks a person is
    started once.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        tell: Callable[[Source, Issued], None] = lambda _source, _issued: None,
        issue: Issue = issue_credential,
    ) -> None:
        self._surroundings = surroundings
        self._tell = tell
        self._issue = issue
        self._lock = Lock()
        self._purses: dict[str, _Purse] = {}

    def issued_for(self, source: Source, url: str) -> Issued | None:
        """Return what opens a URL of a source, None where the source declares none.

        Raises CredentialError, for every caller the same: a credential that cannot be had is not
        asked for again.
        """
        with self._lock:
            purse = self._purses.setdefault(source.name, _Purse())
        with purse.lock:
            purse.raise_failure(url)
            return self._current(source, url, purse)

    def _current(self, source: Source, url: str, purse: _Purse) -> Issued | None:
        now = self._surroundings.now()
        held = next((issued for issued in purse.issued if issued.opens(url)), None)
        if held is not None and not self._is_to_renew(held, purse, now):
            return held
        if held is None and purse.has_none:
            return None
        try:
            new = self._issue(source, url, surroundings=self._surroundings)
        except CredentialError as error:
            if held is not None and not held.is_over(now):
                purse.not_before = now + _PAUSE
                return held
            purse.failures.append(error)
            raise CredentialError(error.message, remedy=error.remedy) from None
        if new is None:
            purse.has_none = True
            return None
        purse.issued = [new, *(issued for issued in purse.issued if issued is not held)]
        self._tell(source, new)
        return new

    @staticmethod
    def _is_to_renew(held: Issued, purse: _Purse, now: float) -> bool:
        return held.is_due(now) and (held.is_over(now) or now >= purse.not_before)


class _Purse:
    """What is held for one source; its lock is held while the credential is obtained."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.issued: list[Issued] = []
        self.failures: list[CredentialError] = []
        self.has_none = False
        self.not_before = 0.0

    def raise_failure(self, url: str) -> None:
        """Raise what happened before, unless it was about another part of the source."""
        for failure in self.failures:
            if not isinstance(failure, PartNotIssuedError) or failure.concerns(url):
                raise CredentialError(failure.message, remedy=failure.remedy)
