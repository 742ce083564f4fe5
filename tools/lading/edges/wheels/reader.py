"""Wheels on disk, read with suspicion: what two readers of a zip could see differently is refused.

A wheel is known to be the file that was locked, and nothing in it is trusted: names, sizes and
headers are checked before a byte is used, and the bytes while they are copied.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from lading.core.bundle.zip_format import LOCAL_HEADER, LOCAL_SIGNATURE, UTF8_FLAG
from lading.core.errors import BuildError
from lading.core.wheel import Wheel, WheelMember
from lading.core.wheel.record import RecordedHash
from lading.edges.wheels.member_check import MemberCheck

CHUNK = 1 << 18
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_DESCRIPTOR_FLAG = 0x8
# With or without a signature, with sizes of 4 or 8 bytes.
_DESCRIPTOR_SIZES = (12, 16, 20, 24)
_LIMIT_32 = 0xFFFFFFFF
_END_SIZE = 22
_END_SIGNATURE = b"PK\x05\x06"
# The largest wheels that exist (GPU libraries) unpack to less than half of this.
_MOST_BYTES = 8 << 30
_MOST_MEMBERS = 200_000
# What is small may be as dense as it likes. Deflate cannot pass 1030, real files rarely pass 100.
_DENSE_FROM = 64 << 20
_DENSEST = 250
# METADATA, WHEEL, RECORD and .pth files, which are read whole.
_MOST_TEXT = 64 << 20
_REMEDY = (
    "Do not install this wheel with anything else either. Ask its publisher,"
    " or build it from its source and upload that."
)


def refusal(filename: str, problems: Sequence[str]) -> BuildError:
    """Return the error that says why a wheel is not used."""
    lines = "".join(f"\n  - {problem}" for problem in problems)
    return BuildError(f"{filename} is refused:{lines}", remedy=_REMEDY)


class CheckedRead:
    """The bytes of one member, which turn out to be what was promised, or raise BuildError.

    They are given as they lie in the wheel, or uncompressed where the method is a rare one.
    """

    def __init__(self, chunks: Iterable[bytes], check: MemberCheck, *, filename: str) -> None:
        self._chunks = chunks
        self._check = check
        self._filename = filename

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._check.feed(chunk)
            yield chunk
        if problem := self._check.finish():
            raise refusal(self._filename, [problem])

    def sha256(self) -> str:
        """Return the hash of the uncompressed bytes, once all were taken."""
        return self._check.sha256

    def exhaust(self) -> None:
        """Take all bytes, only to see that they are right."""
        for _ in self:
            pass


class WheelReader:
    """An open wheel; made by `open_wheel`."""

    def __init__(self, archive: zipfile.ZipFile, file: IO[bytes], filename: str) -> None:
        self._archive = archive
        self._file = file
        self._filename = filename
        self.members = _read_members(archive, file, filename)

    def read(
        self,
        member: WheelMember,
        *,
        promise: RecordedHash | None = None,
        sink: Callable[[bytes], object] | None = None,
    ) -> CheckedRead:
        """Read a member; nothing is read before the result is iterated over.

        `sink` is given the uncompressed bytes meanwhile.
        """
        check = MemberCheck(member, promise=promise, sink=sink)
        return CheckedRead(self._chunks(member), check, filename=self._filename)

    def read_text(self, member: WheelMember) -> bytes:
        """Return a small member's uncompressed bytes."""
        if member.size > _MOST_TEXT:
            raise refusal(self._filename, [f"{member.name}: is too large for what it is"])
        parts: list[bytes] = []
        check = MemberCheck(member, sink=parts.append)
        CheckedRead(self._chunks(member), check, filename=self._filename).exhaust()
        return b"".join(parts)

    def _chunks(self, member: WheelMember) -> Iterator[bytes]:
        if not member.kept_as_it_is:
            yield from self._foreign_chunks(member)
            return
        self._file.seek(member.offset)
        left = member.compressed_size
        while left:
            chunk = self._file.read(min(CHUNK, left))
            if not chunk:
                raise refusal(self._filename, [f"{member.name}: the wheel ends within it"])
            left -= len(chunk)
            yield chunk

    def _foreign_chunks(self, member: WheelMember) -> Iterator[bytes]:
        try:
            with self._archive.open(member.name) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
            raise refusal(self._filename, [f"{member.name}: {error}"]) from error


@contextmanager
def open_wheel(wheel: Wheel) -> Iterator[WheelReader]:
    """Open a wheel that is the promised file and whose structure is sound.

    Raises BuildError with every reason why it is not.
    """
    with wheel.path.open("rb") as file, wheel.path.open("rb") as data:
        if hashlib.file_digest(file, "sha256").hexdigest() != wheel.sha256:
            raise refusal(wheel.filename, ["is not the file that was fetched or built"])
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            raise refusal(wheel.filename, [f"is not a wheel: {error}"]) from error
        with archive:
            yield WheelReader(archive, data, wheel.filename)


