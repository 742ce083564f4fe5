"""What the disk refuses, in words: an OSError that the user can mend becomes a DiskError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lading.core.errors import DiskError


@contextmanager
def written(place: Path, *, remedy: str) -> Iterator[None]:
    """Do what writes to a place; where the disk refuses, DiskError names the place and why."""
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"{place} cannot be written: {error.strerror or error}", remedy=remedy
        ) from error
