"""What two readers of a zip could see differently is refused before a byte of it is used."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.core.errors import BuildError
from lading.core.wheel import Wheel
from lading.edges.wheels.reader import open_wheel
from tests.wheels import WheelPlan, Zipped, wheel_at, write_members, write_planned

NAME = "demo-1.0-py3-none-any.whl"
A = Zipped(name="demo/a.py", content=b"a = 1\n" * 40)
B = Zipped(name="demo/b.py", content=b"b = 2\n" * 40)


def read_all(wheel: Wheel) -> None:
    with open_wheel(wheel) as reader:
        for member in reader.members:
            reader.read_text(member)


def refused(wheel: Wheel) -> str:
    with pytest.raises(BuildError) as caught:
        read_all(wheel)
    assert wheel.filename in caught.value.message
    return caught.value.message


def written(tmp_path: Path, *members: Zipped) -> Path:
    return write_members(tmp_path / NAME, members)


def changed(path: Path, change: Callable[[bytes], bytes]) -> Wheel:
    path.write_bytes(change(path.read_bytes()))
    return wheel_at(path)


def local(data: bytes, number: int) -> int:
    """Return where a member's local header begins."""
    position = -1
    for _ in range(number + 1):
        position = data.index(b"PK\x03\x04", position + 1)
    return position


def central(data: bytes, number: int) -> int:
    position = -1
    for _ in range(number + 1):
        position = data.index(b"PK\x01\x02", position + 1)
    return position


def patched(data: bytes, position: int, new: bytes) -> bytes:
    return data[:position] + new + data[position + len(new) :]


def test_an_honest_wheel_is_read_member_by_member(tmp_path: Path) -> None:
    stored = Zipped(name="demo/s.bin", content=bytes(range(256)), method=zipfile.ZIP_STORED)
    tool = Zipped(name="demo/tool", content=b"#!/bin/sh\n", attributes=0o100755 << 16)
    empty = Zipped(name="demo/empty.py", content=b"")
    rare = Zipped(name="demo/rare.txt", content=b"rare" * 99, method=zipfile.ZIP_LZMA)
    folder = Zipped(name="demo/", content=b"", attributes=0o40755 << 16, method=0)
    members = (folder, A, stored, tool, empty, rare)
    with open_wheel(wheel_at(written(tmp_path, *members))) as reader:
        assert [member.name for member in reader.members] == [one.name for one in members[1:]]
        texts = [reader.read_text(member) for member in reader.members]
        assert texts == [one.content for one in members[1:]]
        assert [one.name for one in reader.members if one.executable] == ["demo/tool"]
        assert [one.name for one in reader.members if not one.kept_as_it_is] == ["demo/rare.txt"]


def test_members_may_have_data_descriptors(tmp_path: Path) -> None:
    path = tmp_path / NAME

    class Pipe:
        """A file that cannot seek, for which zipfile writes descriptors."""

        def __init__(self) -> None:
            self.data = b""

        def write(self, data: bytes) -> int:
            self.data += data
            return len(data)

        def flush(self) -> None:
            """Do nothing."""

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.writestr(A.name, A.content)
        archive.writestr(B.name, B.content)
    path.write_bytes(pipe.data)
    with open_wheel(wheel_at(path)) as reader:
        assert [reader.read_text(member) for member in reader.members] == [A.content, B.content]


def test_another_file_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    wheel = write_planned(tmp_path, WheelPlan(files={"demo.py": b""}))
    write_planned(tmp_path, WheelPlan(files={"demo.py": b"import os\n"}))
    assert "is not the file that was fetched or built" in refused(wheel)


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"no zip at all" * 9, b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / NAME
    path.write_bytes(content)
    assert "is not a wheel" in refused(wheel_at(path))


@pytest.mark.parametrize("kind", [0o120777, 0o010644, 0o020644])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    link = Zipped(name="demo/link", content=b"/etc/passwd", attributes=kind << 16)
    message = refused(wheel_at(written(tmp_path, A, link)))
    assert "symbolic link" in message or "neither a file nor a folder" in message


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    def encrypt(data: bytes) -> bytes:
        data = patched(data, local(data, 0) + 6, b"\x01\x00")
        return patched(data, central(data, 0) + 8, b"\x01\x00")

    assert "is encrypted" in refused(changed(written(tmp_path, A), encrypt))


