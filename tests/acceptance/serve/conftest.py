"""Somebody who serves, and one app of many functions that is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.acceptance.serve.apps import BUNDLE, MORE, ORDERS, project_of
from tests.served import ServedApp, serves
from tests.user import User


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def someone(machine: dict[str, str], shared_sources: LocalSources, store: Path, home: Path) -> User:
    """Return a user who lives as long as the servers of this module."""
    temporary = home / "tmp"
    temporary.mkdir()
    own = {"HOME": str(home), "TMPDIR": str(temporary), "LADING_CACHE": str(store)}
    environment = shared_sources.environment(machine | own, public=True)
    return User(environment=environment | shared_sources.credentials)


@pytest.fixture(scope="module")
def orders_project(someone: User, home: Path) -> Path:
    host = '{"version": "2.0", "extensions": {"http": {"routePrefix": "v2/api"}}, ' + BUNDLE + "}"
    project = project_of(home / "orders", ORDERS, host)
    (project / "functionapp/more.py").write_text(MORE)
    someone.builds(project)
    return project


@pytest.fixture(scope="module")
def orders(someone: User, orders_project: Path) -> Iterator[ServedApp]:
    with serves(someone, orders_project) as served:
        yield served
