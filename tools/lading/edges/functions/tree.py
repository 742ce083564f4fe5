"""A package on disk as Azure mounts it: the app's own files over the vendored folder.

The vendored folder is kept in the store by its content, so that a rebuild of an app which changed
alone unpacks its own files only.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from lading.core.bundle import LABEL, Bundle, Entry
from lading.core.errors import BuildError
from lading.core.layer import MODE_EXECUTABLE, SITE_PACKAGES
from lading.edges.layers.shelf import open_blob, read_member
from lading.edges.store import Store

_KIND = "site-packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What is loaded: a bundle, and its lading.json ("" where there is none)."""

    bundle: Bundle
    label: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A package's root on disk, and the folders behind it that hold its files too."""

    root: Path
    behind: tuple[Path, ...]


@contextmanager
def unpacked(package: Package, *, store: Store) -> Iterator[Tree]:
    """Give the root of a package on disk, with exactly its content; gone afterwards.

    Every file is held against its hash when it is written. Raises BuildError for one that differs.
    """
    vendored = [entry for entry in package.bundle.entries if entry.name.startswith(SITE_PACKAGES)]
    own = [entry for entry in package.bundle.entries if not entry.name.startswith(SITE_PACKAGES)]
    kept = _vendored_folder(vendored, store) if vendored else None
    with store.scratch() as scratch:
        root = scratch / "wwwroot"
        root.mkdir()
        _write(own, root, store=store)
        if package.label:
            (root / LABEL).write_bytes(package.label)
        if kept is not None:
            link = root / SITE_PACKAGES.rstrip("/")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(kept, target_is_directory=True)
        yield Tree(root=root.resolve(), behind=() if kept is None else (kept,))


def read_text(bundle: Bundle, name: str, *, store: Store) -> bytes | None:
    """Return a small file of a bundle, None where it has none of that name."""
    for entry in bundle.entries:
        if entry.name == name:
            with open_blob(entry.layer, store=store) as blob:
                return b"".join(read_member(blob, entry.member))
    return None


def _vendored_folder(entries: list[Entry], store: Store) -> Path:
    lines = (f"{one.name}\0{one.member.mode:o}\0{one.member.sha256}\n" for one in entries)
    key = hashlib.sha256("".join(lines).encode()).hexdigest()
    folder = store.read_folder(_KIND, key)
    if folder is None:
        with store.new_folder(_KIND, key) as fresh:
            _write(entries, fresh, store=store, below=SITE_PACKAGES)
        folder = store.read_folder(_KIND, key)
    if folder is None:
        raise BuildError("The unpacked package was removed", remedy="Run it again.")
    return folder


def _write(entries: Iterable[Entry], folder: Path, *, store: Store, below: str = "") -> None:
    ordered = sorted(entries, key=lambda entry: (entry.layer.key, entry.member.offset))
    for name in sorted({one.name[len(below) :].rpartition("/")[0] for one in ordered}):
        (folder / name).mkdir(parents=True, exist_ok=True)
    groups = [list(group) for _, group in groupby(ordered, key=lambda entry: entry.layer.key)]
    with ThreadPoolExecutor(os.cpu_count() or 1, "lading-unpack") as pool:
        for _ in pool.map(lambda group: _unpack(group, folder, store, below), groups):
            pass


def _unpack(entries: list[Entry], folder: Path, store: Store, below: str) -> None:
    with open_blob(entries[0].layer, store=store) as blob:
        for entry in entries:
            digest = hashlib.sha256()
            path = folder / entry.name[len(below) :]
            with path.open("wb") as file:
                for chunk in read_member(blob, entry.member):
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != entry.member.sha256:
                raise BuildError(
                    f"{entry.name} is not what the package holds",
                    remedy="Run it again; what is damaged is made anew.",
                )
            if entry.member.mode == MODE_EXECUTABLE:
                path.chmod(path.stat().st_mode | 0o111)