def test_another_name_in_the_local_header_is_refused(tmp_path: Path) -> None:
    def rename(data: bytes) -> bytes:
        return patched(data, local(data, 0) + 30, b"demo/x.py")

    message = refused(changed(written(tmp_path, A), rename))
    assert "has another name in its local header" in message


@pytest.mark.parametrize(("field", "width"), [(14, 4), (18, 4), (22, 4), (8, 2)])
def test_another_size_crc_or_method_in_the_local_header_is_refused(
    tmp_path: Path, field: int, width: int
) -> None:
    def lie(data: bytes) -> bytes:
        return patched(data, local(data, 0) + field, b"\x01" * width)

    assert "its two headers disagree" in refused(changed(written(tmp_path, A), lie))


def test_a_wrong_crc_in_both_headers_is_noticed_while_reading(tmp_path: Path) -> None:
    def lie(data: bytes) -> bytes:
        data = patched(data, local(data, 0) + 14, b"\x01" * 4)
        return patched(data, central(data, 0) + 16, b"\x01" * 4)

    assert "its CRC is wrong" in refused(changed(written(tmp_path, A), lie))


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_wrong_size_in_both_headers_is_noticed_while_reading(
    tmp_path: Path, difference: int
) -> None:
    def lie(data: bytes) -> bytes:
        size = struct.pack("<L", len(A.content) + difference)
        data = patched(data, local(data, 0) + 22, size)
        return patched(data, central(data, 0) + 24, size)

    assert "that it promises" in refused(changed(written(tmp_path, A), lie))


def test_bytes_after_the_end_are_refused(tmp_path: Path) -> None:
    message = refused(changed(written(tmp_path, A), lambda data: data + b"PK and more"))
    assert "after the end" in message or "is not a wheel" in message


def test_bytes_before_the_beginning_are_refused(tmp_path: Path) -> None:
    message = refused(changed(written(tmp_path, A), lambda data: b"#!/bin/sh\n" + data))
    assert "bytes that belong to no member" in message


def test_a_member_that_the_directory_does_not_name_is_refused(tmp_path: Path) -> None:
    def hide(data: bytes) -> bytes:
        first, second = central(data, 0), central(data, 1)
        data = data[:first] + data[second:]
        end = data.index(b"PK\x05\x06")
        return patched(data, end + 8, struct.pack("<HHL", 1, 1, end - first))

    message = refused(changed(written(tmp_path, A, B), hide))
    assert "bytes that belong to no member" in message


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    def overlap(data: bytes) -> bytes:
        return patched(data, central(data, 1) + 42, struct.pack("<L", local(data, 0)))

    message = refused(changed(written(tmp_path, A, B), overlap))
    assert "begins within the member before it" in message or "another name" in message


def test_a_bomb_is_refused_by_what_it_promises(tmp_path: Path) -> None:
    bomb = Zipped(name="demo/zeros", content=bytes(70 << 20))
    assert "bytes would become 73400320" in refused(wheel_at(written(tmp_path, bomb)))


def test_a_bomb_that_lies_about_its_size_stops_at_the_first_byte_too_many(tmp_path: Path) -> None:
    def lie(data: bytes) -> bytes:
        size = struct.pack("<L", 1000)
        data = patched(data, local(data, 0) + 22, size)
        return patched(data, central(data, 0) + 24, size)

    path = written(tmp_path, Zipped(name="demo/zeros", content=bytes(70 << 20)))
    assert "is more than the 1000 bytes" in refused(changed(path, lie))


def test_compressed_data_with_something_behind_it_is_refused(tmp_path: Path) -> None:
    def lengthen(data: bytes) -> bytes:
        # The second member becomes a part of the first one's data.
        first = central(data, 0)
        length = first - local(data, 0) - 30 - len(A.name)
        data = patched(data, local(data, 0) + 18, struct.pack("<L", length))
        data = patched(data, first + 20, struct.pack("<L", length))
        second, end = central(data, 1), data.index(b"PK\x05\x06")
        data = data[:second] + data[end:]
        return patched(data, second + 8, struct.pack("<HHL", 1, 1, second - first))

    message = refused(changed(written(tmp_path, A, B), lengthen))
    assert "does not end where it should" in message


def test_a_truncated_wheel_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, A, B)
    for length in range(0, path.stat().st_size, 7):
        cut = tmp_path / str(length) / NAME
        cut.parent.mkdir()
        cut.write_bytes(path.read_bytes()[:length])
        assert "is not a wheel" in refused(wheel_at(cut))
