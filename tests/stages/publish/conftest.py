"""A desk from which distributions are published."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lading.core.config import DefaultIndex
from lading.core.config.pyproject import parse_project
from lading.edges.access import Access
from lading.edges.http import Http, TimeLimits
from local_sources import LocalSources
from local_sources.sources import Feed
from tests.acme import Notebook
from tests.stages.publish.desk import README, Desk, Make, distribution
from tests.support import make_sdist, make_wheel


@pytest.fixture
def make_desk(sources: LocalSources, ambient: dict[str, str], tmp_path: Path) -> Make:
    """Return what gives a desk for a feed; with the publisher's token unless told otherwise."""

    def make(
        feed: Feed = "azure", *, index: str = "", token: str = "", patience: float = 60
    ) -> Desk:
        upload = sources.index_upload_url if feed == "index" else sources.azure_upload_url
        text = sources.configuration(feed, upload=index or upload)
        if index:
            text = text.replace(sources.index_url, index)
        project = parse_project(tomllib.loads(text)["tool"]["lading"], root=tmp_path)
        environment = sources.environment(ambient) | sources.credentials
        environment["ACME_TOKEN"] = token or sources.publisher_token
        progress = Notebook()
        limits = TimeLimits(connect=60, read=patience)
        access = Access(
            project,
            default_index=DefaultIndex(url=sources.public_url),
            http=Http(environment, limits=limits, sleep=lambda _: None),
            ambient=environment,
            progress=progress,
        )
        made = (
            make_sdist(tmp_path / "made", "acme-ledger"),
            make_wheel(tmp_path / "made", "acme-ledger", metadata=README),
        )
        return Desk(project, access, tuple(map(distribution, made)), progress)

    return make
