"""A project with the private sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.support import make_project


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", sources=sources)
