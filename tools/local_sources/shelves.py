"""A shelf: a folder of distributions that indexes offer."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import (
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from local_sources.distributions import (
    Files,
    Metadata,
    pack_project,
    read_metadata,
    write_sdist,
    write_wheel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One file on an index's page. `yanked` is the reason, None where it is not yanked."""

    filename: str
    href: str
    sha256: str | None = None
    size: int | None = None
    requires_python: str | None = None
    yanked: str | None = None
    metadata_sha256: str | None = None


class Shelf:
    """A folder of wheels and source archives, in the order in which they were put there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.yanked: dict[str, str] = {}

    def add_wheel(
        self,
        name: str,
        version: str,
        *,
        requires: Iterable[str] = (),
        files: Files | None = None,
        metadata: Iterable[str] = (),
        requires_python: str | None = None,
        tag: str = "py3-none-any",
    ) -> Path:
        """Offer a wheel; `metadata` are further header lines of METADATA."""
        about = Metadata(
            name=name,
            version=version,
            requires=tuple(requires),
            requires_python=requires_python,
            extra=tuple(metadata),
        )
        return write_wheel(self.folder, about, files=files, tag=tag)

    def add_sdist(
        self,
        name: str,
        version: str,
        *,
        requires: Iterable[str] = (),
        build_requires: Iterable[str] = ("setuptools",),
        files: Files | None = None,
        dynamic: bool = False,
        setup_py: str | None = None,
        requires_python: str | None = None,
    ) -> Path:
        """Offer a source archive; `dynamic`: only its `setup.py` knows version and requirements."""
        about = Metadata(
            name=name, version=version, requires=tuple(requires), requires_python=requires_python
        )
        return write_sdist(
            self.folder,
            about,
            files=files,
            build_requires=tuple(build_requires),
            dynamic=dynamic,
            setup_py=setup_py,
        )

    def add_file(self, path: Path) -> Path:
        """Offer a wheel or source archive that exists."""
        return Path(shutil.copy2(path, self.folder))

    def add_project(self, project: Path) -> Path:
        """Offer the wheel of a pure Python project."""
        return pack_project(project, self.folder)

    def yank(self, filename: str, reason: str = "") -> None:
        """Yank a file (PEP 592)."""
        self.yanked[filename] = reason

    def clear(self) -> None:
        """Offer nothing."""
        self.yanked.clear()
        for path in self.folder.iterdir():
            path.unlink()

    def find(self, filename: str) -> Path | None:
        """Return a file by its name."""
        path = self.folder / filename
        return path if "/" not in filename and path.is_file() else None

    def links(self, name: str) -> tuple[Link, ...]:
        """Return what is offered under a name; each href is the file name."""
        wanted = canonicalize_name(name)
        files = sorted(self.folder.iterdir())
        return tuple(self._link(path) for path in files if name_of(path.name) == wanted)

    def _link(self, path: Path) -> Link:
        metadata = read_metadata(path)
        required = [line for line in metadata.splitlines() if line.startswith("Requires-Python: ")]
        return Link(
            filename=path.name,
            href=path.name,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            size=path.stat().st_size,
            requires_python=required[0].partition(": ")[2] if required else None,
            yanked=self.yanked.get(path.name),
            metadata_sha256=(
                hashlib.sha256(metadata.encode()).hexdigest() if path.suffix == ".whl" else None
            ),
        )


def name_of(filename: str) -> str:
    """Return the canonical name of the distribution in a file."""
    if filename.endswith(".whl"):
        return parse_wheel_filename(filename)[0]
    return parse_sdist_filename(filename)[0]


def version_of(filename: str) -> str:
    """Return the version of the distribution in a file."""
    if filename.endswith(".whl"):
        return str(parse_wheel_filename(filename)[1])
    return str(parse_sdist_filename(filename)[1])
