"""The store as builds meet it: damaged, shared by two of them, and empty."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.small_project import below, small_project
from tests.support import make_project
from tests.user import User, members


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store of the test's own, which may be damaged."""
    return tmp_path / "store"


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    """Return a project with a wheel from an index and one that is built."""
    sources.passes_on = False
    return make_project(
        tmp_path / "p",
        requirements=["acme-core", "../shared"],
        sources=sources,
        files=below("shared", small_project("acme-shared")),
    )


def sha256(project: Path) -> str:
    return hashlib.sha256((project / "dist/orders.zip").read_bytes()).hexdigest()


def damage(path: Path, how: str) -> None:
    """Change one bit in the middle of a file, or cut its last byte off."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content if how == "flipped" else path.read_bytes()[:-1])


def test_the_first_build_packs_what_the_second_does(user: User, project: Path) -> None:
    user.builds(project)
    first = sha256(project)
    # The lock that the first one wrote lies in the app's folder, and nothing leaves it out.
    assert "sources.lock" in members(project / "dist/orders.zip")
    user.builds(project, "--frozen")
    assert sha256(project) == first


@pytest.mark.parametrize(
    ("what", "how"),
    [
        ("*.whl", "flipped"),
        ("*.layer", "flipped"),
        ("files/*/*/*", "cut"),
        ("records/*/*/*", "flipped"),
    ],
)
def test_damage_is_noticed_and_mended(
    user: User, project: Path, store: Path, what: str, how: str
) -> None:
    user.builds(project)
    before = sha256(project)
    (project / "dist/orders.zip").unlink()
    damaged = [path for path in store.rglob(what) if path.is_file()]
    assert damaged
    for path in damaged:
        damage(path, how)
    said = user.builds(project, "--frozen")
    assert sha256(project) == before
    assert "Traceback" not in said.text
    # What was damaged is whole again, so that the next build needs nobody.
    (project / "dist/orders.zip").unlink()
    user.builds(project, "--frozen", "--offline")
    assert sha256(project) == before


def test_damage_that_only_the_network_could_mend_is_told_offline(
    user: User, project: Path, store: Path
) -> None:
    user.builds(project)
    artifact = project / "dist/orders.zip"
    before = artifact.read_bytes()
    (wheel,) = store.rglob("acme_core-*.whl")
    damage(wheel, "flipped")
    said = user.types(project, "build", "--offline")
    assert said.code == 4, said.text
    assert wheel.name in said.stderr
    assert artifact.read_bytes() == before


def test_projects_build_into_one_store_at_the_same_time(
    user: User, sources: LocalSources, store: Path, tmp_path: Path
) -> None:
    sources.passes_on = False
    files = below("shared", small_project("acme-shared"))
    alone, *together = (
        make_project(
            tmp_path / name,
            requirements=["acme-core", "../shared"],
            sources=sources,
            files=files,
        )
        for name in ("alone", "one", "two", "three")
    )
    user.builds(alone, LADING_CACHE=str(tmp_path / "other store"))
    running = [
        subprocess.Popen(
            [*user.program, "build", "--json"],
            cwd=project,
            env=user.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for project in together
    ]
    told = [process.communicate(timeout=280)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], told
    assert {sha256(project) for project in together} == {sha256(alone)}
    assert not list(store.rglob("temporary/*"))
    for project in together:
        report = json.loads((project / "dist/orders.json").read_text())
        assert report["artifact"]["sha256"] == sha256(project)
