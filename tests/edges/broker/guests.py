"""Who comes to the door and says exactly what a test wants."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import urllib3

from lading.edges.broker import Broker


class Guest:
    """A client of the door that says exactly what a test wants; by default with the nonce."""

    def __init__(self, broker: Broker) -> None:
        self.url = urlsplit(broker.index_url)
        self.nonce = self.url.password or ""
        self.root = f"http://127.0.0.1:{self.url.port}"
        pair = base64.b64encode(f"lading:{self.nonce}".encode()).decode()
        self.headers = {"Authorization": f"Basic {pair}"}
        self._pool = urllib3.PoolManager(retries=False, timeout=60)

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterator[bytes] | None = None,
    ) -> tuple[int, str]:
        """Send one request and return the status and the body."""
        given = self.headers if headers is None else {**self.headers, **headers}
        answer = self._pool.request(method, self.root + path, headers=given, body=body)
        return answer.status, answer.data.decode("utf-8", "replace")

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()
