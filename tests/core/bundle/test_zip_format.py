"""What lading writes into a zip is what zipfile reads out of it, also where numbers are large."""

from __future__ import annotations

import io
import zipfile

import pytest

from lading.core.bundle.zip_format import (
    central_header,
    end_of_directory,
    local_header,
    local_header_size,
)
from lading.core.layer import Member

BIG = 5 << 30


def member(name: str, *, size: int = 3, compressed: int = 3, mode: int = 0o644) -> Member:
    return Member(
        name=name,
        mode=mode,
        size=size,
        sha256="",
        crc=0x352441C2,
        method=8 if size != compressed else 0,
        compressed_size=compressed,
        offset=0,
    )


class Sparse(io.RawIOBase):
    """A file that is nothing but zeros, and then a few bytes."""

    def __init__(self, zeros: int, tail: bytes) -> None:
        super().__init__()
        self._zeros, self._tail, self._position = zeros, tail, 0

    def seekable(self) -> bool:
        """Say that it is."""
        return True

    def readable(self) -> bool:
        """Say that it is."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        size = self._zeros + len(self._tail)
        self._position = (0, self._position, size)[whence] + offset
        return self._position

    def tell(self) -> int:
        """Say where it is."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Give bytes of the tail."""
        start = self._position - self._zeros
        assert start >= 0, "only the directory is read"
        end = len(self._tail) if size < 0 else start + size
        self._position += len(self._tail[start:end])
        return self._tail[start:end]


def listed(members: list[Member], offsets: list[int], data_size: int) -> list[zipfile.ZipInfo]:
    headers = [central_header(one.name, one, at) for one, at in zip(members, offsets, strict=True)]
    central = b"".join(headers)
    tail = central + end_of_directory(entries=len(members), size=len(central), offset=data_size)
    return zipfile.ZipFile(Sparse(data_size, tail)).infolist()


@pytest.mark.parametrize("name", ["a", "a/b.py", "ä/ü.py", "a" * 300])
@pytest.mark.parametrize(("size", "compressed"), [(3, 3), (99, 3), (BIG, 3), (BIG, BIG)])
def test_the_size_of_a_local_header_is_known_without_making_it(
    name: str, size: int, compressed: int
) -> None:
    one = member(name, size=size, compressed=compressed)
    assert local_header_size(name, one) == len(local_header(name, one))


def test_a_stored_member_is_read_back() -> None:
    one = member("ä.txt")
    header = local_header("p/ä.txt", one)
    central = central_header("p/ä.txt", one, 0)
    size = len(header) + 3
    data = header + b"abc" + central
    data += end_of_directory(entries=1, size=len(central), offset=size)
    archive = zipfile.ZipFile(io.BytesIO(data))
    (info,) = archive.infolist()
    assert archive.read("p/ä.txt") == b"abc"
    assert info.date_time == (2020, 1, 1, 0, 0, 0)
    assert (info.create_system, info.external_attr >> 16) == (3, 0o100644)
    assert (info.flag_bits, info.extra) == (0x800, b"")


def test_large_members_and_offsets_use_zip64() -> None:
    members = [
        member("small"),
        member("unpacked", size=BIG, compressed=9),
        member("both", size=BIG, compressed=BIG - 1, mode=0o755),
        member("far"),
    ]
    offsets = [0, 40, 100, BIG + 7]
    infos = listed(members, offsets, BIG + 100)
    assert [(info.file_size, info.compress_size, info.header_offset) for info in infos] == [
        (one.size, one.compressed_size, offset)
        for one, offset in zip(members, offsets, strict=True)
    ]
    assert [info.extract_version for info in infos] == [10, 45, 45, 45]
    assert infos[2].external_attr >> 16 == 0o100755


def test_more_members_than_16_bits_can_count_use_zip64() -> None:
    members = [member(f"{number}") for number in range(70_000)]
    assert len(listed(members, [0] * len(members), 100)) == 70_000


def test_a_small_archive_has_no_zip64_end() -> None:
    assert len(end_of_directory(entries=0xFFFE, size=1, offset=1)) == 22
    assert len(end_of_directory(entries=0xFFFF, size=1, offset=1)) > 22
