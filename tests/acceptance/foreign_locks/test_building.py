"""Locks that uv, Poetry and pip wrote: lading builds exactly what they say, for Azure."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.acceptance.foreign_locks.teams import Team
from tests.user import User, modules

posix = pytest.mark.skipif(os.name == "nt", reason="the tools are started as on POSIX")
HASH = re.compile(r"\b[0-9a-f]{64}\b")


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
