"""A desk from which distributions are published, and what the index saw."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.core.config import IndexSource, Project
from lading.core.errors import SourceError
from lading.core.publication import Distribution, find_destination
from lading.core.publication.report import Published
from lading.edges.access import Access
from lading.stages.publish import Index, publish_distributions
from local_sources import LocalSources
from tests.acme import Notebook

README = ("Description-Content-Type: text/markdown", "", "# Hello")
WHEEL, SDIST = "acme_ledger-1.0-py3-none-any.whl", "acme_ledger-1.0.tar.gz"
Make = Callable[..., "Desk"]


class Desk:
    """Somebody with two files, who publishes them."""

    def __init__(
        self,
        project: Project,
        access: Access,
        files: tuple[Distribution, ...],
        progress: Notebook,
    ) -> None:
        self.source: IndexSource = find_destination(project, "acme")
        self.access = access
        self.files = files
        self.progress = progress

    def publish(self, index: Index | None = None) -> list[tuple[str, str, str]]:
        """Publish the files, and return what became of them."""
        published: tuple[Published, ...] = publish_distributions(
            self.files, self.source, index=index or self.access, progress=self.progress
        )
        return [(one.file.filename, one.outcome, one.evidence) for one in published]

    def refused(self, index: Index | None = None) -> SourceError:
        """Publish the files, and return why that failed."""
        with pytest.raises(SourceError) as caught:
            self.publish(index)
        assert caught.value.exit_code == 4
        return caught.value


def distribution(path: Path) -> Distribution:
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return Distribution(filename=path.name, sha256=sha256, size=len(content), path=path)


def uploads(sources: LocalSources) -> list[tuple[str, int]]:
    """Return the credentials and answers of all POST requests to indexes."""
    return [
        (request.credential, request.status)
        for request in sources.log()
        if request.method == "POST"
    ]


def leaks(sources: LocalSources, home: str) -> list[str]:
    scope = "/acme/" if home == "azure" else "/"
    found = sources.log.leaks("acme-publisher", home=home, scope=scope)
    return [f"{request.host}{request.path}" for request in found]
