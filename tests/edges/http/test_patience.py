"""Nothing keeps us waiting for ever: not a server that always sends a little, nor a silent one."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lading.edges.http import Http, Request, Response, TimeLimits, TransferError
from local_sources import LocalSources
from tests.edges.http.listening import listening

# Far below the limit for silence, and many of them far above the limit for the whole.
_PAUSE = 0.05
_LIMITS = TimeLimits(connect=60, read=60, whole=0.5)


@contextmanager
def drip(
    sources: LocalSources, beginning: bytes, drop: bytes, *, drops: int | None = None
) -> Iterator[str]:
    """Answer whoever comes with a beginning, then with the same drop until he goes; give a URL.

    After a number of drops, where one is given, comes a good answer.
    """
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sources.certificates.server, sources.certificates.key)
    over = threading.Event()

    def answer(client: socket.socket) -> None:
        try:
            with tls.wrap_socket(client, server_side=True) as connection:
                connection.recv(65536)
                connection.sendall(beginning)
                for _ in itertools.count() if drops is None else range(drops):
                    if over.wait(_PAUSE):
                        return
                    connection.sendall(drop)
                connection.sendall(_EMPTY)
                over.wait()
        except OSError:
            return

    with listening(answer) as port:
        try:
            yield f"https://localhost:{port}/"
        finally:
            over.set()


@pytest.fixture
def http(sources: LocalSources, ambient: dict[str, str]) -> Http:
    return Http(sources.environment(ambient), limits=_LIMITS, sleep=lambda _: None)


_EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_ENDLESS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"),
        (_ENDLESS, b"1\r\nx\r\n"),
        (_ENDLESS + b"0\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9999\r\n\r\n", b"x"),
    ],
    ids=["head", "interim", "length", "until-closed", "chunks", "trailer", "redirect"],
)
def test_a_server_that_always_sends_a_little_ends_with_the_time_limit(
    sources: LocalSources, http: Http, beginning: bytes, drop: bytes
) -> None:
    with (
        drip(sources, beginning, drop) as url,
        pytest.raises(TransferError, match="time limit"),
        http.open(Request(url=url)) as response,
    ):
        response.read(limit=1024)


@pytest.mark.parametrize(
    "read",
    [lambda response: response.read_beginning(1024), lambda response: list(response.blocks())],
    ids=["beginning", "blocks"],
)
def test_so_do_the_words_of_a_refusal_and_a_block_of_a_file(
    sources: LocalSources, http: Http, read: Callable[[Response], object]
) -> None:
    beginning = b"HTTP/1.1 500 No\r\nConnection: close\r\n\r\n"
    with (
        drip(sources, beginning, b"x") as url,
        pytest.raises(TransferError, match="time limit"),
        http.open(Request(url=url)) as response,
    ):
        read(response)


def test_a_request_may_bring_more_patience_than_others_have(
    sources: LocalSources, ambient: dict[str, str]
) -> None:
    http = Http(sources.environment(ambient), limits=_LIMITS, sleep=lambda _: None)
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    patient = TimeLimits(connect=60, read=60, whole=60)
    with (
        drip(sources, interim, interim, drops=30) as url,
        http.open(Request(url=url, limits=patient)) as response,
    ):
        assert response.status == 200
