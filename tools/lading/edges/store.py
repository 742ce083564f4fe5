"""The store: wheels and prepared layers on disk, by content, in the user's cache folder.

Nobody else reads or writes there. Everything is checked against its hash when it is read, so
a write needs no flush to the disk: what a crash or a bad disk left behind is noticed, removed
and made again. Entries appear by one rename, so that several builds may share a store.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path

from lading.core.errors import DiskError, LadingError
from lading.edges.disk import written

# A new layout gets a new folder; older ones stay readable for the lading that wrote them.
_LAYOUT = "v1"
# No build takes a day: scratch that is older was left by one that was killed.
_ABANDONED_SECONDS = 24 * 60 * 60
_REMEDY = "See who may write there and that the disk has room, or set LADING_CACHE to a folder."
# Unpacked folders are large and quickly made again.
_UNUSED_SECONDS = 21 * 24 * 60 * 60
_CONTENT, _LISTING = "content", "listing"
_DIGEST_LENGTH = 64
_DIGEST_ALPHABET = frozenset("0123456789abcdef")


class WrongContent(LadingError):  # noqa: N818 - it is what happened, as in core.errors
    """Bytes that came from somewhere are not those whose hash was promised."""

    exit_code = 4
    code = "wrong-content"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBlob:
    """A file in the store; `sha256` is hex, `size` in bytes."""

    path: Path
    sha256: str
    size: int


def default_store_root(ambient: Mapping[str, str]) -> Path:
    """Return the store's folder: LADING_CACHE, else `lading` in the user's cache folder."""
    chosen = ambient.get("LADING_CACHE")
    return Path(chosen).expanduser() if chosen else user_cache_path("lading", appauthor=False)


class Store:
    """Content-addressed files, and small records by kind and key.

    `root` is made when something is first written; DiskError is raised where that cannot be.
    Safe to use from threads and processes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root / _LAYOUT

    def read_blob(self, sha256: str, *, filename: str) -> Path | None:
        """Return the path of a file whose content has this hash, None where there is none.

        The content is hashed each time (about 0.5 s for a gigabyte); a damaged file is removed.
        """
        path = self._blob_path(sha256, filename)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None
        if found == sha256:
            return path
        with suppress(OSError):
            path.unlink()
        return None

    def locate_blob(self, sha256: str, *, filename: str) -> Path:
        """Return where a file is that this run has read or written already; nothing is checked."""
        return self._blob_path(sha256, filename)

    def write_blob(
        self, chunks: Iterable[bytes], *, sha256: str | None, filename: str
    ) -> StoredBlob:
        """Store a file under its hash and return where it is.

        With `sha256` the content must have that hash: anything else raises WrongContent and leaves
        nothing behind.
        """
        _check_filename(filename)
        with self._new_file() as (file, temporary):
            digest = hashlib.sha256()
            size = 0
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                # Only this: what the chunks themselves raise is not the disk's.
                with self._written():
                    file.write(chunk)
            with self._written():
                file.close()
            found = digest.hexdigest()
            if sha256 is not None and found != sha256:
                raise WrongContent(
                    f"{filename} has the SHA-256 {found} ({size} bytes), not {sha256}",
                    remedy="Try again; if it stays so, the file was replaced where it came from:"
                    " ask its owner, and lock anew only once you know why.",
                )
            path = self._blob_path(found, filename)
            with self._written():
                _move_into_place(temporary, path)
        return StoredBlob(path=path, sha256=found, size=size)

    def read_record(self, kind: str, key: str) -> bytes | None:
        """Return what was written for a key, None where there is nothing or it is damaged."""
        path = self._record_path(kind, key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        digest, _, data = content.partition(b"\n")
        if digest == _record_digest(kind, key, data):
            return data
        with suppress(OSError):
            path.unlink()
        return None

    def write_record(self, kind: str, key: str, data: bytes) -> None:
        """Keep a small value by its kind and key, replacing what was there."""
        with self._written(), self._new_file() as (file, temporary):
            file.write(_record_digest(kind, key, data) + b"\n" + data)
            file.close()
            _move_into_place(temporary, self._record_path(kind, key))

    def read_folder(self, kind: str, key: str) -> Path | None:
        """Return a folder that was written for a key, None where there is none or it was touched.

        Names, sizes and times of its files are looked at, not their content: it is for what an
        interpreter reads thousands of files of (50 ms for 10,000).
        """
        home = self._folder_path(kind, key)
        try:
            promised = (home / _LISTING).read_bytes()
            if promised == _listing(home / _CONTENT):
                os.utime(home / _LISTING)
                return home / _CONTENT
        except OSError:
            pass
        return None

    @contextmanager
    def new_folder(self, kind: str, key: str) -> Iterator[Path]:
        """Give a folder that is there for its key at the end, if nothing was raised until then.

        It is filled beside and moved into place as a whole, as `read_folder` will return it. What
        nobody asked for in weeks makes room.
        """
        home = self._folder_path(kind, key)
        with self.scratch() as scratch:
            whole = scratch / "whole"
            (whole / _CONTENT).mkdir(parents=True)
            yield whole / _CONTENT
            with self._written():
                (whole / _LISTING).write_bytes(_listing(whole / _CONTENT))
                home.parent.mkdir(parents=True, exist_ok=True)
                _remove_unused(home.parent, now=(whole / _LISTING).stat().st_mtime)
                if self.read_folder(kind, key) is None:
                    # One that was touched, or begun by a lading that was killed on Windows.
                    with suppress(FileNotFoundError):
                        home.replace(scratch / "old")
                    with suppress(FileExistsError, PermissionError):
                        whole.replace(home)
        if self.read_folder(kind, key) is None:
            raise DiskError(f"{home} changes while it is used", remedy=_REMEDY)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder on the store's disk that is gone afterwards, whatever happens."""
        with self._written():
            folder = Path(tempfile.mkdtemp(dir=self._temporary_folder()))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _written(self) -> AbstractContextManager[None]:
        return written(self.root, remedy=_REMEDY)

    def _blob_path(self, sha256: str, filename: str) -> Path:
        if len(sha256) != _DIGEST_LENGTH or not _DIGEST_ALPHABET.issuperset(sha256):
            raise ValueError(f"not a SHA-256 in lower-case hex: {sha256!r}")
        _check_filename(filename)
        return self.root / "files" / sha256[:2] / sha256 / filename

    def _record_path(self, kind: str, key: str) -> Path:
        _check_filename(kind)
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.root / "records" / kind / name[:2] / name

    def _folder_path(self, kind: str, key: str) -> Path:
        _check_filename(kind)
        # Short: the names below it may be as long as a system allows.
        return self.root / "folders" / kind / hashlib.sha256(key.encode()).hexdigest()[:32]

    def _temporary_folder(self) -> Path:
        folder = self.root / "temporary"
        # Private packages are nobody else's business on a shared machine.
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    @contextmanager
    def _new_file(self) -> Iterator[tuple[IO[bytes], Path]]:
        with self._written():
            folder = self._temporary_folder()
            descriptor, name = tempfile.mkstemp(dir=folder)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _remove_abandoned(folder, now=os.fstat(descriptor).st_mtime)
                yield file, temporary
        finally:
            temporary.unlink(missing_ok=True)


def _listing(folder: Path) -> bytes:
    """Return a hash over names, sizes and times of all files below a folder."""
    digest = hashlib.sha256()
    waiting = [(str(folder), "")]
    while waiting:
        place, prefix = waiting.pop()
        with os.scandir(place) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                name = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, f"{name}/"))
                    continue
                facts = entry.stat(follow_symlinks=False)
                digest.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest().encode()


