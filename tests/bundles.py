"""Bundles of files that have nothing but a name, for checks that look at nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from lading.core.bundle import Bundle, Entry
from lading.core.layer import Layer, Member

_LAYER = Layer(
    key="k",
    name="",
    version="",
    wheel_sha256="",
    blob_sha256="",
    members=(),
    prefix="",
)


def bundle_of_names(names: Iterable[str]) -> Bundle:
    """Return a bundle of empty files, all of the app's own layer."""
    entries = tuple(
        Entry(
            name=name,
            member=Member(
                name=name,
                mode=0o644,
                size=0,
                sha256="",
                crc=0,
                method=0,
                compressed_size=0,
                offset=0,
            ),
            layer=_LAYER,
        )
        for name in names
    )
    return Bundle(entries=entries, collisions=(), alike=(), content_sha256="")
