"""What goes wrong with hosts: one name each, applied to the requests of one host."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import urljoin, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Fault = Literal[
    "401",
    "403",
    "404",
    "500",
    "503",
    "hang",
    "truncate",
    "sign-in",
    "garbage",
    "redirect-to-http",
    "redirect-to-port",
    "redirect-to-host",
    "redirect-to-organisation",
    "links-to-http",
    "links-to-port",
    "links-to-host",
    "links-to-organisation",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

_REASONS = {
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "Not Found",
    "500": "Server Error",
    "503": "Service Unavailable",
}
# A link on an index's page, in HTML and in JSON.
_LINK = re.compile(rb'(href="|"url": ")([^"]*)"')
# What Azure DevOps says to a token that has expired.
_SIGN_IN = b"<!DOCTYPE html>\n<html><head><title>Sign In</title></head><body></body></html>\n"
# Longer than any client waits; a run that ends wakes the requests that hang.
_HANG_SECONDS = 300.0
_Headers = list[tuple[str, str]]


class TruncatedError(Exception):
    """Ends a connection in the middle of a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The places to which a bad host sends its clients; URLs without a trailing "/".

    `http` is a host without TLS, `port` another port of the same host name, `host` another host
    name; `home` and `foreign` are path prefixes of two organisations on the same host.
    """

    http: str
    port: str
    host: str
    home: str = "/acme/"
    foreign: str = "/contoso/"


@dataclass(slots=True, kw_only=True)
class Trouble:
    """One fault of a host: for paths that contain `where`, the next `times` requests or all."""

    fault: Fault
    where: str = ""
    times: int | None = None
    over: threading.Event = field(default_factory=threading.Event)
    counting: threading.Lock = field(default_factory=threading.Lock)

    def concerns(self, path: str) -> bool:
        """Say whether a request meets the fault, and count it."""
        with self.counting:
            if self.where not in path or self.times == 0:
                return False
            if self.times is not None:
                self.times -= 1
            return True

    def answer(
        self,
        app: WSGIApplication,
        elsewhere: Elsewhere,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Answer a request in the faulty way."""
        match self.fault:
            case "401" | "403" | "404" | "500" | "503":
                return refuse(self.fault, start_response)
            case "hang":
                self.over.wait(_HANG_SECONDS)
                return refuse("500", start_response)
            case "sign-in":
                headers = [("Content-Type", "text/html"), ("Content-Length", str(len(_SIGN_IN)))]
                start_response("203 Non-Authoritative Information", headers)
                return [_SIGN_IN]
            case "garbage":
                # All that is secret in the answer is there, but what reads it fails.
                captured = Captured.of(app, environ)
                return captured.replay(start_response, body=captured.body[:-2])
            case "truncate":
                # Clients resume: what they ask for the second time is cut too.
                whole = {key: value for key, value in environ.items() if key != "HTTP_RANGE"}
                return _truncate(Captured.of(app, whole), start_response)
            case _:
                return self._misdirect(app, elsewhere, environ, start_response)

    def _misdirect(
        self,
        app: WSGIApplication,
        elsewhere: Elsewhere,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        kind, _, place = self.fault.partition("-to-")
        move = _move(place, elsewhere)
        if kind == "redirect":
            query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
            location = move(environ["PATH_INFO"]) + query
            # The most dangerous kind: a client that follows it sends what it posted once more.
            is_post = environ["REQUEST_METHOD"] == "POST"
            status = "307 Temporary Redirect" if is_post else "302 Found"
            start_response(status, [("Location", location), ("Content-Length", "0")])
            return []
        captured = Captured.of(app, environ)

        def moved(match: re.Match[bytes]) -> bytes:
            link = urlsplit(urljoin(environ["PATH_INFO"], match[2].decode()))
            fragment = f"#{link.fragment}" if link.fragment else ""
            return match[1] + f'{move(link.path)}{fragment}"'.encode()

        return captured.replay(start_response, body=_LINK.sub(moved, captured.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A whole answer of an application."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @staticmethod
    def of(app: WSGIApplication, environ: WSGIEnvironment) -> Captured:
        """Ask an application and keep its answer."""
        said: list[tuple[str, _Headers]] = []
        written: list[bytes] = []

        def start_response(
            status: str, headers: _Headers, _error: object = None, /
        ) -> Callable[[bytes], object]:
            said.append((status, headers))
            return written.append

        chunks = app(environ, start_response)
        try:
            written.extend(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        status, headers = said[-1]
        return Captured(status=status, headers=tuple(headers), body=b"".join(written))

    def replay(self, start_response: StartResponse, *, body: bytes) -> list[bytes]:
        """Give the answer with another body."""
        start_response(self.status, self.with_length(len(body)))
        return [body]

    def with_length(self, length: int) -> _Headers:
        """Return the headers with the length of a body in bytes."""
        kept = [pair for pair in self.headers if pair[0].lower() != "content-length"]
        return [*kept, ("Content-Length", str(length))]


def refuse(status: str, start_response: StartResponse) -> list[bytes]:
    """Answer with an error and a body that says so."""
    body = f"{status} {_REASONS[status]}\n".encode()
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    if status == "401":
        headers.append(("WWW-Authenticate", 'Basic realm="acme"'))
    start_response(f"{status} {_REASONS[status]}", headers)
    return [body]


def _truncate(captured: Captured, start_response: StartResponse) -> Iterator[bytes]:
    start_response(captured.status, captured.with_length(len(captured.body)))
    yield captured.body[: len(captured.body) // 2]
    raise TruncatedError


def _move(place: str, elsewhere: Elsewhere) -> Callable[[str], str]:
    def to_organisation(path: str) -> str:
        if path.startswith(elsewhere.home):
            return elsewhere.foreign + path.removeprefix(elsewhere.home)
        return elsewhere.foreign.rstrip("/") + path

    places = {"http": elsewhere.http, "port": elsewhere.port, "host": elsewhere.host}
    return to_organisation if place == "organisation" else lambda path: places[place] + path
