"""The statements that travel with a package: what they tell of each distribution in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from lading.core.bundle import Bundle
from lading.core.config import App, IndexSource, Project
from lading.core.errors import UsageError
from lading.core.layer import SITE_PACKAGES
from lading.core.lock import Lock, LockedFile, LockedSource, LockedThing
from lading.core.statements.addresses import git_address, public_address
from lading.core.wheel import Wheel

_LATEST = 253402300799  # the last second of the year 9999, where datetime ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """From what a distribution was made, where that is no wheel of an index.

    `address` may be published, and is "" where none may; `sha256` is that of a file, hex.
    """

    kind: str
    address: str = ""
    filename: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One distribution: its wheel, where that came from, and what of the others it requires.

    `home` is the address of the private index that owns its name, "" where that may not be told,
    None for a public name; `bundled` are name and SHA-256 of statements that the wheel itself
    carries (PEP 770).
    """

    name: str
    version: str
    source: str
    filename: str
    sha256: str
    home: str | None = None
    origin: Origin | None = None
    requires: tuple[str, ...] = ()
    bundled: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What a package holds, the same for the same package.

    `requires` are the names that the app itself asks for; `epoch` is SOURCE_DATE_EPOCH in seconds
    since 1970, None where nobody said it.
    """

    app: str
    python: str
    content_sha256: str
    epoch: int | None
    requires: tuple[str, ...]
    distributions: tuple[Described, ...]

    @property
    def digest(self) -> str:
        """Return a hash of all of it, hex."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """A package that is ready to be written, with what it was put together from."""

    project: Project
    app: App
    lock: Lock
    wheels: tuple[Wheel, ...]
    bundle: Bundle


def assemble_inventory(freight: Freight, *, epoch: int | None) -> Inventory:
    """Return what a package holds, by name."""
    locked = {thing.name: thing for thing in freight.lock.loaded}
    bundled = _bundled(freight.bundle)
    return Inventory(
        app=freight.app.name,
        python=freight.app.python,
        content_sha256=freight.bundle.content_sha256,
        epoch=epoch,
        # What is no name of the lock is the file that asks.
        requires=tuple(
            name for name, thing in locked.items() if not locked.keys() >= {*thing.required_by}
        ),
        distributions=tuple(
            Described(
                name=wheel.name,
                version=wheel.version,
                source=wheel.source,
                filename=wheel.filename,
                sha256=wheel.sha256,
                home=_home(wheel.name, freight.project, locked.get(wheel.name)),
                origin=_origin(locked.get(wheel.name)),
                requires=_required_of(wheel.name, locked.values()),
                bundled=bundled.get(wheel.name, ()),
            )
            for wheel in sorted(freight.wheels, key=lambda wheel: wheel.name)
        ),
    )


def parse_epoch(text: str | None) -> int | None:
    """Read SOURCE_DATE_EPOCH, seconds since 1970; raise UsageError where it is no such number."""
    if not text:
        return None
    short = len(text) <= len(str(_LATEST)) and text.isascii() and text.isdigit()
    if not short or int(text) > _LATEST:
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {text[:40]!r}, which is no number of seconds since 1970",
            remedy="Unset it, or set it as `git log -1 --format=%ct` prints it.",
        )
    return int(text)


def origin_of(source: LockedSource) -> Origin:
    """Return from what a source is built, as it may be published."""
    if source.kind == "git":
        address = git_address(source.url, source.commit)
        place = f"#subdirectory={source.subdirectory}" if address and source.subdirectory else ""
        return Origin(kind="git", address=address + place)
    if source.kind == "url":
        return Origin(kind="url", address=public_address(source.url), sha256=source.sha256)
    if source.file is not None:
        file = source.file
        return Origin(kind="archive", filename=file.filename, sha256=file.sha256)
    return Origin(kind="path")


def _origin(thing: LockedThing | None) -> Origin | None:
    return origin_of(thing) if isinstance(thing, LockedSource) else None


def _home(name: str, project: Project, thing: LockedThing | None) -> str | None:
    """Return the private index that owns a name; a mirror owns none of the names it passes on."""
    source = project.index_of(name)
    comes_from_index = isinstance(thing, LockedFile) or (thing is not None and thing.file)
    if not comes_from_index or not isinstance(source, IndexSource) or not source.owns(name):
        return None
    return public_address(source.url)


def _required_of(name: str, things: Iterable[LockedThing]) -> tuple[str, ...]:
    return tuple(sorted({thing.name for thing in things if name in thing.required_by}))


def _bundled(bundle: Bundle) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in bundle.entries:
        if ".dist-info/sboms/" in entry.name and entry.name.startswith(SITE_PACKAGES):
            found.setdefault(entry.layer.name, []).append((entry.name, entry.member.sha256))
    return {name: tuple(files) for name, files in found.items()}