def _remove_unused(folder: Path, *, now: float) -> None:
    for entry in os.scandir(folder):
        with suppress(OSError):
            if now - Path(entry.path, _LISTING).stat().st_mtime > _UNUSED_SECONDS:
                shutil.rmtree(entry.path, ignore_errors=True)


def _check_filename(filename: str) -> None:
    # Names come from indexes, and an index may be hostile.
    if filename in {"", ".", ".."} or any(letter in filename for letter in "/\\:\0"):
        raise WrongContent(
            f"{filename!r} cannot be the name of a file",
            remedy="Look at the source that offers a file of this name; it may be hostile.",
        )


def _record_digest(kind: str, key: str, data: bytes) -> bytes:
    # The name is part of it, so that a record which was moved or renamed is not believed.
    digest = hashlib.sha256(f"{kind}\0{key}\0".encode())
    digest.update(data)
    return digest.hexdigest().encode()


def _move_into_place(temporary: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        temporary.replace(path)
    except PermissionError:
        # Windows refuses while somebody reads the file; it has the same name, so the same content.
        if not path.exists():
            raise


def _remove_abandoned(folder: Path, *, now: float) -> None:
    # `now` is the file system's own time, taken from a file that was just made there.
    for entry in os.scandir(folder):
        with suppress(OSError):
            if now - entry.stat(follow_symlinks=False).st_mtime < _ABANDONED_SECONDS:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                Path(entry.path).unlink()
