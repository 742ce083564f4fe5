"""A library that is published, and what is at the index then."""

from __future__ import annotations

from pathlib import Path

from local_sources import LocalSources
from local_sources.sources import Feed
from tests.user import Said, User

WHEEL, SDIST = "acme_ledger-1.0-py3-none-any.whl", "acme_ledger-1.0.tar.gz"


def write_project(sources: LocalSources, folder: Path, feed: Feed = "index") -> Path:
    """Write a project that declares sources and nothing else."""
    folder.mkdir()
    upload = sources.index_upload_url if feed == "index" else sources.azure_upload_url
    (folder / "pyproject.toml").write_text(sources.configuration(feed, upload=upload))
    return folder


def publish(user: User, project: Path, *words: str, **variables: str) -> Said:
    return user.types(
        project, "publish", "--folder", "ledger", "--source", "acme", *words, **variables
    )


def published(sources: LocalSources) -> set[str]:
    return {link.filename for link in sources.private_packages.links("acme-ledger")}
