"""What the app asks for, in every form that people write it."""

from __future__ import annotations

from dataclasses import dataclass

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
    """A folder, wheel or source archive on this machine; POSIX, relative to the project's root."""

    name: str | None
    path: str
    origin: str
    extras: tuple[str, ...] = ()
    marker: str | None = None
    editable: bool = False


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
class Requirements:
    """All that an app asks for, and what was noticed while reading it.

    `constraints` bind versions without asking for anything. `fingerprint` is a SHA-256 over what
    was asked, not over how it was written: comments, order and line ends do not change it.
    """

    named: tuple[NamedRequirement, ...]
    direct: tuple[DirectRequirement, ...]
    constraints: tuple[NamedRequirement, ...]
    notes: tuple[str, ...]
    fingerprint: str

    @property
    def empty(self) -> bool:
        """Say whether nothing is asked for."""
        return not self.named and not self.direct
