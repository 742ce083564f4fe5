"""One host: a port of this machine with TLS, a gate, faults and a log."""

from __future__ import annotations

import base64
import binascii
import re
import socket
import sys
import threading
import traceback as tracebacks
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal
from urllib.parse import quote, unquote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

from local_sources.faults import Elsewhere, Fault, Trouble, TruncatedError, refuse
from local_sources.request_log import NOTHING, UNKNOWN, Request, RequestLog

_THREADS = 12
# Installers open dozens of connections at once; one that is not taken waits a whole second.
_BACKLOG = 128
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
# What WSGI's start_response takes as its third argument.
_ErrorInfo = (
    tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Credentials that are recognised rather than known: `name` is what the log calls them.

    `opens` are the names in whose place they are as good.
    """

    name: str
    recognises: Callable[[str], bool]
    opens: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Which credential opens which paths.

    `tokens` gives the name of every credential of the run by its token; `realms` the name that is
    wanted by path prefix, the longest prefix first. Paths without a realm are open. `publishers`
    gives the name that may read the same by the name that may also upload; where there are any,
    nobody else may. `trusts` may grow while the host runs. `place` is the part of a request where
    a credential belongs, `unauthorised` what answers a request that has none or a bad one.
    """

    tokens: Mapping[str, str] = field(default_factory=dict)
    realms: Mapping[str, str] = field(default_factory=dict)
    publishers: Mapping[str, str] = field(default_factory=dict)
    trusts: Sequence[Trust] = ()
    place: str = "HTTP_AUTHORIZATION"
    unauthorised: WSGIApplication = field(default_factory=lambda: _unauthorised)

    def identify(self, authorization: str) -> tuple[str, str]:
        """Return the name of the credential in a header, and its user name."""
        scheme, _, value = authorization.partition(" ")
        if not scheme:
            return NOTHING, ""
        user, password = "", value.strip()
        if scheme.lower() == "basic":
            try:
                pair = base64.b64decode(password, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return UNKNOWN, ""
            user, _, password = pair.partition(":")
        return self.tokens.get(password) or self._trusted(password) or UNKNOWN, user

    def strays(self, environ: WSGIEnvironment) -> tuple[str, ...]:
        """Return the parts of a request in which a credential stands where none belongs."""
        shown = {
            name: str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") and name not in {"HTTP_AUTHORIZATION", self.place}
        }
        shown |= {name: str(environ.get(name, "")) for name in ("PATH_INFO", "QUERY_STRING")}
        forms = [form for token in self.tokens for form in (token, quote(token, safe=""))]

        def is_stray(text: str) -> bool:
            return any(form in text for form in forms) or any(
                self._trusted(found) for found in _JWT.findall(text)
            )

        return tuple(name for name, text in shown.items() if is_stray(text))

    def admits(self, path: str, credential: str) -> bool:
        """Say whether a credential opens a path."""
        realms = sorted(self.realms, key=len, reverse=True)
        wanted = next((self.realms[realm] for realm in realms if path.startswith(realm)), None)
        standing = self._standing(credential)
        return wanted is None or wanted in {self.publishers.get(name, name) for name in standing}

    def refuses(self, environ: WSGIEnvironment, credential: str) -> Literal["401", "403"] | None:
        """Return the status with which a request is refused, None where it may pass."""
        if not self.admits(environ["PATH_INFO"], credential):
            return "401"
        is_upload = bool(self.publishers) and environ["REQUEST_METHOD"] == "POST"
        return "403" if is_upload and not self._standing(credential) & {*self.publishers} else None

    def _trusted(self, token: str) -> str | None:
        return next((trust.name for trust in self.trusts if trust.recognises(token)), None)

    def _standing(self, credential: str) -> frozenset[str]:
        """Return every name as which a credential counts."""
        own = frozenset({credential})
        return own.union(*(trust.opens for trust in self.trusts if trust.name == credential))


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What a host stands on: the log it writes, the gate it asks, its TLS, and its threads."""

    log: RequestLog
    gate: Gate
    tls: BuiltinSSLAdapter | None
    threads: int = _THREADS


class Host:
    """A host: it answers from `start` to `stop`, on one port as long as it lives."""

    def __init__(self, name: str, app: WSGIApplication, footing: Footing) -> None:
        self.name = name
        self._app = app
        self._log = footing.log
        self._gate = footing.gate
        self._tls = footing.tls
        self._threads = footing.threads
        self._port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._trouble: Trouble | None = None
        self.elsewhere = Elsewhere(http="", port="", host="")

    @property
    def port(self) -> int:
        """Return the port, 0 before the first start."""
        return self._port

    @property
    def origin(self) -> str:
        """Return the URL of the host without a trailing "/"."""
        return f"{'https' if self._tls else 'http'}://localhost:{self._port}"

    def start(self) -> None:
        """Listen; it may have been stopped before."""
        if self._server is not None:
            return
        # A server that chooses its port itself does not mark its sockets as reusable, and could
        # not listen there again while a client still holds a connection.
        server = _Server(
            ("127.0.0.1", self._port or _hold_port(self)),
            self,
            numthreads=self._threads,
            request_queue_size=_BACKLOG,
            shutdown_timeout=1,
        )
        server.ssl_adapter = self._tls
        server.prepare()
        self._port = server.bind_addr[1]
        self._server = server
        self._thread = threading.Thread(target=server.serve, name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening: clients are refused by the system from now on."""
        self.heal()
        if self._server is None or self._thread is None:
            return
        self._server.stop()
        self._thread.join()
        self._server = self._thread = None

    def fail(self, fault: Fault, *, where: str = "", times: int | None = None) -> None:
        """Answer requests whose path contains `where` faultily, `times` times or until healed."""
        self.heal()
        self._trouble = Trouble(fault=fault, where=where, times=times)

    def heal(self) -> None:
        """Answer as a good host does again; requests that hang are let go."""
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            trouble.over.set()

    def shown(self, environ: WSGIEnvironment) -> str:
        """Return what a request shows as its credential: a scheme, a space and a value."""
        authorization: str = environ.get("HTTP_AUTHORIZATION", "")
        return authorization

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI) and log it."""
        path = environ["PATH_INFO"]
        credential, user = self._gate.identify(self.shown(environ))

        def log_status(status: int) -> None:
            self._log.append(
                Request(
                    host=self.name,
                    method=environ["REQUEST_METHOD"],
                    path=unquote(path),
                    credential=credential,
                    user=user,
                    status=status,
                    strays=self._gate.strays(environ),
                )
            )

        def start(
            status: str, headers: list[tuple[str, str]], error: _ErrorInfo = None, /
        ) -> Callable[[bytes], object]:
            log_status(int(status[:3]))
            return start_response(status, headers, error)

        trouble = self._trouble
        refusal = self._gate.refuses(environ, credential)
        refusers = {"401": self._gate.unauthorised, "403": _forbidden}
        answer = refusers[refusal] if refusal else self._app
        if trouble is None or not trouble.concerns(path):
            return answer(environ, start)
        if trouble.fault == "hang":
            log_status(0)
            return trouble.answer(answer, self.elsewhere, environ, start_response)
        return trouble.answer(answer, self.elsewhere, environ, start)


class _Server(Server):
    """A server that keeps quiet about clients that went away and bodies cut on purpose."""

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:  # noqa: FBT001, FBT002
        del msg, level
        error = sys.exc_info()[1]
        if traceback and error and not isinstance(error, (TruncatedError, OSError)):
            tracebacks.print_exception(error, file=sys.stderr)


def _hold_port(host: Host) -> int:
    """Return a free port that nobody else gets as long as the host lives, stopped or not."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    if sys.platform == "linux":
        weakref.finalize(host, held.close)
    else:
        # Elsewhere a port is one socket's, even where that does not listen.
        held.close()
    return port


def _unauthorised(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return refuse("401", start_response)


def _forbidden(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return refuse("403", start_response)
