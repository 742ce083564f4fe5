"""What an app asks for, from the files in which people write it: requirements, locks, pyproject."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import replace
from pathlib import PurePosixPath

from lading.core.config import App, Project
from lading.core.errors import RequirementsError
from lading.core.machine import Machine, target_machine
from lading.core.requirements import (
    DirectRequirement,
    PathRequirement,
    Requirements,
    with_direct,
    with_metadata,
)
from lading.core.requirements.files import included_files, parse_requirement_files
from lading.core.requirements.foreign import Asking
from lading.core.requirements.foreign.files import (
    BESIDE,
    UV_LOCK,
    LockFile,
    is_foreign_lock,
    parse_foreign_lock,
)
from lading.core.requirements.pyproject import parse_inner_places, parse_pyproject_requirements
from lading.core.requirements.workspaces import (
    is_workspace_of,
    project_name,
    workspace_patterns,
)
from lading.core.resolution import applies_to
from lading.edges.workspace.texts import PYPROJECT, read_text, read_toml

# What a folder says about itself; its code may change without a new lock.
_METADATA_FILES = ("pyproject.toml", "setup.cfg", "setup.py", "PKG-INFO", "requirements.txt")


def read_requirements(project: Project, app: App, *, default_index: str = "") -> Requirements:
    """Return what an app asks for, from its requirements file or pyproject.toml.

    Included files must lie inside the project. The fingerprint covers what path requirements say
    about themselves. `default_index` is what an index line may name beside the declared sources;
    empty, it is the public one. Raises RequirementsError with every problem.
    """
    if app.requirements.lower().endswith("pipfile.lock"):
        raise RequirementsError(
            (f"{app.requirements}: locks of pipenv are not read",),
            remedy="Name what it gives for pip: pipenv requirements --hash > requirements.txt",
        )
    _check_inside(project, app.requirements)
    locks = find_foreign_locks(project, app)
    if locks:
        requirements = _read_foreign_lock(project, app, locks, default_index=default_index)
    elif app.requirements.endswith(".toml"):
        requirements = _read_pyproject(project, app)
    else:
        requirements = parse_requirement_files(
            _read_requirement_files(project, app.requirements),
            app.requirements,
            project=project,
            default_index=default_index,
        )
    if requirements.foreign is None:
        machine = target_machine(app.runtime)
        inner = _read_inner_places(project, requirements, machine)
        requirements = with_direct(requirements, inner)
    paths = tuple(item for item in requirements.direct if isinstance(item, PathRequirement))
    return with_metadata(requirements, _read_metadata(project, paths)) if paths else requirements


def find_foreign_locks(project: Project, app: App) -> tuple[str, ...]:
    """Return the locks of other tools that hold for an app, the one that is used first.

    That is the lock that `requirements` names, or those beside the pyproject.toml that it names,
    or the uv.lock of the workspace that has that folder as a member.
    """
    path = app.requirements
    folder = posixpath.dirname(path)
    beside = [posixpath.join(folder, name) for name in BESIDE]
    found = [lock for lock in beside if _is_inside(project, lock)]
    if is_foreign_lock(path):
        return (path, *(lock for lock in found if lock != path))
    if posixpath.basename(path) != PYPROJECT:
        return ()
    workspace = None if found else find_workspace(project, folder)
    lock = posixpath.join(workspace, UV_LOCK) if workspace is not None else ""
    return tuple(found) or ((lock,) if lock and _is_inside(project, lock) else ())


def find_workspace(project: Project, folder: str) -> str | None:
    """Return the folder of the uv workspace that a folder belongs to, None where there is none."""
    member = PurePosixPath(posixpath.normpath(folder or "."))
    for above in (member, *member.parents):
        path = project.root / above / PYPROJECT
        if not path.is_file():
            continue
        relative = member.relative_to(above).as_posix()
        if is_workspace_of(read_toml(path), relative):
            return "" if str(above) == "." else str(above)
    return None


def _read_inner_places(
    project: Project, requirements: Requirements, machine: Machine
) -> tuple[DirectRequirement, ...]:
    """Return the places that required folders name for dependencies of theirs, and so on."""
    known = {item.name for item in requirements.direct if item.name is not None}
    waiting = list(requirements.direct)
    seen: set[str] = set()
    found: list[DirectRequirement] = []
    while waiting:
        item = waiting.pop()
        if not isinstance(item, PathRequirement) or item.path in seen:
            continue
        if not applies_to(machine, item):
            continue
        seen.add(item.path)
        file = project.root / item.path / PYPROJECT
        if not file.is_file():
            continue
        inner = parse_inner_places(
            read_toml(file),
            path=posixpath.join(item.path, PYPROJECT),
            extras=item.extras,
            project=project,
            members=_read_members(project, item.path),
        )
        # What the app itself says of a name counts more.
        new = [one for one in inner if one.name is not None and one.name not in known]
        known |= {one.name for one in new if one.name is not None}
        found += new
        waiting += inner
    return tuple(found)


def _read_foreign_lock(
    project: Project, app: App, locks: tuple[str, ...], *, default_index: str
) -> Requirements:
    folder = posixpath.dirname(app.requirements)
    pyproject = project.root / folder / PYPROJECT
    asking = Asking(
        project=project,
        path=locks[0],
        machine=target_machine(app.runtime),
        member=posixpath.normpath(folder or "."),
        app_folder=app.folder,
        groups=app.groups,
        extras=app.extras,
        pyproject=read_toml(pyproject) if pyproject.is_file() else {},
        default_index=default_index,
    )
    first, *others = (
        LockFile(path=lock, table=read_toml(project.root / lock, name=lock)) for lock in locks
    )
    named = locks[0] == app.requirements
    requirements = parse_foreign_lock(first, asking, beside=tuple(others), named=named)
    if named:
        return requirements
    note = f"{first.path} chooses the versions of what {app.requirements} asks for"
    return replace(requirements, notes=(note, *requirements.notes))


def _read_pyproject(project: Project, app: App) -> Requirements:
    return parse_pyproject_requirements(
        read_toml(project.root / app.requirements, name=app.requirements),
        path=app.requirements,
        groups=app.groups,
        extras=app.extras,
        project=project,
        members=_read_members(project, posixpath.dirname(app.requirements)),
    )


def _read_members(project: Project, folder: str) -> dict[str, str]:
    """Return the folders of a workspace's members by name, relative to the project's root."""
    workspace = find_workspace(project, folder)
    if workspace is None:
        return {}
    members: dict[str, str] = {}
    root = project.root / workspace
    table = read_toml(root / PYPROJECT)
    for pattern in ("", *workspace_patterns(table)):
        for place in sorted(root.glob(pattern)) if pattern else (root,):
            path = place / PYPROJECT
            relative = place.relative_to(root).as_posix()
            if path.is_file() and is_workspace_of(table, relative):
                name = project_name(read_toml(path))
                members.setdefault(name, posixpath.normpath(posixpath.join(workspace, relative)))
    return members


def _read_requirement_files(project: Project, first: str) -> dict[str, str]:
    """Return the text of a file and of all that it includes; the parser tells what is missing."""
    _check_inside(project, first)
    texts: dict[str, str] = {}
    waiting = [first]
    while waiting:
        path = waiting.pop()
        if path in texts or not _is_inside(project, path):
            continue
        text = read_text(project.root / path, name=path, error=RequirementsError)
        texts[path] = text
        waiting += included_files(text, path)
    return texts


def _check_inside(project: Project, path: str) -> None:
    if not _is_inside(project, path):
        raise RequirementsError(
            (f"{path}: there is no such file in {project.root}",),
            remedy="Create it, or correct `requirements` in pyproject.toml.",
        )


def _is_inside(project: Project, path: str) -> bool:
    file = (project.root / path).resolve()
    return file.is_file() and file.is_relative_to(project.root.resolve())


def _read_metadata(project: Project, paths: tuple[PathRequirement, ...]) -> dict[str, str]:
    """Return a hash of what each path requirement says about itself; raise where there is none."""
    problems: list[str] = []
    metadata: dict[str, str] = {}
    for item in paths:
        place = project.root / item.path
        files = [place] if place.is_file() else [place / name for name in _METADATA_FILES]
        found = [file for file in files if file.is_file()]
        if not place.exists():
            problems.append(f"{item.origin}: there is no {item.path} in {project.root}")
        elif not found or (place.is_dir() and found[0].name not in _METADATA_FILES[:3]):
            problems.append(f"{item.origin}: {item.path} has neither pyproject.toml nor setup.py")
        digest = hashlib.sha256()
        for file in found:
            # Git may give the same text other line ends on Windows.
            content = file.read_bytes()
            content = content if place.is_file() else content.replace(b"\r\n", b"\n")
            digest.update(f"{file.name} {len(content)}\n".encode() + content)
            if item.hashes and f"sha256:{hashlib.sha256(content).hexdigest()}" not in item.hashes:
                problems.append(f"{item.origin}: {item.path} is not the file that was locked")
        metadata[item.path] = digest.hexdigest()
    if problems:
        raise RequirementsError(
            tuple(problems),
            remedy="Correct the path; it is relative to the folder of the requirements file.",
        )
    return metadata
