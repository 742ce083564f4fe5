"""The walk through a uv.lock, from what the app asks for to everything that it needs."""

from __future__ import annotations

import posixpath
from collections import deque
from urllib.parse import parse_qsl

from packaging.utils import canonicalize_name

from lading.core.config.toml_tables import Table, nearest
from lading.core.requirements.direct import Direct
from lading.core.requirements.foreign import Asking, Chosen, holds, sha256_of
from lading.core.requirements.foreign.uv_lock.entries import Entry, member_of, parse_entries
from lading.core.requirements.lines import LineError


class Walk:
    """One walk from what the app asks for to everything that it needs on the target."""

    def __init__(self, root: Table, asking: Asking, problems: list[str]) -> None:
        self._asking = asking
        self._problems = problems
        self._manifest = root.table("manifest")
        self._entries: dict[str, list[Entry]] = {}
        for entry in parse_entries(root):
            self._entries.setdefault(entry.name, []).append(entry)
        every = [entry for entries in self._entries.values() for entry in entries]
        self._root = member_of(every, asking)
        self._found: dict[str, tuple[Entry, set[str]]] = {}
        self._roots: set[str] = set()
        self._active = self._active_extras()

    def chosen(self) -> tuple[Chosen, ...]:
        """Return all that is reached; what is wrong on the way is noted."""
        waiting: deque[tuple[Table, str]] = deque()
        self._enter_root(waiting)
        while waiting:
            table, key = waiting.popleft()
            for row in table.rows(key):
                self._follow(row, waiting)
        return tuple(
            one
            for entry, extras in self._found.values()
            if (one := self._taken(entry, extras)) is not None
        )

    def _active_extras(self) -> frozenset[str]:
        """Return the names under which uv writes the extras and groups that exclude each other."""
        if self._root is None:
            return frozenset()
        name = self._root.name
        own = f"{len(name)}-{name}"
        extras = [f"extra-{own}-{canonicalize_name(extra)}" for extra in self._asking.extras]
        groups = [f"group-{own}-{canonicalize_name(group)}" for group in self._asking.groups]
        return frozenset((*extras, *groups, f"project-{own}"))

    def _enter_root(self, waiting: deque[tuple[Table, str]]) -> None:
        shared = self._manifest.table("dependency-groups") if self._manifest else None
        if self._root is None and not (self._asking.groups and shared is not None):
            self._problems.append(self._no_member())
            return
        if self._root is not None:
            waiting.append((self._root.table, "dependencies"))
        table = self._root.table if self._root else None
        for extra in self._asking.extras:
            self._enter(table, ("optional-dependencies", "extra"), extra, waiting)
        for group in self._asking.groups:
            if shared is not None and self._root is None:
                waiting.append((shared, self._key(shared, group) or group))
            else:
                self._enter(table, ("dev-dependencies", "group"), group, waiting)
        for listed, key in waiting:
            self._roots |= {canonicalize_name(row.text("name") or "") for row in listed.rows(key)}

    def _enter(
        self,
        package: Table | None,
        kind: tuple[str, str],
        name: str,
        waiting: deque[tuple[Table, str]],
    ) -> None:
        table = package.table(kind[0]) if package is not None else None
        key = self._key(table, name)
        if table is not None and key is not None:
            waiting.append((table, key))
            return
        # One that asks for nothing is told only here.
        declared = self._declared(package, kind[1])
        if canonicalize_name(name) in map(canonicalize_name, declared):
            return
        meant = nearest(name, declared)
        hint = f"did you mean {meant}?" if meant else f"it has: {', '.join(declared) or 'none'}"
        self._problems.append(f'has no {kind[1]} "{name}"; {hint}')

    @staticmethod
    def _declared(package: Table | None, what: str) -> tuple[str, ...]:
        metadata = package.table("metadata") if package is not None else None
        if metadata is None:
            return ()
        if what == "extra":
            return metadata.texts("provides-extras")
        return tuple(metadata.table("requires-dev") or ())

    @staticmethod
    def _key(table: Table | None, name: str) -> str | None:
        keys = {canonicalize_name(key): key for key in table or ()}
        return keys.get(canonicalize_name(name))

    def _no_member(self) -> str:
        folders = sorted(
            posixpath.join(self._asking.place_of(one.location), "pyproject.toml")
            for entries in self._entries.values()
            for one in entries
            if one.is_folder
        )
        known = f": {', '.join(folders)}" if folders else ""
        return (
            f"has no package in the folder {self._asking.member}; name the pyproject.toml whose "
            f"dependencies are meant in `requirements`{known}"
        )

    def _follow(self, row: Table, waiting: deque[tuple[Table, str]]) -> None:
        name = row.text("name", required=True)
        if name is None or not self._holds(row):
            return
        entry = self._entry(canonicalize_name(name), row)
        if entry is None:
            return
        known = self._found.get(entry.name)
        if known is None:
            self._found[entry.name] = known = (entry, set())
            waiting.append((entry.table, "dependencies"))
        elif known[0] is not entry:
            row.note("name", f"{entry.name} is chosen twice: {known[0].version}, {entry.version}")
            return
        for extra in (*row.texts("extra"), *row.texts("extras")):
            if extra not in known[1]:
                known[1].add(extra)
                table = entry.table.table("optional-dependencies")
                key = self._key(table, extra)
                # What has no such extra warns uv too, and is not refused.
                waiting.extend([(table, key)] if table is not None and key is not None else [])

    def _holds(self, row: Table) -> bool:
        marker = row.text("marker")
        try:
            return marker is None or holds(marker, self._asking.machine, active=self._active)
        except LineError as error:
            row.note("marker", str(error))
            return False

    def _entry(self, name: str, row: Table) -> Entry | None:
        version, source = row.text("version"), row.table("source")
        found = [
            entry
            for entry in self._entries.get(name, [])
            if (version is None or entry.version == version)
            and (source is None or source.text(entry.kind) == entry.location)
        ]
        if len(found) > 1:
            found = [entry for entry in found if self._is_of_this_fork(entry)]
        if len(found) == 1:
            return found[0]
        row.note("name", f"{name} is {'not in it' if not found else 'in it more than once'}")
        return None

    def _is_of_this_fork(self, entry: Entry) -> bool:
        markers = entry.table.texts("resolution-markers")
        try:
            return not markers or any(
                holds(marker, self._asking.machine, active=self._active) for marker in markers
            )
        except LineError as error:
            entry.table.note("resolution-markers", str(error))
            return False

    def _taken(self, entry: Entry, extras: set[str]) -> Chosen | None:
        # The app's own code is in its folder; what is virtual has none to install.
        if entry is self._root or entry.kind == "virtual":
            return None
        if entry.kind == "registry" and "://" not in entry.location:
            entry.table.note(
                "source",
                f"{entry.name} is from the folder {entry.location}; require the file itself: "
                f'{entry.name} = {{ path = "…" }} in [tool.uv.sources]',
            )
            return None
        source = entry.table.table("source")
        if entry.kind == "url" and source is not None and "subdirectory" in source:
            source.note(
                "subdirectory", "a folder of an archive cannot be built; use its repository"
            )
        return Chosen(
            name=entry.name,
            version=entry.version,
            direct=_direct(entry, extras),
            index=entry.location if entry.kind == "registry" else "",
            hashes=_hashes(entry),
            extras=tuple(sorted(extras)),
            is_root=entry.name in self._roots,
        )


def _hashes(entry: Entry) -> tuple[str, ...]:
    sdist = entry.table.table("sdist")
    files = [*entry.table.rows("wheels"), *([sdist] if sdist is not None else [])]
    return sha256_of(file.text("hash") or "" for file in files)


def _direct(entry: Entry, extras: set[str]) -> Direct | None:
    if entry.kind == "registry":
        return None
    is_git, is_file = entry.kind == "git", entry.kind in {"path", "url"}
    return Direct(
        location=_git_location(entry.location) if is_git else entry.location,
        name=entry.name,
        extras=tuple(sorted(extras)),
        hashes=_hashes(entry) if is_file else (),
        editable=entry.kind == "editable",
    )


def _git_location(location: str) -> str:
    """Return `URL?subdirectory=D&rev=R#COMMIT` as a requirement is written."""
    rest, _, commit = location.partition("#")
    url, _, query = rest.partition("?")
    told = dict(parse_qsl(query))
    folder = f"#subdirectory={told['subdirectory']}" if told.get("subdirectory") else ""
    return f"git+{url}@{commit}{folder}"
