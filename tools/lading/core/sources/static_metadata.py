"""What a source tree tells about itself without running a line of it (PEP 517, 621, 643)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from packaging.markers import Marker
from packaging.metadata import Metadata, RawMetadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from lading.core.errors import BuildError

# PEP 517: what a tree without [build-system] is built with.
DEFAULT_BUILD_REQUIRES = ("setuptools>=40.8.0",)
# What the resolver reads; a back end that computes one of these has to be asked.
_PROJECT_FIELDS = ("version", "requires-python", "dependencies", "optional-dependencies")
_CORE_FIELDS = frozenset({"version", "requires-python", "requires-dist", "provides-extra"})
_FIRST_WITH_DYNAMIC = Version("2.2")


def parse_build_requires(pyproject: str | None, *, where: str) -> tuple[str, ...]:
    """Return `[build-system].requires` of a pyproject.toml, or the default of PEP 517.

    `pyproject` is the file's text, None where there is no such file; `where` names the tree in
    errors. Raises BuildError when it cannot be read.
    """
    if pyproject is None:
        return DEFAULT_BUILD_REQUIRES
    system = _table(_document(pyproject, where=where), "build-system")
    if not system:
        return DEFAULT_BUILD_REQUIRES
    requires = system.get("requires")
    if not isinstance(requires, list) or not all(isinstance(text, str) for text in requires):
        raise BuildError(
            f"{where}: [build-system] in pyproject.toml has no list of requirements",
            remedy="Add requires = [...] to it, as PEP 518 asks.",
        )
    return tuple(_requirement(text, where=where) for text in requires)


def parse_static_metadata(
    *, pyproject: str | None, pkg_info: str | None, where: str
) -> bytes | None:
    """Return core metadata (a METADATA file) that no back end could change, or None.

    A `[project]` table is trusted where it declares what the resolver reads and does not list it as
    dynamic; a PKG-INFO from metadata version 2.2 on (PEP 643), under the same condition. Raises
    BuildError when either is not what it claims to be.
    """
    if pkg_info is not None and (from_pkg_info := _from_pkg_info(pkg_info)) is not None:
        return from_pkg_info
    if pyproject is None:
        return None
    return _from_project(_document(pyproject, where=where), where=where)


def parse_identity(metadata: bytes) -> tuple[str, str]:
    """Return the canonical name and the version that core metadata states, "" where it does not."""
    raw, _unparsed = parse_email(metadata)
    return canonicalize_name(raw.get("name", "")), raw.get("version", "")


def _from_pkg_info(text: str) -> bytes | None:
    raw, _unparsed = parse_email(text)
    try:
        recent = Version(raw.get("metadata_version", "0")) >= _FIRST_WITH_DYNAMIC
    except InvalidVersion:
        return None
    dynamic = {name.lower() for name in raw.get("dynamic", ())}
    complete = bool(raw.get("name")) and bool(raw.get("version"))
    return text.encode() if recent and complete and not dynamic & _CORE_FIELDS else None


def _from_project(document: Mapping[str, Any], *, where: str) -> bytes | None:
    project = _table(document, "project")
    dynamic = project.get("dynamic", [])
    if not isinstance(project.get("name"), str) or not isinstance(project.get("version"), str):
        return None
    if any(field in dynamic for field in _PROJECT_FIELDS) or _poetry_decides(document):
        return None
    extras = {
        canonicalize_name(extra): requirements
        for extra, requirements in _table(project, "optional-dependencies").items()
    }
    required = [_requirement(text, where=where) for text in project.get("dependencies", [])]
    for extra, requirements in extras.items():
        required += [_of_extra(text, extra, where=where) for text in requirements]
    raw = RawMetadata(
        metadata_version="2.2",
        name=project["name"],
        version=project["version"],
        requires_dist=required,
        provides_extra=list(extras),
    )
    if "requires-python" in project:
        raw["requires_python"] = project["requires-python"]
    try:
        return Metadata.from_raw(raw).as_rfc822().as_bytes()
    except ExceptionGroup as error:
        raise BuildError(
            f"{where}: [project] in pyproject.toml is invalid: {error.exceptions[0]}",
            remedy="Correct it in the source; no tool can build it as it is.",
        ) from error


def _poetry_decides(document: Mapping[str, Any]) -> bool:
    # Poetry merges its own tables into what [project] says, by rules of its own.
    poetry = _table(_table(document, "tool"), "poetry")
    return bool(poetry.keys() & {"dependencies", "extras", "version"})


def _of_extra(text: str, extra: str, *, where: str) -> str:
    requirement = Requirement(_requirement(text, where=where))
    condition = f'extra == "{extra}"'
    if requirement.marker is not None:
        condition = f"({requirement.marker}) and {condition}"
    requirement.marker = Marker(condition)
    return str(requirement)


def _requirement(text: str, *, where: str) -> str:
    try:
        return str(Requirement(text))
    except InvalidRequirement as error:
        raise BuildError(
            f"{where}: pyproject.toml asks for {text!r}, which is no requirement",
            remedy="Correct it in the source; no tool can build it as it is.",
        ) from error


def _document(text: str, *, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BuildError(
            f"{where}: pyproject.toml cannot be read: {error}",
            remedy="Correct it in the source; no tool can build it as it is.",
        ) from error


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}
