"""The project on disk: pyproject.toml, .env, requirements and the app's own files.

Nobody else may read them.
"""

from __future__ import annotations

import hashlib
import io
import os
import posixpath
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from dotenv import dotenv_values
from dotenv.variables import parse_variables

from lading.core.bundle.appfiles import (
    VIRTUAL_ENVIRONMENT_MARKS,
    AppFile,
    PackingRules,
    check_name,
    is_never_packed,
)
from lading.core.config import App, Project
from lading.core.config.pyproject import parse_project
from lading.core.errors import ConfigError, RequirementsError
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
from lading.core.requirements.text_files import parse_text
from lading.core.requirements.workspaces import (
    is_workspace_of,
    project_name,
    workspace_patterns,
)
from lading.core.resolution import applies_to
from lading.edges.processes import ProcessError, base_environment, run_process

_PYPROJECT = "pyproject.toml"
# What a folder says about itself; its code may change without a new lock.
_METADATA_FILES = ("pyproject.toml", "setup.cfg", "setup.py", "PKG-INFO", "requirements.txt")
_HOST = "host.json"
_GIT_SECONDS = 60.0
_GIT_EXECUTABLE = "100755"
_EXAMPLE = """Write into pyproject.toml:
  [tool.lading.apps.orders]
  folder = "functionapp"
  requirements = "functionapp/requirements.txt"
  python = "3.13\""""


def read_project(folder: Path) -> Project:
    """Return the project that a folder belongs to: the nearest pyproject.toml with [tool.lading].

    Raises ConfigError where there is none, or where it has mistakes.
    """
    start = folder.resolve()
    for root in (start, *start.parents):
        path = root / _PYPROJECT
        if not path.is_file():
            continue
        table = _read_toml(path)
        tool = table.get("tool")
        lading = tool.get("lading") if isinstance(tool, dict) else None
        if isinstance(lading, dict):
            return parse_project(lading, root=root)
    raise ConfigError(
        (f"no pyproject.toml with [tool.lading] in {start} or a folder above it",),
        remedy=_EXAMPLE,
    )


