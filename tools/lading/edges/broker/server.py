"""The broker's server: the connections of its clients, and what is answered on each."""

from __future__ import annotations

import hmac
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Lock

from lading.core.access.doors import SOURCE_FAILED, Call, DoorError, FileCall, GitCall, PageCall
from lading.core.errors import LadingError
from lading.core.index import IndexFile
from lading.edges.broker.desk import Desk
from lading.edges.broker.request_body import check_no_body, read_body
from lading.edges.broker.request_head import Head, check_head

# Seconds that a client may keep a connection without a word.
_IDLE = 300.0
# Seconds and bytes for which a client that was refused may go on sending.
_FAREWELL = 2.0
_MOST_UNREAD = 16 * 1024 * 1024
_BLOCK = 64 * 1024
_FIRST_OWN_FAULT = 500
_GIT_RESPONSE_HEADERS = ("Content-Type", "Content-Encoding")


class Server(ThreadingHTTPServer):
    """A server that, when it is closed, also ends the connections that clients keep alive."""

    daemon_threads = True
    # uv opens up to 50 connections at once.
    request_queue_size = 128

    def __init__(self, desk: Desk, *, authorization: str) -> None:
        self.desk = desk
        self.authorization = authorization.encode()
        self._connections: set[socket.socket] = set()
        self._connections_lock = Lock()
        self._is_closed = False
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Listen on a port that the system chooses."""
        # HTTPServer's own would ask the resolver for this machine's name.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    @property
    def authority(self) -> str:
        """Return where it listens, as a client names it in its Host."""
        return f"127.0.0.1:{self.server_port}"

    def process_request_thread(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """Answer on one connection, which is known until it ends."""
        with self._connections_lock:
            self._connections.add(request)
            is_closed = self._is_closed
        try:
            if not is_closed:
                super().process_request_thread(request, client_address)
        finally:
            with self._connections_lock:
                self._connections.discard(request)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Close a connection so that the client still gets the answer.

        Bytes that came and were not read would make the system reset it (RFC 9112, 9.6).
        """
        try:
            request.shutdown(socket.SHUT_WR)
            _read_away(request)
        except OSError:
            pass
        finally:
            self.close_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is no event, all else was told by the handler."""

    def close(self) -> None:
        """Stop listening and end every connection, in the middle of a file too."""
        self.shutdown()
        self.server_close()
        with self._connections_lock:
            self._is_closed = True
            open_connections = tuple(self._connections)
        for connection in open_connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


def _read_away(connection: socket.socket) -> None:
    until = time.monotonic() + _FAREWELL
    unread = 0
    while unread < _MOST_UNREAD and (rest := until - time.monotonic()) > 0:
        connection.settimeout(rest)
        block = connection.recv(_BLOCK)
        if not block:
            return
        unread += len(block)


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server_version = "lading"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = _IDLE
    server: Server
    raw_requestline: bytes

    def do_GET(self) -> None:
        """Answer whatever comes: the door decides, the desk gives."""
        desk = self.server.desk
        try:
            self._admit()
            self._answer(desk.parse(self.command, self.path))
        except DoorError as error:
            self._refuse(str(error), status=error.status)
        except LadingError as error:
            desk.fail(error)
            self._refuse(f"{error.message} → {error.remedy}", status=SOURCE_FAILED)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception as error:  # noqa: BLE001 - told to whoever holds the door
            desk.report_bug(error)
            self._refuse("bug: lading failed; it says more itself", status=SOURCE_FAILED)

    def parse_request(self) -> bool:
        """Read the head; half of one, or of a version without a status, is no request."""
        self._has_begun = False
        stream, head = self.rfile, Head(self.raw_requestline, self.rfile)
        self.rfile = head  # type: ignore[assignment]
        try:
            if not super().parse_request():
                return False
        finally:
            self.rfile = stream
        if not head.is_plain:
            self.send_error(400)
            return False
        return True

    def handle_expect_100(self) -> bool:
        """Ask for a body only from whom the door let in."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what cannot be read in the door's own words; nothing of it is repeated."""
        del message, explain
        # Until the library has read a version, it would answer without a status.
        self.request_version = "HTTP/1.1"
        self._has_begun = False
        status = code if code < _FIRST_OWN_FAULT else 400
        self._refuse("request: this is no request that can be read", status=status)

    # The names are the standard library's.
    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Log nothing here: the access records what is asked of whom."""

    def _admit(self) -> None:
        check_head(self.headers)
        # A page in someone's browser can reach this port, but not with this Host.
        if self.headers.get_all("Host") != [self.server.authority]:
            raise DoorError("host", "the request is for another host")
        shown = self.headers.get("Authorization", "").encode("utf-8", "replace")
        # In a time that tells nothing about the nonce.
        if not hmac.compare_digest(shown, self.server.authorization):
            raise DoorError("nonce", "the request does not carry this run's nonce")

    def _answer(self, call: Call) -> None:
        desk = self.server.desk
        if not (isinstance(call, GitCall) and call.pack):
            check_no_body(self.headers)
        match call:
            case PageCall():
                kind, page = desk.page(call.name, accept=self.headers.get("Accept", ""))
                self._send(200, kind, page)
            case FileCall(metadata=True):
                self._send(200, "text/plain; charset=utf-8", desk.metadata(call))
            case FileCall():
                self._answer_file(desk.file(call))
            case GitCall():
                self._answer_git(call)

    def _answer_file(self, file: IndexFile) -> None:
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "none"}
        if self.command == "HEAD":
            # Answered from the list: Azure Artifacts knows no HEAD (405).
            self._begin(200, headers, length=file.size)
            return
        with self.server.desk.open_file(file) as blocks:
            self._stream(headers, blocks, length=file.size)

    def _answer_git(self, call: GitCall) -> None:
        body = read_body(self.headers, self.rfile) if call.pack else None
        if body is not None and self.headers.get("Expect", "").lower() == "100-continue":
            super().handle_expect_100()
        with self.server.desk.open_git(call, self.headers, body) as response:
            kept = {
                name: value
                for name in _GIT_RESPONSE_HEADERS
                if (value := response.headers.get(name))
            }
            self._stream(kept, response.blocks(), length=None)

    def _refuse(self, reason: str, *, status: int) -> None:
        self.server.desk.refuse(reason)
        # What the client has sent beyond the head is not read, so the connection cannot go on.
        self.close_connection = True
        if not self._has_begun:
            self._send(status, "text/plain; charset=utf-8", f"lading: {reason}\n".encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self._begin(status, {"Content-Type": kind}, length=len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _stream(
        self, headers: dict[str, str], blocks: Iterator[bytes], *, length: int | None
    ) -> None:
        """Send a body as it comes. One that ends early ends the connection, so that it shows."""
        is_chunked = length is None and self.request_version != "HTTP/1.0"
        sent = 0
        self._begin(200, headers, length=length)
        for block in blocks:
            if not block:
                continue
            sent += len(block)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block) if is_chunked else block)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")
        elif length is None or sent != length:
            self.close_connection = True

    def _begin(self, status: int, headers: dict[str, str], *, length: int | None) -> None:
        self._has_begun = True
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        # Pages hold the address of this door, which no cache should outlive.
        self.send_header("Cache-Control", "no-store")
        if length is not None:
            self.send_header("Content-Length", str(length))
        elif self.command != "HEAD" and self.request_version != "HTTP/1.0":
            self.send_header("Transfer-Encoding", "chunked")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
