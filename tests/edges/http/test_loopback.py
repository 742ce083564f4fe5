"""Requests that are handed on to a server of this machine, and what becomes of the odd ones."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from lading.edges.http import TransferError
from lading.edges.http.loopback import Handed, open_passage


def handed(port: int, blocks: Iterator[bytes] | None = None, *headers: tuple[str, str]) -> Handed:
    return Handed(
        address=("127.0.0.1", port),
        method="POST",
        target="/x?a=1",
        headers=(("Host", "them"), *headers),
        blocks=blocks,
        patience=30,
    )


def answering(
    server: socket.socket, answer: bytes, heard: list[bytes], until: bytes
) -> threading.Thread:
    """Take one connection, hear until its request ends so or breaks off, and answer.

    What was heard is whole once the thread has ended.
    """

    def run() -> None:
        connection, _ = server.accept()
        with connection:
            told = b""
            while not told.endswith(until) and (data := connection.recv(65536)):
                told += data
            heard.append(told)
            connection.sendall(answer)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_request_is_handed_on_as_it_is() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answering(
            server,
            b"HTTP/1.1 201 Made\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\nok",
            heard,
            b"body",
        )
        body = iter([b"bo", b"dy"])
        with open_passage(handed(port, body, ("Content-Length", "4"), ("X-B", "é"))) as passage:
            answer = passage.send()
            assert (answer.status, b"".join(answer.blocks())) == (201, b"ok")
            assert [pair for pair in answer.headers if pair[0] == "X-A"] == [
                ("X-A", "1"),
                ("X-A", "2"),
            ]
    (told,) = heard
    assert told.startswith(b"POST /x?a=1 HTTP/1.1\r\nHost: them\r\n")
    assert told.count(b"Host:") == 1
    assert b"Accept-Encoding" not in told
    assert b"X-B: \xe9\r\n" in told


def test_a_body_of_unknown_length_goes_in_chunks() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answering(server, b"HTTP/1.1 204 None\r\n\r\n", heard, b"0\r\n\r\n")
        with open_passage(handed(port, iter([b"one", b"", b"two"]))) as passage:
            assert passage.send().status == 204
    assert heard[0].endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


def test_half_a_body_does_not_pass_for_a_whole_one() -> None:
    def breaking() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("the client went away")

    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server_side = answering(server, b"", heard, b"0\r\n\r\n")
        with open_passage(handed(port, breaking())) as passage, pytest.raises(TransferError):
            passage.send()
        server_side.join(timeout=60)
    assert heard[0].endswith(b"half\r\n")
    assert not heard[0].endswith(b"0\r\n\r\n")


def test_a_passage_that_is_aborted_waits_for_nobody() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        open_passage(handed(deaf.getsockname()[1])) as passage,
    ):
        threading.Timer(0.1, passage.abort).start()
        with pytest.raises(TransferError):
            passage.send()


def test_an_answer_that_breaks_off_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        broken = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
        answering(server, broken, [], b"\r\n\r\n")
        with open_passage(handed(port)) as passage:
            blocks = passage.send().blocks()
            assert next(blocks) == b"half"
            with pytest.raises(TransferError):
                next(blocks)
