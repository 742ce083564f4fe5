"""Every HTTP request of lading: time limits, retries, redirects, proxies, CA bundles.

Nobody else may open a connection to another machine. No header and no query reaches a log, an error
or a record; `.netrc` is never read here.
"""

from __future__ import annotations

import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

import urllib3
from urllib3.exceptions import HTTPError

from lading.core.access.scope import covers
from lading.core.secret import Secret
from lading.core.urls import Url
from lading.edges.http.bounds import next_target, parse_target
from lading.edges.http.network import Network, Proxy
from lading.edges.http.patience import TooSlowError, ended_after, patient_pools
from lading.edges.http.request import Hop, Request, TimeLimits
from lading.edges.http.troubles import (
    TOO_SLOW,
    ConnectionFailedError,
    LeftScopeError,
    TransferError,
    told,
)

BLOCK = 64 * 1024
_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
# 408 is how some servers end a connection that was kept alive too long.
_WORTH_ANOTHER_TRY = frozenset({408, 429, 502, 503, 504})
_RETRIES = 2
_LONGEST_WAIT = 10.0
# Enough to keep the connection alive past a refusal or redirect, whose bodies nobody needs.
_UNREAD = 64 * 1024
# Bytes in a second: whoever is slower than that with what is read at once is not waited for.
_SLOWEST = 64 * 1024


class Response:
    """An answer whose body is read as it comes, from one thread."""

    def __init__(self, url: Url, raw: urllib3.BaseHTTPResponse, *, patience: float) -> None:
        self.url = url
        self.status = raw.status
        self.reason = raw.reason or ""
        self.headers: Mapping[str, str] = raw.headers
        self._raw = raw
        self._patience = patience

    def blocks(self) -> Iterator[bytes]:
        """Yield the body's bytes exactly as they were sent, in blocks of at most 64 KiB.

        Raises TransferError when the body ends early or the server falls silent.
        """
        stream = self._raw.stream(BLOCK, decode_content=False)
        while True:
            with told(self.url), ended_after(self._patience, self._raw.shutdown):
                block = next(stream, None)
            if block is None:
                return
            yield block

    def arriving(self) -> Iterator[bytes]:
        """Yield the body's bytes as soon as they come, however few they are.

        Raises TransferError when the server falls silent.
        """
        while True:
            with told(self.url):
                some = self._raw.read1(BLOCK)
            if not some:
                return
            yield some

    def read(self, *, limit: int) -> bytes:
        """Return the whole body, decompressed; TransferError beyond `limit` bytes."""
        parts: list[bytes] = []
        size = 0
        with self._hurried(limit):
            for part in self._raw.stream(BLOCK, decode_content=True):
                size += len(part)
                if size > limit:
                    raise TransferError(str(self.url), f"the answer is larger than {limit} bytes")
                parts.append(part)
        return b"".join(parts)

    def read_beginning(self, size: int) -> bytes:
        """Return the first `size` bytes of the body, decompressed, or all where it is shorter."""
        found = b""
        with self._hurried(size):
            for part in self._raw.stream(size, decode_content=True):
                found += part
                if len(found) >= size:
                    break
        return found[:size]

    @contextmanager
    def _hurried(self, size: int) -> Iterator[None]:
        patience = self._patience + size / _SLOWEST
        with told(self.url), ended_after(patience, self._raw.shutdown):
            yield


