"""Keeps tests off the network: loopback and the configured package index, nothing else.

In this process an audit hook sees every connection and look-up. Children get a proxy on loopback
(`variables`) that connects to the hosts of the index only; pip, uv, curl, Git and lading's own
requests honour it. That nothing went past the proxy is what `tests.traced` shows, where strace is.
"""

from __future__ import annotations

import ipaddress
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self
from urllib.parse import urlsplit

import urllib3
from pypi_simple import ProjectPage

HTTPS_PORT = 443
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_CHUNK_BYTES = 1 << 16
_LONGEST_HEAD = 1 << 14
_TIMEOUT = urllib3.Timeout(connect=10, read=30)
# A project that every index has; its links tell on which hosts the files are.
_EVERYWHERE = "pip"


class ForbiddenConnectionError(OSError):
    """A test wanted to reach something that tests may not depend on."""


class NetworkGuard:
    """The rule, the hook that enforces it here, and the proxy that enforces it on children.

    `ca_bundle` verifies the index. `outer` is the machine's own proxy (http://HOST:PORT), if any.
    """

    def __init__(self, index_url: str, *, ca_bundle: str, outer: str | None = None) -> None:
        self._index_url = index_url
        self._ca_bundle = ca_bundle
        self._outer = urlsplit(outer) if outer else None
        self._inside = threading.local()
        self._learning = threading.Lock()
        self._hosts: frozenset[str] | None = None
        self._addresses: set[str] = set()
        self._refusals: list[str] = []
        self._own_names = {"localhost", "", socket.gethostname().lower()}
        if self._outer is not None:
            self._own_names.add((self._outer.hostname or "").lower())
        self._proxy = _Proxy(self)
        self._active = False
        self._index_closed = False

    def __enter__(self) -> Self:
        """Enforce the rule from now on."""
        sys.addaudithook(self._audit)
        self._active = True
        threading.Thread(target=self._proxy.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop enforcing it; an audit hook stays, and does nothing any more."""
        self._active = False
        self._proxy.shutdown()
        self._proxy.server_close()

    def variables(self) -> dict[str, str]:
        """Return the variables that send a child's requests through the proxy."""
        url = f"http://127.0.0.1:{self._proxy.server_address[1]}"
        variables = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), url)
        variables["NO_PROXY"] = "127.0.0.1,localhost"
        return variables | {name.lower(): value for name, value in variables.items()}

    def take_refusals(self) -> tuple[str, ...]:
        """Return what was refused since the last time."""
        taken, self._refusals = tuple(self._refusals), []
        return taken

    @contextmanager
    def loopback_only(self) -> Iterator[None]:
        """Refuse the index too, to everything that goes through the proxy."""
        self._index_closed = True
        try:
            yield
        finally:
            self._index_closed = False

    def permits(self, host: str) -> bool:
        """Say whether this process may talk to a host."""
        return self._is_here(host) or host.lower() in self._index_hosts()

    def permits_child(self, host: str) -> bool:
        """Say whether the proxy connects to a host."""
        return self._is_here(host) or (not self._index_closed and self.permits(host))

    def refuse(self, what: str) -> ForbiddenConnectionError:
        """Record a refusal and return the error to raise."""
        self._refusals.append(what)
        return ForbiddenConnectionError(f"tests may not reach {what}")

    def connect(self, host: str, port: int) -> socket.socket:
        """Connect to a host for a child, through the machine's own proxy where there is one."""
        with self._trusted():
            if self._outer is None or self._is_here(host):
                return socket.create_connection((host, port), timeout=30)
            outer = (self._outer.hostname or "", self._outer.port or 80)
            tunnel = socket.create_connection(outer, timeout=30)
            tunnel.sendall(
                f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
            )
            if b" 200" not in _read_head(tunnel).partition(b"\r\n")[0]:
                tunnel.close()
                raise ConnectionRefusedError(f"the proxy of this machine refused {host}")
            return tunnel

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not event.startswith("socket.") or not self._active or self._is_trusted:
            return
        if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            host = _text(arguments[0])
            if not self.permits(host):
                raise self.refuse(host)
        elif event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            connection, address = arguments[:2]
            if connection.family not in _INTERNET or not isinstance(address, tuple):
                return
            if not self._is_known(_text(address[0])):
                raise self.refuse(f"{_text(address[0])}:{address[1]}")

    def _is_known(self, address: str) -> bool:
        if self._is_here(address) or address.lower() in self._index_hosts():
            return True
        if address not in self._addresses:
            outer = self._outer.hostname if self._outer else None
            with self._trusted():
                for host in {*self._index_hosts(), *([outer] if outer else [])}:
                    self._addresses |= _resolve(host)
        return address in self._addresses

    def _is_here(self, host: str) -> bool:
        if host.lower() in self._own_names:
            return True
        with suppress(ValueError):
            return ipaddress.ip_address(host).is_loopback
        return False

    def _index_hosts(self) -> frozenset[str]:
        with self._learning:
            if self._hosts is None:
                with self._trusted():
                    self._hosts = self._read_index_hosts()
            return self._hosts

    def _read_index_hosts(self) -> frozenset[str]:
        """Return the host of the index and those to which its file links go."""
        url = f"{self._index_url.rstrip('/')}/{_EVERYWHERE}/"
        index = (urlsplit(url).hostname or "").lower()
        try:
            with self._pool() as pool:
                page = pool.request("GET", url, headers={"Accept": "text/html"}, timeout=_TIMEOUT)
        except urllib3.exceptions.HTTPError:
            return frozenset({index})
        links = ProjectPage.from_html(_EVERYWHERE, page.data, base_url=url).packages
        return frozenset({index, *((urlsplit(link.url).hostname or "") for link in links)})

    def _pool(self) -> urllib3.PoolManager:
        if self._outer is None:
            return urllib3.PoolManager(ca_certs=self._ca_bundle)
        return urllib3.ProxyManager(self._outer.geturl(), ca_certs=self._ca_bundle)

    @property
    def _is_trusted(self) -> bool:
        return getattr(self._inside, "depth", 0) > 0

    @contextmanager
    def _trusted(self) -> Iterator[None]:
        self._inside.depth = getattr(self._inside, "depth", 0) + 1
        try:
            yield
        finally:
            self._inside.depth -= 1


