"""One small file comes out of a zip of which only parts are read."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from lading.edges.zip_members import open_remote, read_member


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a zip of some megabytes that has a small file in its middle."""
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.bin", os.urandom(2_000_000))
        archive.writestr("lading.json", '{"a": 1}')
        for number in range(2000):
            archive.writestr(f"folder/module_{number}.py", "")
        archive.writestr("large.json", bytes(2_000_000), zipfile.ZIP_DEFLATED)
    return path


def test_only_parts_are_read(package: Path) -> None:
    whole = package.read_bytes()
    asked: list[int] = []

    def read(start: int, end: int) -> bytes:
        asked.append(end - start)
        return whole[start:end]

    assert read_member(open_remote(len(whole), read), "lading.json") == b'{"a": 1}'
    assert len(asked) < 8
    assert sum(asked) < len(whole) / 2


def test_what_is_not_there_or_too_large_or_no_zip_is_nothing(package: Path, tmp_path: Path) -> None:
    assert read_member(package, "lading.json") == b'{"a": 1}'
    assert read_member(package, "nowhere.json") is None
    assert read_member(package, "large.json") is None
    assert read_member(tmp_path / "nowhere.zip", "lading.json") is None
    assert read_member(io.BytesIO(b"no zip"), "lading.json") is None
    assert read_member(open_remote(100, lambda _start, _end: None), "lading.json") is None
    assert read_member(open_remote(0, lambda _start, _end: b""), "lading.json") is None


def test_a_zip_that_is_broken_anywhere_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lading.json", '{"a": 1}' * 50)
    whole = path.read_bytes()
    for place in range(len(whole)):
        broken = whole[:place] + bytes((whole[place] ^ 0xFF,)) + whole[place + 1 :]
        # Whatever it is now, nothing is raised.
        read_member(io.BytesIO(broken), "lading.json")
