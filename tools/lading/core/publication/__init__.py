"""What may be published where: destinations, names, and what an index already has."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)

from lading.core.access.scope import covers
from lading.core.config import IndexSource, Project
from lading.core.config.toml_tables import nearest
from lading.core.errors import BuildError, ConfigError, SourceError, UsageError
from lading.core.index import IndexFile
from lading.core.urls import parse_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One file to publish: `sha256` is hex, `size` in bytes, of the file at `path`."""

    filename: str
    sha256: str
    size: int
    path: Path


def find_destination(project: Project, name: str) -> IndexSource:
    """Return the declared index of a name, which must be known to take uploads.

    Raises UsageError, or ConfigError where its upload address is not known.
    """
    known = {source.name: source for source in project.sources}
    source = known.get(name)
    if source is None:
        near = nearest(name, known)
        hint = f"Did you mean {near}? " if near else ""
        listed = f"has: {', '.join(sorted(known))}" if known else "has none; declare one"
        raise UsageError(
            f"there is no source named {name}" if name else "publish was told no source",
            remedy=f"{hint}[tool.lading.sources] {listed}.",
        )
    if not isinstance(source, IndexSource):
        raise UsageError(
            f"{name} is a source of Git repositories, which take no uploads",
            remedy="Name the source of an index: one with index = … in [tool.lading.sources].",
        )
    if source.upload is None:
        raise ConfigError(
            (f"tool.lading.sources.{name}.upload: is missing, and cannot be told from the index",),
            remedy=f'Add upload = "https://…" to [tool.lading.sources.{name}]: the address that '
            "`twine upload --repository-url` would get.",
        )
    return source


def upload_scope(source: IndexSource, url: str) -> str:
    """Return the URL prefix for which the credential of an upload is meant.

    It is the source's own scope. An address outside of that was written into the configuration by
    the people who own it, over https: it is then the folder of that address, and nothing else of
    the host.
    """
    if covers(source.scope, parse_url(url)):
        return source.scope
    address = parse_url(url)
    return f"{address.origin}{address.path.rpartition('/')[0]}/"


def leaves_scope(source: IndexSource, url: str) -> bool:
    """Say whether uploads go to where the source's credential is not sent for reading."""
    return not covers(source.scope, parse_url(f"{url.rstrip('/')}/"))


def parse_project_name(pyproject: str | None) -> str | None:
    """Return the canonical name in a pyproject.toml, None where only building tells it."""
    try:
        project = tomllib.loads(pyproject or "").get("project")
    except tomllib.TOMLDecodeError:
        # Building says it better: with the line.
        return None
    name = project.get("name") if isinstance(project, dict) else None
    return canonicalize_name(name) if isinstance(name, str) else None


def check_owned(name: str, source: IndexSource, project: Project) -> None:
    """Refuse a name that is not declared to live in a source; raise ConfigError.

    Whoever installs it would look for it elsewhere, where somebody else may offer that name.
    """
    if source.owns(name):
        return
    home = next((one for one in project.index_sources if one.owns(name)), None)
    if home is not None:
        raise ConfigError(
            (f"{name} lives in the source {home.name}, not in {source.name}",),
            remedy=f"Publish it there: --source {home.name}",
        )
    listed = ", ".join(f'"{pattern}"' for pattern in (*source.packages, name))
    raise ConfigError(
        (f"{name} is not among the packages of the source {source.name}",),
        remedy=f"Write into [tool.lading.sources.{source.name}]: packages = [{listed}]",
    )


def check_one_release(files: tuple[Distribution, ...]) -> tuple[str, str]:
    """Return the canonical name and the version of files that are one release; raise BuildError."""
    found = {_parse_filename(file.filename)[1:3] for file in files}
    if len(found) != 1 or None in next(iter(found)):
        told = ", ".join(file.filename for file in files)
        raise BuildError(
            f"what was built is not one name and version: {told}",
            remedy="Let the project's version depend on its files alone, not on the day, the "
            "machine or what lies around it.",
        )
    name, version = next(iter(found))
    return str(name), str(version)


def slot_of(filename: str) -> tuple[str, str | None, str | None, str]:
    """Return the place that a file takes in an index: two files with one slot exclude each other.

    The slot is kind, name, version and, for a wheel, build and tags; however they are spelt.
    """
    kind, name, version, which = _parse_filename(filename)
    return (kind, name, version and canonicalize_version(version), which)


def _parse_filename(filename: str) -> tuple[str, str | None, str | None, str]:
    try:
        if filename.endswith(".whl"):
            name, version, build, tags = parse_wheel_filename(filename)
            which = f"{build} {' '.join(sorted(map(str, tags)))}"
            return ("wheel", str(name), str(version), which)
        name, version = parse_sdist_filename(filename)
    except (InvalidSdistFilename, InvalidWheelFilename):
        return ("other", None, None, filename)
    return ("sdist", str(name), str(version), "")


def find_listed(file: Distribution, page: tuple[IndexFile, ...]) -> IndexFile | None:
    """Return what an index has in the place of a file, None where that is free."""
    slot = slot_of(file.filename)
    return next((listed for listed in page if slot_of(listed.filename) == slot), None)


def already_taken(source: IndexSource, taken: tuple[tuple[Distribution, str], ...]) -> SourceError:
    """Return the error of files that are there with other bytes, given as files and SHA-256."""
    lines = "".join(
        f"\n  {file.filename}: SHA-256 {sha256} there, {file.sha256} here" for file, sha256 in taken
    )
    return SourceError(
        f"the source {source.name} already has this version, with other bytes:{lines}",
        remedy="What is published is never replaced: raise the version, and publish that.",
    )
