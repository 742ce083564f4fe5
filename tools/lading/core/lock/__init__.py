"""What was chosen, and whether it still answers what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lading.core.config import App
from lading.core.errors import LockError
from lading.core.requirements import Requirements


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """One file of an index: a wheel, or a source archive to build.

    `source` is a declared source's name or "default"; `sha256` is hex; `size` in bytes where known.
    """

    name: str
    version: str
    filename: str
    sha256: str
    source: str
    size: int | None = None
    required_by: tuple[str, ...] = ()

    @property
    def is_wheel(self) -> bool:
        """Say whether it can be used as it is."""
        return self.filename.endswith(".whl")


SourceKind = Literal["git", "path", "url", "archive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedSource:
    """One thing that does not come from an index as a wheel.

    `kind` tells which fields hold: git (`url`, `commit`, `ref`, `subdirectory`), path (`path`), url
    (`url`, `sha256`, a wheel or an archive), archive (`file`: a source archive of an index).
    `build_requires` are `name==version` pins, all of them among the lock's `build_files` or, for
    build requirements that are built themselves, among its `build_sources`. It is empty for wheels.
    """

    kind: SourceKind
    name: str
    version: str
    required_by: tuple[str, ...] = ()
    url: str = ""
    commit: str = ""
    ref: str = ""
    subdirectory: str = ""
    path: str = ""
    sha256: str = ""
    file: LockedFile | None = None
    build_requires: tuple[str, ...] = ()

    @property
    def is_wheel(self) -> bool:
        """Say whether it is a wheel at a path or URL of its own, with nothing to build."""
        place = self.path if self.kind == "path" else self.url
        return self.kind in {"path", "url"} and place.partition("?")[0].endswith(".whl")


LockedThing = LockedFile | LockedSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Both files of a lock: requirements.lock (`files`) and sources.lock (the others).

    `files` holds wheels only. `build_files` and `build_sources` are needed only while building.
    """

    python: str
    platform: str
    fingerprint: str
    files: tuple[LockedFile, ...]
    sources: tuple[LockedSource, ...] = ()
    build_files: tuple[LockedFile, ...] = ()
    build_sources: tuple[LockedSource, ...] = ()

    @property
    def loaded(self) -> tuple[LockedThing, ...]:
        """Return everything that goes into the package."""
        return by_name([*self.files, *self.sources])

    @property
    def needed(self) -> tuple[LockedThing, ...]:
        """Return everything that only building needs."""
        return by_name([*self.build_files, *self.build_sources])


def by_name(things: Iterable[LockedThing]) -> tuple[LockedThing, ...]:
    """Return files and sources together, by name and version."""
    return tuple(sorted(things, key=lambda thing: (thing.name, thing.version)))


def check_lock(lock: Lock, requirements: Requirements, app: App) -> None:
    """Raise LockError with every reason why a lock does not answer what an app asks."""
    platform = app.runtime.uv_platform
    problems = []
    if lock.python != app.python:
        problems.append(f"it is for Python {lock.python}, the app runs {app.python}")
    if lock.platform != platform:
        problems.append(f"it is for {lock.platform}, the app runs on {platform}")
    if lock.fingerprint != requirements.fingerprint:
        problems.append("the requirements changed since it was written")
    if problems:
        raise LockError(
            f"{app.lock} is stale: " + "; ".join(problems), remedy="Write it anew: lading lock"
        )
