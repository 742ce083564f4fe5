"""What the tests of the corpus start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.corpus.workbench import Workbench, with_pythons
from tests.user import User


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store that all apps share, as the builds of one user do."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def interpreters(machine: dict[str, str]) -> dict[str, str]:
    """Return a PATH on which every Python of this machine is."""
    return {"PATH": with_pythons(machine)["PATH"]}


@pytest.fixture
def workbench(
    ambient: dict[str, str], interpreters: dict[str, str], sources: LocalSources, store: Path
) -> Workbench:
    """Return a workbench whose default index is the stand-in for the public one."""
    environment = sources.environment(ambient | interpreters, public=True) | sources.credentials
    user = User(environment=environment | {"LADING_CACHE": str(store)})
    return Workbench(sources=sources, user=user)
