"""The packages of a uv.lock, and which of them is the app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from lading.core.config.toml_tables import Table
from lading.core.requirements.foreign import Asking

_KINDS = ("registry", "git", "path", "directory", "editable", "virtual", "url")
_FOLDERS = frozenset({"directory", "editable", "virtual"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One `[[package]]`: its name, version ("" where it is dynamic), and the kind of its source."""

    name: str
    version: str
    kind: str
    location: str
    table: Table

    @property
    def is_folder(self) -> bool:
        """Say whether it is a folder beside the lock."""
        return self.kind in _FOLDERS


def parse_entries(root: Table) -> tuple[Entry, ...]:
    """Return the packages of a lock; what cannot be one is noted and left out."""
    entries = []
    for row in root.rows("package"):
        name, source = row.text("name", required=True), row.table("source")
        kinds = [kind for kind in _KINDS if source is not None and kind in source]
        if name is None:
            continue
        if source is None or len(kinds) != 1:
            row.note("source", f"must have one of {', '.join(_KINDS)}")
            continue
        location = source.text(kinds[0], required=True)
        if location is not None:
            entries.append(
                Entry(
                    name=canonicalize_name(name),
                    version=row.text("version") or "",
                    kind=kinds[0],
                    location=location,
                    table=row,
                )
            )
    return tuple(entries)


def find_member(table: Mapping[str, object], asking: Asking) -> Entry | None:
    """Return the package of the lock whose folder is the one that is asked for."""
    entries = parse_entries(Table(table, path="", problems=[]))
    return member_of(entries, asking)


def member_of(entries: Iterable[Entry], asking: Asking) -> Entry | None:
    """Return the package whose folder is the one that is asked for."""
    return next(
        (
            one
            for one in entries
            if one.is_folder and asking.place_of(one.location) == asking.member
        ),
        None,
    )