def read_environment(root: Path, ambient: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what the project's .env adds; the real environment wins.

    `${NAME}` in .env means the environment first, then the lines above.
    """
    path = root / ".env"
    if not path.is_file():
        return dict(ambient)
    text = _read_text(path, name=".env")
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    environment = dict(ambient)
    for name, value in values.items():
        if name not in ambient and value is not None:
            # Resolved here because python-dotenv itself looks into the process's environment.
            atoms = parse_variables(value)
            environment[name] = "".join(atom.resolve(environment) for atom in atoms)
    return environment


def read_env_names(root: Path) -> tuple[str, ...]:
    """Return the variables to which .env gives a value, () where it cannot be read."""
    try:
        text = _read_text(root / ".env", name=".env")
    except (OSError, ConfigError):
        return ()
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return tuple(name for name, value in values.items() if value)


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
        file = project.root / item.path / _PYPROJECT
        if not file.is_file():
            continue
        inner = parse_inner_places(
            _read_toml(file),
            path=posixpath.join(item.path, _PYPROJECT),
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
    if posixpath.basename(path) != _PYPROJECT:
        return ()
    workspace = None if found else find_workspace(project, folder)
    lock = posixpath.join(workspace, UV_LOCK) if workspace is not None else ""
    return tuple(found) or ((lock,) if lock and _is_inside(project, lock) else ())


def _read_foreign_lock(
    project: Project, app: App, locks: tuple[str, ...], *, default_index: str
) -> Requirements:
    folder = posixpath.dirname(app.requirements)
    pyproject = project.root / folder / _PYPROJECT
    asking = Asking(
        project=project,
        path=locks[0],
        machine=target_machine(app.runtime),
        member=posixpath.normpath(folder or "."),
        app_folder=app.folder,
        groups=app.groups,
        extras=app.extras,
        pyproject=_read_toml(pyproject) if pyproject.is_file() else {},
        default_index=default_index,
    )
    first, *others = (
        LockFile(path=lock, table=_read_toml(project.root / lock, name=lock)) for lock in locks
    )
    named = locks[0] == app.requirements
    requirements = parse_foreign_lock(first, asking, beside=tuple(others), named=named)
    if named:
        return requirements
    note = f"{first.path} chooses the versions of what {app.requirements} asks for"
    return replace(requirements, notes=(note, *requirements.notes))


def _read_pyproject(project: Project, app: App) -> Requirements:
    return parse_pyproject_requirements(
        _read_toml(project.root / app.requirements, name=app.requirements),
        path=app.requirements,
        groups=app.groups,
        extras=app.extras,
        project=project,
        members=_read_members(project, posixpath.dirname(app.requirements)),
    )


def find_workspace(project: Project, folder: str) -> str | None:
    """Return the folder of the uv workspace that a folder belongs to, None where there is none."""
    member = PurePosixPath(posixpath.normpath(folder or "."))
    for above in (member, *member.parents):
        path = project.root / above / _PYPROJECT
        if not path.is_file():
            continue
        relative = member.relative_to(above).as_posix()
        if is_workspace_of(_read_toml(path), relative):
            return "" if str(above) == "." else str(above)
    return None


def _read_members(project: Project, folder: str) -> dict[str, str]:
    """Return the folders of a workspace's members by name, relative to the project's root."""
    workspace = find_workspace(project, folder)
    if workspace is None:
        return {}
    members: dict[str, str] = {}
    root = project.root / workspace
    table = _read_toml(root / _PYPROJECT)
    for pattern in ("", *workspace_patterns(table)):
        for place in sorted(root.glob(pattern)) if pattern else (root,):
            path = place / _PYPROJECT
            relative = place.relative_to(root).as_posix()
            if path.is_file() and is_workspace_of(table, relative):
                name = project_name(_read_toml(path))
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
        text = _read_text(project.root / path, name=path, error=RequirementsError)
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


def _read_toml(path: Path, *, name: str = "") -> dict[str, object]:
    """Return a TOML file as it is; `name` is what a message calls it."""
    shown = name or str(path)
    try:
        return tomllib.loads(_read_text(path, name=shown))
    # RecursionError: brackets in brackets, a thousand deep.
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            (f"{shown}: {error}",), remedy="Correct the line; it is not TOML."
        ) from error


def _read_text(path: Path, *, name: str, error: type[ConfigError] = ConfigError) -> str:
    try:
        return parse_text(path.read_bytes())
    except ValueError as cause:
        raise error((f"{name}: {cause}",), remedy="Save the file as UTF-8.") from cause


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


def check_app_folder(project: Project, app: App) -> None:
    """Raise ConfigError where an app's folder is not that of a Function App."""
    if not (project.root / app.folder / _HOST).is_file():
        raise ConfigError(
            (f"{app.folder}: has no {_HOST}, so it is not the folder of a Function App",),
            remedy=f"Correct tool.lading.apps.{app.name}.folder in pyproject.toml.",
        )


def scan_app_files(
    project: Project, app: App, *, ambient: Mapping[str, str]
) -> tuple[AppFile, ...]:
    """Return the app's own files as .funcignore leaves them, sorted by name.

    A file is executable where Git's index says so, so that a checkout on Windows gives the same.
    Raises ConfigError without host.json and for files that cannot be in a package.
    """
    check_app_folder(project, app)
    folder = (project.root / app.folder).resolve()
    ignore = folder / ".funcignore"
    name = f"{app.folder}/.funcignore"
    rules = PackingRules(_read_text(ignore, name=name) if ignore.is_file() else "")
    scan = _Scan(folder, rules=rules, output=project.root.resolve() / "dist")
    found = dict(scan.files(folder, ancestors=(folder,)))
    if _HOST not in found:
        scan.problems.append(f"{_HOST} is left out by .funcignore")
    if scan.problems:
        raise ConfigError(
            tuple(f"{app.folder}: {problem}" for problem in scan.problems),
            remedy="Remove or rename them, or leave them out with a line in .funcignore.",
        )
    executable = _read_executable_names(folder, ambient=ambient)
    return tuple(
        AppFile(
            name=name,
            path=folder / name,
            executable=real.relative_to(folder).as_posix() in executable,
        )
        for name, real in sorted(found.items())
    )


class _Scan:
    """One walk through an app's folder, which collects what cannot be in a package."""

    def __init__(self, folder: Path, *, rules: PackingRules, output: Path) -> None:
        self._folder = folder
        self._rules = rules
        self._output = output
        self.problems: list[str] = []

    def files(self, folder: Path, *, ancestors: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
        """Yield the POSIX name of every file that belongs into the package, and its real place.

        `ancestors` are the real places of the folders on the way here, this one included.
        """
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = Path(entry.path)
                name = path.relative_to(self._folder).as_posix()
                is_folder = entry.is_dir()
                if self._rules.leaves_out(name, folder=is_folder):
                    continue
                real = path.resolve() if entry.is_symlink() else ancestors[-1] / entry.name
                if is_folder and (real == self._output or _is_virtual_environment(real)):
                    continue
                problem = check_name(name) or self._check_place(real, ancestors=ancestors)
                if problem:
                    self.problems.append(f"{name!a} {problem}")
                elif is_folder:
                    yield from self.files(path, ancestors=(*ancestors, real))
                elif entry.is_file():
                    yield name, real
                else:
                    self.problems.append(f"{name} is neither a file nor a folder")

    def _check_place(self, real: Path, *, ancestors: tuple[Path, ...]) -> str | None:
        """Return why what a path really is may not be packed: it matters for symbolic links."""
        if not real.is_relative_to(self._folder):
            return "is a symbolic link that leaves the app's folder"
        if is_never_packed(real.relative_to(self._folder).as_posix()):
            return "is a symbolic link to something that is never packed"
        if not real.exists():
            return "is a symbolic link to nothing"
        if real in ancestors:
            return "is a symbolic link to a folder above it"
        return None


def _is_virtual_environment(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in VIRTUAL_ENVIRONMENT_MARKS)


def _read_executable_names(folder: Path, *, ambient: Mapping[str, str]) -> frozenset[str]:
    """Return the names that Git's index has as executable; none without Git or a repository."""
    with tempfile.TemporaryDirectory(prefix="lading-") as home:
        environment = base_environment(ambient, home=Path(home))
        # The mode in the index must not depend on who owns the checkout; nothing of it is run.
        Path(home, ".gitconfig").write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")
        command = ("git", "-c", "core.fsmonitor=false", "ls-files", "--stage", "-z", "--", ".")
        try:
            listing = run_process(
                command, environment=environment, timeout=_GIT_SECONDS, folder=folder
            )
        except ProcessError:
            return frozenset()
    entries = (entry.partition("\t") for entry in listing.stdout.split("\0"))
    return frozenset(name for facts, _, name in entries if facts.startswith(f"{_GIT_EXECUTABLE} "))
