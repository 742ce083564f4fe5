"""sources.lock: what does not come from an index as a wheel, and what it is built with."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import tomli_w

from lading.core.errors import LockError
from lading.core.lock import Lock, LockedFile, LockedSource, SourceKind

FORMAT = 1
_REMEDY = "Take it from your version control, or choose anew: lading lock --upgrade"
_HEADER = (
    "# What this app is built from besides the wheels of an index. Written by `lading lock`.\n"
)
_TEXTS = ("url", "commit", "ref", "subdirectory", "path", "sha256")
# What each kind cannot do without.
_NEEDED: Mapping[SourceKind, tuple[str, ...]] = {
    "git": ("url", "commit"),
    "path": ("path",),
    "url": ("url", "sha256"),
    "archive": ("file",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesPart:
    """What sources.lock holds of a lock."""

    sources: tuple[LockedSource, ...] = ()
    build_files: tuple[LockedFile, ...] = ()
    build_sources: tuple[LockedSource, ...] = ()


def render_sources(lock: Lock) -> str | None:
    """Return the text of sources.lock, sorted, or None where there is nothing to tell."""
    if not (lock.sources or lock.build_files or lock.build_sources):
        return None
    document = {
        "version": FORMAT,
        "source": [_source_table(source) for source in _sorted_sources(lock.sources)],
        "build-file": [_file_table(file) for file in _sorted_files(lock.build_files)],
        "build-source": [_source_table(source) for source in _sorted_sources(lock.build_sources)],
    }
    present = {key: value for key, value in document.items() if value}
    return _HEADER + "\n" + tomli_w.dumps(present, multiline_strings=False)


def parse_sources(text: str | None, *, where: str) -> SourcesPart:
    """Read sources.lock (None: there is none); raise LockError that says what is wrong in it."""
    if text is None:
        return SourcesPart()
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LockError(f"{where} is damaged: {error}", remedy=_REMEDY) from error
    if document.get("version") != FORMAT:
        raise LockError(
            f"{where} has format {document.get('version')}; this lading reads format {FORMAT}",
            remedy="Use the lading that wrote it, or write it anew: lading lock",
        )
    reader = _Reader(where)
    return SourcesPart(
        sources=tuple(reader.sources(document, "source")),
        build_files=tuple(reader.files(document, "build-file")),
        build_sources=tuple(reader.sources(document, "build-source")),
    )


def _sorted_sources(sources: Iterable[LockedSource]) -> list[LockedSource]:
    return sorted(sources, key=lambda source: (source.name, source.version, source.kind))


def _sorted_files(files: Iterable[LockedFile]) -> list[LockedFile]:
    return sorted(files, key=lambda file: (file.name, file.version, file.filename))


def _source_table(source: LockedSource) -> dict[str, object]:
    table: dict[str, object] = {
        "kind": source.kind,
        "name": source.name,
        "version": source.version,
    }
    table |= {key: value for key in _TEXTS if (value := getattr(source, key))}
    if source.file is not None:
        table["file"] = _file_table(source.file)
    if source.required_by:
        table["required-by"] = sorted(source.required_by)
    if source.build_requires:
        table["build-requires"] = sorted(source.build_requires)
    return table


def _file_table(file: LockedFile) -> dict[str, object]:
    table: dict[str, object] = {
        "name": file.name,
        "version": file.version,
        "filename": file.filename,
        "sha256": file.sha256,
        "source": file.source,
    }
    if file.size is not None:
        table["size"] = file.size
    if file.required_by:
        table["required-by"] = sorted(file.required_by)
    return table


class _Reader:
    """Reads tables strictly; every refusal names the file and the key."""

    def __init__(self, where: str) -> None:
        self._where = where

    def sources(self, document: Mapping[str, Any], key: str) -> Iterable[LockedSource]:
        for place, table in self._tables(document, key):
            yield self._source(place, table)

    def files(self, document: Mapping[str, Any], key: str) -> Iterable[LockedFile]:
        for place, table in self._tables(document, key):
            yield self._file(place, table)

    def _tables(
        self, document: Mapping[str, Any], key: str
    ) -> Iterable[tuple[str, Mapping[str, Any]]]:
        tables = document.get(key, [])
        if not isinstance(tables, list):
            raise self._damaged(key, "is no list of tables")
        for number, table in enumerate(tables, 1):
            place = f"{key} {number}"
            if not isinstance(table, Mapping):
                raise self._damaged(place, "is no table")
            yield place, table

    def _source(self, place: str, table: Mapping[str, Any]) -> LockedSource:
        kind = self._kind(place, table)
        missing = [key for key in _NEEDED[kind] if not table.get(key)]
        if missing:
            raise self._damaged(place, f"of kind {kind} lacks {', '.join(missing)}")
        texts = {key: self._text(place, table, key, default="") for key in _TEXTS}
        file = table.get("file")
        return LockedSource(
            kind=kind,
            name=self._text(place, table, "name"),
            version=self._text(place, table, "version"),
            file=self._file(f"{place}, file", file) if isinstance(file, Mapping) else None,
            required_by=self._texts(place, table, "required-by"),
            build_requires=self._texts(place, table, "build-requires"),
            **texts,
        )

    def _kind(self, place: str, table: Mapping[str, Any]) -> SourceKind:
        told = table.get("kind")
        kinds: tuple[SourceKind, ...] = get_args(SourceKind)
        for kind in kinds:
            if told == kind:
                return kind
        raise self._damaged(place, f"has no kind among {', '.join(kinds)}")

    def _file(self, place: str, table: Mapping[str, Any]) -> LockedFile:
        size = table.get("size")
        if size is not None and (not isinstance(size, int) or size < 0):
            raise self._damaged(place, "has a size that is no number of bytes")
        return LockedFile(
            name=self._text(place, table, "name"),
            version=self._text(place, table, "version"),
            filename=self._text(place, table, "filename"),
            sha256=self._text(place, table, "sha256"),
            source=self._text(place, table, "source"),
            size=size,
            required_by=self._texts(place, table, "required-by"),
        )

    def _text(
        self, place: str, table: Mapping[str, Any], key: str, *, default: str | None = None
    ) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self._damaged(place, f"lacks {key}")
        return value

    def _texts(self, place: str, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self._damaged(place, f"has a {key} that is no list of strings")
        return tuple(value)

    def _damaged(self, place: str, problem: str) -> LockError:
        return LockError(f"{self._where}: {place} {problem}", remedy=_REMEDY)
