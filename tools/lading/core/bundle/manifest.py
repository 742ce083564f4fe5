"""The manifest: which distributions are in a package, where each came from, what was left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lading.core.bundle import Bundle, Entry
from lading.core.layer import Layer, LeftOut
from lading.core.slimming import RULES, Kept, Rule, Saving
from lading.core.wheel import Wheel


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One distribution in the package: what it is, where it came from, what was left out of it.

    `size` is of the files that went in, unpacked, in bytes; `sha256` of the wheel. `savings` are
    what each rule of slimming took, `kept` what it did not take for a reason.
    """

    name: str
    version: str
    source: str
    sha256: str
    size: int
    files: int
    licence: str
    left_out: tuple[LeftOut, ...] = ()
    kept: tuple[Kept, ...] = ()
    savings: tuple[Saving, ...] = ()


def assemble_manifest(bundle: Bundle, wheels: Iterable[Wheel]) -> tuple[Loaded, ...]:
    """Return what a bundle holds of each wheel, by name."""
    entries: dict[str, list[Entry]] = {}
    for entry in bundle.entries:
        entries.setdefault(entry.layer.name, []).append(entry)
    ordered = sorted(wheels, key=lambda wheel: wheel.name)
    return tuple(_loaded(wheel, entries.get(wheel.name, [])) for wheel in ordered)


def measure_savings(layer: Layer) -> tuple[Saving, ...]:
    """Return what each rule of slimming took out of a layer."""
    members = {member.name: member for member in layer.members}
    taken: dict[Rule, list[tuple[int, int]]] = {rule: [] for rule in RULES}
    for left in layer.left_out:
        if left.rule is not None:
            taken[left.rule].append((left.size, left.packed))
    for file in layer.stripped:
        now = members[file.name]
        taken["symbols"].append((file.size - now.size, file.packed - now.compressed_size))
    return tuple(
        Saving(
            rule=rule,
            files=len(files),
            size=sum(size for size, _ in files),
            packed=sum(packed for _, packed in files),
        )
        for rule, files in taken.items()
        if files
    )


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
        kept=layer.kept if layer else (),
        savings=measure_savings(layer) if layer else (),
    )
