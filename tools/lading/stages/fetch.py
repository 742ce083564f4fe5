"""Fetching: locked wheels into the store, many at once, each by its hash."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from lading.core.errors import LadingError, SourceError
from lading.core.index import IndexFile
from lading.core.lock import LockedFile
from lading.core.sizes import render_size
from lading.core.wheel import Wheel
from lading.edges.downloads import Shelves, fetch_file
from lading.edges.store import Store
from lading.edges.terminal import Progress

JOBS = 8


def fetch_wheels(
    files: tuple[LockedFile, ...],
    *,
    access: Shelves | None,
    store: Store,
    progress: Progress,
    jobs: int = JOBS,
) -> tuple[Wheel, ...]:
    """Return the wheels of locked files, in their order; nothing that was fetched runs.

    What the store has is not asked for. `access` None means that nothing may be asked for: then
    SourceError names every file that is missing. With several failures the first is raised, in the
    order of the files, and the others are told.
    """
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        stored = list(pool.map(lambda file: _stored(file, store), files))
    missing = tuple(file for file, wheel in zip(files, stored, strict=True) if wheel is None)
    if missing and access is None:
        raise _offline(missing)
    fetched: dict[LockedFile, Wheel] = {}
    if missing and access is not None:
        progress.note(f"Fetching {_count(missing)}{_size(missing)}")
        fetched = _fetch_all(missing, access=access, store=store, progress=progress, jobs=jobs)
    return tuple(wheel or fetched[file] for file, wheel in zip(files, stored, strict=True))


class _Interruptible:
    """Shelves whose files stop in the middle: else Ctrl-C would wait for every one of them."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._stopped = Event()

    def stop(self) -> None:
        self._stopped.set()

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        return self._shelves.list_files(name)

    @contextmanager
    def open_file(self, file: IndexFile) -> Iterator[Iterator[bytes]]:
        with self._shelves.open_file(file) as blocks:
            yield self._until_stopped(blocks)

    def _until_stopped(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            if self._stopped.is_set():
                raise CancelledError
            yield block


def _stored(file: LockedFile, store: Store) -> Wheel | None:
    path = store.read_blob(file.sha256, filename=file.filename)
    return None if path is None else _wheel(file, path)


def _fetch_all(
    files: tuple[LockedFile, ...],
    *,
    access: Shelves,
    store: Store,
    progress: Progress,
    jobs: int,
) -> dict[LockedFile, Wheel]:
    failures: list[LadingError] = []
    fetched: dict[LockedFile, Wheel] = {}
    shelves = _Interruptible(access)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [
            (file, pool.submit(fetch_file, file, shelves=shelves, store=store)) for file in files
        ]
        try:
            for file, future in futures:
                try:
                    fetched[file] = _wheel(file, future.result())
                except LadingError as error:
                    failures.append(error)
        except BaseException:
            shelves.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    # One missing credential fails every file of its source; it is told once.
    told = dict.fromkeys(failure.message for failure in failures)
    for further in list(told)[1:]:
        progress.warn(further)
    if failures:
        raise failures[0]
    return fetched


def _wheel(file: LockedFile, path: Path) -> Wheel:
    return Wheel(
        name=file.name,
        version=file.version,
        filename=file.filename,
        sha256=file.sha256,
        source=file.source,
        path=path,
    )


def _offline(missing: tuple[LockedFile, ...]) -> SourceError:
    names = "\n".join(f"  {file.filename}" for file in missing)
    return SourceError(
        f"{_count(missing)} not in the store, and --offline allows no network:\n{names}",
        remedy="Run once without --offline.",
    )


def _count(files: tuple[LockedFile, ...]) -> str:
    return f"{len(files)} {'file' if len(files) == 1 else 'files'}"


def _size(files: tuple[LockedFile, ...]) -> str:
    size = sum(file.size or 0 for file in files)
    return f" ({render_size(size)})" if size else ""
