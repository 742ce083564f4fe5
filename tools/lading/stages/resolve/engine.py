"""EngineWish → files: the newest library of Microsoft's, and what it is installed with."""

from __future__ import annotations

from dataclasses import replace

from lading.core.errors import ResolutionError
from lading.core.functions.engine import EngineWish, choose_library
from lading.core.index import IndexFile
from lading.core.lock import LockedFile
from lading.core.requirements import NamedRequirement, assemble_requirements
from lading.stages.resolve import Asked, resolve
from lading.stages.resolve.tools import Access, Tools


def choose_engine(wish: EngineWish, python: str, *, tools: Tools) -> tuple[LockedFile, ...]:
    """Return the wheels of an engine for the machine that builds, the library first.

    The library is taken whatever Python it says it needs; the rest is resolved as everything is.
    Raises ResolutionError where an index offers no library, and as `resolve` does.
    """
    offered = choose_library(tools.access.list_files(wish.library), wish)
    if offered is None:
        raise ResolutionError(
            f"no index offers a {wish.library} that loads packages",
            remedy="Let your index mirror it from the public one, or build without the proof.",
        )
    file = tools.shelf.identify(offered)
    asked = [
        NamedRequirement(name=_name(text), text=text, origin=wish.library) for text in wish.requires
    ]
    machine = tools.builder
    quiet = replace(tools, access=_WithoutNamesakes(tools.access))
    resolution = resolve(
        Asked(requirements=assemble_requirements(asked), target=machine, python=python),
        tools=quiet,
    )
    if resolution.lock.sources:
        names = ", ".join(source.name for source in resolution.lock.sources)
        raise ResolutionError(
            f"{wish.library} needs {names}, which has no wheel for this machine",
            remedy="Let your index mirror the wheels.",
        )
    library = LockedFile(
        name=wish.library,
        version=file.version,
        filename=file.filename,
        sha256=file.sha256 or "",
        source=file.source,
        size=file.size,
    )
    return (library, *resolution.lock.files)


class _WithoutNamesakes:
    """The sources, of which none is asked whether it has the library too: none of it is packed."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def list_files(self, name: str) -> tuple[IndexFile, ...]:
        return self._access.list_files(name)

    def namesakes(self, _name: str) -> tuple[str, ...]:
        return ()


def _name(text: str) -> str:
    return text.partition("<")[0]
