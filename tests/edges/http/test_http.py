"""Requests are patient within limits, go through proxies, and tell no secrets."""

from __future__ import annotations

import base64
import gzip
import logging
import socket
import threading
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from lading.core.access.scope import Grant
from lading.core.errors import ConfigError
from lading.core.secret import Credential, Secret
from lading.edges.http import Hop, Http, LeftScopeError, Request, TransferError
from local_sources import LocalSources
from tests.edges.http.listening import listening
from tests.tls import serve

MB = 1024 * 1024
Headers = dict[str, str]


class Script:
    """A server that answers each request with the next line of a script, the last one for ever."""

    def __init__(self, *answers: tuple[int, Headers, bytes]) -> None:
        self.answers = list(answers)
        self.asked: list[WSGIEnvironment] = []

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer (WSGI)."""
        self.asked.append(environ)
        status, headers, body = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        length = [] if "Content-Length" in headers else [("Content-Length", str(len(body)))]
        start(f"{status} Told", [*headers.items(), *length])
        return [body]


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def http(sources: LocalSources, ambient: Headers, naps: list[float]) -> Http:
    return Http(sources.environment(ambient), sleep=naps.append)


def get(http: Http, url: str) -> tuple[int, bytes]:
    with http.open(Request(url=url)) as response:
        return response.status, response.read(limit=MB)


@pytest.mark.parametrize(
    ("body", "times"), [(b"bytes", 2), (iter([b"a stream"]), 1)], ids=["bytes", "stream"]
)
def test_a_post_is_repeated_only_where_its_body_is_still_there(
    sources: LocalSources, http: Http, body: bytes | Iterator[bytes], times: int
) -> None:
    script = Script((503, {}, b"busy"), (200, {}, b"here"))
    with serve(script, sources) as host:
        request = Request(url=f"{host.origin}/token", body=body)
        with http.open(request) as response:
            assert response.status == (200 if times == 2 else 503)
    assert [asked["REQUEST_METHOD"] for asked in script.asked] == ["POST"] * times


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_busy_server_is_asked_three_times(
    sources: LocalSources, http: Http, naps: list[float], status: int
) -> None:
    script = Script((status, {"Retry-After": "3600"}, b""), (status, {}, b""), (200, {}, b"yes"))
    with serve(script, sources) as host:
        assert get(http, host.origin) == (200, b"yes")
    # However long a server wants us to wait, a build does not.
    assert naps == [10.0, 1.0]


@pytest.mark.parametrize("after", ["\u00b2", "soon", "-1", "9" * 5000])
def test_a_time_to_wait_that_is_no_number_is_no_bug(
    sources: LocalSources, http: Http, naps: list[float], after: str
) -> None:
    script = Script((503, {"Retry-After": after}, b""), (200, {}, b"yes"))
    with serve(script, sources) as host:
        assert get(http, host.origin) == (200, b"yes")
    assert naps in ([0.5], [10.0])


def test_a_server_that_stays_busy_has_the_last_word(sources: LocalSources, http: Http) -> None:
    script = Script((503, {}, b"no"))
    with serve(script, sources) as host:
        assert get(http, host.origin) == (503, b"no")
    assert len(script.asked) == 3


def test_an_error_that_time_does_not_heal_is_not_repeated(
    sources: LocalSources, http: Http, naps: list[float]
) -> None:
    script = Script((500, {}, b""))
    with serve(script, sources) as host:
        assert get(http, host.origin)[0] == 500
    assert (len(script.asked), naps) == (1, [])


def test_a_post_is_neither_repeated_nor_redirected(sources: LocalSources, http: Http) -> None:
    script = Script((503, {}, b""), (307, {"Location": "/elsewhere"}, b""))
    with serve(script, sources) as host:
        with http.open(Request(url=host.origin, body=iter([b"pack"]))) as response:
            assert response.status == 503
        with (
            pytest.raises(TransferError, match="a POST is not redirected"),
            http.open(Request(url=host.origin, body=iter([b"pack"]))),
        ):
            pass
    assert [asked["REQUEST_METHOD"] for asked in script.asked] == ["POST", "POST"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_changes_something_is_sent_by_its_method_and_not_redirected(
    sources: LocalSources, http: Http, method: str
) -> None:
    script = Script((200, {}, b""), (307, {"Location": "/elsewhere"}, b""))
    with serve(script, sources) as host:
        request = Request(url=f"{host.origin}/it", body=b"{}", method=method)
        with http.open(request):
            pass
        with (
            pytest.raises(TransferError, match=f"a {method} is not redirected"),
            http.open(request),
        ):
            pass
    assert [asked["REQUEST_METHOD"] for asked in script.asked] == [method, method]


def test_what_may_be_sent_once_is_not_sent_again(
    sources: LocalSources, http: Http, naps: list[float]
) -> None:
    script = Script((503, {"Retry-After": "1"}, b"busy"), (200, {}, b"here"))
    with serve(script, sources) as host:
        request = Request(url=f"{host.origin}/restart", body=b"", once=True)
        with http.open(request) as response:
            assert response.status == 503
    assert len(script.asked) == 1
    assert naps == []


def test_five_redirects_are_followed_and_no_more(sources: LocalSources, http: Http) -> None:
    moved = (302, {"Location": "/again"}, b"")
    with serve(Script(*[moved] * 5, (200, {}, b"there")), sources) as host:
        assert get(http, host.origin) == (200, b"there")
    with (
        serve(Script(moved), sources) as host,
        pytest.raises(TransferError, match="more than 5 redirects"),
    ):
        get(http, host.origin)


def test_a_credential_comes_back_with_the_request_when_it_returns_to_its_scope(
    sources: LocalSources, http: Http
) -> None:
    script = Script(
        (302, {"Location": "/outside/x"}, b""), (302, {"Location": "/in/y"}, b""), (200, {}, b"")
    )
    hops: list[Hop] = []
    credential = Credential(username="reader", password=Secret(sources.token))
    with serve(script, sources) as host:
        grant = Grant(credential=credential, scope=f"{host.origin}/in/")
        with http.open(
            Request(url=f"{host.origin}/in/x?signature=s", grant=grant), record=hops.append
        ):
            pass
        assert [
            (hop.url.removeprefix(host.origin), hop.authorized, hop.status) for hop in hops
        ] == [
            ("/in/x", True, 302),
            ("/outside/x", False, 302),
            ("/in/y", True, 200),
        ]
    shown = [request.credential for request in sources.log(host="own")]
    assert shown == ["acme", "nothing", "acme"]


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost/x",
        "https://user:p4ssword@localhost/x",
        "ftp://localhost/x",
        "https://localhost:99999/x",
        "//localhost:x/",
    ],
)
def test_a_redirect_to_what_may_not_be_requested_ends_there(
    sources: LocalSources, http: Http, location: str
) -> None:
    with (
        serve(Script((302, {"Location": location}, b"")), sources) as host,
        pytest.raises(LeftScopeError) as caught,
    ):
        get(http, f"{host.origin}/?signature=s3cret")
    assert "p4ssword" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_compressed_page_is_unpacked_and_a_bomb_is_not(sources: LocalSources, http: Http) -> None:
    encoding = {"Content-Encoding": "gzip"}
    with serve(Script((200, encoding, gzip.compress(b"page"))), sources) as host:
        assert get(http, host.origin) == (200, b"page")
    with (
        serve(Script((200, encoding, gzip.compress(bytes(20 * MB)))), sources) as host,
        pytest.raises(TransferError, match="larger than"),
    ):
        get(http, host.origin)


def test_a_file_is_passed_on_as_it_was_sent(sources: LocalSources, http: Http) -> None:
    packed = gzip.compress(b"archive")
    with (
        serve(Script((200, {"Content-Encoding": "gzip"}, packed)), sources) as host,
        http.open(Request(url=host.origin)) as response,
    ):
        assert b"".join(response.blocks()) == packed


def test_a_large_file_never_lies_in_memory(sources: LocalSources, http: Http) -> None:
    block = bytes(MB)

    def large(_: WSGIEnvironment, start: StartResponse) -> Iterator[bytes]:
        start("200 OK", [("Content-Length", str(100 * MB))])
        return (block for _ in range(100))

    with serve(large, sources) as host, http.open(Request(url=host.origin)) as response:
        tracemalloc.start()
        try:
            size = sum(len(part) for part in response.blocks())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert size == 100 * MB
    assert peak < 8 * MB


def test_the_log_of_the_library_stays_silent(
    sources: LocalSources, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script = Script((302, {"Location": "/blob?signature=s3cret"}, b""), (200, {}, b""))
    with serve(script, sources) as host:
        get(http, host.origin)
    assert "s3cret" not in caplog.text


def test_a_host_that_is_down_is_told_in_the_systems_words() -> None:
    http = Http({}, sleep=lambda _: None)
    with pytest.raises(TransferError) as caught:
        get(http, "https://localhost:1/x?signature=s3cret")
    assert caught.value.url == "https://localhost:1/x"
    assert caught.value.reason == "Connection refused"
    assert caught.value.__cause__ is None


def test_a_bundle_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.pem.*certificate authorities"):
        get(Http({"SSL_CERT_FILE": "nowhere.pem"}), "https://localhost:1/")


@contextmanager
def proxy(target: int) -> Iterator[tuple[str, list[bytes]]]:
    """Run a proxy that keeps the head of each CONNECT and leads everything to one port."""
    heads: list[bytes] = []

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with source, sink:
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
            except OSError:
                return

    def answer(client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (data := client.recv(65536)):
            head += data
        heads.append(head)
        upstream = socket.create_connection(("127.0.0.1", target))
        client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        for ends in ((client, upstream), (upstream, client)):
            threading.Thread(target=pump, args=[end.dup() for end in ends], daemon=True).start()
        client.close()
        upstream.close()

    with listening(answer) as port:
        yield f"127.0.0.1:{port}", heads


def test_a_proxy_gets_its_own_password_and_sees_nothing_of_ours(
    sources: LocalSources, ambient: Headers
) -> None:
    environment = {
        name: value
        for name, value in sources.environment(ambient).items()
        if not name.lower().endswith("_proxy")
    }
    credential = Credential(username="reader", password=Secret(sources.token))
    with serve(Script((200, {}, b"through")), sources) as host, proxy(host.port) as (at, heads):
        http = Http(environment | {"https_proxy": f"http://user:p%40ss@{at}"})
        grant = Grant(credential=credential, scope=f"{host.origin}/")
        with http.open(Request(url=host.origin, grant=grant)) as response:
            assert response.read(limit=MB) == b"through"
        assert [secret.reveal() for secret in http.secrets] == ["p@ss"]
    (head,) = heads
    assert head.startswith(f"CONNECT localhost:{host.port} ".encode())
    assert base64.b64encode(b"user:p@ss") in head
    assert b"\r\nAuthorization" not in head
    assert [request.credential for request in sources.log(host="own")] == ["acme"]


def test_no_proxy_is_honoured(sources: LocalSources, ambient: Headers) -> None:
    environment = sources.environment(ambient) | {
        "https_proxy": "http://127.0.0.1:1",
        "no_proxy": "example.test,localhost",
    }
    with serve(Script((200, {}, b"direct")), sources) as host:
        assert get(Http(environment), host.origin) == (200, b"direct")


def test_a_proxy_that_is_down_is_named_without_its_password() -> None:
    http = Http({"https_proxy": "http://user:p4ssword@127.0.0.1:1"}, sleep=lambda _: None)
    with pytest.raises(TransferError, match="through the proxy") as caught:
        get(http, "https://example.test/")
    assert "p4ssword" not in str(caught.value)


def test_a_proxy_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="proxy"):
        get(Http({"all_proxy": "socks5://u:p@127.0.0.1:1"}), "https://example.test/")
