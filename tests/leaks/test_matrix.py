"""No field of the matrix shows a credential anywhere but in the process that holds it.

CI runs a choice in which every two of a kind, a way and an ending meet; `invoke test --slow` and
`invoke leaks --whole` run all.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local_azure import LocalAzure
from local_sources import LocalSources
from tests.leaks.kinds import World
from tests.leaks.matrix import Cell, check_outcome, representative, run_cell, whole
from tests.leaks.rig import require_rig
from tests.support import make_project
from tests.user import User

_CHOSEN = tuple(representative())
_OTHERS = tuple(cell for cell in whole() if cell not in _CHOSEN)


@pytest.fixture
def user(ambient: dict[str, str], sources: LocalSources) -> User:
    return User(environment=sources.environment(ambient, public=True) | sources.credentials)


@pytest.fixture
def world(sources: LocalSources, azure: LocalAzure, machine: dict[str, str]) -> World:
    require_rig()
    return World(sources=sources, azure=azure, machine=machine)


@pytest.mark.parametrize("cell", _CHOSEN, ids=str)
def test_the_credential_stays_home(cell: Cell, world: World, tmp_path: Path) -> None:
    outcome = run_cell(cell, world, folder=tmp_path / "agent")
    assert check_outcome(outcome) == ()


@pytest.mark.slow
@pytest.mark.parametrize("cell", _OTHERS, ids=str)
def test_the_credential_stays_home_in_all_other_fields(
    cell: Cell, world: World, tmp_path: Path
) -> None:
    outcome = run_cell(cell, world, folder=tmp_path / "agent")
    assert check_outcome(outcome) == ()


def test_with_access_hands_no_value_of_dotenv_on(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    """The shell's variables are the user's to hand over; .env is opened by lading alone."""
    project = make_project(
        tmp_path / "project", sources=sources, files={".env": "DATABASE_PASSWORD=bait\n"}
    )
    script = "import os, sys; sys.exit('DATABASE_PASSWORD' in os.environ)"
    assert user.types(project, "with-access", "--", sys.executable, "-c", script).code == 0
