"""The body of a request at the broker's door, read as it comes from the client's connection."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

from lading.core.access.doors import DoorError

_BLOCK = 64 * 1024
_LARGEST_CHUNK = 16 * 1024 * 1024


def read_body(headers: Message, stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield a request's body in blocks; raises DoorError where its length can be read in two ways.

    Git sends what is larger than `http.postBuffer` in chunks. A body that ends early raises
    ConnectionResetError.
    """
    lengths = headers.get_all("Content-Length", [])
    encodings = headers.get_all("Transfer-Encoding", [])
    if encodings:
        if lengths or [encoding.lower() for encoding in encodings] != ["chunked"]:
            raise DoorError("body", "the request says in two ways how long it is")
        return _chunks(stream)
    if len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
        raise DoorError("body", "the request does not say how long it is")
    return _exactly(stream, int(lengths[0]))


def _exactly(stream: BufferedIOBase, size: int) -> Iterator[bytes]:
    while size:
        block = stream.read1(min(size, _BLOCK))
        if not block:
            raise ConnectionResetError
        size -= len(block)
        yield block


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while size := _chunk_size(stream.readline(128)):
        yield from _exactly(stream, size)
        if stream.read(2) != b"\r\n":
            raise ConnectionResetError
    while stream.readline(_BLOCK).strip():
        continue


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    try:
        size = int(digits, 16) if digits.isalnum() else -1
    except ValueError:
        size = -1
    if not 0 <= size <= _LARGEST_CHUNK:
        raise ConnectionResetError
    return size
