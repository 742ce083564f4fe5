"""What is known of an index's files without keeping them: METADATA, hash and size.

Indexes differ in what they tell. What one leaves out is read from the file itself: the end of a
wheel by a range request where its server knows those, the whole file otherwise.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import IO, Protocol

from lading.core.errors import SourceError
from lading.core.index import IndexFile
from lading.core.wheel import Wheel
from lading.edges.access.parts import FilePart
from lading.edges.store import Store, StoredBlob

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
# Bytes. Enough for the directory and the METADATA of four wheels in five on the public index.
_TAIL = 96 * 1024
_NEXT = 512 * 1024
_LARGEST_METADATA = 16 * 1024 * 1024


class Access(Protocol):
    """What reads the sources; `edges.access.Access` fits."""

    def read_metadata(self, file: IndexFile) -> bytes | None:
        """Return METADATA where the index offers it apart."""

    def read_part(self, file: IndexFile, span: str) -> FilePart | None:
        """Return a range of a file's bytes, None where its server gives only whole files."""

    def open_file(self, file: IndexFile) -> AbstractContextManager[Iterator[bytes]]:
        """Give a file's bytes in blocks."""


class WheelShelf:
    """Reads facts about files once and keeps them in the store, by the file's hash."""

    def __init__(self, *, access: Access, store: Store) -> None:
        self._access = access
        self._store = store
        self._whole: dict[str, StoredBlob] = {}

    def read_metadata(self, file: IndexFile) -> bytes:
        """Return a wheel's METADATA; raise SourceError where it has none that can be read."""
        key = file.sha256
        known = self._store.read_record("metadata", key) if key else None
        if known is not None:
            return known
        metadata = self._access.read_metadata(file) if file.has_metadata else None
        if metadata is None:
            metadata = self._from_wheel(file)
        if key:
            self._store.write_record("metadata", key, metadata)
        return metadata

    def read_wheel(self, wheel: Wheel) -> bytes:
        """Return the METADATA of a wheel on this machine."""
        return _read_metadata(wheel.path, label=wheel.filename)

    def read_known_metadata(self, sha256: str) -> bytes | None:
        """Return METADATA that was read before, None where it was not."""
        return self._store.read_record("metadata", sha256)

    def identify(self, file: IndexFile) -> IndexFile:
        """Return the file with its hash, for which it is fetched where the index tells none.

        The size is added where something told it.
        """
        if file.sha256 is None:
            blob = self._fetch(file)
            return replace(file, sha256=blob.sha256, size=blob.size)
        if file.size is None and (told := self._store.read_record("size", file.sha256)):
            return replace(file, size=int(told))
        return file

    def _from_wheel(self, file: IndexFile) -> bytes:
        try:
            remote = _RemoteFile(self._access, file)
        except _NoPartsError:
            return _read_metadata(self._fetch(file).path, label=file.filename)
        metadata = _read_metadata(io.BufferedReader(remote), label=file.filename)
        if file.sha256:
            self._store.write_record("size", file.sha256, str(remote.size).encode())
        return metadata

    def _fetch(self, file: IndexFile) -> StoredBlob:
        known = self._whole.get(file.url)
        if known is None:
            with self._access.open_file(file) as blocks:
                known = self._store.write_blob(blocks, sha256=file.sha256, filename=file.filename)
            self._whole[file.url] = known
        return known


class _NoPartsError(Exception):
    """A server gives only whole files."""


class _RemoteFile(io.RawIOBase):
    """A file that stays where it is; reads fetch what is not here yet, the end first."""

    def __init__(self, access: Access, file: IndexFile) -> None:
        super().__init__()
        self._access = access
        self._file = file
        self._position = 0
        # Not every server knows ranges that count from the end (Azure's blobs do not).
        first = max(0, file.size - _TAIL) if file.size else None
        tail = self._fetch(f"bytes={first}-" if first is not None else f"bytes=-{_TAIL}")
        self.size = tail.total
        self._parts = [tail]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self.size - self._position)
        if wanted <= 0:
            return 0
        part = self._part_at(self._position, wanted)
        start = self._position - part.start
        data = part.data[start : start + wanted]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _part_at(self, position: int, wanted: int) -> FilePart:
        for part in self._parts:
            if part.start <= position < part.start + len(part.data):
                return part
        last = min(self.size, position + max(wanted, _NEXT)) - 1
        part = self._fetch(f"bytes={position}-{last}")
        if part.start != position or not part.data:
            raise _unreadable(self._file.filename, "its server answers with other parts than asked")
        self._parts.append(part)
        return part

    def _fetch(self, span: str) -> FilePart:
        part = self._access.read_part(self._file, span)
        if part is None:
            raise _NoPartsError
        return part


def _read_metadata(file: Path | IO[bytes], *, label: str) -> bytes:
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if _METADATA.fullmatch(name)]
            if len(names) != 1:
                raise _unreadable(label, f"it has {len(names)} METADATA files")
            with archive.open(names[0]) as member:
                metadata = member.read(_LARGEST_METADATA + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise _unreadable(label, "it is no wheel") from error
    if len(metadata) > _LARGEST_METADATA:
        raise _unreadable(label, "its METADATA is larger than any honest one")
    return metadata


def _unreadable(label: str, problem: str) -> SourceError:
    return SourceError(
        f"{label} cannot be read: {problem}",
        remedy="Tell whoever published it, or ask for another version.",
    )
