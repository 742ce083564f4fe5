"""`lock`: choose one version of everything for the target, and write it down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from packaging.utils import canonicalize_name

from lading.commands import Edges
from lading.core.config import App, Project
from lading.core.errors import LockError, UsageError
from lading.core.lock import Lock, check_lock
from lading.core.lock.diff import compare_locks
from lading.core.lock.report import LockOutcome
from lading.core.machine import target_machine
from lading.core.requirements import Requirements
from lading.core.resolution import Upgrade
from lading.core.wheel.licence import parse_licence
from lading.edges.installer import read_builder
from lading.edges.interpreters import find_interpreter
from lading.edges.lock_folder import read_lock, write_lock
from lading.edges.workspace.requirements import read_requirements
from lading.stages.fetch import fetch_wheels
from lading.stages.resolve import Asked, Resolution, Tools, make_tools, resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOptions:
    """What `lock` was told: keep nothing of the lock before, or all but some names."""

    upgrade: bool = False
    upgrade_packages: tuple[str, ...] = ()


def lock(project: Project, app: App, options: LockOptions, *, edges: Edges) -> LockOutcome:
    """Lock an app's requirements, keeping what was locked before as far as it still answers."""
    requirements = _requirements(project, app, edges=edges)
    if options.upgrade and requirements.foreign is not None:
        edges.progress.warn(
            f"{requirements.foreign.path} chooses the versions, and --upgrade leaves it as it is; "
            f"to upgrade: {requirements.foreign.upgrade}; lading lock"
        )
    before = _read_before(project, app, options, edges=edges)
    upgrade = _parse_upgrade(options, before, requirements)
    tools = _make_tools(project, app, edges=edges)
    asked = Asked(
        requirements=requirements,
        target=target_machine(app.runtime),
        python=app.python,
        before=before,
        upgrade=upgrade,
    )
    resolution = resolve(asked, tools=tools)
    warnings = _tell(requirements, resolution, edges=edges)
    changed = write_lock(project.root, app, resolution.lock)
    return LockOutcome(
        app=app.name,
        lock=resolution.lock,
        files=(app.lock, app.sources_lock) if _has_sources(resolution.lock) else (app.lock,),
        changed=changed,
        diff=compare_locks(
            before, resolution.lock, licences=_licences(before, resolution.lock, tools=tools)
        ),
        warnings=warnings,
    )


def find_lock(project: Project, app: App, *, strictly: str, edges: Edges) -> Lock:
    """Return the lock that answers an app's requirements, made anew where there is none.

    `strictly` is the flag that forbids that, "" where nothing does. Raises LockError then.
    """
    requirements = _requirements(project, app, edges=edges)
    present = read_lock(project.root, app)
    if present is None:
        if strictly:
            raise LockError(
                f"{app.lock} does not exist, and {strictly} does not make one",
                remedy="Write it and commit it: lading lock",
            )
    else:
        try:
            check_lock(present, requirements, app)
        except LockError as error:
            if strictly:
                raise
            edges.progress.note(error.message)
        else:
            for warning in requirements.warnings:
                edges.progress.warn(warning)
            return present
    edges.progress.note(f"Locking {app.requirements}")
    return lock(project, app, LockOptions(), edges=edges).lock


def _requirements(project: Project, app: App, *, edges: Edges) -> Requirements:
    return read_requirements(project, app, default_index=edges.default_index(project).url)


def _read_before(project: Project, app: App, options: LockOptions, *, edges: Edges) -> Lock | None:
    """Return the lock that there is; a damaged one is told, and only --upgrade goes on."""
    try:
        return read_lock(project.root, app)
    except LockError as error:
        if not options.upgrade:
            raise LockError(
                error.message,
                remedy="Take it from your version control, or choose anew: lading lock --upgrade",
            ) from error
        edges.progress.warn(f"{error.message}; everything is chosen anew")
        return None


def _parse_upgrade(
    options: LockOptions, before: Lock | None, requirements: Requirements
) -> Upgrade:
    names = tuple(canonicalize_name(name) for name in options.upgrade_packages)
    pinned = {one.name for one in (*requirements.named, *requirements.direct)}
    chosen = [name for name in names if name in pinned]
    if requirements.foreign is not None and chosen:
        raise UsageError(
            f"the version of {', '.join(sorted(chosen))} is chosen by {requirements.foreign.path}",
            remedy=f"Upgrade it there, and lock again: {requirements.foreign.upgrade}; lading lock",
        )
    known = {thing.name for thing in (*before.loaded, *before.needed)} if before else set()
    unknown = sorted(set(names) - known)
    if before is not None and unknown:
        raise UsageError(
            f"--upgrade-package names what is not in the lock: {', '.join(unknown)}",
            remedy="Look at the names in the lock.",
        )
    return Upgrade(everything=options.upgrade, names=names)


def _make_tools(project: Project, app: App, *, edges: Edges) -> Tools:
    access = edges.open_access(project)
    workshop = edges.open_workshop(project, app, access=access, sandbox=edges.open_sandbox(project))
    interpreter = find_interpreter(app.python, ambient=edges.ambient)
    return make_tools(
        access=access,
        store=edges.store,
        workshop=workshop,
        builder=read_builder(interpreter),
        fetch=partial(fetch_wheels, access=access, store=edges.store, progress=edges.progress),
        progress=edges.progress,
    )


def _tell(requirements: Requirements, resolution: Resolution, *, edges: Edges) -> tuple[str, ...]:
    for note in requirements.notes:
        edges.progress.note(note)
    warnings = (
        *requirements.warnings,
        *map(str, resolution.namesakes),
        *(
            f"{filename} has other bytes than when it was locked: it was replaced where it is from"
            for filename in resolution.replaced
        ),
    )
    for warning in warnings:
        edges.progress.warn(warning)
    return warnings


def _has_sources(lock: Lock) -> bool:
    return bool(lock.sources or lock.needed)


def _licences(before: Lock | None, after: Lock, *, tools: Tools) -> dict[tuple[str, str], str]:
    """Return the licences of what METADATA was read of; nothing is fetched for this."""
    found = {}
    for lock in (before, after):
        for file in (*lock.files, *lock.build_files) if lock else ():
            metadata = tools.shelf.read_known_metadata(file.sha256)
            if metadata is not None:
                found[file.name, file.version] = parse_licence(metadata)
    for source in (*after.sources, *after.build_sources):
        metadata = tools.workshop.read_metadata(source)
        if metadata is not None:
            found[source.name, source.version] = parse_licence(metadata)
    return found
