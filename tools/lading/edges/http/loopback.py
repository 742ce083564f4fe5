"""A request handed on to a server of this machine, with both bodies as they come.

It goes past every proxy and shows no credential: what was asked is passed on as it is.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse

from lading.edges.http import BLOCK, TransferError

# Seconds for which a server may still be starting, and between two tries.
_START = 10.0
_PAUSE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What is handed on, to which address; `headers` are all that go along.

    `blocks` is the body, None where there is none; it is sent in chunks where no header tells its
    length. `patience` in seconds is for each part of the answer.
    """

    address: tuple[str, int]
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    blocks: Iterator[bytes] | None
    patience: float


class Passage:
    """A request on its way; `is_sending` says whether its body is still being sent."""

    def __init__(self, handed: Handed) -> None:
        self.is_sending = False
        self._handed = handed
        self._connection = HTTPConnection(*handed.address, timeout=handed.patience)
        self._is_aborted = False
        self._url = "http://{}:{}".format(*handed.address)

    def send(self) -> Answer:
        """Send the request and return the answer as soon as its head is there.

        The body goes on being sent meanwhile. Raises TransferError where no answer comes.
        """
        try:
            self._connect()
            chunked = self._send_head()
            if self._handed.blocks is not None:
                send = self._send_chunks if chunked else self._send_plain
                self.is_sending = True
                threading.Thread(target=self._send_body, args=(send,), daemon=True).start()
            return Answer(self._connection.getresponse(), url=self._url)
        except (OSError, HTTPException, ValueError) as error:
            raise TransferError(self._url, str(error) or type(error).__name__) from error

    def abort(self) -> None:
        """Let go of the request from any thread, whatever another one waits for."""
        self._is_aborted = True
        with suppress(OSError, AttributeError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection."""
        self.abort()
        self._connection.close()

    def _connect(self) -> None:
        until = time.monotonic() + _START
        while True:
            try:
                self._connection.connect()
            except ConnectionRefusedError:
                if self._is_aborted or time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)
            else:
                break
        if self._is_aborted:
            raise ConnectionAbortedError("nobody waits for it any more")

    def _send_head(self) -> bool:
        handed = self._handed
        names = {name.lower() for name, _ in handed.headers}
        self._connection.putrequest(
            handed.method, handed.target, skip_host="host" in names, skip_accept_encoding=True
        )
        for name, value in handed.headers:
            self._connection.putheader(name, value.encode("latin-1", "replace"))
        chunked = handed.blocks is not None and "content-length" not in names
        if chunked:
            self._connection.putheader("Transfer-Encoding", "chunked")
        self._connection.endheaders()
        return chunked

    def _send_body(self, send: Callable[[Iterator[bytes]], None]) -> None:
        try:
            send(self._handed.blocks or iter(()))
        except OSError:
            # It does not want more; whether it answers is seen where the answer is read.
            pass
        except Exception:  # noqa: BLE001 - whoever sends it may break off in any way
            # Half a body must not pass for a whole one.
            self.abort()
        finally:
            self.is_sending = False

    def _send_plain(self, blocks: Iterator[bytes]) -> None:
        for block in blocks:
            self._connection.send(block)

    def _send_chunks(self, blocks: Iterator[bytes]) -> None:
        for block in blocks:
            if block:
                self._connection.send(b"%x\r\n%b\r\n" % (len(block), block))
        self._connection.send(b"0\r\n\r\n")


class Answer:
    """What a server of this machine answers; its body is read as it comes."""

    def __init__(self, response: HTTPResponse, *, url: str) -> None:
        self.status = response.status
        self.headers = tuple(response.getheaders())
        self._response = response
        self._url = url

    def blocks(self) -> Iterator[bytes]:
        """Yield the body in the parts in which it comes; raises TransferError where it breaks."""
        while True:
            try:
                block = self._response.read1(BLOCK)
            except (OSError, HTTPException, ValueError) as error:
                raise TransferError(self._url, str(error) or type(error).__name__) from error
            if not block:
                return
            yield block


@contextmanager
def open_passage(handed: Handed) -> Iterator[Passage]:
    """Give a request's way to a server of this machine; closed afterwards."""
    passage = Passage(handed)
    try:
        yield passage
    finally:
        passage.close()
