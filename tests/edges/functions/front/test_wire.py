"""HTTP as plain clients speak it: bodies, connections, what is no request, beginning and end."""

from __future__ import annotations

import socket
import time
from http.client import HTTPConnection

import pytest

from lading.core.errors import UsageError
from lading.core.functions.calls import HttpAnswer, HttpCall
from lading.edges.functions.front import Front, House, Listener, Stage
from tests.front import KEY, App, http, serve


def test_a_head_has_the_length_and_no_body() -> None:
    with serve(App(functions=(http("it", ""),))) as served:
        answer, body = served.ask("/api/it", "HEAD")
        assert (answer.status, body, answer.headers["content-length"]) == (200, b"", "2")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_has_none(status: int) -> None:
    def answers(_call: HttpCall) -> HttpAnswer:
        return HttpAnswer(status=status, headers=(), body=b"lost")

    with serve(App(functions=(http("it"),), answers=answers)) as served:
        client = HTTPConnection("127.0.0.1", served.port, timeout=30)
        for _ in range(2):
            client.request("GET", "/api/it")
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (status, b"")
        client.close()


def test_several_cookies_and_headers_of_one_name_go_both_ways() -> None:
    def answers(_call: HttpCall) -> HttpAnswer:
        cookies = (("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2"))
        return HttpAnswer(status=200, headers=cookies, body=b"")

    app = App(functions=(http("it"),), answers=answers)
    with serve(app) as served, socket.create_connection(("127.0.0.1", served.port), 30) as wire:
        wire.sendall(
            b"GET /api/it HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nX-A: 2\r\n"
            b"Connection: close\r\n\r\n"
        )
        told = b"".join(iter(lambda: wire.recv(65536), b""))
        assert told.count(b"set-cookie: ") == 2
        assert [pair for pair in app.calls[0].headers if pair[0] == "X-A"] == [
            ("X-A", "1"),
            ("X-A", "2"),
        ]


def test_a_chunked_body_is_read_whole() -> None:
    app = App(functions=(http("it"),))
    with serve(app) as served:
        _, body = served.ask("/api/it", "POST", body=iter([b"one,", b"two,", b"\x00"]))
        assert body == b"one,two,\x00"


def test_a_large_body_is_read_and_answered() -> None:
    large = bytes(range(256)) * 4096 * 20
    with serve(App(functions=(http("it"),))) as served:
        assert served.ask("/api/it", "POST", body=large)[1] == large


def test_whoever_expects_to_continue_is_told_to() -> None:
    app = App(functions=(http("it"),))
    with serve(app) as served, socket.create_connection(("127.0.0.1", served.port), 30) as wire:
        wire.sendall(
            b"POST /api/it HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
            b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert wire.recv(65536).startswith(b"HTTP/1.1 100 ")
        wire.sendall(b"ok")
        told = b"".join(iter(lambda: wire.recv(65536), b""))
        assert told.startswith(b"HTTP/1.1 200 ")
        assert told.endswith(b"ok")


def test_one_connection_takes_many_requests() -> None:
    app = App(functions=(http("it", level="function"),))
    with serve(app) as served:
        client = HTTPConnection("127.0.0.1", served.port, timeout=30)
        client.connect()
        own = client.sock.getsockname()
        for number in range(3):
            client.request("POST", "/api/it", body=b"unread", headers={"x-functions-key": KEY})
            assert client.getresponse().read() == b"unread"
            # Nobody reads the body of a request that is refused.
            client.request("POST", "/api/it", body=b"x" * 100_000 * number)
            answer = client.getresponse()
            answer.read()
            assert answer.status == 401
        assert client.sock.getsockname() == own
        client.close()


def test_what_is_no_request_is_refused_and_harms_nobody() -> None:
    with serve(App(functions=(http("it"),))) as served:
        with socket.create_connection(("127.0.0.1", served.port), 30) as wire:
            wire.sendall(b"what is this\r\n\r\n")
            assert wire.recv(65536).startswith(b"HTTP/1.1 400 ")
        with socket.create_connection(("127.0.0.1", served.port), 30) as wire:
            wire.sendall(b"GET /api/it HTTP/1.1\r\nX: " + b"x" * 100_000)
            assert wire.recv(65536).startswith(b"HTTP/1.1 431 ")
        assert served.status("/api/it") == 200


def test_a_client_that_goes_away_is_told_of() -> None:
    app = App(functions=(http("it"),))
    with serve(app) as served:
        with socket.create_connection(("127.0.0.1", served.port), 30) as wire:
            head = b"POST /api/it HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
            wire.sendall(head + b"half")
        assert "went away" in served.hears("POST /api/it")
        assert not app.calls
        assert served.status("/api/it") == 200


@pytest.mark.parametrize("header", [("x bad", "1"), ("x-bad", "a\r\nset-cookie: b"), (":", "")])
def test_an_answer_that_cannot_be_sent_is_a_500(header: tuple[str, str]) -> None:
    def answers(_call: HttpCall) -> HttpAnswer:
        return HttpAnswer(status=200, headers=(header,), body=b"")

    with serve(App(functions=(http("it"),), answers=answers)) as served:
        answer, _ = served.ask("/api/it")
        assert answer.status == 500
        assert "set-cookie" not in answer.headers
        served.hears("cannot be sent")


def test_a_port_that_is_taken_is_told() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(UsageError, match="is taken") as error,
    ):
        Listener("127.0.0.1", taken.getsockname()[1])
    assert "--port" in error.value.remedy


def test_who_asks_too_early_waits_for_the_answer() -> None:
    house = House(key="", version="1.0", say=lambda _line: None, clock=time.monotonic)
    front = Front(Stage(App(functions=(http("it"),)), prefix="api"), house)
    with Listener("127.0.0.1", 0) as listener:
        client = HTTPConnection("127.0.0.1", listener.port, timeout=30)
        client.request("GET", "/api/it")
        listener.answer(front.answer)
        assert client.getresponse().read() == b"it"
        client.close()


def test_after_the_end_nothing_answers() -> None:
    with serve(App(functions=(http("it"),))) as served:
        client = HTTPConnection("127.0.0.1", served.port, timeout=30)
        client.request("GET", "/api/it")
        client.getresponse().read()
        kept, port = client.sock, served.port
    assert kept.recv(65536) == b""
    # As long as this end is open, the system gives the port to nobody else.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    client.close()
