"""What direct requirements and links in metadata lead to: pinned, with a name and a version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from packaging.utils import canonicalize_name

from lading.core.config import Project
from lading.core.errors import LadingError, ResolutionError
from lading.core.lock import Lock, LockedSource
from lading.core.machine import Machine
from lading.core.requirements import (
    DirectRequirement,
    GitRequirement,
    NamedRequirement,
    PathRequirement,
    UrlRequirement,
)
from lading.core.requirements.direct import Direct, Place, parse_direct, parse_url
from lading.core.requirements.git_urls import is_git, parse_git
from lading.core.requirements.lines import LineError
from lading.core.resolution import Upgrade
from lading.core.resolution.metadata import DirectLink
from lading.core.resolution.offers import fits
from lading.core.sources.static_metadata import parse_identity
from lading.core.wheel.identity import parse_wheel_identity

MetadataOf = Callable[[LockedSource], bytes]
PinOf = Callable[[DirectRequirement], LockedSource]


def parse_requirement(
    text: str, *, project: Project, origin: str
) -> NamedRequirement | DirectRequirement:
    """Return a requirement that stands in somebody's metadata; raise ResolutionError."""
    notes: list[str] = []
    place = Place(project=project, origin=origin, folder=".", notes=notes)
    try:
        direct = parse_direct(text)
        if direct is None:
            named = NamedRequirement(name="", text=text, origin=origin)
            return replace(named, name=canonicalize_name(named.parsed.name))
        if direct.location.startswith("file:"):
            raise _bound_to_a_machine(direct, origin)
        return parse_git(direct, place) if is_git(direct.location) else parse_url(direct, place)
    except (LineError, ValueError) as error:
        raise ResolutionError(
            f"{origin} has a requirement that cannot be used: {error}",
            remedy="Its author has to change it.",
        ) from error


