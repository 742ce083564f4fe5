"""What the local sources saw, and the file that tests ask for."""

from __future__ import annotations

from lading.core.index import IndexFile
from local_sources import LocalSources

PRICING = "acme_pricing-1.9.0-py3-none-any.whl"


def leaks(sources: LocalSources, *, home: str = "index", scope: str = "/") -> list[str]:
    """Return where acme's credentials were seen that is not their home."""
    seen = sources.log.leaks("acme", home=home, scope=scope)
    seen += sources.log.leaks("acme-git", home="git", scope="/acme/")
    return [f"{request.host}{request.path}" for request in seen]


def pricing(files: tuple[IndexFile, ...]) -> IndexFile:
    return next(file for file in files if file.filename == PRICING)
