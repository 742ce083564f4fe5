"""Building wheels: sources pinned, asked and built, access and foreign code never together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from lading.core.config import Project
from lading.core.errors import BuildError
from lading.core.lock import LockedSource
from lading.core.requirements import (
    DirectRequirement,
    GitRequirement,
    PathRequirement,
    UrlRequirement,
)
from lading.core.runtimes import Runtime
from lading.core.sources.built_wheel import BuiltWheel, check_built_wheel
from lading.core.sources.static_metadata import (
    parse_build_requires,
    parse_identity,
    parse_static_metadata,
)
from lading.core.wheel import Wheel
from lading.edges.airlock import Airlock, Door, Enclosure
from lading.edges.build_frontend import BuildFrontend, BuildSite
from lading.edges.git import Git
from lading.edges.interpreters import Interpreter
from lading.edges.sources import LaidOut, Origins, Sources
from lading.edges.sources.trees import SourceTexts, read_blocks, read_source_texts
from lading.edges.store import Store
from lading.edges.terminal import Progress
from lading.edges.wheels.built import read_built_wheel, read_wheel_metadata

# A change of how wheels are built makes older results unusable.
_RULES = "1"
_BUILT = "built-wheel"
_REQUIRES = "build-requires"


def make_workshop(  # noqa: PLR0913 - every edge that building touches, each by its name
    *,
    project: Project,
    runtime: Runtime,
    access: Origins | None,
    open_broker: Callable[[], AbstractContextManager[Door]] | None,
    sandbox: Enclosure,
    git: Git,
    store: Store,
    interpreter: Interpreter | None,
    ambient: Mapping[str, str],
    progress: Progress,
) -> SourceWorkshop:
    """Return a workshop of these edges; without access and broker it works from the store alone.

    `interpreter` is of the target's minor; without one the running interpreter builds, and what
    comes out must not depend on it.
    """
    airlock = Airlock(open_broker=open_broker, enclosure=sandbox)
    return SourceWorkshop(
        runtime=runtime,
        sources=Sources(project=project, origins=access, airlock=airlock, git=git, store=store),
        frontend=BuildFrontend(enclosure=airlock, ambient=ambient, interpreter=interpreter),
        store=store,
        progress=progress,
    )


class SourceWorkshop:
    """Turns what is no wheel into wheels, for one runtime or (None) as they come.

    `pin` and what has to be fetched open the broker and run nothing of what they fetch;
    `ask_build_requires` and `build` run it, in the sandbox, when the broker is closed.
    """

    def __init__(
        self,
        *,
        runtime: Runtime | None,
        sources: Sources,
        frontend: BuildFrontend,
        store: Store,
        progress: Progress,
    ) -> None:
        self._runtime = runtime
        self._sources = sources
        self._frontend = frontend
        self._store = store
        self._progress = progress
        self._texts: dict[LockedSource, SourceTexts] = {}
        self._metadata: dict[LockedSource, bytes] = {}

    def pin(self, requirement: DirectRequirement) -> LockedSource:
        """Return exactly what a direct requirement means now, fetched but not run.

        Name and version are "" where only building tells them. Raises SourceError, or BuildError
        when the source has another name than the requirement.
        """
        match requirement:
            case GitRequirement():
                commit = self._sources.read_commit(requirement.url, requirement.ref)
                source = LockedSource(
                    kind="git",
                    name="",
                    version="",
                    url=requirement.url,
                    commit=commit,
                    ref=requirement.ref or "",
                    subdirectory=requirement.subdirectory,
                )
            case UrlRequirement():
                source = self._pin_url(requirement)
            case PathRequirement():
                source = LockedSource(kind="path", name="", version="", path=requirement.path)
            case _:
                assert_never(requirement)
        return self._identified(source, requirement)

    def read_metadata(self, source: LockedSource) -> bytes | None:
        """Return a source's METADATA, None where it has to be built for that."""
        anonymous = _anonymous(source)
        if anonymous in self._metadata:
            return self._metadata[anonymous]
        if source.is_wheel:
            metadata: bytes | None = read_wheel_metadata(self._sources.locate(source))
        else:
            texts = self._read_texts(source)
            metadata = parse_static_metadata(
                pyproject=texts.pyproject, pkg_info=texts.pkg_info, where=self._subject(source)
            )
        if metadata is not None and source.kind != "path":
            self._metadata[anonymous] = metadata
        return metadata

    def read_build_requires(self, source: LockedSource) -> tuple[str, ...]:
        """Return what a source declares in `[build-system].requires`, or PEP 517's default."""
        if source.is_wheel:
            return ()
        pyproject = self._read_texts(source).pyproject
        return parse_build_requires(pyproject, where=self._subject(source))

    def ask_build_requires(
        self, source: LockedSource, wheels: tuple[Wheel, ...]
    ) -> tuple[str, ...]:
        """Return what the source's back end asks for on top, run in the sandbox with `wheels`."""
        if source.is_wheel:
            return ()
        with self._laid_out(source) as (root, laid):
            key = self._key(laid.identity, wheels)
            known = self._store.read_record(_REQUIRES, key)
            if known is None:
                self._progress.detail(f"Asking {self._subject(source)} for build requirements")
                requires = self._frontend.ask_requires(self._site(source, root, laid, wheels))
                self._store.write_record(_REQUIRES, key, json.dumps(requires).encode())
                return requires
            return tuple(json.loads(known))

    def build(self, source: LockedSource, wheels: tuple[Wheel, ...]) -> Wheel:
        """Return the wheel of a source, built in the sandbox with `wheels` as build requirements.

        Taken from the store where the same was built before. Raises BuildError when it cannot be
        built, is not what the lock says, or cannot be loaded by the target.
        """
        if source.is_wheel:
            return self._as_it_is(source)
        identity = self._sources.identity(source)
        if identity is not None:
            built = self._read_built(source, self._key(identity, wheels))
            if built is not None:
                return built
        with self._laid_out(source) as (root, laid):
            key = self._key(laid.identity, wheels)
            return self._read_built(source, key) or self._build(
                source, self._site(source, root, laid, wheels), key
            )

    def _build(self, source: LockedSource, site: BuildSite, key: str) -> Wheel:
        self._progress.note(f"Building {self._subject(source)}")
        path = self._frontend.build(site)
        self._check(read_built_wheel(path), source)
        blob = self._store.write_blob(read_blocks(path), sha256=None, filename=path.name)
        record = {"filename": path.name, "sha256": blob.sha256}
        self._store.write_record(_BUILT, key, json.dumps(record).encode())
        return self._wheel(source, blob.path, blob.sha256)

    def _read_built(self, source: LockedSource, key: str) -> Wheel | None:
        record = self._store.read_record(_BUILT, key)
        if record is None:
            return None
        known: dict[str, str] = json.loads(record)
        path = self._store.read_blob(known["sha256"], filename=known["filename"])
        if path is None:
            return None
        # What is in it was checked when it was built; the lock may have changed since.
        self._check(BuiltWheel(filename=path.name), source)
        return self._wheel(source, path, known["sha256"])

    def _check(self, built: BuiltWheel, source: LockedSource) -> None:
        check_built_wheel(built, source, self._runtime, builder=self._frontend.identity)

    def _as_it_is(self, source: LockedSource) -> Wheel:
        path = self._sources.locate(source)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return self._wheel(source, path, sha256)

    def _wheel(self, source: LockedSource, path: Path, sha256: str) -> Wheel:
        name, version = _parse_wheel_name(path.name)
        self._metadata[_anonymous(source)] = read_wheel_metadata(path)
        return Wheel(
            name=name,
            version=version,
            filename=path.name,
            sha256=sha256,
            source=self._sources.describe(source),
            path=path,
        )

    def _pin_url(self, requirement: UrlRequirement) -> LockedSource:
        wanted = [text.partition(":")[2] for text in requirement.hashes if text[:7] == "sha256:"]
        if requirement.hashes and not wanted:
            raise BuildError(
                f"{requirement.origin}: {requirement.url} has no sha256 hash",
                remedy="Add it: --hash=sha256:… (`pip hash FILE` prints it).",
            )
        _path, sha256 = self._sources.fetch_url(requirement.url, wanted[0] if wanted else None)
        return LockedSource(kind="url", name="", version="", url=requirement.url, sha256=sha256)

    def _identified(self, source: LockedSource, requirement: DirectRequirement) -> LockedSource:
        if source.is_wheel:
            name, version = _parse_wheel_name(self._sources.locate(source).name)
        else:
            metadata = self.read_metadata(source)
            name, version = parse_identity(metadata) if metadata else ("", "")
        wanted = canonicalize_name(requirement.name) if requirement.name else ""
        if wanted and name and wanted != name:
            raise BuildError(
                f"{requirement.origin}: {wanted} is asked for, but the source calls itself {name}",
                remedy=f"Write {name} in the requirement, or correct its address.",
            )
        return replace(source, name=name or wanted, version=version)

    def _read_texts(self, source: LockedSource) -> SourceTexts:
        anonymous = _anonymous(source)
        if anonymous in self._texts:
            return self._texts[anonymous]
        with self._laid_out(source) as (root, laid):
            texts = read_source_texts(self._site(source, root, laid, ()).project)
        # A folder may be edited between two questions.
        if source.kind != "path":
            self._texts[anonymous] = texts
        return texts

    @contextmanager
    def _laid_out(self, source: LockedSource) -> Iterator[tuple[Path, LaidOut]]:
        with self._store.scratch() as root:
            tree = root / "src"
            tree.mkdir()
            yield root, self._sources.lay_out(source, tree)

    def _site(
        self, source: LockedSource, root: Path, laid: LaidOut, wheels: tuple[Wheel, ...]
    ) -> BuildSite:
        site = BuildSite(
            root=root,
            subject=self._subject(source),
            wheels=wheels,
            epoch=laid.epoch,
            subdirectory=laid.subdirectory,
        )
        inside = site.project.resolve().is_relative_to(root.resolve() / "src")
        if not inside or not site.project.is_dir():
            raise BuildError(
                f"{site.subject} has no folder {source.subdirectory}",
                remedy="Correct the subdirectory in the requirement.",
            )
        return site

    def _subject(self, source: LockedSource) -> str:
        place = self._sources.describe(source)
        # A declared source has many repositories.
        return f"{source.name} ({place})" if source.name else source.url or place

    def _key(self, identity: str, wheels: tuple[Wheel, ...]) -> str:
        requires = sorted(f"{wheel.filename} {wheel.sha256}" for wheel in wheels)
        target = self._runtime.python if self._runtime else "no target"
        parts = [_RULES, identity, self._frontend.identity, target, *requires]
        return "\n".join(parts)


def _anonymous(source: LockedSource) -> LockedSource:
    """Return what makes a source itself, whatever was found out about it since."""
    return replace(source, name="", version="", ref="", required_by=(), build_requires=())


def _parse_wheel_name(filename: str) -> tuple[str, str]:
    try:
        name, version, _build, _tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise BuildError(
            f"{filename!r} is no wheel's name", remedy="Use the name that it was built with."
        ) from error
    return name, str(version)
