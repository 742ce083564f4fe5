"""Files and folders that appear whole or not at all: written beside, flushed, moved into place.

What a killed run left beside is cleared away by the next one. A lock, which ends with its process,
tells it from what another run is writing just now.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from lading.edges.disk import written

if sys.platform != "win32":
    import fcntl

_MARK = ".tmp-"
_REMEDY = "See who may write there, that the disk has room, and that nothing else is in its place."


@contextmanager
def replaced_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that takes the place of `path` at the end, if nothing was raised until then.

    Raises DiskError where that cannot be done.
    """
    with written(path, remedy=_REMEDY), _file_beside(path) as file:
        yield file


@contextmanager
def _file_beside(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_away(path)
    temporary, file = _new_file(path)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":
                temporary.replace(path)
        if sys.platform == "win32":  # which moves no open file
            temporary.replace(path)
        _flush_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8, POSIX line ends) in the place of `path`."""
    with replaced_file(path) as file:
        file.write(text.encode())


def update_text(path: Path, text: str) -> None:
    """Write a text file in the place of `path` unless it says the same already."""
    try:
        same = path.read_bytes() == text.encode()
    except OSError:
        same = False
    if not same:
        write_text(path, text)


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """Give a folder that takes the place of `path` at the end, if nothing was raised until then.

    Nothing of the old folder stays. A folder cannot be exchanged in one step everywhere: killed
    between two renames, a run leaves no folder, never a mixed one. Raises DiskError where it cannot
    be done.
    """
    with written(path, remedy=_REMEDY), _folder_beside(path) as folder:
        yield folder


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_away(path)
    temporary, claim = _new_folder(path)
    old = _beside(path)
    try:
        yield temporary
        with suppress(FileNotFoundError):
            path.replace(old)
        temporary.replace(path)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        if claim is not None:
            os.close(claim)
        shutil.rmtree(temporary, ignore_errors=True)


def _new_file(path: Path) -> tuple[Path, IO[bytes]]:
    """Create a file beside `path` that no other run clears away."""
    while True:
        temporary = _beside(path)
        file = temporary.open("xb")
        _claim(file.fileno())
        # Another run may have cleared it away between the two.
        if temporary.exists():
            return temporary, file
        file.close()


def _new_folder(path: Path) -> tuple[Path, int | None]:
    """Create a folder beside `path`, and return it with the descriptor that holds its claim."""
    while True:
        temporary = _beside(path)
        temporary.mkdir()
        if sys.platform == "win32":
            return temporary, None
        with suppress(FileNotFoundError):
            claim = os.open(temporary, os.O_RDONLY)
            _claim(claim)
            if temporary.exists():
                return temporary, claim
            os.close(claim)


def _beside(path: Path) -> Path:
    # Hidden, so that nobody takes it for a package.
    return path.with_name(f".{path.name}{_MARK}{uuid.uuid4().hex[:12]}")


def _clear_away(path: Path) -> None:
    for left in path.parent.glob(f".{path.name}{_MARK}*"):
        with _unclaimed(left) as is_free:
            if is_free and left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            elif is_free:
                with suppress(OSError):
                    left.unlink()


def _claim(descriptor: int) -> None:
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX)


@contextmanager
def _unclaimed(path: Path) -> Iterator[bool]:
    """Say whether nobody writes there, and let nobody begin to until the end."""
    if sys.platform == "win32":
        # There nobody can remove what is open.
        yield True
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
