"""Locks that uv, Poetry and pip wrote: lading builds exactly what they say, for Azure."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from local_sources import GitCommit, LocalSources
from tests.small_project import below, small_project
from tests.support import make_project
from tests.user import User, modules

posix = pytest.mark.skipif(os.name == "nt", reason="the tools are started as on POSIX")
HASH = re.compile(r"\b[0-9a-f]{64}\b")


@pytest.fixture(autouse=True)
def only_own_packages(sources: LocalSources) -> None:
    """Let no other package be needed, which keeps these tests fast."""
    sources.passes_on = False


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team with a tool and a lock of it, at a path in its project.

    `locks` runs that tool in the lock's folder, as it is, without lading.
    """

    lock: str
    files: dict[str, str]
    locks: Callable[[Path], None]


def run(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        words, cwd=folder, env=environment, check=False, timeout=240, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def uv_team(user: User, sources: LocalSources) -> Team:
    text = f"""
[project]
name = "orders"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["acme-one", "open-one", "acme-shared", "acme-git", "acme-win ; os_name == 'nt'"]

[dependency-groups]
dev = ["acme-dev"]

[tool.uv.sources]
acme-one = {{ index = "acme" }}
acme-win = {{ index = "acme" }}
acme-dev = {{ index = "acme" }}
acme-shared = {{ path = "../shared", editable = true }}
acme-git = {{ git = "{sources.git_url}platform/_git/acme-git" }}

[[tool.uv.index]]
name = "acme"
url = "{sources.index_url}"
explicit = true

[[tool.uv.index]]
name = "open"
url = "{sources.public_url}"
default = true
"""
    environment = user.environment | {
        "UV_INDEX_ACME_USERNAME": "reader",
        "UV_INDEX_ACME_PASSWORD": sources.token,
        **git_settings(sources),
    }
    environment.pop("UV_DEFAULT_INDEX", None)
    uv = str(Path(sys.executable).with_name("uv"))
    return Team(
        lock="functionapp/uv.lock",
        files={"functionapp/pyproject.toml": text},
        locks=lambda folder: run([uv, "lock", "--no-cache"], folder, environment),
    )


def poetry_team(user: User, sources: LocalSources, poetry: Path) -> Team:
    text = f"""
[project]
name = "orders"
version = "1.0"
requires-python = ">=3.11,<4"
dependencies = ["acme-one", "open-one", "acme-shared", "acme-git", "acme-win ; os_name == 'nt'"]

[tool.poetry]
package-mode = false

[tool.poetry.dependencies]
acme-one = {{ source = "acme" }}
acme-win = {{ source = "acme" }}
acme-shared = {{ path = "../shared", develop = true }}
acme-git = {{ git = "{sources.git_url}platform/_git/acme-git" }}

[tool.poetry.group.dev.dependencies]
acme-dev = {{ version = "*", source = "acme" }}

[[tool.poetry.source]]
name = "open"
url = "{sources.public_url}"
priority = "primary"

[[tool.poetry.source]]
name = "acme"
url = "{sources.index_url}"
priority = "explicit"
"""
    environment = user.environment | {
        "POETRY_HTTP_BASIC_ACME_USERNAME": "reader",
        "POETRY_HTTP_BASIC_ACME_PASSWORD": sources.token,
        "POETRY_KEYRING_ENABLED": "false",
        "POETRY_SYSTEM_GIT_CLIENT": "true",
        "POETRY_CACHE_DIR": str(poetry.parent / "cache"),
        **git_settings(sources),
    }
    return Team(
        lock="functionapp/poetry.lock",
        files={"functionapp/pyproject.toml": text},
        locks=lambda folder: run([str(poetry), "lock", "-n"], folder, environment),
    )


def pip_team(user: User, sources: LocalSources) -> Team:
    private = sources.index_url.replace("://", f"://reader:{quote(sources.token, safe='')}@")
    lines = "acme-one\nopen-one\n./shared\n"
    lines += f"acme-git @ git+{sources.git_url}platform/_git/acme-git\n"
    environment = user.environment | {
        "PIP_INDEX_URL": private,
        "PIP_EXTRA_INDEX_URL": sources.public_url,
        **git_settings(sources),
    }
    pip = [sys.executable, "-m", "pip", "lock", "-r", "requirements.in", "-o", "pylock.toml"]
    # In the root: pip cannot lock a folder that is not below its lock.
    return Team(
        lock="pylock.toml",
        files={"requirements.in": lines},
        locks=lambda folder: run([*pip, "--no-build-isolation"], folder, environment),
    )


def git_settings(sources: LocalSources) -> dict[str, str]:
    """Return what lets the tools' own git read the private repositories."""
    origin = sources.git.origin
    inside = origin.replace("://", f"://reader:{quote(sources.git_token, safe='')}@")
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{inside}.insteadOf",
        "GIT_CONFIG_VALUE_0": origin,
    }


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


