"""The manifest: which distributions are in a package, where each came from, what was left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lading.core.bundle import Bundle, Entry
from lading.core.layer import LeftOut
from lading.core.wheel import Wheel


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One distribution in the package: what it is, where it came from, what was left out of it.

    `size` is of the files that went in, unpacked, in bytes; `sha256` of the wheel.
    """

    name: str
    version: str
    source: str
    sha256: str
    size: int
    files: int
    licence: str
    left_out: tuple[LeftOut, ...] = ()


def assemble_manifest(bundle: Bundle, wheels: Iterable[Wheel]) -> tuple[Loaded, ...]:
    """Return what a bundle holds of each wheel, by name."""
    entries: dict[str, list[Entry]] = {}
    for entry in bundle.entries:
        entries.setdefault(entry.layer.name, []).append(entry)
    ordered = sorted(wheels, key=lambda wheel: wheel.name)
    return tuple(_loaded(wheel, entries.get(wheel.name, [])) for wheel in ordered)


def _loaded(wheel: Wheel, entries: list[Entry]) -> Loaded:
    # A distribution all of whose files another one has too leaves no entry of its own.
    layer = entries[0].layer if entries else None
    return Loaded(
        name=wheel.name,
        version=wheel.version,
        source=wheel.source,
        sha256=wheel.sha256,
        size=sum(entry.member.size for entry in entries),
        files=len(entries),
        licence=layer.licence if layer else "",
        left_out=layer.left_out if layer else (),
    )
