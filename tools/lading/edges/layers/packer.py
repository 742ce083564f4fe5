"""A layer's blob: files one after another, each with the header that it has in the artifact."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from tempfile import SpooledTemporaryFile

from lading.core.bundle.zip_format import local_header
from lading.core.layer import DEFLATED, MODE_FILE, STORED, Member
from lading.edges.layers.examination import Examination

_LEVEL = 6
_STEP = 1 << 18
# What is smaller is held in memory while it is compressed.
_SPOOL_BYTES = 4 << 20


def deflate_library() -> str:
    """Return the name and version of what compresses here: another gives other bytes."""
    zlib_ng: object = getattr(zlib, "ZLIBNG_VERSION", None)
    return f"zlib-ng {zlib_ng}" if zlib_ng else f"zlib {zlib.ZLIB_RUNTIME_VERSION}"


class LayerPacker:
    """Collects the members of a layer while their bytes stream through.

    `copy` and `compress` give the bytes that go into the blob; a member is in `members` once all of
    its bytes were taken. `prefix` stands before every name in the artifact. `examination` sees what
    is compressed here; what is copied is fed to it by whoever reads the uncompressed bytes.
    """

    def __init__(self, prefix: str) -> None:
        self.members: list[Member] = []
        self.examination = Examination(own=not prefix)
        self._prefix = prefix
        self._position = 0

    def copy(
        self, member: Member, chunks: Iterable[bytes], *, sha256: Callable[[], str]
    ) -> Iterator[bytes]:
        """Pack bytes that are compressed already.

        All of `member` is known but its offset and its hash, which `sha256` tells once all bytes
        were taken.
        """
        header = local_header(self._prefix + member.name, member)
        yield header
        yield from chunks
        offset = self._position + len(header)
        self._position = offset + member.compressed_size
        self.members.append(replace(member, offset=offset, sha256=sha256()))

    def compress(
        self, name: str, chunks: Iterable[bytes], *, mode: int = MODE_FILE
    ) -> Iterator[bytes]:
        """Pack bytes deflated, or stored where there are none."""
        digest = hashlib.sha256()
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        size = crc = 0
        with (
            SpooledTemporaryFile(_SPOOL_BYTES) as spool,
            self.examination.watch(name) as watch,
        ):
            for chunk in chunks:
                watch.feed(chunk)
                size += len(chunk)
                crc = zlib.crc32(chunk, crc)
                digest.update(chunk)
                spool.write(deflate.compress(chunk))
            if size:
                spool.write(deflate.flush())
            member = Member(
                name=name,
                mode=mode,
                size=size,
                sha256="",
                crc=crc,
                method=DEFLATED if size else STORED,
                compressed_size=spool.tell(),
                offset=0,
            )
            spool.seek(0)
            packed = iter(lambda: spool.read(_STEP), b"")
            yield from self.copy(member, packed, sha256=digest.hexdigest)
