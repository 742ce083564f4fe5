"""The files that a build is made from, looked at now and then: which of them have changed.

An app has few files, and a look at all of them takes less than what a system's own notices cost in
dependencies; nothing is read but names, sizes and times.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from lading.core.bundle.appfiles import VIRTUAL_ENVIRONMENT_MARKS, PackingRules
from lading.core.config import App, Project
from lading.core.errors import LadingError
from lading.edges.lock_folder import read_lock

# It is never packed, and what an app that is served gets its settings from.
LOCAL_SETTINGS = "local.settings.json"
_PYPROJECT = "pyproject.toml"
_FUNCIGNORE = ".funcignore"
# Where lading writes, which may be in the app's folder.
_OUTPUT = "dist"
# What tools write into the folder of a library when they build it.
_BUILT = frozenset({"build", "dist"})

Facts = tuple[int, int, int]
Seen = dict[str, Facts]


class AppWatch:
    """The files of one app, its requirements, its lock, and the folders that it requires."""

    def __init__(self, project: Project, app: App) -> None:
        self._project = project
        self._app = app
        self._required: tuple[Path, ...] = ()
        self._read_with: Facts | None = None
        self._known = self._look()

    def changed(self) -> tuple[str, ...]:
        """Return what has changed since it was asked last, as paths from the project's root."""
        seen = self._look()
        names = {
            name
            for name in self._known.keys() | seen.keys()
            if self._known.get(name) != seen.get(name)
        }
        self._known = seen
        return tuple(sorted(names))

    def _look(self) -> Seen:
        app, root = self._app, self._project.root
        found: Seen = {}
        for path in _files(root / app.folder, is_left_out=lambda path: path == root / _OUTPUT):
            _note(path, root, found)
        for folder in self._required_folders():
            for path in (folder,) if folder.is_file() else _files(folder, is_left_out=_is_built):
                _note(path, root, found)
        beside = map(app.path_of, (LOCAL_SETTINGS, _FUNCIGNORE))
        for name in (_PYPROJECT, app.requirements, app.lock, app.sources_lock, *beside):
            _note(root / name, root, found)
        return found

    def _required_folders(self) -> tuple[Path, ...]:
        """Return the folders that sources.lock names, read again only when it has changed."""
        facts = _facts(self._project.root / self._app.sources_lock)
        if facts != self._read_with:
            self._read_with = facts
            self._required = tuple(self._read_folders())
        return self._required

    def _read_folders(self) -> Iterator[Path]:
        try:
            lock = read_lock(self._project.root, self._app)
        except LadingError:
            # The build says what is wrong with it.
            return
        for source in lock.sources if lock else ():
            if source.kind == "path":
                yield self._project.root / source.path


def _is_built(folder: Path) -> bool:
    return folder.name in _BUILT or folder.name.endswith(".egg-info")


def _files(folder: Path, *, is_left_out: Callable[[Path], bool]) -> Iterator[Path]:
    try:
        rules = PackingRules((folder / _FUNCIGNORE).read_text("utf-8"))
    except (OSError, ValueError):
        rules = PackingRules("")
    waiting = [folder]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            path = Path(entry.path)
            is_folder = entry.is_dir(follow_symlinks=False)
            if rules.leaves_out(path.relative_to(folder).as_posix(), folder=is_folder):
                continue
            if not is_folder:
                yield path
            elif not is_left_out(path):
                is_environment = any((path / mark).exists() for mark in VIRTUAL_ENVIRONMENT_MARKS)
                waiting += [] if is_environment else [path]


def _note(path: Path, root: Path, found: Seen) -> None:
    facts = _facts(path)
    if facts is not None:
        found[os.path.relpath(path, root).replace(os.sep, "/")] = facts


def _facts(path: Path) -> Facts | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino
