"""The bundle: which files go into the package, under which name, and who disagrees about them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lading.core.layer import Layer, Member
from lading.core.wheel.member_names import alike_names

# What a running app can be asked for; written by lading into every package.
LABEL = "lading.json"
# Who owns a file that comes from no distribution.
APP = "the app's own files"
LADING = "lading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of the package: its name from the package's root, and the layer that holds it."""

    name: str
    member: Member
    layer: Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """Files of several owners under one name.

    `owners` are distributions, the app or lading, the one whose file is in the package first. A
    `folder` collision is a name that is a file for the first and a folder for the others.
    """

    name: str
    owners: tuple[str, ...]
    folder: bool = False

    @property
    def importable(self) -> bool:
        """Say whether it is about a module that an import could meet."""
        return self.name.endswith((".py", ".so", ".pyd", ".pyc"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """All files of a package but the label, sorted by name.

    `collisions` are names to which several owners give different bytes; equal bytes are merged
    without a word. `alike` are names that differ only in case. `content_sha256` is over names,
    modes and the SHA-256 of uncompressed bytes: equal on every machine (promise 4).
    """

    entries: tuple[Entry, ...]
    collisions: tuple[Collision, ...]
    alike: tuple[str, ...]
    content_sha256: str

    @property
    def size(self) -> int:
        """Return the size of all files, unpacked, in bytes."""
        return sum(entry.member.size for entry in self.entries)


def assemble_layers(layers: Sequence[Layer]) -> Bundle:
    """Put layers together; of different files under one name the first layer's is taken."""
    ordered = sorted(layers, key=lambda layer: (layer.prefix, layer.name))
    chosen: dict[str, Entry] = {}
    rivals: dict[str, list[str]] = {}
    for layer in ordered:
        for member in layer.members:
            name = layer.prefix + member.name
            entry = Entry(name=name, member=member, layer=layer)
            first = chosen.setdefault(name, entry)
            if first is not entry and not _same_file(first.member, member):
                rivals.setdefault(name, [owner_of(first.layer)]).append(owner_of(layer))
    if (label := chosen.pop(LABEL, None)) is not None:
        rivals[LABEL] = [LADING, owner_of(label.layer)]
    collisions = [Collision(name=name, owners=tuple(names)) for name, names in rivals.items()]
    collisions += _folder_collisions(chosen)
    entries = tuple(chosen[name] for name in sorted(chosen))
    return Bundle(
        entries=entries,
        collisions=tuple(sorted(collisions, key=lambda collision: collision.name)),
        alike=alike_names(chosen),
        content_sha256=_content_hash(entries),
    )


def render_label(bundle: Bundle, *, python: str, lock_fingerprint: str) -> bytes:
    """Return the content of lading.json: what a running app says when it is asked what it runs.

    Nothing in it may differ between two builds of the same package, so no time and no commit.
    """
    label = {
        "schema": "lading/label/1",
        "content_sha256": bundle.content_sha256,
        "lock_fingerprint": lock_fingerprint,
        "python": python,
    }
    return (json.dumps(label, indent=2, sort_keys=True) + "\n").encode()


def owner_of(layer: Layer) -> str:
    """Return how a report calls the owner of a layer's files."""
    return layer.name or APP


def _same_file(first: Member, second: Member) -> bool:
    return first.sha256 == second.sha256 and first.size == second.size


def _folder_collisions(entries: Mapping[str, Entry]) -> Iterable[Collision]:
    folders: dict[str, set[str]] = {}
    for name, entry in entries.items():
        cut = name.rfind("/")
        while cut != -1 and owner_of(entry.layer) not in folders.setdefault(name[:cut], set()):
            folders[name[:cut]].add(owner_of(entry.layer))
            cut = name.rfind("/", 0, cut)
    for name in folders.keys() & entries.keys():
        first = owner_of(entries[name].layer)
        others = sorted(folders[name] - {first})
        yield Collision(name=name, owners=(first, *others), folder=True)


def _content_hash(entries: Iterable[Entry]) -> str:
    lines = (f"{entry.name}\0{entry.member.mode:o}\0{entry.member.sha256}\n" for entry in entries)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
