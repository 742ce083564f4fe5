"""`lading serve` beside a plain client: each thing that a function does, by a request."""

from __future__ import annotations

import json
import sys

import pytest

from tests.acceptance.serve.apps import ORDERS
from tests.served import ServedApp

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it serves what Linux serves")


def test_routes_are_found_as_azure_finds_them(orders: ServedApp) -> None:
    assert json.loads(orders.text("/v2/api/orders/7?a=1&a=2&b=")) == {
        "id": "7",
        "method": "GET",
        "q": {"a": "1,2"},
    }
    assert orders.text("/v2/api/orders/ann") == "named ann"
    assert orders.text("/v2/api/orders/annabel") == "others annabel"
    assert orders.text("/v2/api/orders/a/b%20c") == "others a/b c"
    assert orders.text("/V2/API/Orders/zzz/x.txt") == "others zzz/x.txt"
    assert orders.text("/v2/api/files/a.b.txt") == "a.b txt"
    assert orders.text("/v2/api/files/a") == "a None"
    assert orders.text("/v2/api/more/") == "more"
    assert orders.status("/api/more") == 404
    assert orders.status("/v2/api/nowhere") == 404


def test_what_a_name_hides_was_told_at_the_start(orders: ServedApp) -> None:
    orders.hears("zzz_is_hidden is never called")


def test_methods_are_those_of_the_function(orders: ServedApp) -> None:
    assert orders.status("/v2/api/orders/7", "PUT") == 200
    # It goes on to the next route that fits.
    assert orders.ask("/v2/api/orders/7", "DELETE")[1] == b"others 7"
    for method in ("OPTIONS", "PATCH", "QUERY", "HEAD"):
        answer, body = orders.ask("/v2/api/echo", method)
        assert (answer.status, answer.headers["x-method"], body) == (200, method, b"")


def test_bodies_are_passed_on_byte_by_byte(orders: ServedApp) -> None:
    raw = bytes(range(256)) * 5000
    answer, body = orders.ask("/v2/api/echo", "POST", body=raw, content_type="image/png")
    assert (body, answer.headers["x-type"]) == (raw, "image/png")
    assert answer.headers["content-type"] == "application/octet-stream"
    chunks = [b"one,", b"", b"\x00two"]
    assert orders.ask("/v2/api/echo", "POST", body=iter(chunks))[1] == b"one,\x00two"


def test_cookies_go_both_ways(orders: ServedApp) -> None:
    answer, body = orders.ask("/v2/api/cookies", Cookie="a=1; b=2")
    assert (answer.status, body) == (202, b"a=1; b=2")
    cookies = answer.headers.get_all("set-cookie") or []
    assert [cookie.partition(";")[0] for cookie in cookies] == ["one=1", "two=2"]
    assert "httponly" in cookies[0].lower()


def test_a_key_opens_what_is_not_anonymous(orders: ServedApp) -> None:
    assert orders.status("/v2/api/closed") == 401
    assert orders.status(f"/v2/api/closed?code={orders.told['key']}") == 200
    answer, body = orders.ask("/v2/api/closed", key=True)
    assert (answer.status, body) == (200, b"open")
    # The app's own lines come by another way than the answer's.
    orders.hears("  | printed by the app")
    orders.hears("logged by the app")
    orders.hears("not sent: queue msg to outgoing: an order")
    orders.hears("GET /v2/api/closed → closed 401")


def test_a_function_that_raises_is_a_500_and_told_with_its_place(orders: ServedApp) -> None:
    answer, body = orders.ask("/v2/api/boom")
    assert (answer.status, body) == (500, b"")
    line = ORDERS.splitlines().index('    raise ValueError("no price")') + 1
    orders.hears(f"function_app.py:{line}: ValueError: no price")


def test_functions_without_a_request_start_by_hand(orders: ServedApp) -> None:
    assert orders.status("/admin/functions/clean", "POST") == 401
    assert orders.ask("/admin/functions/clean", "POST", body=b"{}", key=True)[0].status == 202
    orders.hears("clean → done")
    orders.hears("cleaned, late: False")
    body = b'{"input": "a message"}'
    assert orders.ask("/admin/functions/take", "POST", body=body, key=True)[0].status == 202
    orders.hears("take → done")
    orders.hears("took a message")
    assert orders.ask("/admin/functions/nobody", "POST", body=b"{}", key=True)[0].status == 404


def test_the_host_tells_of_itself(orders: ServedApp) -> None:
    status = json.loads(orders.ask("/admin/host/status", key=True)[1])
    assert status["state"] == "Running"
    told = json.loads(orders.ask("/admin/functions", key=True)[1])
    assert {"order", "more", "clean"} <= {one["name"] for one in told}
    assert orders.status("/admin/host/ping") == 200
    assert "up and running" in orders.text("/")
    assert orders.told["artifact"]["path"] == "dist/orders.zip"
    assert len(orders.told["artifact"]["sha256"]) == 64
