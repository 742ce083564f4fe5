"""Requirements that name a place instead of a version: URLs, files and folders."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PureWindowsPath
from urllib.parse import unquote, urlsplit

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from lading.core.access.userinfo import BareUrl, mask_userinfo, may_be_shown, parse_userinfo
from lading.core.config import Project
from lading.core.config.hosts import normalise_url, split_url
from lading.core.requirements import PathRequirement, UrlRequirement
from lading.core.requirements.lines import LineError

ARCHIVES = (".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar")
REVOKE = "and revoke the credential: whoever can read this file or its history has it"
_EXTRAS = re.compile(r"(?P<rest>.*?)\s*(?P<extras>\[[A-Za-z0-9._,\s-]*\])", re.DOTALL)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_DRIVE = re.compile(r"/?[A-Za-z]:/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a requirement is written. `folder` is its file's, relative to the project's root."""

    project: Project
    origin: str
    folder: str
    notes: list[str]

    def note(self, text: str) -> None:
        """Keep something worth knowing about the requirement."""
        self.notes.append(f"{self.origin}: {text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """A place as it is written: `name @ location ; marker`, in whichever form."""

    location: str
    name: str | None = None
    extras: tuple[str, ...] = ()
    marker: str | None = None
    hashes: tuple[str, ...] = ()
    editable: bool = False

    @property
    def written_name(self) -> str:
        """Return name and extras for a line to write."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.name or 'NAME'}{extras}"


def parse_direct(text: str, *, hashes: Sequence[str] = (), editable: bool = False) -> Direct | None:
    """Return a requirement that names a place, or None for one that names a version."""
    if _begins_with_location(text):
        location, marker = split_marker(text)
        if ":" not in location.split("/")[0] or _DRIVE.match(location.replace("\\", "/")):
            location, extras = _split_extras(location)
        else:
            extras = ()
        return Direct(
            location=location,
            extras=extras,
            marker=marker,
            hashes=tuple(hashes),
            editable=editable,
        )
    if "@" not in re.split(r"[;<>=!~(]", text, maxsplit=1)[0]:
        return None
    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        message = f'"{mask_userinfo(text)}" is not a requirement: expected "NAME @ URL ; MARKER"'
        raise LineError(message) from error
    if parsed.url is None:
        return None
    return Direct(
        location=parsed.url,
        name=canonicalize_name(parsed.name),
        extras=tuple(sorted(map(canonicalize_name, parsed.extras))),
        marker=str(parsed.marker) if parsed.marker else None,
        hashes=tuple(hashes),
        editable=editable,
    )


def _begins_with_location(text: str) -> bool:
    first = re.split(r"\s*;", text, maxsplit=1)[0].split("[")[0]
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", first) or first.startswith((".", "/", "\\", "~")):
        return True
    if re.match(r"[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*@", text):
        # `git@host:org/repository` is the way of ssh, `name @ …` that of PEP 508.
        return bool(re.match(r"git@[A-Za-z0-9.-]+:(?!//)", text))
    return "/" in first or "\\" in first or first.lower().endswith((".whl", *ARCHIVES))


def split_marker(text: str) -> tuple[str, str | None]:
    """Return a location and the marker that stands behind it; raise LineError."""
    location, *rest = re.split(r"\s+;\s*|;\s+", text, maxsplit=1)
    if not rest:
        return location.strip(), None
    try:
        return location.strip(), str(Marker(rest[0].strip()))
    except InvalidMarker as error:
        message = f'"{mask_userinfo(rest[0].strip())}" is not a marker that packaging tools know'
        raise LineError(message) from error


def _split_extras(text: str) -> tuple[str, tuple[str, ...]]:
    match = _EXTRAS.fullmatch(text)
    return (match["rest"], parse_extras(match["extras"])) if match else (text, ())


def parse_extras(text: str) -> tuple[str, ...]:
    """Return the names of `[a, B]`, canonical and sorted."""
    names = (name.strip() for name in text.strip("[]").split(","))
    return tuple(sorted({canonicalize_name(name) for name in names if name}))


def parse_egg(direct: Direct) -> Direct:
    """Return `direct` with the name and extras that `#egg=name[extra]` adds to it."""
    fragment = direct.location.partition("#")[2]
    values = [part.removeprefix("egg=") for part in fragment.split("&") if part.startswith("egg=")]
    if not values:
        return direct
    try:
        egg = Requirement(unquote(values[0]))
    except InvalidRequirement as error:
        message = "#egg= must be the name of a package, with extras at most"
        raise LineError(message) from error
    name = canonicalize_name(egg.name)
    if direct.name not in {None, name}:
        message = f"is called {direct.name} before the @ and {name} in #egg=; write one of them"
        raise LineError(message)
    extras = tuple(sorted({*direct.extras, *map(canonicalize_name, egg.extras)}))
    return replace(direct, name=name, extras=extras)


def parse_url(direct: Direct, place: Place) -> UrlRequirement:
    """Return a wheel or archive at an https URL; raise LineError."""
    bare = _parse_location(direct)
    filename = unquote(posixpath.basename(bare.url))
    named = _named_by_file(parse_egg(direct), filename, bare.url)
    if bare.kind == "secret":
        url = bare.url if may_be_shown(bare.url) else f"https://HOST/{filename}"
        message = (
            f'a credential is written into "{mask_userinfo(direct.location)}"; '
            f"write: {named.written_name} @ {url} {REVOKE}"
        )
        raise LineError(message)
    if not bare.url.lower().startswith("https:"):
        message = f'"{bare.url}" is not https: what it answers could be changed on its way'
        raise LineError(message)
    if bare.kind != "none":
        place.note(f"the user information in the URL of {named.name} is left out")
    return UrlRequirement(
        name=named.name or "",
        url=normalise_url(bare.url),
        origin=place.origin,
        hashes=tuple(sorted({*direct.hashes, *_fragment_hashes(direct.location)})),
        extras=named.extras,
        marker=direct.marker,
    )


def _parse_location(direct: Direct) -> BareUrl:
    """Return a URL without user information and fragment; raise LineError."""
    # Masked as a whole: a password may hold the very characters at which a URL is taken apart.
    shown = mask_userinfo(direct.location)
    location, _, fragment = direct.location.partition("#")
    bare = parse_userinfo(location)
    parts = split_url(bare.url)
    host = (parts.hostname if parts else None) or ""
    # A "/" in a password tears the URL, and a part of it looks like the host.
    doubtful = "." not in host or bare.kind != "none"
    torn = "@" in fragment or (doubtful and "@" in bare.url)
    if parts is None or not host or torn:
        message = f'"{shown}" is not a URL that can be read'
        raise LineError(message)
    if parts.query:
        message = (
            f'"{shown}" has a query, which is often a key and would be written into the lock; '
            f"put the file into a private index, {REVOKE}"
        )
        raise LineError(message)
    return bare


def _fragment_hashes(location: str) -> tuple[str, ...]:
    values = [part.partition("=") for part in location.partition("#")[2].split("&")]
    return tuple(
        f"sha256:{value.lower()}"
        for key, _, value in values
        if key == "sha256" and _SHA256.fullmatch(value)
    )


def _named_by_file(direct: Direct, filename: str, url: str) -> Direct:
    """Return `direct` with the name that a file's name tells, and check that the two agree."""
    if not filename.lower().endswith((".whl", *ARCHIVES)):
        message = (
            f'"{mask_userinfo(url)}" is neither a wheel nor a source archive; '
            "a Git repository is written NAME @ git+https://…"
        )
        raise LineError(message)
    told = _name_of_file(filename)
    if told is None and direct.name is None:
        message = f'which package is "{filename}"? write: NAME @ {mask_userinfo(url)}'
        raise LineError(message)
    if filename.endswith(".whl") and direct.name not in {None, told}:
        message = f'"{filename}" is not a wheel of {direct.name}'
        raise LineError(message)
    return replace(direct, name=direct.name or told)


def _name_of_file(filename: str) -> str | None:
    if filename.lower().endswith(".whl"):
        try:
            return parse_wheel_filename(filename)[0]
        except InvalidWheelFilename as error:
            message = (
                f'"{filename}" is not the name of a wheel: NAME-VERSION-PYTHON-ABI-PLATFORM.whl'
            )
            raise LineError(message) from error
    try:
        return parse_sdist_filename(filename)[0]
    except InvalidSdistFilename:
        return None


def parse_path(direct: Direct, place: Place) -> PathRequirement:
    """Return a folder or file on this machine; raise LineError."""
    direct = parse_egg(direct)
    path = _relative_path(_local_path(direct.location.partition("#")[0]), place)
    filename = posixpath.basename(path)
    name = direct.name
    if filename.lower().endswith(".whl"):
        name = _named_by_file(direct, filename, filename).name
    if path == ".." or path.startswith("../"):
        place.note(
            f"{path} lies outside of the project: every machine that builds needs it at that place"
        )
    return PathRequirement(
        name=name,
        path=path,
        origin=place.origin,
        extras=direct.extras,
        marker=direct.marker,
        editable=direct.editable,
        hashes=tuple(sorted(direct.hashes)),
    )


def _local_path(location: str) -> str:
    """Return the path that a `file:` URL or a path in either system's spelling names."""
    if location.lower().startswith("file:"):
        parts = urlsplit(location)
        if parts.netloc not in {"", "localhost"}:
            message = "a file: URL of another machine cannot be read; file:///PATH is this one"
            raise LineError(message)
        location = unquote(parts.path)
    path = location.replace("\\", "/")
    if not path or "\0" in path or path.startswith("~") or re.search(r"\$\{?\w|%\w+%", path):
        message = (
            f'"{location}" depends on this machine; write a path relative to the requirements file'
        )
        raise LineError(message)
    return path.removeprefix("/") if _DRIVE.match(path) else path


def _relative_path(path: str, place: Place) -> str:
    """Return a path relative to the project's root."""
    if not path.startswith("/") and not PureWindowsPath(path).drive:
        return posixpath.normpath(posixpath.join(place.folder, path))
    root = place.project.root.as_posix().rstrip("/").split("/")
    wanted = posixpath.normpath(path).split("/")
    if PureWindowsPath(path).drive and root[0].lower() != wanted[0].lower():
        message = f'"{path}" is on another drive; write a path relative to the requirements file'
        raise LineError(message)
    shared = 0
    while shared < min(len(root), len(wanted)) and root[shared] == wanted[shared]:
        shared += 1
    return posixpath.normpath("/".join([*[".."] * (len(root) - shared), *wanted[shared:]]) or ".")