def _read_members(
    archive: zipfile.ZipFile, file: IO[bytes], filename: str
) -> tuple[WheelMember, ...]:
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    problems = _limit_problems(infos)
    if problems:
        raise refusal(filename, problems)
    problems += _end_problems(archive, file)
    members = []
    expected = frozenset({0})
    for info in infos:
        problems += _gap_problems(info.orig_filename, expected, info.header_offset)
        offset, found = _check_local_header(info, file)
        problems += found + _kind_problems(info)
        expected = _possible_ends(info, offset)
        if not info.is_dir():
            members.append(_member(info, offset))
    problems += _gap_problems("the central directory", expected, archive.start_dir)
    if problems:
        raise refusal(filename, problems)
    return tuple(members)


def _member(info: zipfile.ZipInfo, offset: int) -> WheelMember:
    mode = info.external_attr >> 16
    return WheelMember(
        name=info.orig_filename,
        size=info.file_size,
        compressed_size=info.compress_size,
        crc=info.CRC,
        method=info.compress_type,
        offset=offset,
        # pip's rule (`zip_item_is_executable`).
        executable=stat.S_ISREG(mode) and bool(mode & 0o111),
    )


def _limit_problems(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    problems = []
    if len(infos) > _MOST_MEMBERS:
        problems.append(f"{len(infos)} members are more than any honest wheel has")
    total = sum(info.file_size for info in infos)
    if total > _MOST_BYTES:
        problems.append(f"it would unpack to {total >> 20} MiB")
    problems += [
        f"{info.orig_filename}: {info.compress_size} bytes would become {info.file_size}"
        for info in infos
        if info.file_size > max(_DENSE_FROM, _DENSEST * info.compress_size)
    ]
    return problems


def _end_problems(archive: zipfile.ZipFile, file: IO[bytes]) -> list[str]:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_SIZE - len(archive.comment)))
    if file.read(len(_END_SIGNATURE)) != _END_SIGNATURE:
        return ["there are bytes after the end of the archive"]
    return []


def _kind_problems(info: zipfile.ZipInfo) -> list[str]:
    name = ascii(info.orig_filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    problems = []
    if info.flag_bits & _ENCRYPTED:
        problems.append(f"{name}: is encrypted")
    if kind == stat.S_IFLNK:
        problems.append(f"{name}: is a symbolic link")
    elif kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        problems.append(f"{name}: is neither a file nor a folder")
    if info.is_dir() and info.file_size:
        problems.append(f"{name}: is a folder with content")
    # zipfile cuts a name at a NUL, takes another one from an extra field, turns backslashes.
    if info.filename != info.orig_filename and not problems:
        problems.append(f"{name}: has a second name, {info.filename!a}")
    return problems


def _check_local_header(info: zipfile.ZipInfo, file: IO[bytes]) -> tuple[int, list[str]]:
    """Return where a member's data begins, and where its two headers disagree."""
    name = ascii(info.orig_filename)
    expected = info.orig_filename.encode("utf-8" if info.flag_bits & UTF8_FLAG else "cp437")
    file.seek(info.header_offset)
    head = file.read(LOCAL_HEADER.size)
    if len(head) != LOCAL_HEADER.size or not head.startswith(LOCAL_SIGNATURE):
        return info.header_offset, [f"{name}: has no local header"]
    header = LOCAL_HEADER.unpack(head)
    flags, method, crc, compressed_size, size, name_length, extra_length = (
        *header[2:4],
        *header[6:11],
    )
    problems = []
    if file.read(name_length) != expected:
        problems.append(f"{name}: has another name in its local header")
    if method != info.compress_type or (flags ^ info.flag_bits) & _ENCRYPTED:
        problems.append(f"{name}: its two headers disagree about how it is compressed")
    promised = (info.CRC, info.compress_size, info.file_size)
    told = (crc, compressed_size, size)
    blank = flags & _DESCRIPTOR_FLAG and told in {(0, 0, 0), (0, _LIMIT_32, _LIMIT_32)}
    zip64 = _LIMIT_32 in told[1:] and crc == info.CRC
    if told != promised and not blank and not zip64:
        problems.append(f"{name}: its two headers disagree about its size or CRC")
    data = info.header_offset + LOCAL_HEADER.size + name_length + extra_length
    return data, problems


def _possible_ends(info: zipfile.ZipInfo, offset: int) -> frozenset[int]:
    end = offset + info.compress_size
    if not info.flag_bits & _DESCRIPTOR_FLAG:
        return frozenset({end})
    return frozenset(end + size for size in _DESCRIPTOR_SIZES)


def _gap_problems(name: str, expected: frozenset[int], found: int) -> list[str]:
    if found in expected:
        return []
    if found < min(expected):
        return [f"{name!a}: begins within the member before it"]
    return [f"before {name!a} are bytes that belong to no member"]
