"""poetry.lock → what it has for the target. Locks before 2.1 are read beside their pyproject."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from lading.core.config.toml_tables import Table, nearest
from lading.core.requirements.direct import Direct
from lading.core.requirements.foreign import Asking, Choice, Chosen, holds, sha256_of
from lading.core.requirements.lines import LineError
from lading.core.requirements.poetry_tables import (
    PoetryDependency,
    admits,
    group_tables,
    read_dependencies,
)

UPGRADE = "poetry update --lock"
_TOOL = "poetry lock"
_FIRST, _FIRST_UNKNOWN = Version("1.0"), Version("3")
_MAIN = "main"
_RELEVANT = ("dependencies", "source", "extras", "dev-dependencies", "group")
_RELEVANT_OF_PROJECT = ("requires-python", "dependencies", "optional-dependencies")


def parse_poetry_lock(table: Mapping[str, object], asking: Asking, problems: list[str]) -> Choice:
    """Return what a poetry.lock has for the target; what is wrong in it is added to `problems`."""
    root = Table(table, path="", problems=problems)
    nothing = Choice(chosen=(), tool=_TOOL, upgrade=UPGRADE)
    metadata = root.table("metadata")
    version = metadata.text("lock-version", required=True) if metadata is not None else None
    if metadata is None or version is None:
        problems.append("has no [metadata] with a lock-version")
        return nothing
    if not _is_known(version):
        problems.append(
            f"is of version {version[:20]}, and this lading reads 1.0 to 2.x; write one that it "
            "reads: poetry export -f pylock.toml -o pylock.toml"
        )
        return nothing
    _check_python(metadata, asking)
    packages = _packages(root, metadata)
    has_groups = all("groups" in one.table for one in packages)
    _check_asked(root, asking, problems, packages=packages if has_groups else ())
    chosen = _by_groups(packages, asking) if has_groups else _by_walk(packages, asking, problems)
    roots = _asked_names(asking)
    return Choice(
        chosen=tuple(_chosen(one, is_root=not roots or one.name in roots) for one in chosen),
        tool=_TOOL,
        upgrade=UPGRADE,
    )


def content_hash(pyproject: Mapping[str, object]) -> str:
    """Return the hash by which Poetry knows that its lock was made from this pyproject.toml."""
    project = _dict(pyproject.get("project"))
    groups = _dict(pyproject.get("dependency-groups"))
    poetry = _dict(_dict(pyproject.get("tool")).get("poetry"))
    own = {key: project[key] for key in _RELEVANT_OF_PROJECT if project.get(key) is not None}
    relevant = {
        key: poetry.get(key)
        for key in _RELEVANT
        if poetry.get(key) is not None or (key != "group" and not own and not groups)
    }
    content: dict[str, object] = {}
    if own:
        content["project"] = own
    if groups:
        content["dependency-groups"] = groups
    content = {**content, "tool": {"poetry": relevant}} if content else dict(relevant)
    # What TOML has and JSON has not cannot be in a hash that Poetry made.
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def recorded_hash(table: Mapping[str, object]) -> str:
    """Return the content hash that a lock records, "" for none."""
    value = _dict(table.get("metadata")).get("content-hash")
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}


def _is_known(version: str) -> bool:
    try:
        return _FIRST <= Version(version) < _FIRST_UNKNOWN
    except InvalidVersion:
        return False


def _check_python(metadata: Table, asking: Asking) -> None:
    pythons = metadata.text("python-versions") or "*"
    try:
        if not admits(pythons, asking.machine.markers["python_full_version"]):
            metadata.note(
                "python-versions",
                f"the lock is for Python {pythons}, and the app runs {asking.machine.python}",
            )
    except LineError as error:
        metadata.note("python-versions", str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    """One `[[package]]`, with the hashes of its files wherever its format keeps them."""

    name: str
    version: str
    hashes: tuple[str, ...]
    table: Table


def _packages(root: Table, metadata: Table) -> tuple[_Package, ...]:
    # Before 2.0 the files of all packages stand together.
    shared = metadata.table("files") if "files" in metadata else None
    found = []
    for row in root.rows("package"):
        name, version = row.text("name", required=True), row.text("version", required=True)
        if name is None or version is None:
            continue
        files = row.rows("files") if "files" in row else ()
        if shared is not None and name in shared:
            files = shared.rows(name)
        found.append(
            _Package(
                name=canonicalize_name(name),
                version=version,
                hashes=sha256_of(file.text("hash") or "" for file in files),
                table=row,
            )
        )
    return tuple(found)


def _check_asked(
    root: Table, asking: Asking, problems: list[str], *, packages: Iterable[_Package]
) -> None:
    poetry = _poetry_table(asking)
    extras: set[str] = {canonicalize_name(name) for name in root.table("extras") or ()}
    groups: set[str] = {
        canonicalize_name(name) for one in packages for name in one.table.texts("groups")
    }
    groups |= set[str](group_tables(poetry)) if poetry is not None else set()
    groups |= {canonicalize_name(name) for name in _dict(asking.pyproject.get("dependency-groups"))}
    if poetry is not None and "dev-dependencies" in poetry:
        groups.add("dev")
    for what, wanted, known in (("extra", asking.extras, extras), ("group", asking.groups, groups)):
        for name in wanted:
            if canonicalize_name(name) not in known:
                meant = nearest(name, known)
                listed = f"it has: {', '.join(sorted(known)) or 'none'}"
                hint = f"did you mean {meant}?" if meant else listed
                problems.append(f'has no {what} "{name}"; {hint}')


def _by_groups(packages: Iterable[_Package], asking: Asking) -> list[_Package]:
    """Return what a lock from 2.1 on has: it tells groups and markers of every package."""
    wanted = {_MAIN, *map(canonicalize_name, asking.groups)}
    extras = tuple(map(canonicalize_name, asking.extras))
    found: dict[str, _Package] = {}
    for one in packages:
        groups = [name for name in one.table.texts("groups") if canonicalize_name(name) in wanted]
        if not any(_group_holds(one, group, asking, extras) for group in groups):
            continue
        if one.name in found:
            one.table.note(
                "name", f"{one.name} is chosen twice: {found[one.name].version}, {one.version}"
            )
        found.setdefault(one.name, one)
    return list(found.values())


def _group_holds(one: _Package, group: str, asking: Asking, extras: tuple[str, ...]) -> bool:
    marker: str | None = None
    if one.table.is_text("markers"):
        marker = one.table.text("markers")
    elif "markers" in one.table:
        table = one.table.table("markers")
        marker = table.text(group) if table is not None else None
    try:
        return marker is None or holds(marker, asking.machine, active=extras)
    except LineError as error:
        one.table.note("markers", str(error))
        return False


def _by_walk(packages: tuple[_Package, ...], asking: Asking, problems: list[str]) -> list[_Package]:
    """Return what an older lock has: everything that is reached from the pyproject.toml."""
    if not asking.pyproject:
        problems.append(
            "is of a version that does not tell groups, and there is no pyproject.toml beside it; "
            "write it anew with Poetry 2: poetry lock"
        )
        return []
    return _Walk(packages, asking, problems).found()


class _Walk:
    """One walk through a lock, from the dependencies of its pyproject.toml."""

    def __init__(self, packages: tuple[_Package, ...], asking: Asking, problems: list[str]) -> None:
        self._asking = asking
        self._problems = problems
        self._packages: dict[str, list[_Package]] = {}
        for one in packages:
            self._packages.setdefault(one.name, []).append(one)
        self._found: dict[str, _Package] = {}
        self._waiting: deque[tuple[_Package, str]] = deque()

    def found(self) -> list[_Package]:
        for dependency in _asked(self._asking, self._problems):
            self._follow(dependency, is_asked=True)
        entered: set[tuple[str, str]] = set()
        while self._waiting:
            one, extra = self._waiting.popleft()
            if (one.name, extra) in entered:
                continue
            entered.add((one.name, extra))
            self._enter(one, extra)
        return list(self._found.values())

    def _enter(self, one: _Package, extra: str) -> None:
        table = one.table.table("extras") if extra and "extras" in one.table else None
        named = {
            canonicalize_name(text.split(" ")[0].split("[")[0].split("(")[0])
            for key in table or ()
            if table is not None and canonicalize_name(key) == extra
            for text in table.texts(key)
        }
        for dependency in read_dependencies(one.table, "dependencies"):
            if not dependency.optional or dependency.name in named:
                self._follow(dependency, is_asked=False, extra=extra)

    def _follow(self, dependency: PoetryDependency, *, is_asked: bool, extra: str = "") -> None:
        where = self._asking.machine
        try:
            if not admits(dependency.python or "*", where.markers["python_full_version"]):
                return
            active = (extra, *map(canonicalize_name, self._asking.extras)) if is_asked else (extra,)
            if dependency.marker and not holds(dependency.marker, where, active=active):
                return
            one = self._package(dependency)
        except LineError as error:
            self._problems.append(f"{dependency.name}: {error}")
            return
        if one is None:
            return
        self._found[one.name] = one
        self._waiting += [(one, ""), *((one, name) for name in dependency.extras)]

    def _package(self, dependency: PoetryDependency) -> _Package | None:
        """Return the package of a name; of several the one for this Python and constraint."""
        python = self._asking.machine.markers["python_full_version"]
        found = self._packages.get(dependency.name, [])
        if len(found) > 1:
            found = [
                one
                for one in found
                if admits(one.table.text("python-versions") or "*", python)
                and (dependency.direct or admits(dependency.constraint, one.version))
            ]
        if len(found) == 1:
            return found[0]
        what = "not in it" if not found else "in it more than once"
        self._problems.append(f"{dependency.name} is {what}; write it anew: poetry lock")
        return None


def _poetry_table(asking: Asking) -> Table | None:
    tool = Table(asking.pyproject, path="", problems=[]).table("tool")
    return tool.table("poetry") if tool is not None else None


def _asked(asking: Asking, problems: list[str]) -> tuple[PoetryDependency, ...]:
    """Return what the pyproject.toml asks for: the main dependencies, extras and groups."""
    root = Table(asking.pyproject, path="", problems=[])
    project, poetry = root.table("project"), _poetry_table(asking)
    extras: set[str] = set(map(canonicalize_name, asking.extras))
    found: list[PoetryDependency] = []
    if poetry is not None:
        named = _named_by_extras(poetry, extras)
        main = read_dependencies(poetry, "dependencies")
        found += [one for one in main if not one.optional or one.name in named]
        tables = group_tables(poetry)
        for group in map(canonicalize_name, asking.groups):
            found += read_dependencies(tables[group], "dependencies") if group in tables else ()
            if group == "dev":
                found += read_dependencies(poetry, "dev-dependencies")
    if project is not None:
        texts = list(project.texts("dependencies"))
        optional = project.table("optional-dependencies")
        for key in optional or ():
            if optional is not None and canonicalize_name(key) in extras:
                texts += optional.texts(key)
        for text in texts:
            found += _pep508(text, problems)
    return tuple(found)


def _named_by_extras(poetry: Table, extras: set[str]) -> set[str]:
    table = poetry.table("extras")
    return {
        canonicalize_name(name)
        for key in table or ()
        if table is not None and canonicalize_name(key) in extras
        for name in table.texts(key)
    }


def _pep508(text: str, problems: list[str]) -> list[PoetryDependency]:
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        problems.append("was made from a pyproject.toml with a dependency that cannot be read")
        return []
    name = canonicalize_name(parsed.name)
    return [
        PoetryDependency(
            name=name,
            key=name,
            direct=Direct(location=parsed.url, name=name) if parsed.url else None,
            extras=tuple(sorted(map(canonicalize_name, parsed.extras))),
            marker=str(parsed.marker) if parsed.marker else "",
        )
    ]


def _asked_names(asking: Asking) -> set[str]:
    return {one.name for one in _asked(asking, [])}


def _chosen(one: _Package, *, is_root: bool) -> Chosen:
    source = one.table.table("source") if "source" in one.table else None
    kind = (source.text("type") if source is not None else None) or ""
    url = (source.text("url") if source is not None else None) or ""
    is_index = kind in {"", "legacy"}
    return Chosen(
        name=one.name,
        version=one.version,
        direct=None if is_index or source is None else _direct(one, kind, source),
        index=url if is_index else "",
        hashes=one.hashes,
        is_root=is_root,
    )


def _direct(one: _Package, kind: str, source: Table) -> Direct | None:
    location = source.text("url", required=True) or ""
    match kind:
        case "git":
            commit = source.text("resolved_reference", required=True)
            folder = source.text("subdirectory")
            location = f"git+{location}@{commit}" + (f"#subdirectory={folder}" if folder else "")
            return Direct(location=location, name=one.name)
        case "directory":
            develop = one.table.flag("develop") or False
            return Direct(location=location, name=one.name, editable=develop)
        case "file" | "url":
            return Direct(location=location, name=one.name, hashes=one.hashes)
        case _:
            source.note("type", "must be legacy, git, directory, file or url")
            return None
