"""Bundle and app's folder → the files in which they differ: what a package does not have yet."""

from __future__ import annotations

import hashlib

from lading.core.bundle import LABEL, Bundle
from lading.core.bundle.appfiles import AppFile
from lading.core.layer import SITE_PACKAGES

_CACHE = "__pycache__"


def compare_app(bundle: Bundle, files: tuple[AppFile, ...]) -> tuple[str, ...]:
    """Return the names of the app's own files that a package lacks, has otherwise, or has still."""
    packed = {
        entry.name: entry.member.sha256
        for entry in bundle.entries
        if not entry.name.startswith(SITE_PACKAGES)
        and entry.name != LABEL
        and _CACHE not in entry.name.split("/")
    }
    lying = {file.name: _digest(file) for file in files}
    names = packed.keys() | lying.keys()
    return tuple(sorted(name for name in names if packed.get(name) != lying.get(name)))


def _digest(file: AppFile) -> str:
    try:
        with file.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        # Gone since it was listed.
        return ""
