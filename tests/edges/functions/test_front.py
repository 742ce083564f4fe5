"""The front of a running app, asked by plain clients: routes, keys, bodies, streams, own paths."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lading.core.errors import UsageError
from lading.core.functions import BindingFacts, FunctionFacts, Indexed, function_facts
from lading.core.functions.calls import (
    CallProblem,
    Done,
    HttpAnswer,
    HttpCall,
    Occasion,
    Output,
)
from lading.edges.functions.front import Front, House, Listener, Stage

KEY = "a-key-of-this-test"
QUEUE = BindingFacts(name="msg", type="queue", direction="out", settings={"queueName": "orders"})


def http(name: str, route: str = "", methods: str = "", level: str = "anonymous") -> FunctionFacts:
    told = {"route": route, "methods": methods, "authLevel": level}
    settings = {key: value for key, value in told.items() if value}
    trigger = BindingFacts(name="req", type="httpTrigger", direction="in", settings=settings)
    return function_facts(name, "function_app.py", (trigger,))


def timer(name: str) -> FunctionFacts:
    trigger = BindingFacts(
        name="tick", type="timerTrigger", direction="in", settings={"schedule": "0 0 6 * * *"}
    )
    return function_facts(name, "function_app.py", (trigger,))


def echo(call: HttpCall) -> HttpAnswer | CallProblem:
    return HttpAnswer(
        status=200,
        headers=(("content-type", "text/plain"), ("x-function", call.function)),
        body=call.body or call.function.encode(),
    )


@dataclass(kw_only=True)
class App:
    """An app in memory, which answers as the test says."""

    functions: tuple[FunctionFacts, ...]
    answers: Callable[[HttpCall], HttpAnswer | CallProblem] = echo
    streaming_address: tuple[str, int] | None = None
    calls: list[HttpCall] = field(default_factory=list)
    occasions: list[Occasion] = field(default_factory=list)
    ended: Done | CallProblem = field(default_factory=Done)

    @property
    def indexed(self) -> Indexed:
        """Return functions alone."""
        return Indexed(
            model="v2",
            python="3.13.0",
            runtime="1.3.0",
            sdk="2.3.0",
            sdk_from="engine",
            functions=self.functions,
            problem=None,
            output="",
            seconds=0.1,
        )

    def call(self, call: HttpCall, *, time_limit: float) -> HttpAnswer | CallProblem:
        """Note the call and answer as told."""
        assert time_limit > 0
        self.calls.append(call)
        return self.answers(call)

    def stream(
        self, call: HttpCall, invocation_id: str, *, time_limit: float
    ) -> Done | CallProblem:
        """Note the call; the other server answers."""
        assert invocation_id
        assert time_limit > 0
        self.calls.append(call)
        return self.ended

    def trigger(self, occasion: Occasion, *, time_limit: float) -> Done | CallProblem:
        """Note the occasion and end as told."""
        assert time_limit > 0
        self.occasions.append(occasion)
        return self.ended


@dataclass(kw_only=True)
class Served:
    """An app behind its front; `said` grows with what the front tells."""

    port: int
    front: Front
    said: list[str]

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        body: bytes | Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[HTTPResponse, bytes]:
        """Send a request on a connection of its own."""
        client = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            client.request(method, path, body=body, headers=headers or {})
            answer = client.getresponse()
            return answer, answer.read()
        finally:
            client.close()

    def status(self, path: str, method: str = "GET", **headers: str) -> int:
        """Send a request, and return how it was answered."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(path, method, headers=named)[0].status

    def hears(self, text: str) -> str:
        """Wait until the front has told something with this text; it is told after the answer."""
        until = time.monotonic() + 30
        while not (found := [line for line in self.said if text in line]):
            assert time.monotonic() < until, self.said
            time.sleep(0.01)
        return found[0]


@contextmanager
def serve(
    app: App, *, prefix: str = "api", key: str = KEY, name: str = "127.0.0.1"
) -> Iterator[Served]:
    said: list[str] = []
    house = House(key=key, version="1.0", say=said.append, clock=time.monotonic, name=name)
    front = Front(Stage(app, prefix=prefix), house)
    with Listener("127.0.0.1", 0) as listener:
        listener.answer(front.answer)
        yield Served(port=listener.port, front=front, said=said)


