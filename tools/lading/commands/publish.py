"""`publish`: a library's folder becomes a wheel and a source archive in a private index."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lading.commands import Edges
from lading.core.config import IndexSource, Project
from lading.core.errors import UsageError
from lading.core.publication import (
    Distribution,
    check_one_release,
    check_owned,
    find_destination,
    leaves_scope,
    parse_project_name,
)
from lading.core.publication.report import Publication
from lading.edges.access import Access
from lading.edges.airlock import Airlock
from lading.edges.broker import Broker
from lading.edges.build_frontend import BuildFrontend
from lading.edges.git import Git
from lading.edges.installer import read_builder
from lading.edges.sandbox import Sandbox
from lading.edges.sources import Sources
from lading.edges.sources.trees import read_source_texts
from lading.stages.build_library import LibraryWorkshop, as_source
from lading.stages.build_wheels import SourceWorkshop
from lading.stages.fetch import fetch_wheels
from lading.stages.publish import check_distributions, publish_distributions
from lading.stages.resolve import Tools, make_tools, resolve_bench


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """What `publish` was told: the library's folder, and the name of a source."""

    folder: Path
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """Everything that a library is built with."""

    library: LibraryWorkshop
    workshop: SourceWorkshop
    tools: Tools


def publish(project: Project, options: PublishOptions, *, edges: Edges) -> Publication:
    """Build a library and upload it to a source; what is there already is never replaced."""
    source = find_destination(project, options.source)
    folder = _library_folder(options.folder)
    access = edges.open_access(project)
    name = parse_project_name(read_source_texts(folder).pyproject)
    if name is not None:
        check_owned(name, source, project)
        # A credential that is refused is better refused before minutes of building.
        access.read_page(source, name)
    sandbox = edges.open_sandbox(project, folder)
    bench = _make_bench(project, folder, access, sandbox, edges=edges)
    files = _build(bench)
    name, version = check_one_release(files)
    check_owned(name, source, project)
    check_distributions(files)
    _tell_destination(source, edges=edges)
    published = publish_distributions(files, source, index=access, progress=edges.progress)
    return Publication(
        name=name,
        version=version,
        source=source.name,
        url=source.upload or "",
        files=published,
        builder=f"Python {platform.python_version()}",
        sandbox=f"{sandbox.description}; exposed: {', '.join(sandbox.exposed)}",
    )


def _library_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", remedy="Correct --folder.")
    if not any((folder / name).is_file() for name in ("pyproject.toml", "setup.py")):
        raise UsageError(
            f"{folder} has neither pyproject.toml nor setup.py",
            remedy="Name the folder of one library: --folder libraries/acme-tax",
        )
    return folder.resolve()


def _make_bench(
    project: Project, folder: Path, access: Access, sandbox: Sandbox, *, edges: Edges
) -> _Bench:
    git = Git(ambient=edges.ambient)
    airlock = Airlock(open_broker=partial(Broker, access), enclosure=sandbox)
    # A library has no app whose Python it would be for: the running one builds.
    frontend = BuildFrontend(enclosure=airlock, ambient=edges.ambient)
    sources = Sources(project=project, origins=access, airlock=airlock, git=git, store=edges.store)
    workshop = SourceWorkshop(
        runtime=None,
        sources=sources,
        frontend=frontend,
        store=edges.store,
        progress=edges.progress,
    )
    library = LibraryWorkshop(
        folder,
        workshop=workshop,
        frontend=frontend,
        git=git,
        store=edges.store,
        progress=edges.progress,
    )
    tools = make_tools(
        access=access,
        store=edges.store,
        workshop=workshop,
        builder=read_builder(None),
        fetch=partial(fetch_wheels, access=access, store=edges.store, progress=edges.progress),
        progress=edges.progress,
    )
    return _Bench(library=library, workshop=workshop, tools=tools)


def _build(bench: _Bench) -> tuple[Distribution, ...]:
    """Build the source archive, and the wheel from that: so it is known to be whole."""
    own_tools = replace(bench.tools, workshop=bench.library)
    sdist = bench.library.build_sdist(resolve_bench(bench.library.source, tools=own_tools))
    archive = as_source(sdist)
    wheel = bench.workshop.build(archive, resolve_bench(archive, tools=bench.tools))
    built = Distribution(
        filename=wheel.filename,
        sha256=wheel.sha256,
        size=wheel.path.stat().st_size,
        path=wheel.path,
    )
    return (built, sdist)


def _tell_destination(source: IndexSource, *, edges: Edges) -> None:
    url = source.upload or ""
    if leaves_scope(source, url):
        edges.progress.note(
            f"The credential of {source.name} goes to {url} too: `upload` of the source says so"
        )
