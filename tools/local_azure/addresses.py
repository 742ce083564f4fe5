"""Addresses on this machine: ports that are given to a site, and used again when it is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from local_azure.answers import Answer, text_answer
from local_azure.asked import Asked
from local_sources.hosts import Footing, Host
from local_sources.neighbourhood import stop_all

_NOBODY = text_answer("404 Web Site not found.", 404)


class Tenant(Protocol):
    """Who answers at an address."""

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""


class Address(Host):
    """A port with TLS, at which whoever lives there answers."""

    def __init__(self, name: str, footing: Footing) -> None:
        super().__init__(name, self.answer, footing)
        self.tenant: Tenant | None = None

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        asked = Asked.of(environ, self.origin)
        answer = self.tenant.answer(asked) if self.tenant else _NOBODY
        return answer.send(start_response)


class Addresses:
    """All addresses of sites: `let` one, or `vacate` them all."""

    def __init__(self, footing: Footing) -> None:
        self._footing = footing
        self._lock = threading.Lock()
        self._vacant: list[Address] = []
        self._let: list[Address] = []

    def let(self, name: str, tenant: Tenant) -> Address:
        """Return an address that listens, at which somebody answers from now on."""
        with self._lock:
            address = self._vacant.pop() if self._vacant else Address(name, self._footing)
            self._let.append(address)
        address.name = name
        address.tenant = tenant
        address.start()
        return address

    def vacate(self) -> None:
        """Let nobody answer any more."""
        with self._lock:
            for address in self._let:
                address.heal()
                address.tenant = None
            self._vacant += self._let
            self._let.clear()

    def stop(self) -> None:
        """Stop listening everywhere."""
        self.vacate()
        stop_all(self._vacant)
