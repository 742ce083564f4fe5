"""The parts of a zip file that lading writes itself: headers, directory, end (PKWARE APPNOTE).

They are the same on every host: written as Unix, one fixed time, no extra fields and no data
descriptors; zip64 only where a number does not fit, the UTF-8 flag only where a name needs it.
"""

from __future__ import annotations

import struct
from stat import S_IFREG

from lading.core.layer import DEFLATED, Member

LOCAL_HEADER = struct.Struct("<4sHHHHHLLLHH")
LOCAL_SIGNATURE = b"PK\x03\x04"
_CENTRAL_HEADER = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_CENTRAL_SIGNATURE = b"PK\x01\x02"
_END = struct.Struct("<4sHHHHLLH")
_END_64 = struct.Struct("<4sQHHLLQQQQ")
_LOCATOR_64 = struct.Struct("<4sLQL")

UTF8_FLAG = 0x800
_UNIX = 3
_ZIP64_EXTRA = 1
_LIMIT_16 = 0xFFFF
_LIMIT_32 = 0xFFFFFFFF
_VERSION_STORED = 10
_VERSION_DEFLATED = 20
_VERSION_ZIP64 = 45
# 2020-01-01 00:00. The format's own beginning, 1980, becomes 1979 in the time zones west of the
# one where a package is extracted, and many tools then refuse to pack the files again.
_DATE = (2020 - 1980) << 9 | 1 << 5 | 1
_TIME = 0


def local_header(name: str, member: Member) -> bytes:
    """Return what stands before a member's data, with `name` as its name in the archive."""
    encoded, flags = _encode(name)
    big = member.size >= _LIMIT_32 or member.compressed_size >= _LIMIT_32
    extra = (
        struct.pack("<HHQQ", _ZIP64_EXTRA, 16, member.size, member.compressed_size) if big else b""
    )
    header = LOCAL_HEADER.pack(
        LOCAL_SIGNATURE,
        _version(member, big=big),
        flags,
        member.method,
        _TIME,
        _DATE,
        member.crc,
        _LIMIT_32 if big else member.compressed_size,
        _LIMIT_32 if big else member.size,
        len(encoded),
        len(extra),
    )
    return header + encoded + extra


def local_header_size(name: str, member: Member) -> int:
    """Return the size of `local_header` in bytes, without making it."""
    big = member.size >= _LIMIT_32 or member.compressed_size >= _LIMIT_32
    length = len(name) if name.isascii() else len(name.encode())
    return LOCAL_HEADER.size + length + (20 if big else 0)


def central_header(name: str, member: Member, offset: int) -> bytes:
    """Return a member's line in the central directory; `offset` is where its header begins."""
    encoded, flags = _encode(name)
    wide = [
        number for number in (member.size, member.compressed_size, offset) if number >= _LIMIT_32
    ]
    extra = struct.pack(f"<HH{len(wide)}Q", _ZIP64_EXTRA, 8 * len(wide), *wide) if wide else b""
    version = _version(member, big=bool(wide))
    header = _CENTRAL_HEADER.pack(
        _CENTRAL_SIGNATURE,
        _UNIX << 8 | version,
        version,
        flags,
        member.method,
        _TIME,
        _DATE,
        member.crc,
        min(member.compressed_size, _LIMIT_32),
        min(member.size, _LIMIT_32),
        len(encoded),
        len(extra),
        0,
        0,
        0,
        (S_IFREG | member.mode) << 16,
        min(offset, _LIMIT_32),
    )
    return header + encoded + extra


def end_of_directory(*, entries: int, size: int, offset: int) -> bytes:
    """Return what ends an archive whose central directory begins at `offset` and has `size`."""
    end = _END.pack(
        b"PK\x05\x06",
        0,
        0,
        min(entries, _LIMIT_16),
        min(entries, _LIMIT_16),
        min(size, _LIMIT_32),
        min(offset, _LIMIT_32),
        0,
    )
    if entries < _LIMIT_16 and size < _LIMIT_32 and offset < _LIMIT_32:
        return end
    version = _UNIX << 8 | _VERSION_ZIP64
    end_64 = _END_64.pack(
        b"PK\x06\x06",
        _END_64.size - 12,
        version,
        _VERSION_ZIP64,
        0,
        0,
        entries,
        entries,
        size,
        offset,
    )
    return end_64 + _LOCATOR_64.pack(b"PK\x06\x07", 0, offset + size, 1) + end


def _encode(name: str) -> tuple[bytes, int]:
    return name.encode(), 0 if name.isascii() else UTF8_FLAG


def _version(member: Member, *, big: bool) -> int:
    if big:
        return _VERSION_ZIP64
    return _VERSION_DEFLATED if member.method == DEFLATED else _VERSION_STORED
