"""The vendored folder: a bundle's distributions unpacked, for `func start` and editors."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

from lading.core.bundle import Entry, assemble_layers
from lading.core.layer import MODE_EXECUTABLE, SITE_PACKAGES, Layer
from lading.edges.layers.shelf import open_blob, read_member
from lading.edges.store import Store
from lading.edges.whole_files import replaced_folder


def write_vendored_folder(layers: Iterable[Layer], app_folder: Path, *, store: Store) -> Path:
    """Write `.python_packages/lib/site-packages` below an app's folder and return its path.

    What was there is replaced as a whole, never merged with. Of different files under one name the
    same one is taken as in the package. Give it layers without bytecode: a local Python makes its
    own, and notices when a source is edited.
    """
    bundle = assemble_layers(tuple(layers))
    target = app_folder / SITE_PACKAGES
    with replaced_folder(target) as folder:
        for name in sorted({entry.member.name.rpartition("/")[0] for entry in bundle.entries}):
            (folder / name).mkdir(parents=True, exist_ok=True)
        by_layer = sorted(bundle.entries, key=lambda entry: (entry.layer.name, entry.member.offset))
        groups = [list(group) for _, group in groupby(by_layer, key=lambda entry: entry.layer.name)]
        with ThreadPoolExecutor(os.cpu_count() or 1, "lading-vendor") as pool:
            for _ in pool.map(lambda entries: _unpack(entries, folder, store), groups):
                pass
    return target


def _unpack(entries: list[Entry], folder: Path, store: Store) -> None:
    with open_blob(entries[0].layer, store=store) as blob:
        for entry in entries:
            path = folder / entry.member.name
            with path.open("wb") as file:
                for chunk in read_member(blob, entry.member):
                    file.write(chunk)
            if entry.member.mode == MODE_EXECUTABLE:
                path.chmod(path.stat().st_mode | 0o111)
