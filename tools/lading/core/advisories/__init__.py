"""Known vulnerabilities: what may be asked about a package, of whom, and what was answered."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from packaging.utils import canonicalize_name

from lading.core.config import DEFAULT_INDEX, Project
from lading.core.lock import Lock, LockedFile, LockedThing

# How the public index is told, whoever it is that asks it.
PYPI = "PyPI"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Release:
    """One version of a distribution; `name` is canonical."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What of a package is asked for, and the names that are nobody else's business."""

    asked: tuple[Release, ...]
    withheld: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One known vulnerability; `aliases` are its other names, `fixed` the versions without it."""

    id: str
    aliases: tuple[str, ...]
    fixed: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerable:
    """A release and what is known of it."""

    release: Release
    advisories: tuple[Advisory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What came of an inquiry. `place` was asked; it has no data of those that are `silent`.

    `tool` is what read its answers, with its version.
    """

    inquiry: Inquiry
    place: str
    tool: str
    silent: tuple[Release, ...]
    vulnerable: tuple[Vulnerable, ...]


def plan_audit(lock: Lock, project: Project) -> Inquiry:
    """Return what may be asked of what is in a lock."""
    public = [
        Release(name=thing.name, version=thing.version)
        for thing in lock.loaded
        if _is_public(thing, project)
    ]
    return _inquiry((thing.name for thing in lock.loaded), public)


def plan_audit_of_found(
    found: Iterable[Release], lock: Lock | None, project: Project, *, public: Collection[str]
) -> Inquiry:
    """Return what may be asked of what was found in a package.

    That is what the lock has from a public place, and what matches one of the patterns `public`,
    unless a declared source owns the name. Of anything else nobody knows that it is public.
    """
    locked = plan_audit(lock, project).asked if lock is not None else ()
    # A pattern is written as people write names.
    patterns = tuple(
        pattern if set(pattern) & set("*?[") else canonicalize_name(pattern) for pattern in public
    )
    releases = tuple(found)
    asked = [
        release
        for release in releases
        if release in locked
        or (
            any(fnmatchcase(release.name, pattern) for pattern in patterns)
            and not _is_owned(release.name, project)
        )
    ]
    return _inquiry((release.name for release in releases), asked)


def parse_release_page(data: bytes) -> str | None:
    """Return what an index's page of a release says of vulnerabilities, as JSON.

    None where the page says nothing of them, as with indexes that have no such data.
    """
    try:
        document: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    found = document.get("vulnerabilities") if isinstance(document, dict) else None
    return json.dumps({"vulnerabilities": found}) if isinstance(found, list) else None


def _is_public(thing: LockedThing, project: Project) -> bool:
    """Say whether a name may be asked for: it is from an index, and no declared source's own.

    A source that passes the public index on knows its names already. Before another place is told
    them it has to say in `packages` which are private; where it does not, each of them could be.
    """
    file = thing if isinstance(thing, LockedFile) else thing.file
    if file is None or _is_owned(thing.name, project):
        return False
    mirror = project.default_source
    return file.source == DEFAULT_INDEX or (
        mirror is not None
        and file.source == mirror.name
        and (project.advisories == "index" or bool(mirror.packages))
    )


def _is_owned(name: str, project: Project) -> bool:
    return any(source.owns(name) for source in project.index_sources)


def _inquiry(names: Iterable[str], asked: Iterable[Release]) -> Inquiry:
    ordered = tuple(sorted(asked))
    known = {release.name for release in ordered}
    return Inquiry(asked=ordered, withheld=tuple(sorted(set(names) - known)))
