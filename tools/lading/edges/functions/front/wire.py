"""HTTP/1.1 for whoever tries an app here: requests in and answers out, bodies as they come.

h11 knows the protocol; this has the sockets, with a thread for each connection. Repeated headers,
any method, chunked bodies and streams in both directions pass as they are.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from typing import Self

import h11

from lading.core.errors import UsageError

Headers = Iterable[tuple[str, str]]

BLOCK = 64 * 1024
# Kestrel, which is the host's server, takes heads up to 32 KiB.
_MOST_HEAD = 32 * 1024
# Seconds that a client may keep a connection without a word, and within a request.
_IDLE = 120.0
_PATIENCE = 60.0
_ACCEPT_SECONDS = 0.25
# Seconds and bytes for which a client may go on sending what nobody reads.
_FAREWELL = 2.0
_MOST_UNREAD = 16 * 1024 * 1024
_PIECE = 256 * 1024
_QUEUE = 128
_FIRST_OWN_FAULT = 500
# These are the connection's, not the answer's.
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "trailer"})
_WITHOUT_BODY = frozenset({204, 304})


class ClientGoneError(Exception):
    """Whoever asked went away, or sent what is no request."""


class BodyTooLargeError(Exception):
    """A request with a larger body than is taken."""


class AnswerError(Exception):
    """An answer that HTTP cannot carry: a status or a header that is none."""


class HttpExchange:
    """One request and its answer; its body is read once, as it comes, by one thread.

    `target` is as it was sent, `headers` have their names as they were written. After an answer
    that `is_last` the connection ends.
    """

    def __init__(self, line: _Line, request: h11.Request) -> None:
        self.method = request.method.decode("ascii")
        self.target = request.target.decode("ascii", "replace")
        self.headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw_items()
        )
        self.has_begun = False
        self.is_last = False
        self._line = line
        self._carries_body = True

    def header(self, name: str) -> str:
        """Return a header's first value, "" where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def blocks(self) -> Iterator[bytes]:
        """Yield the request's body as it comes; raises ClientGoneError where it breaks off."""
        while (block := self._line.read_block()) is not None:
            yield block

    def read(self, *, limit: int) -> bytes:
        """Return the whole body; raises BodyTooLargeError beyond `limit` bytes."""
        told = self.header("content-length")
        if told.isdigit() and int(told) > limit:
            raise BodyTooLargeError
        parts = []
        size = 0
        for block in self.blocks():
            size += len(block)
            if size > limit:
                raise BodyTooLargeError
            parts.append(block)
        return b"".join(parts)

    def reply(self, status: int, headers: Headers = (), body: bytes = b"") -> None:
        """Send a whole answer."""
        # Of a HEAD's answer only its author knows how long the body would have been.
        own = [(name, value) for name, value in headers if name.lower() != "content-length"]
        told = list(headers) if self.method == "HEAD" and not body else []
        lengths = [pair for pair in told if pair[0].lower() == "content-length"]
        if status not in _WITHOUT_BODY:
            own += lengths[:1] or [("Content-Length", str(len(body)))]
        self.begin(status, own)
        self.send(body)
        self.end()

    def begin(self, status: int, headers: Headers) -> None:
        """Send an answer's head; raises AnswerError for one that cannot be sent."""
        self._carries_body = self.method != "HEAD" and status not in _WITHOUT_BODY
        kept = [pair for pair in headers if pair[0].lower() not in _HOP_BY_HOP]
        if not any(name.lower() == "date" for name, _ in kept):
            kept.append(("Date", formatdate(usegmt=True)))
        told = [(_bytes(name), _bytes(value)) for name, value in kept]
        try:
            head = h11.Response(status_code=status, headers=told, reason=_reason(status))
        except h11.LocalProtocolError as error:
            raise AnswerError(str(error)) from error
        self.has_begun = True
        self._line.send(head)

    def send(self, block: bytes) -> None:
        """Send the next part of a body."""
        if block and self._carries_body:
            self._line.send(h11.Data(data=block))

    def end(self) -> None:
        """Say that the answer is whole."""
        self._line.send(h11.EndOfMessage())


