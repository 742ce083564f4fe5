"""What the tests of whole commands start from."""

from __future__ import annotations

import pytest

from local_sources import LocalSources
from tests.user import User


@pytest.fixture
def user(ambient: dict[str, str], sources: LocalSources) -> User:
    """Return a user whose default index is the stand-in for the public one."""
    return User(environment=sources.environment(ambient, public=True) | sources.credentials)
