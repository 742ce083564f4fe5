"""A client for the hosts: exact requests, no redirects, one credential at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import urllib3

from local_sources import LocalSources
from local_sources.sources import USER


class Client:
    """Sends what a test says and nothing else; `token` as Basic authentication."""

    def __init__(self, sources: LocalSources) -> None:
        bundle = str(sources.certificates.bundle)
        self._pool = urllib3.PoolManager(ca_certs=bundle, retries=False, timeout=60)

    def get(
        self, url: str, token: str | None = None, *, method: str = "GET", accept: str = "*/*"
    ) -> urllib3.BaseHTTPResponse:
        """Send one request."""
        headers = {"Accept": accept}
        if token is not None:
            headers |= urllib3.make_headers(basic_auth=f"{USER}:{token}")
        return self._pool.request(method, url, headers=headers, redirect=False)

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()


@pytest.fixture
def client(sources: LocalSources) -> Iterator[Client]:
    """Return a client that trusts the hosts."""
    opened = Client(sources)
    yield opened
    opened.close()


@pytest.fixture
def trusting(sources: LocalSources, ambient: dict[str, str]) -> dict[str, str]:
    """Return the environment of a program that trusts the hosts, without credentials."""
    environment = sources.environment(ambient)
    return environment | {"GIT_TERMINAL_PROMPT": "0", "PIP_NO_INPUT": "1", "UV_HTTP_RETRIES": "0"}