def offer(sources: LocalSources, version: str) -> None:
    """Offer a version of everything; what is private and what is public require one another."""
    for name in ("acme-one", "acme-win", "acme-dev", "open-one", "open-below"):
        shelf = sources.private_packages if name.startswith("acme") else sources.public_packages
        shelf.add_wheel(
            name,
            version,
            files={f"{name.replace('-', '_')}.py": f"VERSION = {version!r}\n"},
            requires=["open-below"] if name == "acme-one" else [],
        )


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


@posix
def test_what_is_locked_is_built_and_nothing_newer(
    user: User, sources: LocalSources, team: Team, project: Path
) -> None:
    said = user.builds(project)
    names = ("acme_one", "open_one", "open_below", "acme_git", "acme_shared")
    assert modules(project) == dict.fromkeys(names, "VERSION = '1.0'\n")
    foreign = (project / team.lock).read_text()
    own = (project / team.lock).with_name("requirements.lock").read_text()
    hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", own)
    assert len(hashes) == 3
    assert set(hashes) <= set(HASH.findall(foreign))
    commits = re.findall(
        r"\b[0-9a-f]{40}\b", (project / team.lock).with_name("sources.lock").read_text()
    )
    assert commits[0] in foreign
    told = user.types(project, "explain", "open-below").stdout
    assert f"{team.lock} → acme-one → open-below" in told
    assert "is older than" not in said.stderr
    user.builds(project, "--frozen")
    assert sources.token not in said.text + own
    assert sources.log.leaks("acme", home="index") == () or team.lock == "pylock.toml"


