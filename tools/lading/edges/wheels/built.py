"""Wheels that were just built: what is in them, without importing or running it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from lading.core.errors import BuildError
from lading.core.sources.built_wheel import BuiltWheel

_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_LONGEST_POINTER = 1024
_ELF = b"\x7fELF"
# The names of the symbol versions stand as text in an ELF file's string table.
_GLIBC = re.compile(rb"GLIBC_(\d+)\.(\d+)")
_MUSL = b"libc.musl-"


def read_built_wheel(path: Path) -> BuiltWheel:
    """Look through a built wheel; raise BuildError when it is no sound archive."""
    pointers: list[str] = []
    versions: set[tuple[int, int]] = set()
    musl = False
    with _open(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                head = file.read(_LONGEST_POINTER)
                if head.startswith(_POINTER):
                    pointers.append(member.filename)
                if head.startswith(_ELF):
                    content = head + file.read()
                    found = _GLIBC.findall(content)
                    versions |= {(int(major), int(minor)) for major, minor in found}
                    musl = musl or _MUSL in content
    return BuiltWheel(
        filename=path.name,
        pointers=tuple(pointers),
        glibc=max(versions, default=None),
        musl=musl,
    )


def read_wheel_metadata(path: Path) -> bytes:
    """Return a wheel's METADATA; raise BuildError when it has none."""
    with _open(path) as archive:
        for name in archive.namelist():
            folder, _, file = name.partition("/")
            if file == "METADATA" and folder.endswith(".dist-info"):
                return archive.read(name)
    raise BuildError(
        f"{path.name} has no METADATA", remedy="It is no sound wheel: have it built anew."
    )


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise BuildError(
            f"{path.name} cannot be read as a wheel: {error}",
            remedy="It is no sound wheel: have it built anew.",
        ) from error
