"""Where a lock of another tool disagrees: with its pyproject.toml, or with the lock beside it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from lading.core.config.toml_tables import Table
from lading.core.requirements.foreign import Asking, Choice, holds
from lading.core.requirements.foreign.poetry_lock.content_hash import content_hash, recorded_hash
from lading.core.requirements.foreign.uv_lock.entries import find_member
from lading.core.requirements.lines import LineError

# What a dependency asks for: a range, None for one with a place of its own.
Asked = Mapping[str, frozenset[str | None]]
_SHOWN = 10


def compare_choices(
    one: tuple[str, Mapping[str, str]], other: tuple[str, Mapping[str, str]]
) -> tuple[str, ...]:
    """Return a line for each name that two locks, each a path and its versions, have otherwise."""
    lines = []
    for name in sorted({*one[1], *other[1]}):
        ours, theirs = one[1].get(name), other[1].get(name)
        if ours is None or theirs is None:
            has, lacks = (one, other) if theirs is None else (other, one)
            lines.append(f"{name} {has[1][name]} is in {has[0]} and not in {lacks[0]}")
        elif ours != theirs:
            lines.append(f"{name}: {ours} in {one[0]}, {theirs} in {other[0]}")
    more = len(lines) - _SHOWN
    return tuple([*lines[:_SHOWN], f"and {more} more"] if more > 0 else lines)


def find_drift(
    path: str, table: Mapping[str, object], choice: Choice, asking: Asking
) -> Iterator[str]:
    """Yield a warning where the pyproject.toml has moved on since a lock was written."""
    if not asking.pyproject:
        return
    beside = posixpath.normpath(posixpath.join(asking.member, "pyproject.toml"))
    told = f"{path} is older than {beside}"
    name = posixpath.basename(path)
    if name == "poetry.lock":
        recorded = recorded_hash(table)
        if recorded and recorded != content_hash(asking.pyproject):
            yield f"{told}, as its content-hash tells; it is built as it is. Run: {choice.tool}"
        return
    changes = _uv_changes(table, asking) if name == "uv.lock" else _unsatisfied(choice, asking)
    for change in changes:
        yield f"{told}: {change}; it is built as it is. Run: {choice.tool}"


def _uv_changes(table: Mapping[str, object], asking: Asking) -> Iterator[str]:
    """Yield what a pyproject.toml asks for otherwise than uv.lock recorded it."""
    entry = find_member(table, asking)
    metadata = entry.table.table("metadata") if entry is not None else None
    root = Table(asking.pyproject, path="", problems=[])
    project = root.table("project")
    if metadata is None or project is None or "dependencies" in project.texts("dynamic"):
        return
    texts = list(project.texts("dependencies"))
    optional = project.table("optional-dependencies")
    for extra in optional or ():
        texts += optional.texts(extra) if optional is not None else ()
    yield from _differences(_recorded(metadata.rows("requires-dist")), _asked(texts))
    groups, recorded = root.table("dependency-groups"), metadata.table("requires-dev")
    for group in asking.groups:
        if groups is not None and recorded is not None and group in groups and group in recorded:
            # What a group includes stands in uv's record as its own.
            lines = [item for item in groups.items(group) if isinstance(item, str)]
            if len(lines) == len(groups.items(group)):
                yield from _differences(_recorded(recorded.rows(group)), _asked(lines))


def _differences(recorded: Asked, asked: Asked) -> Iterator[str]:
    for name in sorted({*recorded, *asked}):
        if name not in recorded:
            yield f"{name} is asked for since"
        elif name not in asked:
            yield f"{name} is no longer asked for"
        # The place that uv takes it from stands elsewhere, a range beside it is nowhere.
        elif None not in recorded[name] and recorded[name] != asked[name]:
            yield f"{name} is asked for in another range"


def _recorded(rows: Iterable[Table]) -> Asked:
    found: dict[str, set[str | None]] = {}
    for row in rows:
        name = canonicalize_name(row.text("name") or "")
        has_place = any(
            key in row for key in ("git", "path", "url", "directory", "editable", "virtual")
        )
        try:
            text = None if has_place else str(SpecifierSet(row.text("specifier") or ""))
        except InvalidSpecifier:
            text = None
        found.setdefault(name, set()).add(text)
    return {name: frozenset(texts) for name, texts in found.items()}


def _asked(texts: Iterable[str]) -> Asked:
    found: dict[str, set[str | None]] = {}
    for text in texts:
        try:
            parsed = Requirement(text)
        except InvalidRequirement:
            continue
        specifier = None if parsed.url else str(parsed.specifier)
        found.setdefault(canonicalize_name(parsed.name), set()).add(specifier)
    return {name: frozenset(texts) for name, texts in found.items()}


def _unsatisfied(choice: Choice, asking: Asking) -> Iterator[str]:
    """Yield the dependencies of a pyproject.toml that a lock does not answer."""
    project = Table(asking.pyproject, path="", problems=[]).table("project")
    for text in project.texts("dependencies") if project is not None else ():
        try:
            parsed = Requirement(text)
            if parsed.marker and not holds(str(parsed.marker), asking.machine):
                continue
        except (InvalidRequirement, LineError):
            continue
        name = canonicalize_name(parsed.name)
        version = choice.versions.get(name)
        is_pinned = any(one.name == name and one.direct is None for one in choice.chosen)
        if version is None:
            yield f"{name} is asked for and not in it"
        elif is_pinned and not parsed.specifier.contains(version, prereleases=True):
            yield f"{parsed} is asked for, and it has {version}"
