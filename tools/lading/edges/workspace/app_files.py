"""The app's own files, as .funcignore leaves them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from lading.core.bundle.appfiles import (
    VIRTUAL_ENVIRONMENT_MARKS,
    AppFile,
    PackingRules,
    check_name,
    is_never_packed,
)
from lading.core.config import App, Project
from lading.core.errors import ConfigError
from lading.edges.processes import ProcessError, base_environment, run_process
from lading.edges.workspace.texts import read_text

_HOST = "host.json"
_GIT_SECONDS = 60.0
_GIT_EXECUTABLE = "100755"


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
    rules = PackingRules(read_text(ignore, name=name) if ignore.is_file() else "")
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