@posix
def test_a_file_that_is_not_listed_is_refused(
    user: User, sources: LocalSources, team: Team, project: Path
) -> None:
    lock = project / team.lock
    wheel = next(sources.private_packages.folder.glob("acme_one-1.0*.whl"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    text = lock.read_text()
    lock.write_text(text.replace(digest, "0" * 64))
    said = user.types(project, "build")
    assert said.code == 5, said.text
    assert f"{team.lock} has other hashes for acme-one 1.0" in said.stderr
    assert not (project / "dist").exists()
    # The lock of lading follows: what it was made from has changed.
    lock.write_text(text)
    user.builds(project)
    lock.write_text(text.replace(digest, "0" * 64))
    assert user.types(project, "build", "--frozen").code == 6


@posix
def test_upgrades_are_made_with_the_tool(user: User, team: Team, project: Path) -> None:
    user.builds(project)
    said = user.types(project, "lock", "--upgrade")
    assert said.code == 0, said.text
    assert f"{team.lock} chooses the versions" in " ".join(said.stderr.split())
    assert "acme-one==1.0" in (project / team.lock).with_name("requirements.lock").read_text()
    said = user.types(project, "lock", "--upgrade-package", "acme-one")
    assert said.code == 2
    assert "Upgrade it there" in said.stderr
    (project / team.lock).unlink()
    team.locks((project / team.lock).parent)
    assert user.types(project, "build", "--frozen").code == 6
    user.builds(project)
    assert modules(project)["acme_one"] == "VERSION = '2.0'\n"


def pylock(sources: LocalSources, *names: str, tag: str = "py3-none-any") -> str:
    """Return a pylock.toml that has 1.0 of private packages, each with one wheel."""
    lines = ['lock-version = "1.0"', 'created-by = "pip"']
    for name in names:
        filename = f"{name.replace('-', '_')}-1.0-{tag}.whl"
        content = (sources.private_packages.folder / filename).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        wheel = f'url = "{sources.index_url}{filename}", hashes = {{ sha256 = "{digest}" }}'
        lines += [
            "[[packages]]",
            f'name = "{name}"',
            'version = "1.0"',
            f"wheels = [{{ {wheel} }}]",
        ]
    return "\n".join(lines) + "\n"


def locked_project(folder: Path, sources: LocalSources, files: dict[str, str]) -> Path:
    """Return a project whose app names its pyproject.toml, which asks for acme-top."""
    asked = '[project]\nname = "orders"\nversion = "1"\ndependencies = ["acme-top"]\n'
    root = make_project(
        folder, sources=sources, files={"functionapp/pyproject.toml": asked, **files}
    )
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.replace("requirements.txt", "pyproject.toml"))
    return root


def test_what_a_lock_for_another_machine_lacks_is_told(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    linux = 'acme-linux ; sys_platform == "linux"'
    sources.add_wheel("acme-top", "1.0", files={"acme_top.py": ""}, requires=[linux])
    sources.add_wheel("acme-linux", "1.0", files={"acme_linux.py": ""})
    files = {"functionapp/pylock.toml": pylock(sources, "acme-top")}
    said = user.types(locked_project(tmp_path / "p", sources, files), "build")
    assert said.code == 5, said.text
    told = " ".join(said.stderr.split())
    assert "functionapp/pylock.toml does not have acme-linux, and acme-top 1.0 may need it" in told

    sources.add_wheel("acme-top", "1.0", files={"acme_top.py": ""}, tag="cp311-cp311-win_amd64")
    files = {"functionapp/pylock.toml": pylock(sources, "acme-top", tag="cp311-cp311-win_amd64")}
    said = user.types(locked_project(tmp_path / "q", sources, files), "build")
    assert said.code == 2, said.text
    assert "No wheel found matching" in said.stderr
    assert "lock for that platform too" in said.stderr


def test_two_locks_and_one_that_is_older_than_its_pyproject(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    for name in ("acme-top", "acme-more"):
        module = name.replace("-", "_")
        sources.add_wheel(name, "1.0", files={f"{module}.py": "VERSION = '1.0'\n"})
    poetry = '[[package]]\nname = "acme-top"\nversion = "0.9"\ngroups = ["main"]\nfiles = []\n'
    poetry += '[metadata]\nlock-version = "2.1"\npython-versions = "*"\ncontent-hash = "0"\n'
    files = {
        "functionapp/pylock.toml": pylock(sources, "acme-more"),
        "functionapp/poetry.lock": poetry,
    }
    project = locked_project(tmp_path / "p", sources, files)
    said = user.types(project, "build")
    assert said.code == 2, said.text
    told = " ".join(said.stderr.split())
    assert "acme-top 0.9 is in functionapp/poetry.lock and not in functionapp/pylock.toml" in told
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(text.replace("app/pyproject.toml", "app/pylock.toml"))
    for words in ((), ("--frozen",)):
        told = " ".join(user.builds(project, *words).stderr.split())
        assert "functionapp/poetry.lock chooses differently and is not used" in told
        assert "acme-top is asked for and not in it; it is built as it is" in told
        assert modules(project) == {"acme_more": "VERSION = '1.0'\n"}
