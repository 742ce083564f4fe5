"""The lock of another tool as the limit of an index: nothing that it does not list is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from lading.core.errors import ResolutionError
from lading.core.index import IndexFile
from lading.core.machine import Machine
from lading.core.resolution.offers import choose_offer, fits
from lading.stages.resolve.tools import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a lock lists: a version for each name, and the SHA-256 of its files where it has them.

    `lock` is its path, relative to the project's root.
    """

    lock: str
    pins: Mapping[str, str]
    hashes: Mapping[str, frozenset[str]]
    machine: Machine


class NotListedError(ResolutionError):
    """Something is required that the lock does not have."""

    def __init__(self, name: str, listed: Listed, *, askers: tuple[str, ...] = ()) -> None:
        who = f"{' and '.join(askers)} may need it" if askers else "something in it needs it"
        super().__init__(
            f"{listed.lock} does not have {name}, and {who} on {listed.machine.name}",
            remedy="Write that lock anew with the tool that made it, for this platform too.",
        )
        self._name, self._listed = name, listed

    def asked_by(self, askers: tuple[str, ...]) -> NotListedError:
        """Return the error with the distributions that require the name."""
        return NotListedError(self._name, self._listed, askers=askers)


class ListedAccess:
    """The sources, as far as a lock lists their files."""

    def __init__(
        self, access: Access, *, listed: Listed, identify: Callable[[IndexFile], IndexFile]
    ) -> None:
        self._access = access
        self._listed = listed
        self._identify = identify

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        """Return the files of the locked version that are locked; raise where there are none."""
        version = self._listed.pins.get(name)
        if version is None:
            raise NotListedError(name, self._listed)
        everything = self._access.list_files(name)
        same = tuple(file for file in everything if _is_version(file.version, version))
        allowed = self._listed.hashes.get(name)
        kept = same
        if allowed is not None:
            kept = tuple(file for file in map(self._known, same) if file.sha256 in allowed)
        offer = choose_offer(kept, version, self._listed.machine)
        if offer is None or not offer.usable:
            raise self._refused(f"{name} {version}", same, kept)
        return kept

    def namesakes(self, name: str) -> tuple[str, ...]:
        """Return the declared sources that offer a name which is not declared for them."""
        return self._access.namesakes(name)

    def _known(self, file: IndexFile) -> IndexFile:
        """Return a file with its hash, which few indexes leave to whoever fetches the file."""
        if file.sha256 is not None or (
            file.is_wheel and not fits(file.filename, self._listed.machine)
        ):
            return file
        found = self._identify(file)
        return replace(file, sha256=found.sha256, size=found.size)

    def _refused(
        self, title: str, same: tuple[IndexFile, ...], kept: tuple[IndexFile, ...]
    ) -> ResolutionError:
        lock, machine = self._listed.lock, self._listed.machine.name
        if kept:
            files = ", ".join(sorted(file.filename for file in kept)[:5])
            return ResolutionError(
                f"{lock} has no file of {title} that runs on {machine}: {files}",
                remedy="Write that lock anew with the tool that made it, for this platform too.",
            )
        if same:
            files = ", ".join(sorted(file.filename for file in same)[:5])
            return ResolutionError(
                f"{lock} has other hashes for {title} than its home has: {files}",
                remedy="Find out who changed the lock or replaced the files before you lock anew.",
            )
        return ResolutionError(
            f"{title} is locked in {lock}, and its home does not have that version",
            remedy="Look whether it was deleted there; else lock another version.",
        )


def parse_listed(lines: Iterable[str]) -> dict[str, str]:
    """Return the version of each `name==version` line by name."""
    pins = {}
    for line in lines:
        requirement = Requirement(line)
        pins[requirement.name] = next(iter(requirement.specifier)).version
    return pins


def _is_version(text: str, wanted: str) -> bool:
    try:
        return Version(text) == Version(wanted)
    except InvalidVersion:
        return text == wanted