class Http:
    """The way out. Used from many threads at once.

    `ambient` names proxies (`https_proxy`, `all_proxy`, `no_proxy`) and additional certificate
    authorities (SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE, PIP_CERT).
    """

    def __init__(
        self,
        ambient: Mapping[str, str],
        *,
        limits: TimeLimits | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits or TimeLimits()
        self._sleep = sleep
        self._network = Network(ambient)
        self._pools: dict[tuple[str | None, Proxy | None, float], urllib3.PoolManager] = {}
        self._lock = Lock()
        # It writes request lines with their queries, which may be signatures, at DEBUG and WARNING.
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return the passwords that proxies are shown, for redaction."""
        return self._network.secrets

    @contextmanager
    def open(
        self, request: Request, *, record: Callable[[Hop], None] | None = None
    ) -> Iterator[Response]:
        """Send a request, follow its redirects, and give the answer, whatever its status.

        Only https, but for `on_link`. Raises TransferError where no answer comes, LeftScopeError
        where a redirect leads out of bounds.
        """
        url = parse_target(request)
        for _ in range(_REDIRECTS + 1):
            raw = self._send(request, url, record or _forget)
            location = raw.headers.get("Location")
            if raw.status not in _MOVED or location is None:
                break
            self._finish(request, url, raw)
            url = next_target(request, url, location)
        else:
            raise TransferError(str(url), f"more than {_REDIRECTS} redirects")
        try:
            yield Response(url, raw, patience=self._limits_of(request).whole)
        finally:
            raw.close()

    def pause(self, seconds: float) -> None:
        """Wait, as between two tries of a request."""
        self._sleep(seconds)

    def _send(
        self, request: Request, url: Url, record: Callable[[Hop], None]
    ) -> urllib3.BaseHTTPResponse:
        attempts = 1 + _RETRIES if request.can_repeat else 1
        for attempt in range(1, attempts + 1):
            try:
                raw = self._send_once(request, url, record, is_repeated=attempt > 1)
            except ConnectionFailedError as error:
                if attempt == attempts:
                    raise TransferError(error.url, error.reason) from None
                self._sleep(0.5 * attempt)
                continue
            if raw.status not in _WORTH_ANOTHER_TRY or attempt == attempts:
                return raw
            self._finish(request, url, raw)
            self._sleep(_wait(raw.headers.get("Retry-After"), attempt))
        raise AssertionError

    def _send_once(
        self, request: Request, url: Url, record: Callable[[Hop], None], *, is_repeated: bool
    ) -> urllib3.BaseHTTPResponse:
        """Send one request. This is the only place where a credential leaves the process."""
        headers = {"User-Agent": "lading", **request.headers}
        grant = request.grant
        authorized = grant is not None and covers(grant.scope, url)
        if grant is not None and authorized:
            headers["Authorization"] = grant.credential.authorization().reveal()
        method = request.verb
        limits = self._limits_of(request)
        status = None
        try:
            with told(url):
                raw = self._pool(url, request, is_new=is_repeated).request(
                    method,
                    url.address,
                    body=request.body,
                    headers=headers,
                    preload_content=False,
                    redirect=False,
                    retries=False,
                    timeout=urllib3.Timeout(connect=limits.connect, read=limits.read),
                )
            status = raw.status
        finally:
            record(Hop(method=method, url=str(url), authorized=authorized, status=status))
        return raw

    def _limits_of(self, request: Request) -> TimeLimits:
        return request.limits or self._limits

    def _finish(self, request: Request, url: Url, raw: urllib3.BaseHTTPResponse) -> None:
        """Give the connection back when the rest of the body is short, else close it.

        Raises TransferError where even that does not come to an end.
        """
        try:
            with ended_after(self._limits_of(request).whole, raw.shutdown):
                raw.read(_UNREAD, decode_content=False)
        except TooSlowError:
            raise TransferError(str(url), TOO_SLOW) from None
        except (HTTPError, OSError):
            pass
        finally:
            raw.close()

    def _pool(self, url: Url, request: Request, *, is_new: bool) -> urllib3.PoolManager:
        # What is on this machine's own link is not to be had through a proxy.
        proxy = None if url.scheme == "http" else self._network.proxy_of(url.host)
        key = (request.ca_bundle, proxy, self._limits_of(request).whole)
        if is_new:
            # A server closes what was idle just when it is used again, and all that was idle may
            # be in that state. Emptying the shared pool would fail the requests of other threads.
            return self._new_pool(*key)
        with self._lock:
            if key not in self._pools:
                self._pools[key] = self._new_pool(*key)
            return self._pools[key]

    def _new_pool(
        self, ca_bundle: str | None, proxy: Proxy | None, whole: float
    ) -> urllib3.PoolManager:
        pools = self._manager(proxy, self._network.new_tls(ca_bundle))
        pools.pool_classes_by_scheme = dict(patient_pools(whole))
        return pools

    def _manager(self, proxy: Proxy | None, context: ssl.SSLContext) -> urllib3.PoolManager:
        if proxy is None:
            return urllib3.PoolManager(num_pools=32, maxsize=16, ssl_context=context)
        return urllib3.ProxyManager(
            proxy.url,
            num_pools=32,
            maxsize=16,
            ssl_context=context,
            proxy_ssl_context=self._network.new_tls(None),
            proxy_headers=urllib3.make_headers(proxy_basic_auth=proxy.login.reveal())
            if proxy.login
            else None,
        )


def _forget(_: Hop) -> None:
    """Keep no record."""


def _wait(retry_after: str | None, attempt: int) -> float:
    # The header's other form, a date, is rare enough to be answered with our own pace.
    # Other alphabets have digits too, some of which are no numbers.
    if retry_after is not None and re.fullmatch(r"\s*[0-9]+\s*", retry_after):
        return min(float(retry_after), _LONGEST_WAIT)
    return 0.5 * attempt


__all__ = [
    "Hop",
    "Http",
    "LeftScopeError",
    "Request",
    "Response",
    "TimeLimits",
    "TransferError",
]
