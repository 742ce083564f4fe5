"""What the front does with a request: routes, methods, keys, outputs, and who has the stage."""

from __future__ import annotations

import threading
from http.client import HTTPConnection

import pytest

from lading.core.functions.calls import CallProblem, HttpAnswer, HttpCall, Output
from lading.edges.functions.front import Stage
from tests.front import KEY, QUEUE, App, http, serve


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


def test_a_function_that_raises_answers_500_and_is_told_of() -> None:
    def answers(_call: HttpCall) -> CallProblem:
        return CallProblem(error="ValueError", message="no price", file="shop/prices.py", line=12)

    with serve(App(functions=(http("it"),), answers=answers)) as served:
        answer, body = served.ask("/api/it")
        assert (answer.status, body) == (500, b"")
        assert "shop/prices.py:12: ValueError: no price" in served.hears("GET /api/it → it 500")


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


def test_a_name_that_was_made_to_point_here_gets_no_answer() -> None:
    with serve(App(functions=(http("it"),))) as served:
        answer, body = served.ask("/api/it", headers={"Host": "evil.test:7071"})
        assert (answer.status, body) == (421, b"")
        assert "--host" in served.hears("'evil.test:7071' is not this machine")
        assert served.ask("/api/it", headers={"Host": "orders.localhost:7071"})[1] == b"it"
