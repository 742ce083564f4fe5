"""One small file out of a zip, on this disk or elsewhere: then only parts of the zip are read."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Bytes that are read at once: a zip's directory in one or two parts.
_AHEAD = 256 * 1024
_LARGEST = 1024 * 1024

# What zipfile raises for a zip that is none, or not whole: a name that is no UTF-8, a stream that
# breaks off, a method or a password that it does not know.
_BROKEN = (
    *(KeyError, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, struct.error, lzma.LZMAError),
)

# Gives the bytes from one place to before another one, None where they cannot be had.
ReadPart = Callable[[int, int], bytes | None]


def read_member(place: Path | IO[bytes], name: str) -> bytes | None:
    """Return a small file of a zip; None where it has none, is no zip, or cannot be read."""
    try:
        with zipfile.ZipFile(place) as archive:
            if archive.getinfo(name).file_size > _LARGEST:
                return None
            return archive.read(name)
    except _BROKEN:
        return None


def open_remote(size: int, read_part: ReadPart) -> IO[bytes]:
    """Return a file of `size` bytes that lies elsewhere, of which parts can be read."""
    return io.BufferedReader(_Remote(size, read_part), _AHEAD)


class _Remote(io.RawIOBase):
    """Bytes elsewhere, as zipfile wants a file."""

    def __init__(self, size: int, read_part: ReadPart) -> None:
        self._size = size
        self._read_part = read_part
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(start + offset, 0)
        return self._place

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        end = min(self._place + len(view), self._size)
        if end <= self._place:
            return 0
        part = self._read_part(self._place, end)
        if part is None:
            raise OSError
        view[: len(part)] = part
        self._place += len(part)
        return len(part)
