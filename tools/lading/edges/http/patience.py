"""An end to all waiting: a server that always sends a little more never falls silent."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Timer

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError


class TooSlowError(TimeoutError):
    """Something took longer than it may, whatever came meanwhile."""


@contextmanager
def ended_after(seconds: float, end: Callable[[], None]) -> Iterator[None]:
    """Call `end`, in another thread, when the block takes longer, and raise TooSlowError then.

    A body whose connection was ended may look as if it were whole: that is TooSlowError too.
    """
    over = Event()

    def expire() -> None:
        over.set()
        with suppress(OSError, ValueError):
            end()

    timer = Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (HTTPError, OSError, ValueError) as error:
        if over.is_set():
            raise TooSlowError from error
        raise
    finally:
        timer.cancel()
    if over.is_set():
        raise TooSlowError


def patient_pools(seconds: float) -> Mapping[str, type[HTTPConnectionPool]]:
    """Return urllib3's pools by scheme, with a limit for the whole head of an answer."""

    def await_head(connection: HTTPConnection, read: Callable[[], HTTPResponse]) -> HTTPResponse:
        # Around another TLS, to an https proxy, it is no socket but has one.
        found = getattr(connection.sock, "socket", connection.sock)

        def end() -> None:
            # The plain one: that of TLS would let another thread read on without it.
            socket.socket.shutdown(found, socket.SHUT_RDWR)

        with ended_after(seconds, end):
            return read()

    class Plain(HTTPConnection):
        def getresponse(self) -> HTTPResponse:  # type: ignore[override]
            return await_head(self, super().getresponse)

    class Tls(HTTPSConnection):
        def getresponse(self) -> HTTPResponse:  # type: ignore[override]
            return await_head(self, super().getresponse)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
