"""Requests that the app's own server answers, part by part."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lading.core.functions.calls import CallProblem
from tests.front import App, http, serve


class _Upstream(BaseHTTPRequestHandler):
    """The app's own server: gives back each part of a body as soon as it comes."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("X-Invocation", self.headers["x-ms-invocation-id"])
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        while size := int(self.rfile.readline(), 16):
            block = self.rfile.read(size)
            self.rfile.readline()
            self._part(block)
        self.rfile.readline()
        self._part(b"")

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def _part(self, block: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))

    def log_message(self, *_told: object) -> None:
        """Say nothing."""


@pytest.fixture
def upstream() -> Iterator[tuple[str, int]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Upstream) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield "127.0.0.1", server.server_port
        server.shutdown()


def test_streams_pass_in_both_directions_as_they_come(upstream: tuple[str, int]) -> None:
    app = App(functions=(http("it"),), streaming_address=upstream)
    with serve(app) as served, socket.create_connection(("127.0.0.1", served.port), 30) as wire:
        wire.sendall(
            b"POST /api/it?a=1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            b"Connection: close\r\n\r\n3\r\none\r\n"
        )
        told = b""
        while b"3\r\none\r\n" not in told:
            told += wire.recv(65536)
        # The second part is sent after the first came back.
        wire.sendall(b"3\r\ntwo\r\n0\r\n\r\n")
        told += b"".join(iter(lambda: wire.recv(65536), b""))
        assert told.endswith(b"3\r\ntwo\r\n0\r\n\r\n")
        assert told.count(b"Set-Cookie: ") == 2
        assert app.calls[0].query == (("a", "1"),)
        served.hears("POST /api/it → it 200")


def test_a_body_in_chunks_has_no_other_length(upstream: tuple[str, int]) -> None:
    app = App(functions=(http("it"),), streaming_address=upstream)
    with serve(app) as served, socket.create_connection(("127.0.0.1", served.port), 30) as wire:
        wire.sendall(
            b"POST /api/it HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            b"6\r\nonetwo\r\n0\r\n\r\n"
        )
        told = b"".join(iter(lambda: wire.recv(65536), b""))
        assert told.endswith(b"6\r\nonetwo\r\n0\r\n\r\n")


def test_no_client_says_which_run_of_a_function_is_its_own(upstream: tuple[str, int]) -> None:
    app = App(functions=(http("it"),), streaming_address=upstream)
    with serve(app) as served:
        body, named = iter((b"one",)), {"X-MS-Invocation-Id": "another's"}
        answer, _ = served.ask("/api/it", "POST", body=body, headers=named)
        assert len(answer.headers["x-invocation"]) == 36


def test_a_stream_that_breaks_off_does_not_pass_for_whole(upstream: tuple[str, int]) -> None:
    app = App(functions=(http("it"),), streaming_address=upstream)
    with serve(app) as served, socket.create_connection(("127.0.0.1", served.port), 30) as wire:
        wire.sendall(b"GET /api/it HTTP/1.1\r\nHost: localhost\r\n\r\n")
        told = b"".join(iter(lambda: wire.recv(65536), b""))
        assert told.endswith(b"half")
        assert b"ontent-" in told
        served.hears("GET /api/it → it")


def test_a_stream_whose_function_cannot_run_ends_with_500() -> None:
    problem = CallProblem(error="InputBinding", message="only Azure reads it")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        app = App(functions=(http("it"),), streaming_address=deaf.getsockname()[:2], ended=problem)
        with serve(app) as served:
            assert served.status("/api/it") == 500
            assert "only Azure reads it" in served.hears("GET /api/it → it 500")
