"""A project whose team locks it with uv, Poetry or pip, from packages of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from local_sources import GitCommit, LocalSources
from tests.acceptance.foreign_locks.teams import Team, offer, pip_team, poetry_team, uv_team
from tests.small_project import below, small_project
from tests.support import make_project
from tests.user import User


@pytest.fixture(autouse=True)
def only_own_packages(sources: LocalSources) -> None:
    """Let no other package be needed, which keeps these tests fast."""
    sources.passes_on = False


@pytest.fixture(scope="module")
def poetry(machine: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the real Poetry, in a place of its own."""
    place = tmp_path_factory.mktemp("tools") / "poetry"
    uv = str(Path(sys.executable).with_name("uv"))
    own = machine | {"UV_DEFAULT_INDEX": machine.get("PIP_INDEX_URL", PYPI_SIMPLE_ENDPOINT)}
    for words in (
        ("venv", "--python", sys.executable, str(place)),
        ("pip", "install", "--python", str(place), "poetry>=2.0"),
    ):
        subprocess.run([uv, "--quiet", *words], check=True, env=own, timeout=240)
    return place / "bin" / "poetry"


@pytest.fixture(params=["uv", "poetry", "pip"])
def team(request: pytest.FixtureRequest, user: User, sources: LocalSources) -> Team:
    """Return a team for each tool."""
    if request.param == "uv":
        return uv_team(user, sources)
    if request.param == "pip":
        return pip_team(user, sources)
    return poetry_team(user, sources, request.getfixturevalue("poetry"))


@pytest.fixture
def project(sources: LocalSources, team: Team, tmp_path: Path) -> Path:
    """Return a project with the team's lock, made while 1.0 was the newest of everything."""
    offer(sources, "1.0")
    repository = sources.add_git_repository("/acme/platform/_git/acme-git")
    repository.commit(GitCommit(files=small_project("acme-git", "1.0")))
    files = team.files | below("shared", small_project("acme-shared"))
    root = make_project(tmp_path / "p", sources=sources, files=files)
    text = (root / "pyproject.toml").read_text()
    asked = f'requirements = "{team.lock}"'
    (root / "pyproject.toml").write_text(
        text.replace('requirements = "functionapp/requirements.txt"', asked)
    )
    team.locks((root / team.lock).parent)
    # Since then everything has moved on.
    offer(sources, "2.0")
    repository.commit(GitCommit(files=small_project("acme-git", "2.0")))
    return root
