"""No request carries a credential out of its source's scope, whatever a host lures it with.

Each trap is also walked into in the usual way where that way falls in: a trap that catches nobody
would prove nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.leaks.matrix import Agent
from tests.leaks.peers import Desk
from tests.leaks.traps import TRAPS, Trap
from tests.support import make_project, require
from tests.user import User

CAUGHT = tuple((trap, name) for trap in TRAPS for name in trap.catches)


@pytest.fixture
def user(ambient: dict[str, str], sources: LocalSources, tmp_path: Path) -> User:
    environment = sources.environment(ambient, public=True) | sources.credentials
    return User(environment=environment | {"LADING_CACHE": str(tmp_path / "store")})


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_no_trap_gets_the_credential(
    trap: Trap, user: User, sources: LocalSources, tmp_path: Path
) -> None:
    requirement = trap.lay(sources)
    project = make_project(
        tmp_path / "project", requirements=[requirement], sources=sources, feed=trap.feed
    )
    said = user.types(project, "build")
    assert said.code in {0, 4}, said.text
    assert sources.log(credential=trap.credential), "the trap was not reached"
    assert sources.log.leaks(trap.credential, home=trap.home, scope=trap.scope) == ()
    assert [request for request in sources.log() if request.strays] == []


@pytest.mark.parametrize(
    ("trap", "way"), CAUGHT, ids=[f"{way}: {trap.name}" for trap, way in CAUGHT]
)
def test_the_trap_catches_the_usual_way(
    trap: Trap, way: str, sources: LocalSources, machine: dict[str, str], tmp_path: Path
) -> None:
    if "LFS" in trap.name:
        require("git-lfs")
    requirement = trap.lay(sources)
    desk = Desk(agent=Agent(machine, tmp_path / "agent", sources), sources=sources)
    subprocess.run(
        _words(desk, way, requirement),
        env=desk.agent.environment(),
        cwd=desk.agent.project,
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert sources.log.leaks(trap.credential, home=trap.home, scope=trap.scope)


def _words(desk: Desk, way: str, requirement: str) -> tuple[str, ...]:
    sources = desk.sources
    pip = (sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--retries", "0")
    url = sources.azure_url
    match way:
        case "pip_netrc":
            desk.write_netrc(sources.token)
        case "pip_index_url_argument":
            url = desk.with_token(url, sources.token)
        case _:
            option = f"http.extraHeader={desk.header}"
            repository = requirement.partition("git+")[2].removesuffix("@main")
            git = shutil.which("git") or "git"
            filters = ("-c", "filter.lfs.process=git-lfs filter-process")
            return (
                *(git, "-c", option, *filters, "-c", "filter.lfs.required=true"),
                *("clone", "--recurse-submodules", repository, "tree"),
            )
    return (*pip, "-i", url, "--trusted-host", "localhost", "--dest", "out", requirement)


def write_project_of_two(sources: LocalSources, folder: Path) -> Path:
    """Write a project with a source in each of two organisations on one host."""
    sources.contoso_packages.add_wheel("contoso-auth", "1.0")
    contoso = (
        "[tool.lading.sources.contoso]\n"
        f'index = "{sources.contoso_url}"\nscope = "{sources.azure.origin}/contoso/"\n'
        'packages = ["contoso-*"]\ncredential = "env:CONTOSO_TOKEN"\n'
    )
    return make_project(
        folder,
        requirements=["acme-core", "contoso-auth"],
        sources=sources,
        feed="azure",
        configuration=contoso,
    )


def test_two_organisations_on_one_host_each_get_their_own_credential(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    user.builds(write_project_of_two(sources, tmp_path / "project"))
    for name in ("acme", "contoso"):
        assert sources.log(host="azure", credential=name)
        assert sources.log.leaks(name, home="azure", scope=f"/{name}/") == ()


def test_an_organisation_that_points_at_its_neighbour_gets_nobodys_credential_there(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    # The neighbour has the same package: only the scope keeps the request away.
    sources.contoso_packages.add_wheel("acme-core", "1.4.0")
    sources.azure.fail("redirect-to-organisation", where="/acme/")
    assert user.types(write_project_of_two(sources, tmp_path / "project"), "build").code == 4
    for name in ("acme", "contoso"):
        assert sources.log.leaks(name, home="azure", scope=f"/{name}/") == ()
