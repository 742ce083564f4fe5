"""poetry.lock → what it has for the target. Locks before 2.1 are read beside their pyproject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from lading.core.config.toml_tables import Table, nearest
from lading.core.requirements.direct import Direct
from lading.core.requirements.foreign import Asking, Choice, Chosen, holds
from lading.core.requirements.foreign.poetry_lock.asked import asked_names, poetry_table
from lading.core.requirements.foreign.poetry_lock.package import PoetryPackage, parse_packages
from lading.core.requirements.foreign.poetry_lock.walk import find_by_walk
from lading.core.requirements.lines import LineError
from lading.core.requirements.poetry_tables import admits, group_tables

UPGRADE = "poetry update --lock"
_TOOL = "poetry lock"
_FIRST, _FIRST_UNKNOWN = Version("1.0"), Version("3")
_MAIN = "main"


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
    packages = parse_packages(root, metadata)
    has_groups = all("groups" in one.table for one in packages)
    _check_asked(root, asking, problems, packages=packages if has_groups else ())
    chosen = (
        _by_groups(packages, asking) if has_groups else find_by_walk(packages, asking, problems)
    )
    roots = asked_names(asking)
    return Choice(
        chosen=tuple(_chosen(one, is_root=not roots or one.name in roots) for one in chosen),
        tool=_TOOL,
        upgrade=UPGRADE,
    )


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


def _check_asked(
    root: Table, asking: Asking, problems: list[str], *, packages: Iterable[PoetryPackage]
) -> None:
    poetry = poetry_table(asking)
    extras: set[str] = {canonicalize_name(name) for name in root.table("extras") or ()}
    groups: set[str] = {
        canonicalize_name(name) for one in packages for name in one.table.texts("groups")
    }
    groups |= set[str](group_tables(poetry)) if poetry is not None else set()
    shared = Table(asking.pyproject, path="", problems=[]).table("dependency-groups")
    groups |= {canonicalize_name(name) for name in shared or ()}
    if poetry is not None and "dev-dependencies" in poetry:
        groups.add("dev")
    for what, wanted, known in (("extra", asking.extras, extras), ("group", asking.groups, groups)):
        for name in wanted:
            if canonicalize_name(name) not in known:
                meant = nearest(name, known)
                listed = f"it has: {', '.join(sorted(known)) or 'none'}"
                hint = f"did you mean {meant}?" if meant else listed
                problems.append(f'has no {what} "{name}"; {hint}')


def _by_groups(packages: Iterable[PoetryPackage], asking: Asking) -> list[PoetryPackage]:
    """Return what a lock from 2.1 on has: it tells groups and markers of every package."""
    wanted = {_MAIN, *map(canonicalize_name, asking.groups)}
    extras = tuple(map(canonicalize_name, asking.extras))
    found: dict[str, PoetryPackage] = {}
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


def _group_holds(one: PoetryPackage, group: str, asking: Asking, extras: tuple[str, ...]) -> bool:
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


def _chosen(one: PoetryPackage, *, is_root: bool) -> Chosen:
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


def _direct(one: PoetryPackage, kind: str, source: Table) -> Direct | None:
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