def _reason(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")


class _Line:
    """One connection. Body and answer may have a thread each: the protocol's state is locked."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lock = threading.Lock()
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_HEAD)

    def next_request(self) -> h11.Request | None:
        """Return the next request, None where there will be no further one."""
        self._sock.settimeout(_IDLE)
        event = self._next_event()
        return event if isinstance(event, h11.Request) else None

    def read_block(self) -> bytes | None:
        self._sock.settimeout(_PATIENCE)
        with self._lock:
            is_over = self._protocol.their_state is not h11.SEND_BODY
            waits = self._protocol.they_are_waiting_for_100_continue
        if is_over:
            return None
        if waits:
            self.send(h11.InformationalResponse(status_code=100, headers=[]))
        try:
            event = self._next_event()
        except h11.RemoteProtocolError as error:
            # Half a body, or a chunk that is none: where the next request begins is unknown.
            raise ClientGoneError(str(error)) from error
        return bytes(event.data) if isinstance(event, h11.Data) else None

    def send(self, event: h11.Event) -> None:
        with self._lock:
            try:
                data = self._protocol.send(event)
            except h11.LocalProtocolError as error:
                raise AnswerError(str(error)) from error
        for at in range(0, len(data or b""), _PIECE):
            try:
                self._sock.sendall((data or b"")[at : at + _PIECE])
            except OSError as error:
                raise ClientGoneError(str(error)) from error

    def is_reusable(self) -> bool:
        """Say whether another request may follow, once the rest of this one is thrown away."""
        with self._lock:
            waits = self._protocol.they_are_waiting_for_100_continue
            open_end = self._protocol.our_state is not h11.DONE
        if waits or open_end or not self._drop_rest():
            return False
        with self._lock:
            if self._protocol.their_state is not h11.DONE:
                return False
            self._protocol.start_next_cycle()
        return True

    def refuse(self, error: h11.RemoteProtocolError) -> None:
        """Tell a client that its request is none."""
        with self._lock:
            may_speak = self._protocol.our_state in {h11.IDLE, h11.SEND_RESPONSE}
        if may_speak:
            head = [("Content-Length", "0"), ("Connection", "close")]
            self.send(h11.Response(status_code=error.error_status_hint, headers=head))
            self.send(h11.EndOfMessage())

    def part(self) -> None:
        """Close the connection so that the client still gets its answer."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            self._sock.settimeout(_FAREWELL)
            until = time.monotonic() + _FAREWELL
            left = _MOST_UNREAD
            while left > 0 and time.monotonic() < until and (data := self._sock.recv(BLOCK)):
                left -= len(data)
        self._sock.close()

    def cut(self) -> None:
        """Close the connection at once, from another thread."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _drop_rest(self) -> bool:
        left = _MOST_UNREAD
        while (block := self.read_block()) is not None:
            left -= len(block)
            if left < 0:
                return False
        return True

    def _next_event(self) -> h11.Event | type[h11.NEED_DATA | h11.PAUSED]:
        while True:
            with self._lock:
                event = self._protocol.next_event()
            if event is not h11.NEED_DATA:
                return event
            try:
                data = self._sock.recv(BLOCK)
            except OSError as error:
                raise ClientGoneError(str(error)) from error
            with self._lock:
                self._protocol.receive_data(data)


class Listener:
    """A port on which an app answers, closed at the end of its `with` block.

    It is had from the beginning: who asks before `answer` waits. Raises UsageError for an address
    that cannot be had.
    """

    def __init__(self, host: str, port: int) -> None:
        self._lines: set[_Line] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._accepting: threading.Thread | None = None
        self._socket = _bind(host, port)
        self.port = int(self._socket.getsockname()[1])
        self._socket.settimeout(_ACCEPT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def answer(self, answer: Callable[[HttpExchange], None]) -> None:
        """Begin to answer; `answer` is called in a thread of the connection's own."""
        self._accepting = threading.Thread(
            target=self._accept, args=(answer,), name="listener", daemon=True
        )
        self._accepting.start()

    def __exit__(self, *_raised: object) -> None:
        with self._lock:
            self._closed.set()
            lines = tuple(self._lines)
        with suppress(OSError):
            # On Linux it ends the wait for the next client at once.
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._accepting is not None:
            self._accepting.join()
        self._socket.close()
        for line in lines:
            line.cut()

    def _accept(self, answer: Callable[[HttpExchange], None]) -> None:
        while not self._closed.is_set():
            try:
                sock, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError as error:
                if self._closed.is_set():
                    return
                if error.errno in {errno.EMFILE, errno.ENFILE}:
                    time.sleep(_ACCEPT_SECONDS)
                continue
            threading.Thread(target=self._serve, args=(sock, answer), daemon=True).start()

    def _serve(self, sock: socket.socket, answer: Callable[[HttpExchange], None]) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(sock)
        with self._lock:
            self._lines.add(line)
            is_closed = self._closed.is_set()
        try:
            while not is_closed and (request := line.next_request()) is not None:
                exchange = HttpExchange(line, request)
                answer(exchange)
                if exchange.is_last or not line.is_reusable():
                    break
        except h11.RemoteProtocolError as error:
            with suppress(ClientGoneError, AnswerError):
                line.refuse(error)
        except ClientGoneError:
            pass
        finally:
            with self._lock:
                self._lines.discard(line)
            line.part()


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except (OSError, UnicodeError) as error:
        raise _no_address(host, str(getattr(error, "strerror", None) or error)) from error
    try:
        return socket.create_server((host, port), family=family, backlog=_QUEUE)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise _no_address(host, "this machine has no such address") from error
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be had: {_told(error)}"
        raise UsageError(
            f"port {port} of {host} {reason}",
            remedy="Choose another one: --port 7072, or --port 0 for any that is free.",
        ) from error


def _told(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def _no_address(host: str, reason: str) -> UsageError:
    return UsageError(
        f"--host {host} cannot be listened on: {reason}",
        remedy="Leave it out for this machine alone; 0.0.0.0 lets everybody in who reaches it.",
    )
