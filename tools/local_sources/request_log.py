"""Who was asked for what, and which credential came with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

# What a request showed: nothing, a credential that this run issued (its name), or something else.
NOTHING: Literal["nothing"] = "nothing"
UNKNOWN: Literal["unknown"] = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as a host saw it. It holds no secret: tokens appear by name.

    `path` has no query. `status` is 0 where the client got no answer. `strays` are the parts of the
    request, other than its Authorization, in which a credential of this run stood.
    """

    host: str
    method: str
    path: str
    credential: str
    user: str
    status: int
    strays: tuple[str, ...] = ()


class RequestLog:
    """The requests of all hosts of one run, in the order of their answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grown = threading.Condition(self._lock)
        self._requests: list[Request] = []

    def append(self, request: Request) -> None:
        """Add a request."""
        with self._lock:
            self._requests.append(request)
            self._grown.notify_all()

    def wait_for(self, wanted: Callable[[Request], bool], *, seconds: float) -> Request:
        """Return the first request that is wanted, as soon as it is there; raises TimeoutError."""

        def first() -> Request | None:
            return next((request for request in self._requests if wanted(request)), None)

        with self._grown:
            found = self._grown.wait_for(first, timeout=seconds)
        if found is None:
            message = f"no such request within {seconds:.0f} s"
            raise TimeoutError(message)
        return found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._requests.clear()

    def __call__(
        self, *, host: str | None = None, credential: str | None = None, path: str = ""
    ) -> tuple[Request, ...]:
        """Return the requests to a host, with a credential, whose path contains a text."""
        with self._lock:
            found = tuple(self._requests)
        return tuple(
            request
            for request in found
            if (host is None or request.host == host)
            and (credential is None or request.credential == credential)
            and path in request.path
        )

    def leaks(self, credential: str, *, home: str, scope: str = "/") -> tuple[Request, ...]:
        """Return the requests that carried a credential anywhere but to its home's scope."""
        return tuple(
            request
            for request in self(credential=credential)
            if request.host != home or not request.path.startswith(scope)
        )
