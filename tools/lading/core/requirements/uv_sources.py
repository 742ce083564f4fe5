"""`[tool.uv]` of a pyproject.toml: where uv takes a dependency from, and what else it bounds."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from packaging.utils import canonicalize_name

from lading.core.config.hosts import normalise_url
from lading.core.config.toml_tables import Table
from lading.core.requirements import DirectRequirement, NamedRequirement
from lading.core.requirements.direct import Direct, Place
from lading.core.requirements.lines import LineError
from lading.core.requirements.texts import parse_place

_REFS = ("rev", "tag", "branch")
_PLACES = ("git", "path", "url", "workspace", "index")


class UvTable:
    """What `[tool.uv]` says about the dependencies of its file."""

    def __init__(self, table: Table, *, members: Mapping[str, str]) -> None:
        self._table = table
        self._members = members
        sources = table.table("sources")
        self._sources = sources
        self._keys: dict[str, str] = {canonicalize_name(key): key for key in sources or ()}
        self.constraints = table.texts("constraint-dependencies")

    @property
    def names_places(self) -> bool:
        """Say whether it takes any dependency from a place of its own."""
        return bool(self._keys)

    def locate(self, item: NamedRequirement, place: Place) -> NamedRequirement | DirectRequirement:
        """Return a dependency with the place that uv takes it from; raise LineError."""
        key = self._keys.get(item.name)
        if key is None or self._sources is None:
            return item
        entries = self._sources.rows_or_table(key)
        if len(entries) != 1 or "marker" in entries[0] or "extra" in entries[0]:
            message = (
                f"tool.uv.sources.{key} depends on a marker or has several places; write one "
                f'dependency for each: "{item.name} @ git+https://… ; MARKER"'
            )
            raise LineError(message)
        located = _direct(item, entries[0], place, self._members)
        return item if located is None else parse_place(located, place) or item

    def note_ignored(self, place: Place) -> None:
        """Note what of `[tool.uv]` is not used, and refuse what would change the outcome."""
        if self._table.texts("override-dependencies"):
            self._table.note(
                "override-dependencies",
                "is not supported; bound the version in constraint-dependencies instead",
            )
        declared = {source.url for source in place.project.index_sources}
        for row in self._table.rows("index"):
            url = row.text("url") or ""
            if normalise_url(url).rstrip("/") + "/" not in declared:
                name = row.text("name") or "without a name"
                place.note(f"uv's index {name} is not used: it is not declared in tool.lading")


def constraint_beside(
    item: NamedRequirement, located: NamedRequirement | DirectRequirement
) -> tuple[NamedRequirement, ...]:
    """Return the version that a dependency bounds beside the place that it is taken from."""
    specifier = item.parsed.specifier
    if isinstance(located, NamedRequirement) or not specifier:
        return ()
    return (NamedRequirement(name=item.name, text=f"{item.name}{specifier}", origin=item.origin),)


def _direct(
    item: NamedRequirement, entry: Table, place: Place, members: Mapping[str, str]
) -> Direct | None:
    """Return the place of an entry of `[tool.uv.sources]`, None for one that is an index."""
    kinds = [key for key in _PLACES if key in entry]
    kind = kinds[0] if len(kinds) == 1 else ""
    parsed = item.parsed
    direct = Direct(
        location=(entry.text(kind) or "") if kind in {"git", "path", "url"} else "",
        name=item.name,
        extras=tuple(sorted(parsed.extras)),
        marker=str(parsed.marker) if parsed.marker else None,
        editable=entry.flag("editable") or False,
    )
    match kind:
        case "git":
            return replace(direct, location=_git_location(direct.location, entry))
        case "path" | "url":
            return direct
        case "index":
            _check_index(item, place)
            return None
        case "workspace":
            folder = members.get(item.name)
            if folder is not None:
                return replace(direct, location=posixpath.relpath(folder, place.folder or "."))
            message = (
                f"{entry.path} takes it from a workspace that has no member {item.name}; "
                f'write the member\'s folder instead: {item.name} = {{ path = "…" }}'
            )
        case _:
            message = f"{entry.path} must have one of {', '.join(_PLACES)}"
    raise LineError(message)


def _git_location(url: str, entry: Table) -> str:
    refs = [text for key in _REFS if (text := entry.text(key))]
    subdirectory = entry.text("subdirectory")
    return (
        f"git+{url.removeprefix('git+')}"
        f"{'@' + refs[0] if refs else ''}"
        f"{'#subdirectory=' + subdirectory if subdirectory else ''}"
    )


def _check_index(item: NamedRequirement, place: Place) -> None:
    if not any(source.owns(item.name) for source in place.project.index_sources):
        message = (
            f"uv takes {item.name} from an index of its own; add the name to `packages` of the "
            "source in [tool.lading.sources] that has it"
        )
        raise LineError(message)
