"""One `[[package]]` of a poetry.lock."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import canonicalize_name

from lading.core.config.toml_tables import Table
from lading.core.requirements.foreign import sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PoetryPackage:
    """One `[[package]]`, with the hashes of its files wherever its format keeps them."""

    name: str
    version: str
    hashes: tuple[str, ...]
    table: Table


def parse_packages(root: Table, metadata: Table) -> tuple[PoetryPackage, ...]:
    """Return the packages of a lock; what cannot be one is noted and left out."""
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
            PoetryPackage(
                name=canonicalize_name(name),
                version=version,
                hashes=sha256_of(file.text("hash") or "" for file in files),
                table=row,
            )
        )
    return tuple(found)