def test_a_request_reaches_its_function_as_it_was_sent() -> None:
    app = App(functions=(http("orders", "orders/{id:int}"),))
    with serve(app) as served:
        answer, body = served.ask(
            "/api/orders/7?a=1&a=2&b=%20",
            "POST",
            body=b"\x00\xff",
            headers={"X-One": "1", "Cookie": "a=1; b=2"},
        )
        assert (answer.status, body) == (200, b"\x00\xff")
        (call,) = app.calls
        assert (call.function, call.method, call.params) == ("orders", "POST", {"id": "7"})
        assert call.url == f"http://127.0.0.1:{served.port}/api/orders/7?a=1&a=2&b=%20"
        assert call.query == (("a", "1"), ("a", "2"), ("b", " "))
        assert ("X-One", "1") in call.headers
        assert served.hears("POST /api/orders/7 → orders 200")


def test_what_no_function_answers_is_not_found() -> None:
    with serve(App(functions=(http("orders", "orders/{id:int}", "GET"),))) as served:
        assert served.status("/api/orders/x") == 404
        assert served.status("/orders/7") == 404
        assert served.status("/api/orders/7", "DELETE") == 404
        assert served.status("/api/orders/7", "HEAD") == 404
        assert served.hears("DELETE /api/orders/7 → 404")


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH", "QUERY", "PROPFIND"])
def test_any_method_is_passed_on(method: str) -> None:
    app = App(functions=(http("any"),))
    with serve(app) as served:
        assert served.status("/api/any", method) == 200
    assert app.calls[0].method == method


def test_keys_are_asked_for_as_on_azure() -> None:
    app = App(functions=(http("free"), http("closed", level="function"), http("silent", level="")))
    with serve(app) as served:
        assert served.status("/api/free") == 200
        assert served.status("/api/closed") == 401
        assert served.status("/api/silent") == 401
        assert served.status("/api/closed?code=wrong") == 401
        assert served.status(f"/api/closed?code={KEY}") == 200
        assert served.status("/api/closed", x_functions_key=KEY) == 200
        assert served.status("/admin/host/status") == 401
        assert served.status("/admin/host/ping") == 200
        assert served.status("/api/nowhere") == 404
        assert "x-functions-key" in served.hears("GET /api/closed → closed 401")
        assert KEY not in "".join(served.said)
    with serve(app, key="") as served:
        assert served.status("/api/closed") == 200


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


def test_a_body_larger_than_the_host_takes_is_refused() -> None:
    app = App(functions=(http("it"),))
    with serve(app) as served:
        client = HTTPConnection("127.0.0.1", served.port, timeout=30)
        client.putrequest("POST", "/api/it")
        client.putheader("Content-Length", str(200 * 1024 * 1024))
        client.endheaders()
        assert client.getresponse().status == 413
        client.close()
    assert not app.calls


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


def test_a_function_that_raises_answers_500_and_is_told_of() -> None:
    def answers(_call: HttpCall) -> CallProblem:
        return CallProblem(error="ValueError", message="no price", file="shop/prices.py", line=12)

    with serve(App(functions=(http("it"),), answers=answers)) as served:
        answer, body = served.ask("/api/it")
        assert (answer.status, body) == (500, b"")
        assert "shop/prices.py:12: ValueError: no price" in served.hears("GET /api/it → it 500")


@pytest.mark.parametrize("header", [("x bad", "1"), ("x-bad", "a\r\nset-cookie: b"), (":", "")])
def test_an_answer_that_cannot_be_sent_is_a_500(header: tuple[str, str]) -> None:
    def answers(_call: HttpCall) -> HttpAnswer:
        return HttpAnswer(status=200, headers=(header,), body=b"")

    with serve(App(functions=(http("it"),), answers=answers)) as served:
        answer, _ = served.ask("/api/it")
        assert answer.status == 500
        assert "set-cookie" not in answer.headers
        served.hears("cannot be sent")


