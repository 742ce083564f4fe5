"""A library, and somebody who may publish it."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.acceptance.publish.library import write_project
from tests.user import User


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    return write_project(sources, tmp_path / "project")


@pytest.fixture
def publisher(user: User, sources: LocalSources) -> User:
    """Return a user who may upload."""
    user.environment["ACME_TOKEN"] = sources.publisher_token
    return user
