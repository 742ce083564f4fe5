"""What the pyproject.toml beside a poetry.lock asks for."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from lading.core.config.toml_tables import Table
from lading.core.requirements.direct import Direct
from lading.core.requirements.foreign import Asking
from lading.core.requirements.poetry_tables import PoetryDependency, group_tables, read_dependencies


def poetry_table(asking: Asking) -> Table | None:
    """Return `[tool.poetry]` of the pyproject.toml, None where it has none."""
    tool = Table(asking.pyproject, path="", problems=[]).table("tool")
    return tool.table("poetry") if tool is not None else None


def parse_asked(asking: Asking, problems: list[str]) -> tuple[PoetryDependency, ...]:
    """Return what the pyproject.toml asks for: the main dependencies, extras and groups."""
    root = Table(asking.pyproject, path="", problems=[])
    project, poetry = root.table("project"), poetry_table(asking)
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


def asked_names(asking: Asking) -> set[str]:
    """Return the names of what the pyproject.toml asks for itself."""
    return {one.name for one in parse_asked(asking, [])}


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