class _Proxy(socketserver.ThreadingTCPServer):
    """An HTTP proxy that knows CONNECT only, and asks the guard first."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, guard: NetworkGuard) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.guard = guard

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that went away."""


class _Tunnel(socketserver.BaseRequestHandler):
    server: _Proxy

    def handle(self) -> None:
        """Answer one CONNECT, and carry bytes until one side ends."""
        method, target = (*_read_head(self.request).split(b" ", 2), b"", b"")[:2]
        host, _, port = target.decode("latin-1").rpartition(":")
        if method != b"CONNECT" or not port.isdigit():
            self._forbid(target.decode("latin-1"))
        elif not self.server.guard.permits_child(host.strip("[]")):
            self._forbid(f"{host}:{port}")
        else:
            with self.server.guard.connect(host.strip("[]"), int(port)) as remote:
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _carry_both(self.request, remote)

    def _forbid(self, what: str) -> None:
        self.server.guard.refuse(f"{what} (a child's request)")
        self.request.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


def _resolve(host: str) -> set[str]:
    try:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(host, HTTPS_PORT)}
    except OSError:
        return set()


def _carry_both(client: socket.socket, remote: socket.socket) -> None:
    back = threading.Thread(target=_carry, args=(remote, client), daemon=True)
    back.start()
    _carry(client, remote)
    back.join()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(_CHUNK_BYTES):
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
        chunk = connection.recv(_CHUNK_BYTES)
        if not chunk:
            break
        head += chunk
    return head


def _text(host: object) -> str:
    if isinstance(host, bytes):
        return host.decode("latin-1")
    return str(host) if host is not None else ""