def test_outputs_are_told_and_not_sent() -> None:
    def answers(_call: HttpCall) -> HttpAnswer:
        return HttpAnswer(
            status=200, headers=(), body=b"", outputs=(Output(binding=QUEUE, data="a\nb" * 500),)
        )

    with serve(App(functions=(http("it"),), answers=answers)) as served:
        assert served.status("/api/it") == 200
        told = served.hears("GET /api/it").splitlines()
        assert told[1].startswith(r"  not sent: queue msg to orders: a\nba\nb")
        assert told[1].endswith("(1500 characters)")


def test_the_hosts_own_paths_tell_of_the_functions() -> None:
    app = App(functions=(http("health", "health"), timer("clean")))
    with serve(app) as served:
        _, body = served.ask("/admin/functions", headers={"x-functions-key": KEY})
        told = {one["name"]: one for one in json.loads(body)}
        assert told["health"]["invoke_url_template"] == (
            f"http://127.0.0.1:{served.port}/api/health"
        )
        assert told["clean"]["config"]["bindings"][0]["schedule"] == "0 0 6 * * *"
        status = json.loads(served.ask("/admin/host/status", headers={"x-functions-key": KEY})[1])
        assert (status["id"], status["state"]) == ("lading", "Running")
        assert served.status("/admin/functions/Clean", x_functions_key=KEY) == 200
        assert served.status("/admin/functions/clean/status", x_functions_key=KEY) == 200
        assert served.status("/admin/functions/nobody", x_functions_key=KEY) == 404
        assert served.status("/admin/vfs", x_functions_key=KEY) == 404
        page = served.ask("/")[1].decode()
        assert "up and running" in page
        assert "clean  timerTrigger" in page


def test_a_function_at_the_root_takes_the_place_of_the_page() -> None:
    with serve(App(functions=(http("all", "{*path}"),)), prefix="") as served:
        assert served.ask("/")[1] == b"all"


def test_a_function_is_run_by_hand() -> None:
    app = App(
        functions=(timer("clean"),),
        ended=Done(outputs=(Output(binding=QUEUE, data=b"\xff"),), result="7"),
    )
    headers = {"x-functions-key": KEY}
    with serve(app) as served:
        ran = served.ask("/admin/functions/CLEAN", "POST", body=b'{"input": "x"}', headers=headers)
        assert ran[0].status == 202
        told = served.hears("clean → done")
        assert r"not sent: queue msg to orders: \xff" in told
        assert "returned: 7" in told
        assert app.occasions == [Occasion(function="clean", data="x")]
        bad = served.ask("/admin/functions/clean", "POST", body=b"x", headers=headers)
        assert bad[0].status == 400
        none = served.ask("/admin/functions/nobody", "POST", body=b"{}", headers=headers)
        assert none[0].status == 404


def test_another_app_takes_the_stage_while_the_first_one_ends() -> None:
    is_asked, may_end = threading.Event(), threading.Event()

    def slowly(_call: HttpCall) -> HttpAnswer:
        is_asked.set()
        assert may_end.wait(30)
        return HttpAnswer(status=200, headers=(), body=b"old")

    told: list[bytes] = []
    with serve(App(functions=(http("it"),), answers=slowly)) as served:
        asking = threading.Thread(target=lambda: told.append(served.ask("/api/it")[1]))
        asking.start()
        assert is_asked.wait(30)
        before = served.front.swap(Stage(App(functions=(http("it"),)), prefix="api"))
        assert served.ask("/api/it")[1] == b"it"
        before.drain(0.01)
        assert not told
        may_end.set()
        before.drain(30)
        asking.join(30)
    assert told == [b"old"]


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


def test_a_name_that_was_made_to_point_here_gets_no_answer() -> None:
    with serve(App(functions=(http("it"),))) as served:
        answer, body = served.ask("/api/it", headers={"Host": "evil.test:7071"})
        assert (answer.status, body) == (421, b"")
        assert "--host" in served.hears("'evil.test:7071' is not this machine")
        assert served.ask("/api/it", headers={"Host": "orders.localhost:7071"})[1] == b"it"


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
    client.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
