"""The artifact on disk: written once, in the bundle's order, from bytes that are ready."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lading.core.bundle import LABEL, LADING, Bundle, Entry
from lading.core.bundle.recipe import Range, Recipe, plan_archive
from lading.core.errors import BuildError
from lading.core.layer import Layer
from lading.edges.layers.packer import LayerPacker, deflate_library
from lading.edges.layers.shelf import open_blob, read_layer, write_layer
from lading.edges.store import Store
from lading.edges.whole_files import replaced_file

_KIND = "artifact"
_STEP = 1 << 20
# Far below what any system lets a process open.
_MOST_OPEN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """The package as a file. `changed` is False where the file was there already, byte for byte.

    `content_sha256` is the bundle's, `sha256` the file's, both hex; `size` in bytes.
    """

    path: Path
    content_sha256: str
    sha256: str
    size: int
    entries: int
    changed: bool


def write_artifact(bundle: Bundle, path: Path, *, label: bytes, store: Store) -> Artifact:
    """Write the package of a bundle, with `label` as its lading.json, unless it is there already.

    `path` holds the old artifact or the new one, at every moment.
    """
    recipe = plan_archive(_with_label(bundle, _label_entry(label, store)))
    known = store.read_record(_KIND, recipe.key)
    if known is not None and _hash_of(path, size=recipe.size) == known.decode():
        sha256, changed = known.decode(), False
    else:
        sha256, changed = _write(recipe, path, store), True
        store.write_record(_KIND, recipe.key, sha256.encode())
    return Artifact(
        path=path,
        content_sha256=bundle.content_sha256,
        sha256=sha256,
        size=recipe.size,
        entries=recipe.entries,
        changed=changed,
    )


def _with_label(bundle: Bundle, label: Entry) -> list[Entry]:
    return sorted([*bundle.entries, label], key=lambda entry: entry.name)


def _label_entry(label: bytes, store: Store) -> Entry:
    key = hashlib.sha256(b"\0".join((b"label", deflate_library().encode(), label))).hexdigest()
    layer = read_layer(key, store=store)
    if layer is None:
        packer = LayerPacker("")
        fresh = Layer(
            key=key,
            name=LADING,
            version="",
            wheel_sha256="",
            blob_sha256="",
            members=(),
            prefix="",
        )
        chunks = packer.compress(LABEL, [label])
        layer = write_layer(fresh, chunks, packer=packer, store=store)
    return Entry(name=LABEL, member=layer.members[0], layer=layer)


def _hash_of(path: Path, *, size: int) -> str | None:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != size:
                return None
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _write(recipe: Recipe, path: Path, store: Store) -> str:
    digest = hashlib.sha256()
    with replaced_file(path) as file, _Blobs(store) as blobs:
        for one in recipe.ranges:
            for chunk in blobs.chunks(one):
                digest.update(chunk)
                file.write(chunk)
        digest.update(recipe.directory)
        file.write(recipe.directory)
    return digest.hexdigest()


class _Blobs(ExitStack):
    """The blobs that were used last, open."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._open: dict[str, IO[bytes]] = {}

    def chunks(self, one: Range) -> Iterator[bytes]:
        """Give the bytes of a range."""
        file = self._file(one.layer)
        file.seek(one.start)
        left = one.end - one.start
        while left:
            chunk = file.read(min(left, _STEP))
            if not chunk:
                raise BuildError(
                    f"The prepared files of {one.layer.name or 'the app'} were cut short",
                    remedy="Build again; they are made anew.",
                )
            left -= len(chunk)
            yield chunk

    def _file(self, layer: Layer) -> IO[bytes]:
        key = layer.blob_sha256
        if key not in self._open:
            if len(self._open) >= _MOST_OPEN:
                self.close()
                self._open.clear()
            self._open[key] = self.enter_context(open_blob(layer, store=self._store))
        return self._open[key]
