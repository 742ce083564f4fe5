"""Locks of other tools: what uv, Poetry or pip have chosen, as far as it is for the target."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName
from packaging.utils import canonicalize_name

from lading.core.config import Project
from lading.core.machine import Machine
from lading.core.requirements import (
    DirectRequirement,
    ForeignLock,
    NamedRequirement,
    Requirements,
    assemble_requirements,
)
from lading.core.requirements.direct import Direct, Place
from lading.core.requirements.foreign.homes import judge_homes
from lading.core.requirements.lines import LineError
from lading.core.requirements.texts import parse_place

# Poetry and uv write a condition on an extra as if one alone were asked for.
_EXTRA = re.compile(r"""\bextra\s*(==|!=)\s*(['"])([^'"]*)\2""")
# The platform brings it, as in every other form of requirements.
_PLATFORM = frozenset({"azure-functions-worker"})
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """For whom a lock is read: paths are POSIX and relative to the project's root.

    `path` is the lock's, `member` the folder of the pyproject.toml whose dependencies are meant and
    `pyproject` what that file says ({} without one), `app_folder` the Function App's.
    """

    project: Project
    path: str
    machine: Machine
    member: str
    app_folder: str
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    pyproject: Mapping[str, object] = field(default_factory=dict)
    default_index: str = ""

    @property
    def folder(self) -> str:
        """Return the folder of the lock."""
        return posixpath.dirname(self.path)

    def place_of(self, path: str) -> str:
        """Return a path that the lock names, relative to the project's root."""
        return posixpath.normpath(posixpath.join(self.folder, path.replace("\\", "/")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One distribution that a lock has for the target.

    `direct` tells a place of its own, `index` the index's URL where the lock records it; `hashes`
    are "sha256:HEX", one for each file that may be taken. `is_root`: the app itself asks for it.
    """

    name: str
    version: str = ""
    direct: Direct | None = None
    index: str = ""
    hashes: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    is_root: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """All that a lock has for the target. `tool` is the command that wrote it: "uv lock"."""

    chosen: tuple[Chosen, ...]
    tool: str
    upgrade: str
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        """Return what is chosen by name, for comparing: a version, else a place."""
        return {
            one.name: one.version or (one.direct.location if one.direct else "")
            for one in self.chosen
        }


def assemble_choice(
    choice: Choice, asking: Asking, problems: list[str], *, warnings: Iterable[str] = ()
) -> Requirements:
    """Return the requirements that pin exactly what a lock has chosen; problems are added."""
    notes = list(choice.notes)
    asked: list[NamedRequirement | DirectRequirement] = []
    for one in choice.chosen:
        place = Place(project=asking.project, origin=asking.path, folder=asking.folder, notes=notes)
        try:
            item = _requirement(one, place)
        except LineError as error:
            problems.append(f"{asking.path}: {one.name}: {error}")
            continue
        asked += [item] if item is not None else []
    recorded = {one.name: one.index for one in choice.chosen if one.index}
    judged = judge_homes(recorded, asking.project, default_index=asking.default_index)
    problems += [f"{asking.path}: {problem}" for problem in judged.problems]
    notes += [f"{asking.path}: {note}" for note in judged.notes]
    versions = {one.name: one.version for one in choice.chosen if one.version}
    return replace(
        assemble_requirements(asked, notes=notes),
        warnings=tuple(dict.fromkeys(warnings)),
        foreign=ForeignLock(
            path=asking.path,
            upgrade=choice.upgrade,
            roots=frozenset(one.name for one in choice.chosen if one.is_root),
            overrides=tuple(_pinned(text, versions) for text in choice.overrides),
            excludes=choice.excludes,
        ),
    )


def _requirement(one: Chosen, place: Place) -> NamedRequirement | DirectRequirement | None:
    if one.name in _PLATFORM:
        place.note(f"{one.name} is dropped: the platform brings its own")
        return None
    if one.direct is not None:
        return parse_place(one.direct, place)
    if not one.version:
        message = "has neither a version nor a place"
        raise LineError(message)
    if not one.hashes:
        place.note(f"{one.name} {one.version} has no SHA-256 there: its version alone is kept")
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    return NamedRequirement(
        name=one.name,
        text=f"{one.name}{extras}=={one.version}",
        origin=place.origin,
        hashes=tuple(sorted(one.hashes)),
    )


def _pinned(override: str, versions: Mapping[str, str]) -> str:
    """Return an override so that it leaves only what was chosen, a pre-release too."""
    name = canonicalize_name(re.split(r"[^A-Za-z0-9._-]", override.strip(), maxsplit=1)[0])
    return f"{name}=={versions[name]}" if name in versions else override


def sha256_of(hashes: Iterable[str]) -> tuple[str, ...]:
    """Return the hashes that are SHA-256, "sha256:HEX" in lower case, each once."""
    return tuple(sorted({text.lower() for text in hashes if _SHA256.fullmatch(text)}))


def holds(marker: str, machine: Machine, *, active: Iterable[str] = ()) -> bool:
    """Say whether a marker holds on a machine when extras are asked for; raise LineError."""
    text = _EXTRA.sub(
        lambda match: f"'{match[3]}' {'in' if match[1] == '==' else 'not in'} extras", marker
    )
    environment: dict[str, str | frozenset[str]] = {
        **machine.markers,
        "extras": frozenset(active),
        "dependency_groups": frozenset(),
    }
    try:
        return Marker(text).evaluate(environment, context="lock_file")
    except (InvalidMarker, UndefinedEnvironmentName) as error:
        message = f'"{marker[:120]}" is not a marker that packaging tools know'
        raise LineError(message) from error
