"""A library's folder → its source archive, built of a copy; the folder itself is only read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from lading.core.errors import BuildError
from lading.core.lock import LockedFile, LockedSource
from lading.core.publication import Distribution, check_one_release, slot_of
from lading.core.requirements import DirectRequirement
from lading.core.sources.static_metadata import parse_build_requires
from lading.core.wheel import Wheel
from lading.edges.build_frontend import BuildFrontend, BuildSite
from lading.edges.checkout import copy_checkout
from lading.edges.git import Git
from lading.edges.sources import EPOCH
from lading.edges.sources.archives import write_stable_archive
from lading.edges.sources.trees import read_blocks, read_source_texts
from lading.edges.store import Store
from lading.edges.terminal import Progress


class Workshop(Protocol):
    """Who builds wheels of everything else."""

    def pin(self, requirement: DirectRequirement) -> LockedSource:
        """Return exactly what a direct requirement means now."""

    def read_metadata(self, source: LockedSource) -> bytes | None:
        """Return METADATA without running anything, None where it must be built to know."""

    def read_build_requires(self, source: LockedSource) -> tuple[str, ...]:
        """Return `[build-system].requires`."""

    def ask_build_requires(
        self, source: LockedSource, wheels: tuple[Wheel, ...]
    ) -> tuple[str, ...]:
        """Return what the build back end requires beyond that; runs it, without any access."""

    def build(self, source: LockedSource, wheels: tuple[Wheel, ...]) -> Wheel:
        """Build a wheel from a source with nothing but `wheels`, without any access."""


class LibraryWorkshop:
    """A workshop in which one source is a library's folder, to be made into a source archive.

    The library is asked what its archive is built with, all others what their wheels are: they are
    `workshop`'s. `frontend` runs in the same airlock as that.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workshop: Workshop,
        frontend: BuildFrontend,
        git: Git,
        store: Store,
        progress: Progress,
    ) -> None:
        self.source = LockedSource(kind="path", name="", version="", path=str(folder))
        self._folder = folder
        self._workshop = workshop
        self._frontend = frontend
        self._git = git
        self._store = store
        self._progress = progress

    def pin(self, requirement: DirectRequirement) -> LockedSource:
        """Return exactly what a direct requirement means now."""
        return self._workshop.pin(requirement)

    def read_metadata(self, source: LockedSource) -> bytes | None:
        """Return METADATA without running anything, None where it must be built to know."""
        return self._workshop.read_metadata(source)

    def read_build_requires(self, source: LockedSource) -> tuple[str, ...]:
        """Return `[build-system].requires`."""
        if source != self.source:
            return self._workshop.read_build_requires(source)
        pyproject = read_source_texts(self._folder).pyproject
        return parse_build_requires(pyproject, where=str(self._folder))

    def ask_build_requires(
        self, source: LockedSource, wheels: tuple[Wheel, ...]
    ) -> tuple[str, ...]:
        """Return what the build back end requires beyond that; runs it, without any access."""
        if source != self.source:
            return self._workshop.ask_build_requires(source, wheels)
        with self._laid_out(wheels) as site:
            return self._frontend.ask_requires(site, "sdist")

    def build(self, source: LockedSource, wheels: tuple[Wheel, ...]) -> Wheel:
        """Build a wheel from a source with nothing but `wheels`, without any access."""
        if source == self.source:
            raise BuildError(
                f"{self._folder} needs itself to be built",
                remedy="Take it out of its [build-system].requires.",
            )
        return self._workshop.build(source, wheels)

    def build_sdist(self, wheels: tuple[Wheel, ...]) -> Distribution:
        """Build the library's source archive with nothing but `wheels`, without any access."""
        self._progress.note(f"Building the source archive of {self._folder}")
        with self._laid_out(wheels) as site:
            built = self._frontend.build_sdist(site)
            if slot_of(built.name)[0] != "sdist":
                raise BuildError(
                    f"{self._folder}: its back end made {built.name!r}, no source archive's name",
                    remedy="It is NAME-VERSION.tar.gz: correct name and version in the project.",
                )
            stable = site.root / "stable.tar.gz"
            write_stable_archive(built, stable, epoch=site.epoch)
            blob = self._store.write_blob(read_blocks(stable), sha256=None, filename=built.name)
        return Distribution(filename=built.name, sha256=blob.sha256, size=blob.size, path=blob.path)

    @contextmanager
    def _laid_out(self, wheels: tuple[Wheel, ...]) -> Iterator[BuildSite]:
        with self._store.scratch() as root:
            tree = root / "src"
            tree.mkdir()
            subdirectory = copy_checkout(self._folder, tree, git=self._git)
            yield BuildSite(
                root=root,
                subject=str(self._folder),
                wheels=wheels,
                epoch=EPOCH,
                subdirectory=subdirectory,
            )


def as_source(archive: Distribution) -> LockedSource:
    """Return a source archive that was just built as what its wheel is built from."""
    name, version = check_one_release((archive,))
    file = LockedFile(
        name=name,
        version=version,
        filename=archive.filename,
        sha256=archive.sha256,
        source="from its source archive",
        size=archive.size,
    )
    # Whether the wheel has the same version is seen when it is there.
    return LockedSource(kind="archive", name=name, version="", file=file)
