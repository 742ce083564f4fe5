"""What the app asks for, in every form that people write it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRequirement:
    """A requirement served by an index. `text` is PEP 508 without hashes; `origin` is FILE:LINE."""

    name: str
    text: str
    origin: str
    hashes: tuple[str, ...] = ()

    @property
    def parsed(self) -> Requirement:
        """Return it as `packaging` understands it."""
        return Requirement(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRequirement:
    """A requirement in a Git repository.

    `url` is https, without user information, credentials or trailing "/"; `name` is None where only
    the repository's metadata tells it; `ref` None means the default branch.
    """

    name: str | None
    url: str
    origin: str
    ref: str | None = None
    subdirectory: str = ""
    extras: tuple[str, ...] = ()
    marker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRequirement:
    """A folder, wheel or source archive on this machine; POSIX, relative to the project's root.

    `hashes` are "sha256:HEX" and only of files.
    """

    name: str | None
    path: str
    origin: str
    extras: tuple[str, ...] = ()
    marker: str | None = None
    editable: bool = False
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlRequirement:
    """A wheel or source archive at an https URL of its own; `hashes` are "sha256:HEX"."""

    name: str
    url: str
    origin: str
    hashes: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    marker: str | None = None


DirectRequirement = GitRequirement | PathRequirement | UrlRequirement


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignLock:
    """The lock of another tool that has chosen already: nothing may be taken that it does not list.

    `path` is relative to the project's root, `upgrade` the command that chooses anew. `roots` are
    the names that the app itself asks for. `overrides` (PEP 508) and `excludes` (names) are what
    that tool was told to put in the place of what distributions require.
    """

    path: str
    upgrade: str
    roots: frozenset[str] = frozenset()
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """All that an app asks for, and what was noticed while reading it.

    `constraints` bind versions without asking for anything. `fingerprint` is a SHA-256 over what
    was asked, not over how it was written: comments, order and line ends do not change it.
    With a `foreign` lock the requirements are its pins. `warnings` are notes that somebody has to
    act on.
    """

    named: tuple[NamedRequirement, ...]
    direct: tuple[DirectRequirement, ...]
    constraints: tuple[NamedRequirement, ...]
    notes: tuple[str, ...]
    fingerprint: str
    warnings: tuple[str, ...] = ()
    foreign: ForeignLock | None = None

    @property
    def empty(self) -> bool:
        """Say whether nothing is asked for."""
        return not self.named and not self.direct


def assemble_requirements(
    asked: Sequence[NamedRequirement | DirectRequirement],
    *,
    constraints: Sequence[NamedRequirement] = (),
    notes: Sequence[str] = (),
    metadata: Mapping[str, str] | None = None,
) -> Requirements:
    """Return what is asked for, each thing once, with its fingerprint.

    `metadata` tells for the path of a path requirement a hash of what it says about itself: its
    dependencies are a part of what is asked.
    """
    unique = tuple({_identity(item): item for item in reversed(asked)}.values())[::-1]
    bounds = tuple({_identity(item): item for item in reversed(constraints)}.values())[::-1]
    lines = [
        *(f"asked {_identity(item)}" for item in unique),
        *(f"constraint {_identity(item)}" for item in bounds),
        *(f"metadata {path} {digest}" for path, digest in (metadata or {}).items()),
    ]
    return Requirements(
        named=tuple(item for item in unique if isinstance(item, NamedRequirement)),
        direct=tuple(item for item in unique if not isinstance(item, NamedRequirement)),
        constraints=bounds,
        notes=tuple(dict.fromkeys(notes)),
        fingerprint=hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest(),
    )


def with_direct(requirements: Requirements, places: Sequence[DirectRequirement]) -> Requirements:
    """Return the requirements with further places for what is asked for by name elsewhere."""
    if not places:
        return requirements
    return assemble_requirements(
        (*requirements.named, *requirements.direct, *places),
        constraints=requirements.constraints,
        notes=requirements.notes,
    )


def with_metadata(requirements: Requirements, metadata: Mapping[str, str]) -> Requirements:
    """Return the requirements with a fingerprint that covers the metadata of their paths."""
    assembled = assemble_requirements(
        (*requirements.named, *requirements.direct),
        constraints=requirements.constraints,
        notes=requirements.notes,
        metadata=metadata,
    )
    return replace(assembled, warnings=requirements.warnings, foreign=requirements.foreign)


def _identity(item: NamedRequirement | DirectRequirement) -> str:
    """Return all that is asked by one requirement, and nothing about where it is written."""
    fields: tuple[object, ...]
    match item:
        case NamedRequirement():
            fields = ("name", item.text, sorted(item.hashes))
        case GitRequirement():
            fields = ("git", item.name, item.url, item.ref, item.subdirectory)
        case PathRequirement():
            fields = ("path", item.name, item.path)
        case UrlRequirement():
            fields = ("url", item.name, item.url, sorted(item.hashes))
    if not isinstance(item, NamedRequirement):
        fields = (*fields, item.extras, item.marker)
    return json.dumps(fields)