def _bound_to_a_machine(direct: Direct, origin: str) -> ResolutionError:
    """Say what to do about a path in metadata: read by others, it would name their files."""
    name = direct.name or "a package"
    return ResolutionError(
        f"{origin} requires {name} from a path of one machine: {direct.location}",
        remedy=f"Let it require {name} by name alone, and write the path into the requirements "
        "of the app.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The lock that there was, as far as its pins are to be kept."""

    lock: Lock | None = None
    upgrade: Upgrade = field(default_factory=Upgrade)

    def pinned(self, requirement: DirectRequirement) -> LockedSource | None:
        """Return what a requirement meant when it was locked, None where that is not kept."""
        for source in self.lock.sources if self.lock else ():
            if _means(requirement, source) and not self.upgrade.frees(source.name):
                return replace(source, required_by=(), build_requires=())
        return None


def _means(requirement: DirectRequirement, source: LockedSource) -> bool:
    match requirement:
        case GitRequirement():
            wanted = (requirement.url, requirement.ref or "", requirement.subdirectory)
            found = (source.url, source.ref, source.subdirectory)
            return source.kind == "git" and wanted == found
        case UrlRequirement():
            return source.kind == "url" and requirement.url == source.url
        case PathRequirement():
            # What lies on this machine may have changed since.
            return False


class Directs:
    """Everything that comes from a place of its own instead of an index, by name and version."""

    def __init__(
        self,
        *,
        project: Project,
        machine: Machine,
        pin: PinOf,
        metadata_of: MetadataOf,
        decided: bool = False,
    ) -> None:
        self._project = project
        self._machine = machine
        self._pin = pin
        self._metadata_of = metadata_of
        # Another tool's lock has decided where a link leads: to what it has under that name.
        self._decided = decided
        self._by_name: dict[str, dict[str, LockedSource]] = {}
        self._by_link: dict[str, LockedSource] = {}
        self._asked: dict[str, tuple[DirectRequirement, LockedSource]] = {}

    def add(self, requirement: DirectRequirement) -> LockedSource:
        """Pin what the app asks for; two places for one name are a conflict."""
        source = self._identified(requirement)
        if source.name in self._asked:
            first, known = self._asked[source.name]
            if not is_same(known, source):
                raise _two_places(source.name, (first.origin, known), (requirement.origin, source))
        self._asked[source.name] = (requirement, source)
        return self._keep(source)

    def add_link(self, link: DirectLink, *, asked_by: str) -> None:
        """Pin what a distribution's metadata links to."""
        if link.url in self._by_link:
            return
        if self._decided and link.name in self._asked:
            self._by_link[link.url] = self._asked[link.name][1]
            return
        text = f"{link.name} @ {link.url}"
        requirement = parse_requirement(text, project=self._project, origin=asked_by)
        if isinstance(requirement, NamedRequirement):
            raise ResolutionError(
                f"{asked_by} links to {link.name} without saying where it is",
                remedy="Its author has to change it.",
            )
        source = self._identified(requirement)
        asked = self._asked.get(link.name)
        if asked is not None and not is_same(asked[1], source):
            raise _two_places(link.name, (asked[0].origin, asked[1]), (asked_by, source))
        self._by_link[link.url] = self._keep(source)

    def versions_of(self, name: str) -> dict[str, LockedSource]:
        """Return what was pinned for a name, by version; {} for a name of an index."""
        return self._by_name.get(name, {})

    def behind(self, link: DirectLink) -> LockedSource | None:
        """Return what a link leads to, None while nobody looked."""
        return self._by_link.get(link.url)

    def _keep(self, source: LockedSource) -> LockedSource:
        return self._by_name.setdefault(source.name, {}).setdefault(source.version, source)

    def _identified(self, requirement: DirectRequirement) -> LockedSource:
        source = self._pin(requirement)
        self._check_wheel(source)
        if not (source.name and source.version):
            name, version = parse_identity(self._metadata_of(source))
            source = replace(source, name=name, version=version)
        wanted = canonicalize_name(requirement.name) if requirement.name else source.name
        if source.name != wanted:
            raise ResolutionError(
                f"{requirement.origin} asks for {wanted}, but what it names is {source.name}",
                remedy=f"Write {source.name} there.",
            )
        return source

    def _check_wheel(self, source: LockedSource) -> None:
        filename = (source.url or source.path).rpartition("/")[2]
        if parse_wheel_identity(filename) and not fits(filename, self._machine):
            raise ResolutionError(
                f"{filename} does not run on {self._machine.name}",
                remedy="Name a wheel for it, or a source that can be built.",
            )


def is_same(one: LockedSource, other: LockedSource) -> bool:
    """Say whether two sources are one and the same, whoever asked for them."""
    return identity(one) == identity(other)


def identity(source: LockedSource) -> tuple[str, ...]:
    """Return what tells a source from every other."""
    archive = source.file.sha256 if source.file else ""
    return (
        source.kind,
        source.url,
        source.commit,
        source.subdirectory,
        source.path,
        source.sha256,
        archive,
    )


def describe(source: LockedSource) -> str:
    """Return a source in one line, for a message."""
    match source.kind:
        case "git":
            folder = f", folder {source.subdirectory}" if source.subdirectory else ""
            ref = f"{source.ref}, " if source.ref else ""
            return f"{source.url} ({ref}commit {source.commit[:12]}{folder})"
        case "path":
            return source.path
        case "url":
            return source.url
        case "archive":
            return source.file.filename if source.file else source.name


def _two_places(
    name: str, one: tuple[str, LockedSource], other: tuple[str, LockedSource]
) -> LadingError:
    return ResolutionError(
        f"{name} is asked for from two places:\n"
        f"  {one[0]}: {describe(one[1])}\n"
        f"  {other[0]}: {describe(other[1])}",
        remedy="Let both name the same place, or one only the name.",
    )


def check_links(
    link: DirectLink, *, asked_by: str, chosen: LockedSource | None, directs: Directs
) -> None:
    """Raise ResolutionError where a link of what was chosen leads to something else."""
    wanted = directs.behind(link)
    if wanted is None or chosen is None or is_same(wanted, chosen):
        return
    raise _two_places(link.name, ("the chosen one", chosen), (asked_by, wanted))
