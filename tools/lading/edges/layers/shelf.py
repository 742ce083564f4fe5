"""Layers in the store: an index that is quick to load, and a blob that is checked before use."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO

from lading.core.errors import BuildError
from lading.core.layer import DEFLATED, Layer, Member
from lading.core.layer.index import parse_layer, render_layer
from lading.edges.layers.packer import LayerPacker
from lading.edges.store import Store

_KIND = "layer"
_STEP = 1 << 18


def read_layer(key: str, *, store: Store) -> Layer | None:
    """Return a layer that was made before, None where any part of it is missing or damaged."""
    data = store.read_record(_KIND, key)
    layer = parse_layer(data) if data is not None else None
    if layer is None or store.read_blob(layer.blob_sha256, filename=layer.blob_filename) is None:
        return None
    return layer


def write_layer(
    layer: Layer, chunks: Iterable[bytes], *, packer: LayerPacker, store: Store
) -> Layer:
    """Store what a packer gives, and return the layer with its members and its blob."""
    stored = store.write_blob(chunks, sha256=None, filename=layer.blob_filename)
    complete = replace(
        layer,
        members=tuple(sorted(packer.members, key=lambda member: member.name)),
        native=tuple(packer.examination.native),
        exposed=tuple(packer.examination.exposed),
        blob_sha256=stored.sha256,
    )
    store.write_record(_KIND, layer.key, render_layer(complete))
    return complete


@contextmanager
def open_blob(layer: Layer, *, store: Store) -> Iterator[IO[bytes]]:
    """Open the blob of a layer that this run has read or made; raises BuildError if it is gone."""
    path = store.locate_blob(layer.blob_sha256, filename=layer.blob_filename)
    try:
        file = path.open("rb")
    except OSError as error:
        raise BuildError(
            f"The prepared files of {layer.name or 'the app'} cannot be read: {error.strerror}",
            remedy="Build again; what was removed from the store is made anew.",
        ) from error
    with file:
        yield file


def read_member(blob: IO[bytes], member: Member) -> Iterator[bytes]:
    """Give the uncompressed bytes of a member of an open blob, in blocks."""
    blob.seek(member.offset)
    left = member.compressed_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == DEFLATED else None
    while left:
        data = blob.read(min(left, _STEP))
        if not data:
            raise BuildError(
                f"The prepared {member.name} was cut short",
                remedy="Run it again; what is damaged is made anew.",
            )
        left -= len(data)
        while inflate is not None and data:
            yield inflate.decompress(data, _STEP)
            data = inflate.unconsumed_tail
        if data:
            yield data
    if inflate is not None:
        yield inflate.flush()
