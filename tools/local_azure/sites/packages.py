"""The packages of a site: what was uploaded, what is stored, and what the app runs."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

_NEWEST = 5
# Its only line names the package to run from.
_POINTER = "packagename.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A package that an app runs: the zip, and whether it is mounted or was extracted."""

    package: Path
    sha256: str
    mounted: bool

    @property
    def lading(self) -> dict[str, Any]:
        """Return the package's lading.json, {} where it has none."""
        try:
            with zipfile.ZipFile(self.package) as archive:
                document: dict[str, Any] = json.loads(archive.read("lading.json"))
        except (KeyError, ValueError, OSError, zipfile.BadZipFile):
            return {}
        return document


class Packages:
    """The `/home` of a site.

    `release` is what the app runs, None before the first deployment; `built` says whether Azure
    built anything of it itself.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.release: Release | None = None
        self.built = False
        for folder in (self.store, self.wwwroot, self.home / "site/artifacts"):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def store(self) -> Path:
        """Return where packages are that are run from."""
        return self.home / "data/SitePackages"

    @property
    def wwwroot(self) -> Path:
        """Return where packages are extracted that are not run from."""
        return self.home / "site/wwwroot"

    @property
    def stored(self) -> tuple[str, ...]:
        """Return the names of the packages that are kept, the oldest first."""
        return tuple(sorted(path.name for path in self.store.glob("*.zip")))

    def receive(self, chunks: Iterable[bytes]) -> Path:
        """Write an upload to a file of its own, and return that."""
        with NamedTemporaryFile(dir=self.home, suffix=".zip", delete=False) as file:
            for chunk in chunks:
                file.write(chunk)
        return Path(file.name)

    def keep(self, upload: Path, stamp: str, *, newest: int = _NEWEST) -> Path:
        """Store an upload among the packages to run from, of which the newest stay."""
        kept = self.store / f"{stamp}.zip"
        upload.replace(kept)
        for name in self.stored[:-newest]:
            (self.store / name).unlink()
        return kept

    def mount(self, package: Path) -> None:
        """Run from a stored package."""
        (self.store / _POINTER).write_text(package.name, "ascii")
        self.release = Release(package=package, sha256=_sha256(package), mounted=True)

    def mount_again(self) -> None:
        """Run from the stored package that is named, as each start does."""
        pointer = self.store / _POINTER
        name = pointer.read_text("ascii").strip() if pointer.exists() else ""
        if self.release is not None and self.release.mounted and name in self.stored:
            self.mount(self.store / name)

    def hold(self, package: Path) -> None:
        """Run from a package as Flex does: workers get it from the container."""
        kept = self.home / "site/artifacts" / package.name
        package.replace(kept)
        self.release = Release(package=kept, sha256=_sha256(kept), mounted=True)

    def extract(self, package: Path) -> None:
        """Run from files: those of a package take the place of those before."""
        with zipfile.ZipFile(package) as archive:
            shutil.rmtree(self.wwwroot)
            archive.extractall(self.wwwroot)
        kept = self.home / "site/artifacts" / package.name
        package.replace(kept)
        self.release = Release(package=kept, sha256=_sha256(kept), mounted=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
