"""A lock's two files on disk: read together, written so that they always belong together.

Both are written beside their places first. The first file names the second's hash, so that an
interruption between the two moves is noticed, and the next reader ends what was begun.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from lading.core.config import App
from lading.core.errors import LockError
from lading.core.lock import Lock
from lading.core.lock.files import LockText, belongs_together, parse_lock, render_lock
from lading.edges.disk import written

_PENDING = ".lading-new"


def read_lock(root: Path, app: App) -> Lock | None:
    """Return an app's lock, None where there is none; raise LockError where it is damaged."""
    first, second = root / app.lock, root / app.sources_lock
    _end_what_was_begun(first, second)
    requirements = _read(first)
    if requirements is None:
        return None
    return parse_lock(requirements, _read(second), where=app.lock)


def write_lock(root: Path, app: App, lock: Lock) -> bool:
    """Write an app's lock and say whether that changed anything; raise DiskError if it cannot."""
    first, second = root / app.lock, root / app.sources_lock
    text = render_lock(lock)
    if (_read(first), _read(second)) == (text.requirements, text.sources):
        return False
    with written(first, remedy="See who may write there: the lock lies beside the requirements."):
        _replace(first, second, text)
    return True


def read_lock_hashes(root: Path, app: App) -> tuple[tuple[str, str], ...]:
    """Return name and SHA-256 of a lock's files, as version control keeps them: POSIX line ends."""
    found = ((name, _read(root / name)) for name in (app.lock, app.sources_lock))
    return tuple(
        (name, hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest())
        for name, text in found
        if text is not None
    )


def _replace(first: Path, second: Path, text: LockText) -> None:
    first.parent.mkdir(parents=True, exist_ok=True)
    # The first file last: until it is moved, the old pair is told from the new one by its hash.
    pending = _write(first, text.requirements)
    if text.sources is not None:
        _write(second, text.sources).replace(second)
    pending.replace(first)
    if text.sources is None:
        second.unlink(missing_ok=True)


def _end_what_was_begun(first: Path, second: Path) -> None:
    """Move the first file into place where only the second got that far."""
    pending = first.with_name(first.name + _PENDING)
    text = _read(pending)
    if text is None:
        return
    sources = _read(second)
    current = _read(first)
    is_torn = current is None or not belongs_together(current, sources)
    if is_torn and belongs_together(text, sources):
        pending.replace(first)
    else:
        pending.unlink(missing_ok=True)


def _write(place: Path, text: str) -> Path:
    pending = place.with_name(place.name + _PENDING)
    with pending.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return pending


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(
            f"{path.name} cannot be read: {getattr(error, 'strerror', None) or error}",
            remedy="Take it from your version control, or choose anew: lading lock --upgrade",
        ) from error
