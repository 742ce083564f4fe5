"""A user on a clean machine, and a project that needs two sources."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.support import make_project
from tests.user import User


@pytest.fixture
def careful(user: User, sources: LocalSources) -> User:
    """Return a user on a clean machine, whose public index knows nothing but its own."""
    sources.passes_on = False
    user.environment |= {"GIT_CONFIG_SYSTEM": os.devnull}
    return user


@pytest.fixture
def project(tmp_path: Path, sources: LocalSources) -> Path:
    git = f"acme-tax @ git+{sources.tax_url}@v2.1.0"
    return make_project(tmp_path / "p", requirements=["idna", "acme-pricing", git], sources=sources)
