"""Whatever bytes arrive at the door's socket: it refuses or closes, and serves the next client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lading.edges.broker import Broker
from local_sources import LocalSources
from tests.acme import acme_access
from tests.fuzz.socket_client import GOOD, Shelf, SocketClient

REPOSITORY = b"/git/acme-git/platform/_git/acme-tax"
REFS = REPOSITORY + b"/info/refs?service=git-upload-pack"
LET_IN = b"Host: {host}\r\nAuthorization: {nonce}\r\n"
SPACED = b"GET\x0b/simple/x/\x85HTTP/1.1\x0c\n"
WIRE = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

METHODS = st.sampled_from([b"GET", b"HEAD", b"POST", b"PUT", b"CONNECT", b"get", b"GET\0", b"\xff"])
TARGETS = st.one_of(
    st.sampled_from(
        [
            b"/simple/acme-pricing/",
            b"/simple/acme-pricing/?x=%0d%0aHost:evil",
            b"//evil.test/simple/x/",
            b"http://evil.test/simple/x/",
            b"http://{host}/simple/x/",
            b"/simple/%E2%84%AAey/",
            b"/simple/\xc3\xa9/",
            b"/simple/x;/../y/",
            b"/simple/%2e%2e/x/",
            b"/files/x/x-1.0-py3-none-any.whl",
            b"/files/x/..%2fx-1.0-py3-none-any.whl",
            b"/git/acme-git/..%2fpartners/rates/info/refs?service=git-upload-pack",
            b"/git/acme-git/../../contoso/x/info/refs?service=git-upload-pack",
            REFS,
            REPOSITORY + b"/git-upload-pack",
            REPOSITORY + b"/git-receive-pack",
            b"*",
            b"evil.test:443",
            b"/" + b"a" * 70_000,
        ]
    ),
    st.binary(max_size=30).map(lambda end: b"/simple/" + end),
)
VERSIONS = st.sampled_from(
    [b" HTTP/1.1", b" HTTP/1.0", b" HTTP/0.9", b" HTTP/2.0", b" HTTP/1.1.1", b" HTTP/\xb2.0", b""]
)
ENDS = st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\n\r\n"])
HEADERS = st.one_of(
    st.sampled_from(
        [
            b"Host: {host}",
            b"Host: evil.test",
            b"Host:\t{host} ",
            b"Host : {host}",
            b" folded",
            b"\tfolded",
            b"no header",
            b": empty",
            b"X: a\0b",
            b"X: \xff\x85y",
            b"X: " + b"x" * 70_000,
            b"Content-Length: 4",
            b"Content-Length: -1",
            b"Content-Length: 4, 4",
            b"Content-Length: " + b"1" * 5000,
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: xchunked",
            b"Expect: 100-continue",
            b"Connection: keep-alive",
            b"Connection: close, Host",
            b"Content-Type: multipart/form-data; boundary=x",
            b"From me",
            b"Authorization: {nonce}",
            b"Authorization: Basic {nonce}",
        ]
    ),
    st.binary(max_size=12),
)
BODIES = st.sampled_from(
    [
        b"",
        b"0000",
        b"4\r\n0000\r\n0\r\n\r\n",
        b"4;x\r\n0000\r\n0\r\n\r\n",
        b"-4\r\n0000\r\n0\r\n\r\n",
        b"0x4\r\n0000\r\n0\r\n\r\n",
        b"4\r\n00",
        b"GET /simple/smuggled/ HTTP/1.1\r\n" + LET_IN + b"\r\n",
    ]
)


@st.composite
def requests(draw: st.DrawFn, *, let_in: bool) -> bytes:
    """Return a request as nobody would send it; with `let_in` one that the door might admit."""
    end = draw(ENDS) if draw(st.integers(0, 4)) == 0 else b"\r\n"
    lines = [draw(METHODS) + b" " + draw(TARGETS) + draw(VERSIONS)]
    if let_in:
        likely = draw(st.booleans())
        lines = [b"GET /simple/acme-good/ HTTP/1.1"] if likely else lines
        lines += [b"Host: {host}", b"Authorization: {nonce}"]
    lines += draw(st.lists(HEADERS, max_size=3))
    text = end.join([*lines, b""]) + end + draw(BODIES)
    whole = draw(st.integers(0, 4)) > 0
    return text if whole else text[: draw(st.integers(0, len(text)))]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def broker(sources: LocalSources, ambient: dict[str, str], shelf: Shelf) -> Iterator[Broker]:
    # A bug behind the door is raised where it is closed.
    with Broker(acme_access(sources, ambient), catalogue=shelf) as opened:
        yield opened


@pytest.fixture
def client(broker: Broker) -> SocketClient:
    return SocketClient(broker)


def without_nonce(text: bytes) -> bytes:
    return text.replace(b"{nonce}", b"Basic bGFkaW5nOng=")


@WIRE
@given(text=st.one_of(st.binary(max_size=200), requests(let_in=False), requests(let_in=True)))
def test_without_the_nonce_nothing_is_served_and_nobody_is_asked(
    client: SocketClient, shelf: Shelf, sources: LocalSources, text: bytes
) -> None:
    client.check(without_nonce(text), shelf)
    assert sources.log() == ()


@WIRE
@given(text=st.lists(requests(let_in=True), min_size=1, max_size=3).map(b"".join))
def test_with_the_nonce_only_what_another_reader_sees_too_is_served(
    client: SocketClient, shelf: Shelf, sources: LocalSources, text: bytes
) -> None:
    client.check(text, shelf)
    for request in sources.log():
        assert (request.host, request.credential) == ("git", "acme-git"), request
        assert request.path.startswith("/acme/platform/_git/acme-tax/"), request
        assert "receive" not in request.path
    client.check_lives()


def test_a_request_in_three_parts_of_a_pipeline_is_answered_three_times(
    client: SocketClient, shelf: Shelf
) -> None:
    heard = client.says(GOOD * 3)
    assert heard.count(b"HTTP/1.1 200 ") == 3
    assert shelf.asked == ["acme-good"] * 3


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 60\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 0\r\nContent-Length: 5\r\n",
    ],
)
@pytest.mark.parametrize("target", [b"/simple/acme-good/", REFS])
def test_a_body_where_none_belongs_is_neither_passed_on_nor_read_as_a_request(
    client: SocketClient, shelf: Shelf, sources: LocalSources, target: bytes, head: bytes
) -> None:
    heard = client.says(b"GET " + target + b" HTTP/1.1\r\n" + LET_IN + head + b"\r\n" + GOOD)
    assert heard.startswith(b"HTTP/1.1 403 ")
    assert heard.count(b"HTTP/1.1") == 1
    assert sources.log() == ()
    assert shelf.asked == []


@pytest.mark.parametrize(
    "body", [b"", b"000", b"zz\r\n", b"4\r\n00", b"4\r\n00000\r\n", b"0\r\nX: y\r\n\r\n"]
)
def test_a_client_that_breaks_off_is_not_taken_for_a_source_that_fails(
    client: SocketClient, broker: Broker, body: bytes
) -> None:
    length = b"Transfer-Encoding: chunked\r\n" if b"\n" in body else b"Content-Length: 9\r\n"
    start = b"POST " + REPOSITORY + b"/git-upload-pack HTTP/1.1\r\n"
    heard = client.says(start + LET_IN + length + b"\r\n" + body)
    assert heard.startswith(b"HTTP/1.1 403 ")
    assert b"lading: body: " in heard
    assert broker.failures == ()


def test_who_is_refused_while_still_sending_hears_why(client: SocketClient) -> None:
    large = b"POST /simple/x/ HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n" + b"x" * 8_000_000
    heard = client.says(large)
    assert heard.startswith(b"HTTP/1.1 403 ")
    assert b"lading: host: " in heard


@pytest.mark.parametrize(
    "line", [b"GET /simple/x/\r\n", b"GET\r\n", b"\0\r\n", b"PROPFIND / HTTP/1.1\r\n", SPACED]
)
def test_what_is_no_request_is_answered_with_a_status_and_not_repeated(
    client: SocketClient, line: bytes
) -> None:
    heard = client.says(line + LET_IN + b"\r\n")
    assert heard.startswith(b"HTTP/1.1 400 ")
    assert heard.endswith(b"lading: request: this is no request that can be read\n")


def test_half_a_request_is_not_served(client: SocketClient, shelf: Shelf) -> None:
    for length in range(len(GOOD)):
        assert b" 200 " not in client.says(GOOD[:length])
    assert shelf.asked == []


def test_a_return_inside_a_line_does_not_end_it(client: SocketClient, shelf: Shelf) -> None:
    text = b"GET /simple/x/ HTTP/1.1\r\nHost: {host}\rX: y\r\nAuthorization: {nonce}\r\n\r\n"
    assert client.says(text).startswith(b"HTTP/1.1 400 ")
    assert shelf.asked == []


@pytest.mark.parametrize(
    "line",
    [b"a/b: c", b"a b: c", b"a : b", b": a", b"a\xe9: b", b"a: \0", b"a: b\r\n c", b"no header"],
)
def test_what_others_would_not_take_for_a_header_is_refused(
    client: SocketClient, shelf: Shelf, line: bytes
) -> None:
    text = b"GET /simple/x/ HTTP/1.1\r\n" + LET_IN + line + b"\r\n\r\n"
    heard = client.says(text)
    assert heard.startswith(b"HTTP/1.1 403 ")
    assert b"lading: head: " in heard
    assert shelf.asked == []


def test_nobody_is_asked_for_a_body_before_the_door_let_them_in(client: SocketClient) -> None:
    asks = b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    start = b"POST " + REPOSITORY + b"/git-upload-pack HTTP/1.1\r\n"
    assert b"100 Continue" not in client.says(start + b"Host: {host}\r\n" + asks)
    assert client.says(start + LET_IN + asks + b"0000").startswith(b"HTTP/1.1 100 Continue")
