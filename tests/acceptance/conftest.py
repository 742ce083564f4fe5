"""What the tests of whole commands start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.user import User


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store that the tests share, as the builds of one user do."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def user(ambient: dict[str, str], sources: LocalSources, store: Path) -> User:
    """Return a user whose default index is the stand-in for the public one."""
    environment = sources.environment(ambient, public=True) | sources.credentials
    return User(environment=environment | {"LADING_CACHE": str(store)})
