"""The credentials of one run, in memory only: obtained lazily, once, and forgotten with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from lading.core.config import Source
from lading.core.errors import CredentialError
from lading.core.secret import Credential, Secret
from lading.edges.tokens import issue_credential


class Wallet:
    """The credentials of this run: each obtained when it is first needed, and only once.

    `remember` is told every password before the credential is given to anyone. Used from many
    threads: a program that asks a person is started once.
    """

    def __init__(self, ambient: Mapping[str, str], *, remember: Callable[[Secret], None]) -> None:
        self._ambient = ambient
        self._remember = remember
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._issued: dict[str, Credential | CredentialError | None] = {}
        self._secrets: list[Secret] = []

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return every password that was handed out so far."""
        with self._lock:
            return tuple(dict.fromkeys(self._secrets))

    def keep(self, secret: Secret) -> None:
        """Take note of a secret that came from elsewhere."""
        with self._lock:
            self._secrets.append(secret)
        self._remember(secret)

    def credential_of(self, source: Source) -> Credential | None:
        """Return a source's credential; raises CredentialError, for every caller the same."""
        with self._lock:
            own = self._locks.setdefault(source.name, Lock())
        with own:
            if source.name not in self._issued:
                self._issued[source.name] = self._issue(source)
            issued = self._issued[source.name]
        if isinstance(issued, CredentialError):
            raise CredentialError(issued.message, remedy=issued.remedy)
        return issued

    def _issue(self, source: Source) -> Credential | CredentialError | None:
        try:
            credential = issue_credential(source, ambient=self._ambient)
        except CredentialError as error:
            return error
        if credential is not None:
            self.keep(credential.password)
        return credential
