"""The body of a request at the broker's door, read as it comes from the client's connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

from lading.core.access.doors import DoorError

_BLOCK = 64 * 1024
# Below a TiB, and short enough for every reader's integer.
_LENGTH = re.compile(r"[0-9]{1,12}")
# RFC 9112, 7.1. Git sends no extensions, and nothing here would read them.
_CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,7})\r\n")


def read_body(headers: Message, stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield a request's body in blocks; raises DoorError where its length can be read in two ways.

    Git sends what is larger than `http.postBuffer` in chunks. A body that ends early or falls
    silent raises DoorError from the iterator: an error of the connection would be told as the
    source's, to which the body is passed on.
    """
    lengths = headers.get_all("Content-Length", [])
    encodings = headers.get_all("Transfer-Encoding", [])
    if encodings:
        if lengths or [encoding.lower() for encoding in encodings] != ["chunked"]:
            raise DoorError("body", "the request says in two ways how long it is")
        return _chunks(stream)
    if len(lengths) != 1 or not _LENGTH.fullmatch(lengths[0]):
        raise DoorError("body", "the request does not say how long it is")
    return _exactly(stream, int(lengths[0]))


def check_no_body(headers: Message) -> None:
    """Raise DoorError for a request that has a body and should not.

    Its length would go upstream without it, and what stands there would be read as a request.
    """
    if headers.get_all("Transfer-Encoding") or headers.get_all("Content-Length", ["0"]) != ["0"]:
        raise DoorError("body", "only a request for a pack has a body")


def _exactly(stream: BufferedIOBase, size: int) -> Iterator[bytes]:
    while size:
        try:
            block = stream.read1(min(size, _BLOCK))
        except OSError:
            block = b""
        if not block:
            raise _ended_early()
        size -= len(block)
        yield block


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while size := _chunk_size(_line(stream)):
        yield from _exactly(stream, size)
        if _line(stream) != b"\r\n":
            raise DoorError("body", "a chunk is longer than it says")
    # A trailer would be read by nobody.
    if _line(stream) != b"\r\n":
        raise DoorError("body", "the request has a trailer")


def _line(stream: BufferedIOBase) -> bytes:
    try:
        line = stream.readline(16)
    except OSError:
        line = b""
    if not line:
        raise _ended_early()
    return line


def _chunk_size(line: bytes) -> int:
    head = _CHUNK_HEAD.fullmatch(line)
    if head is None:
        raise DoorError("body", "the length of a chunk cannot be read")
    return int(head[1], 16)


def _ended_early() -> DoorError:
    return DoorError("body", "the request ended early")
