"""The lock before as an index of its own: a lock that still answers needs no other.

Most runs of `lock` change little or nothing. What is locked is then offered alone; only where it
does not answer are the indexes read. A file that its index has removed since is noticed when it is
fetched, as it is for a lock that nobody touched.
"""

from __future__ import annotations

from lading.core.config import DEFAULT_INDEX, Project
from lading.core.index import IndexFile
from lading.core.lock import Lock, LockedFile
from lading.core.wheel import Wheel
from lading.stages.resolve.catalogue import NotYetError
from lading.stages.resolve.tools import Shelf


class LockedAccess:
    """The locked files of indexes, each from the home that its name still has."""

    def __init__(self, lock: Lock, *, project: Project) -> None:
        archives = [source.file for source in (*lock.sources, *lock.build_sources) if source.file]
        self._project = project
        self._files: dict[str, list[LockedFile]] = {}
        for file in (*lock.files, *lock.build_files, *archives):
            self._files.setdefault(file.name, []).append(file)

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Return what is locked of a name; raise NotYetError where that may not be all."""
        home = self._project.index_of(name)
        place = home.name if home else DEFAULT_INDEX
        files = self._files.get(name, [])
        # A name that was declared for a source since must come from there.
        if not files or any(file.source != place for file in files):
            raise NotYetError(name)
        return tuple(_listed(file) for file in files)

    def namesakes(self, name: str) -> tuple[str, ...]:
        """Raise NotYetError: a lock does not tell."""
        raise NotYetError(name)


class KnownShelf:
    """What was read of files before, and nothing else."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def read_metadata(self, file: IndexFile) -> bytes:
        """Return METADATA that was read before; raise NotYetError where it was not."""
        metadata = self._shelf.read_known_metadata(file.sha256 or "")
        if metadata is None:
            raise NotYetError(file.filename)
        return metadata

    def read_known_metadata(self, sha256: str) -> bytes | None:
        """Return METADATA that was read before, None where it was not."""
        return self._shelf.read_known_metadata(sha256)

    def read_wheel(self, wheel: Wheel) -> bytes:
        """Return the METADATA of a wheel on this machine."""
        return self._shelf.read_wheel(wheel)

    def identify(self, file: IndexFile) -> IndexFile:
        """Return the file, which the lock tells everything of."""
        return file


def _listed(file: LockedFile) -> IndexFile:
    return IndexFile(
        name=file.name,
        version=file.version,
        filename=file.filename,
        url=f"https://stand-in.invalid/{file.filename}",
        source=file.source,
        sha256=file.sha256,
        size=file.size,
    )
