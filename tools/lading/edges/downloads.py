"""Bringing locked files into the store: by hash, never by trust in who serves them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from lading.core.config import DEFAULT_INDEX
from lading.core.errors import SourceError
from lading.core.index import IndexFile
from lading.core.lock import LockedFile
from lading.edges.store import Store, WrongContent


class Shelves(Protocol):
    """What offers the files of indexes; `edges.access.Access` fits."""

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Return the files of a distribution, () where there are none."""

    def open_file(self, file: IndexFile) -> AbstractContextManager[Iterator[bytes]]:
        """Give a file's bytes in blocks."""


def fetch_file(file: LockedFile, *, shelves: Shelves, store: Store) -> Path:
    """Return the path of a locked file in the store, fetched where it is not there yet.

    Raises SourceError when its source no longer has it, or serves something else.
    """
    stored = store.read_blob(file.sha256, filename=file.filename)
    if stored is not None:
        return stored
    offered = _offered(file, shelves.list_files(file.name))
    try:
        with shelves.open_file(offered) as blocks:
            return store.write_blob(blocks, sha256=file.sha256, filename=file.filename).path
    except WrongContent as error:
        raise _replaced(file, error.message) from error


def _offered(file: LockedFile, offers: tuple[IndexFile, ...]) -> IndexFile:
    for offer in offers:
        if offer.sha256 == file.sha256:
            return offer
    # Some indexes give no hashes; the content is checked in any case.
    same_name = [offer for offer in offers if offer.filename == file.filename]
    if not same_name:
        raise SourceError(
            f"{_place(file)} no longer has {file.filename}",
            remedy=f"It was removed there: lock again with --upgrade-package {file.name}.",
        )
    if same_name[0].sha256 is not None:
        raise _replaced(file, f"its page says SHA-256 {same_name[0].sha256}, not {file.sha256}")
    return same_name[0]


def _replaced(file: LockedFile, evidence: str) -> SourceError:
    return SourceError(
        f"the {file.filename} that {_place(file)} serves is not the one that was locked: "
        f"{evidence}",
        remedy="Ask the source's owner why it was replaced; lock again only once you know.",
    )


def _place(file: LockedFile) -> str:
    return "the default index" if file.source == DEFAULT_INDEX else f"source {file.source}"
