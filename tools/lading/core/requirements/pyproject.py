"""The requirements in a pyproject.toml: dependencies, extras, groups, and uv's sources for them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from packaging.utils import canonicalize_name

from lading.core.config import Project
from lading.core.config.toml_tables import Table, nearest
from lading.core.errors import RequirementsError
from lading.core.requirements import (
    DirectRequirement,
    NamedRequirement,
    Requirements,
    assemble_requirements,
)
from lading.core.requirements.direct import Place
from lading.core.requirements.lines import LineError
from lading.core.requirements.poetry_tables import PoetryDependency, PoetryTable
from lading.core.requirements.texts import (
    check_constraint,
    check_places,
    parse_place,
    parse_requirement,
)
from lading.core.requirements.uv_sources import UvTable, constraint_beside


def parse_pyproject_requirements(
    table: Mapping[str, object],
    *,
    path: str,
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    project: Project,
    members: Mapping[str, str] | None = None,
) -> Requirements:
    """Return what the dependencies, extras and groups of a pyproject.toml ask for.

    `table` is the whole file, `path` its place relative to the project's root. `[tool.uv.sources]`
    are honoured for Git, paths, URLs and `members` of the workspace (folders by name), and so are
    the places and dependencies of `[tool.poetry]`. Raises RequirementsError with every problem.
    """
    reading = _Reading(table, path=path, project=project, members=members or {})
    reading.read(groups=groups, extras=extras)
    return reading.result()


def parse_inner_places(
    table: Mapping[str, object],
    *,
    path: str,
    extras: tuple[str, ...],
    project: Project,
    members: Mapping[str, str],
) -> tuple[DirectRequirement, ...]:
    """Return the places from which a folder that is required takes dependencies of its own.

    Its metadata has only their names. A file without such places is left to its metadata, whatever
    it is like; with them, what cannot be read raises RequirementsError: the default index would be
    asked for a name whose home is another place.
    """
    reading = _Reading(table, path=path, project=project, members=members)
    reading.read(groups=(), extras=extras)
    try:
        return reading.result().direct
    except RequirementsError:
        if reading.names_places:
            raise
        return ()


class _Reading:
    """One pass over the file: what was asked so far, and every problem."""

    def __init__(
        self,
        table: Mapping[str, object],
        *,
        path: str,
        project: Project,
        members: Mapping[str, str],
    ) -> None:
        self._path = path
        self._project = project
        self._problems: list[str] = []
        self._notes: list[str] = []
        self._asked: list[NamedRequirement | DirectRequirement] = []
        self._constraints: list[NamedRequirement] = []
        self._entered: set[tuple[str, str]] = set()
        root = Table(table, path="", problems=self._problems)
        self._metadata = root.table("project")
        self._groups = root.table("dependency-groups")
        self._tool = root.table("tool")
        uv = self._tool.table("uv") if self._tool else None
        self._uv = UvTable(uv, members=members) if uv else None
        poetry = self._tool.table("poetry") if self._tool else None
        self._poetry = PoetryTable(poetry) if poetry else None
        name = self._metadata.text("name") if self._metadata else None
        self._own_name = canonicalize_name(name) if name else ""

    @property
    def names_places(self) -> bool:
        """Say whether the file takes any dependency from a place of its own."""
        tables = (self._uv, self._poetry)
        return any(table is not None and table.names_places for table in tables)

    def read(self, *, groups: tuple[str, ...], extras: tuple[str, ...]) -> None:
        self._read_dependencies()
        for extra in extras:
            self._read_extra(extra, self._place(f"project.optional-dependencies.{extra}"))
        for group in groups:
            self._read_group(group, self._place(f"dependency-groups.{group}"))
        if self._uv is not None:
            self._read_uv(self._uv)

    def result(self) -> Requirements:
        # Key paths of tables begin with a dot here: the table is the file itself.
        problems = [
            f"{self._path}:{problem[1:]}" if problem.startswith(".") else problem
            for problem in (*self._problems, *check_places(self._asked))
        ]
        if problems:
            raise RequirementsError(tuple(dict.fromkeys(problems)), remedy=f"Correct {self._path}.")
        return assemble_requirements(self._asked, constraints=self._constraints, notes=self._notes)

    def _place(self, key: str) -> Place:
        return Place(
            project=self._project,
            origin=f"{self._path}:{key}",
            folder=posixpath.dirname(self._path),
            notes=self._notes,
        )

    def _read_dependencies(self) -> None:
        if self._metadata is None:
            if self._poetry is not None:
                self._ask_poetry(self._poetry.main())
            elif self._groups is None:
                self._problems.append(
                    f"{self._path}: has neither [project] nor [dependency-groups]"
                )
            return
        if "dependencies" in self._metadata.texts("dynamic"):
            self._metadata.note(
                "dynamic", "dependencies that only a build tells cannot be read; write them here"
            )
        for index, text in enumerate(self._metadata.texts("dependencies")):
            self._ask(text, self._place(f"project.dependencies[{index}]"))

    def _ask_poetry(self, dependencies: Iterable[PoetryDependency]) -> None:
        for dependency in dependencies:
            place = self._place(f"tool.poetry: {dependency.key}")
            try:
                if dependency.direct is None:
                    self._ask(dependency.text(), place)
                else:
                    located = dependency.located()
                    item = parse_place(located, place) if located is not None else None
                    self._asked += [item] if item is not None else []
            except LineError as error:
                self._problems.append(f"{place.origin}: {error}")

    def _read_extra(self, extra: str, place: Place) -> None:
        if self._metadata is None and self._poetry is not None:
            found = self._poetry.dependencies_of_extra(extra)
            if found is not None:
                self._ask_poetry(found)
                return
        table = self._metadata.table("optional-dependencies") if self._metadata else None
        key = self._find(extra, table, place, what="extra")
        if table is None or key is None or ("extra", key) in self._entered:
            return
        self._entered.add(("extra", key))
        for index, text in enumerate(table.texts(key)):
            self._ask(text, self._place(f"project.optional-dependencies.{key}[{index}]"))

    def _read_group(self, group: str, place: Place) -> None:
        found = self._poetry.dependencies_of_group(group) if self._poetry is not None else None
        if found is not None:
            self._ask_poetry(found)
            if canonicalize_name(group) not in map(canonicalize_name, self._groups or ()):
                return
        # packaging's resolver of groups tells neither where a line is written nor hides its text.
        key = self._find(group, self._groups, place, what="group")
        if self._groups is None or key is None or ("group", key) in self._entered:
            return
        self._entered.add(("group", key))
        for index, item in enumerate(self._groups.items(key)):
            inner = self._place(f"dependency-groups.{key}[{index}]")
            match item:
                case str():
                    self._ask(item, inner)
                case {"include-group": str(included), **rest} if not rest:
                    self._read_group(included, inner)
                case _:
                    self._problems.append(
                        f'{inner.origin}: must be a requirement or {{include-group = "…"}}'
                    )

    def _find(self, name: str, table: Table | None, place: Place, *, what: str) -> str | None:
        """Return the key under which an extra or group is written, whose spelling may differ."""
        keys = {canonicalize_name(key): key for key in table or ()}
        if (key := keys.get(canonicalize_name(name))) is not None:
            return key
        meant = nearest(name, keys)
        hint = f"did you mean {meant}?" if meant else f"declared: {', '.join(keys) or 'none'}"
        self._problems.append(f'{place.origin}: there is no {what} "{name}"; {hint}')
        return None

    def _ask(self, text: str, place: Place) -> None:
        try:
            item = parse_requirement(text, place)
            if isinstance(item, NamedRequirement) and item.name == self._own_name:
                # `all = ["this[a,b]"]` names extras of the file itself.
                for extra in sorted(item.parsed.extras):
                    self._read_extra(extra, place)
            elif isinstance(item, NamedRequirement):
                self._asked.append(self._located(item, place))
                self._constraints += constraint_beside(item, self._asked[-1])
            elif item is not None:
                self._asked.append(item)
        except LineError as error:
            self._problems.append(f"{place.origin}: {error}")

    def _located(
        self, item: NamedRequirement, place: Place
    ) -> NamedRequirement | DirectRequirement:
        located = self._uv.locate(item, place) if self._uv is not None else item
        if located is item and self._poetry is not None:
            return self._poetry.locate(item, place)
        return located

    def _read_uv(self, uv: UvTable) -> None:
        for index, text in enumerate(uv.constraints):
            place = self._place(f"tool.uv.constraint-dependencies[{index}]")
            try:
                item = parse_requirement(text, place)
                self._constraints += [check_constraint(item)] if item is not None else []
            except LineError as error:
                self._problems.append(f"{place.origin}: {error}")
        uv.note_ignored(self._place("tool.uv"))
