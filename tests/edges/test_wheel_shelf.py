from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lading.core.errors import SourceError
from lading.core.index import IndexFile
from lading.edges.access.parts import FilePart
from lading.edges.store import Store
from lading.edges.wheel_shelf import WheelShelf
from tests.support import make_wheel


class Server:
    """An index's file on this machine; `ranges` says what its server can do."""

    def __init__(self, path: Path, *, ranges: bool, apart: bytes | None = None) -> None:
        self._data = path.read_bytes()
        self._ranges = ranges
        self._apart = apart
        self.asked: list[str] = []

    def read_metadata(self, _file: IndexFile) -> bytes | None:
        """Give METADATA apart."""
        self.asked.append("apart")
        return self._apart

    def read_part(self, _file: IndexFile, span: str) -> FilePart | None:
        """Give a range, as RFC 9110 has it."""
        self.asked.append(span)
        if not self._ranges:
            return None
        first, _, last = span.removeprefix("bytes=").partition("-")
        size = len(self._data)
        start = int(first) if first else max(0, size - int(last))
        end = int(last) + 1 if first and last else size
        return FilePart(data=self._data[start:end], start=start, total=size)

    @contextmanager
    def open_file(self, _file: IndexFile) -> Iterator[Iterator[bytes]]:
        """Give the whole file."""
        self.asked.append("whole")
        yield iter((self._data,))


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    noise = {f"wares/data{number}.bin": noise_of(number) for number in range(12)}
    return make_wheel(tmp_path / "wheels", "wares", requires=["parts>=2"], files=noise)


def noise_of(number: int) -> bytes:
    """Return 64 KiB that do not compress."""
    return b"".join(hashlib.sha256(b"%d %d" % (number, one)).digest() for one in range(2048))


def listed(path: Path) -> IndexFile:
    return IndexFile(
        name="wares",
        version="1.0",
        filename=path.name,
        url=f"https://files.example/{path.name}",
        source="default",
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def test_the_end_of_a_wheel_tells_its_metadata_and_size(wheel: Path, tmp_path: Path) -> None:
    server = Server(wheel, ranges=True)
    shelf = WheelShelf(access=server, store=Store(tmp_path / "store"))
    assert b"Requires-Dist: parts>=2" in shelf.read_metadata(listed(wheel))
    assert "whole" not in server.asked
    assert shelf.identify(listed(wheel)).size == wheel.stat().st_size


def test_metadata_is_asked_for_once_in_the_life_of_a_store(wheel: Path, tmp_path: Path) -> None:
    first, second = Server(wheel, ranges=True), Server(wheel, ranges=True)
    told = WheelShelf(access=first, store=Store(tmp_path / "store")).read_metadata(listed(wheel))
    again = WheelShelf(access=second, store=Store(tmp_path / "store"))
    assert again.read_metadata(listed(wheel)) == told
    assert second.asked == []
    assert again.read_known_metadata(listed(wheel).sha256 or "") == told


def test_metadata_that_lies_far_from_the_end_is_found(tmp_path: Path) -> None:
    path = tmp_path / "wares-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("wares-1.0.dist-info/METADATA", "Metadata-Version: 2.1\n")
        for number in range(24):
            archive.writestr(f"data{number}.bin", noise_of(number))
    server = Server(path, ranges=True)
    shelf = WheelShelf(access=server, store=Store(tmp_path / "store"))
    assert shelf.read_metadata(listed(path)) == b"Metadata-Version: 2.1\n"
    assert len(server.asked) == 2
    assert "whole" not in server.asked


def test_a_size_that_is_known_is_used_to_ask_for_the_end(wheel: Path, tmp_path: Path) -> None:
    server = Server(wheel, ranges=True)
    shelf = WheelShelf(access=server, store=Store(tmp_path / "store"))
    shelf.read_metadata(replace(listed(wheel), size=wheel.stat().st_size))
    assert server.asked[0] == f"bytes={wheel.stat().st_size - 96 * 1024}-"


def test_a_server_without_ranges_is_asked_for_the_whole_file(wheel: Path, tmp_path: Path) -> None:
    server = Server(wheel, ranges=False)
    store = Store(tmp_path / "store")
    shelf = WheelShelf(access=server, store=store)
    assert b"Requires-Dist: parts>=2" in shelf.read_metadata(listed(wheel))
    assert store.read_blob(listed(wheel).sha256 or "", filename=wheel.name)


def test_metadata_that_the_index_offers_apart_is_taken(wheel: Path, tmp_path: Path) -> None:
    server = Server(wheel, ranges=True, apart=b"Metadata-Version: 2.1\n")
    shelf = WheelShelf(access=server, store=Store(tmp_path / "store"))
    assert shelf.read_metadata(replace(listed(wheel), has_metadata=True)) == (
        b"Metadata-Version: 2.1\n"
    )
    assert server.asked == ["apart"]


def test_a_file_without_a_hash_is_fetched_once_for_it(wheel: Path, tmp_path: Path) -> None:
    server = Server(wheel, ranges=True)
    shelf = WheelShelf(access=server, store=Store(tmp_path / "store"))
    unknown = replace(listed(wheel), sha256=None)
    assert shelf.identify(unknown).sha256 == listed(wheel).sha256
    assert shelf.identify(unknown).size == wheel.stat().st_size
    assert server.asked == ["whole"]


@pytest.mark.parametrize("ranges", [True, False])
def test_what_is_no_wheel_is_refused(tmp_path: Path, *, ranges: bool) -> None:
    path = tmp_path / "wares-1.0-py3-none-any.whl"
    path.write_bytes(b"<html>sign in</html>" * 20_000)
    shelf = WheelShelf(access=Server(path, ranges=ranges), store=Store(tmp_path / "store"))
    with pytest.raises(SourceError, match="is no wheel"):
        shelf.read_metadata(listed(path))
