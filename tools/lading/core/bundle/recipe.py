"""How an artifact is written: ranges of prepared bytes in the bundle's order, then a directory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lading.core.bundle import Entry
from lading.core.bundle.zip_format import central_header, end_of_directory, local_header_size
from lading.core.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Bytes from `start` to before `end` of a layer's blob: whole members with their headers."""

    layer: Layer
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All bytes of an artifact: those of `ranges`, one after another, then `directory`.

    `key` is equal for two recipes only if they make the same bytes.
    """

    ranges: tuple[Range, ...]
    directory: bytes
    size: int
    entries: int
    key: str


def plan_archive(entries: Iterable[Entry]) -> Recipe:
    """Plan the archive of a bundle's entries; what lies together in a blob becomes one range."""
    ranges: list[Range] = []
    headers: list[bytes] = []
    position = 0
    for entry in entries:
        member = entry.member
        start = member.offset - local_header_size(entry.name, member)
        end = member.offset + member.compressed_size
        headers.append(central_header(entry.name, member, position))
        position += end - start
        last = ranges[-1] if ranges else None
        if last is not None and last.layer is entry.layer and last.end == start:
            ranges[-1] = Range(layer=last.layer, start=last.start, end=end)
        else:
            ranges.append(Range(layer=entry.layer, start=start, end=end))
    central = b"".join(headers)
    end_record = end_of_directory(entries=len(headers), size=len(central), offset=position)
    directory = central + end_record
    return Recipe(
        ranges=tuple(ranges),
        directory=directory,
        size=position + len(directory),
        entries=len(headers),
        key=_key(ranges, directory),
    )


def _key(ranges: Sequence[Range], directory: bytes) -> str:
    digest = hashlib.sha256(directory)
    for one in ranges:
        digest.update(f"{one.layer.blob_sha256} {one.start} {one.end}\n".encode())
    return digest.hexdigest()
