"""`[tool.poetry]` of a pyproject.toml: dependencies in Poetry's own way of writing them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from lading.core.config.toml_tables import Table
from lading.core.requirements import DirectRequirement, NamedRequirement
from lading.core.requirements.direct import Direct, Place
from lading.core.requirements.lines import LineError
from lading.core.requirements.texts import parse_place

_PLACES = ("git", "path", "file", "url")
_REFS = ("rev", "tag", "branch")
_PART = re.compile(r"(?P<operator>\^|~=|~|>=|<=|==|!=|>|<|=)?\s*(?P<version>[^\s,^~<>=!]+)")
_PLATFORMS = {"linux": "linux", "darwin": "darwin", "windows": "win32", "win32": "win32"}


def parse_constraint(text: str) -> tuple[SpecifierSet, ...]:
    """Return the ranges that a constraint admits, any of them; raise LineError."""
    try:
        return tuple(_range(part) for part in re.split(r"\s*\|\|?\s*", text.strip()))
    except (InvalidSpecifier, InvalidVersion) as error:
        message = f'"{text[:80]}" is not a version constraint of Poetry'
        raise LineError(message) from error


def admits(text: str, version: str) -> bool:
    """Say whether a constraint admits a version; raise LineError."""
    try:
        return any(one.contains(version, prereleases=True) for one in parse_constraint(text))
    except InvalidVersion as error:
        message = f'"{version[:80]}" is not a version'
        raise LineError(message) from error


def _range(text: str) -> SpecifierSet:
    if text in {"", "*"}:
        return SpecifierSet()
    if _PART.sub("", text).strip(" ,"):
        raise InvalidSpecifier(text)
    return SpecifierSet(",".join(_specifiers(text)))


def _specifiers(text: str) -> Iterator[str]:
    for match in _PART.finditer(text):
        operator, version = match["operator"] or "", match["version"]
        if operator in {"", "=", "=="}:
            yield "" if version == "*" else f"=={version}"
        elif operator == "^":
            yield f">={version},<{_bumped(version, caret=True)}"
        elif operator == "~":
            yield f">={version},<{_bumped(version, caret=False)}"
        else:
            yield f"{operator}{version}"


def _bumped(version: str, *, caret: bool) -> str:
    """Return the first version that `^` or `~` leaves out."""
    release = list(Version(version).release)
    if caret:
        place = next((at for at, number in enumerate(release) if number), len(release) - 1)
    else:
        place = min(1, len(release) - 1)
    return ".".join(str(number) for number in [*release[:place], release[place] + 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class PoetryDependency:
    """One dependency: the place or the constraint, and when it holds.

    `python` is a constraint on the version of Python, `marker` a marker, "" for neither.
    """

    name: str
    key: str
    constraint: str = "*"
    direct: Direct | None = None
    extras: tuple[str, ...] = ()
    marker: str = ""
    python: str = ""
    optional: bool = False

    def text(self) -> str:
        """Return it as PEP 508 has it; raise LineError where that cannot say it."""
        ranges = parse_constraint(self.constraint)
        if len(ranges) > 1:
            message = f'"{self.constraint}" has alternatives; write one range'
            raise LineError(message)
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        marker = self.full_marker()
        return f"{self.name}{extras}{ranges[0]}" + (f" ; {marker}" if marker else "")

    def located(self) -> Direct | None:
        """Return its place with its marker; raise LineError."""
        if self.direct is None:
            return None
        return replace(self.direct, marker=self.full_marker() or None)

    def full_marker(self) -> str:
        """Return the marker together with the constraint on Python; raise LineError."""
        pythons = [_python_marker(one) for one in parse_constraint(self.python or "*")]
        python = "" if not all(pythons) else " or ".join(pythons)
        parts = [part for part in (self.marker, python) if part]
        if not parts:
            return ""
        return parts[0] if len(parts) == 1 else " and ".join(f"({part})" for part in parts)


def _python_marker(python: SpecifierSet) -> str:
    parts = [
        f'python_full_version {one.operator} "{one.version}"' for one in sorted(python, key=str)
    ]
    return " and ".join(parts)


def read_dependencies(tables: Table, key: str) -> tuple[PoetryDependency, ...]:
    """Return what a table of dependencies has; what cannot be read is noted there."""
    parent = tables.table(key)
    if parent is None:
        return ()
    found: list[PoetryDependency] = []
    for name in parent:
        if canonicalize_name(name) == "python":
            continue
        found += _read(parent, name)
    return tuple(found)


def _read(parent: Table, key: str) -> Iterator[PoetryDependency]:
    name = canonicalize_name(key)
    if parent.is_text(key):
        constraint = parent.text(key)
        if constraint is not None:
            yield PoetryDependency(name=name, key=key, constraint=constraint)
        return
    for row in parent.rows_or_table(key):
        marker = row.text("markers") or ""
        platform = row.text("platform")
        if platform is not None:
            own = f'sys_platform == "{_PLATFORMS.get(platform, platform)}"'
            marker = f"({marker}) and {own}" if marker else own
        extras = tuple(sorted(map(canonicalize_name, row.texts("extras"))))
        yield PoetryDependency(
            name=name,
            key=key,
            constraint=row.text("version") or "*",
            direct=_direct(row, name, extras),
            extras=extras,
            marker=marker,
            python=row.text("python") or "",
            optional=row.flag("optional") or False,
        )


def _direct(row: Table, name: str, extras: tuple[str, ...]) -> Direct | None:
    kind = next((kind for kind in _PLACES if kind in row), None)
    location = row.text(kind) if kind else None
    if kind is None or location is None:
        return None
    if kind == "git":
        ref = next((f"@{text}" for key in _REFS if (text := row.text(key))), "")
        folder = row.text("subdirectory")
        location = f"git+{location.removeprefix('git+')}{ref}" + (
            f"#subdirectory={folder}" if folder else ""
        )
    return Direct(
        location=location, name=name, extras=extras, editable=row.flag("develop") or False
    )


def group_tables(poetry: Table) -> Mapping[str, Table]:
    """Return the tables that hold the `dependencies` of each group."""
    groups = dict(poetry.tables("group"))
    return {canonicalize_name(name): table for name, table in groups.items()}


class PoetryTable:
    """What `[tool.poetry]` says about the dependencies of its file."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._main = read_dependencies(table, "dependencies")

    @property
    def names_places(self) -> bool:
        """Say whether it takes any dependency from a place of its own."""
        return any(one.direct is not None for one in self._main)

    def main(self) -> tuple[PoetryDependency, ...]:
        """Return the dependencies that no extra has to ask for."""
        return tuple(one for one in self._main if not one.optional)

    def dependencies_of_extra(self, extra: str) -> tuple[PoetryDependency, ...] | None:
        """Return what an extra asks for, None where there is none of that name."""
        table = self._table.table("extras")
        keys = {canonicalize_name(key): key for key in table or ()}
        key = keys.get(canonicalize_name(extra))
        if table is None or key is None:
            return None
        names = {canonicalize_name(name) for name in table.texts(key)}
        return tuple(one for one in self._main if one.optional and one.name in names)

    def dependencies_of_group(self, group: str) -> tuple[PoetryDependency, ...] | None:
        """Return what a group asks for, None where there is none of that name."""
        name = canonicalize_name(group)
        table = group_tables(self._table).get(name)
        if table is not None:
            return read_dependencies(table, "dependencies")
        if name == "dev" and "dev-dependencies" in self._table:
            return read_dependencies(self._table, "dev-dependencies")
        return None

    def locate(self, item: NamedRequirement, place: Place) -> NamedRequirement | DirectRequirement:
        """Return a dependency of [project] with the place that Poetry takes it from."""
        found = [one for one in self._main if one.name == item.name and one.direct is not None]
        direct = found[0].direct if len(found) == 1 else None
        if direct is None:
            return item
        parsed = item.parsed
        located = replace(
            direct,
            extras=tuple(sorted({*direct.extras, *parsed.extras})),
            marker=str(parsed.marker) if parsed.marker else None,
        )
        return parse_place(located, place) or item
