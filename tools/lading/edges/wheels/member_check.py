"""One member of a wheel while it is copied: do its bytes turn out to be what was promised."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

from lading.core.layer import DEFLATED
from lading.core.wheel import WheelMember
from lading.core.wheel.record import RecordedHash

_STEP = 1 << 18


class MemberCheck:
    """Follows a member's bytes, as they lie in the wheel or uncompressed by another reader.

    Never holds more than one step of uncompressed bytes, and stops at the first byte too many.
    `sink` is given the uncompressed bytes.
    """

    def __init__(
        self,
        member: WheelMember,
        *,
        promise: RecordedHash | None = None,
        sink: Callable[[bytes], object] | None = None,
    ) -> None:
        self._member = member
        self._promise = promise
        self._sink = sink
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == DEFLATED else None
        self._sha256 = hashlib.sha256()
        self._other = (
            hashlib.new(promise.algorithm)
            if promise is not None and promise.algorithm != "sha256"
            else self._sha256
        )
        self._size = 0
        self._crc = 0
        self._problem: str | None = None

    @property
    def sha256(self) -> str:
        """Return the hash of the uncompressed bytes so far, in hex."""
        return self._sha256.hexdigest()

    def feed(self, data: bytes) -> None:
        """Take the next bytes; after a problem they are ignored."""
        if self._problem is not None:
            return
        if self._inflate is None:
            self._take(data)
            return
        try:
            self._inflate_all(self._inflate, data)
        except zlib.error:
            self._problem = "cannot be decompressed"

    def finish(self) -> str | None:
        """Return what is wrong with the member, now that all its bytes were fed, or None."""
        problem = self._problem or self._final_problem()
        return f"{self._member.name}: {problem}" if problem else None

    def _inflate_all(self, inflate: zlib._Decompress, data: bytes) -> None:
        while self._problem is None:
            step = inflate.decompress(data, _STEP)
            self._take(step)
            data = inflate.unconsumed_tail
            # A full step may have left more inside of the decompressor.
            if not data and len(step) < _STEP:
                return

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._member.size:
            self._problem = f"is more than the {self._member.size} bytes that it promises"
            return
        self._crc = zlib.crc32(data, self._crc)
        self._sha256.update(data)
        if self._other is not self._sha256:
            self._other.update(data)
        if self._sink is not None:
            self._sink(data)

    def _final_problem(self) -> str | None:
        if self._inflate is not None and (not self._inflate.eof or self._inflate.unused_data):
            return "its compressed data does not end where it should"
        if self._size != self._member.size:
            return f"is {self._size} bytes, not the {self._member.size} that it promises"
        if self._crc != self._member.crc:
            return "its CRC is wrong"
        if self._promise is not None and self._other.digest() != self._promise.digest:
            return "is not the file that RECORD describes"
        return None
