"""A poetry.lock of every version gives what it has for Azure."""

from __future__ import annotations

import tomllib

import pytest

from lading.core.requirements import GitRequirement, PathRequirement
from tests.core.requirements.foreign.locks import COMMIT, POETRY, A, C, pins, problems, read


def test_poetry_tells_groups_and_markers() -> None:
    requirements = read("poetry.lock", POETRY)

    assert pins(requirements) == {
        "acme-one==1.0": (f"sha256:{A}",),
        "below==1.5": (f"sha256:{C}",),
    }
    assert set(requirements.direct) == {
        PathRequirement(name="shared", path="shared", origin="app/poetry.lock", editable=True),
        GitRequirement(
            name="by-git",
            url="https://git.example/team/x.git",
            origin="app/poetry.lock",
            ref=COMMIT,
            subdirectory="lib",
        ),
    }
    assert "extra-only==1" in pins(read("poetry.lock", POETRY, extras=("AZ",)))
    assert "tests-only==1" in pins(read("poetry.lock", POETRY, groups=("dev",)))
    assert 'has no group "deb"; did you mean dev?' in problems(
        "poetry.lock", POETRY, groups=("deb",)
    )


def older(version: str) -> str:
    """Return the lock as a Poetry before 2 wrote it, which told no groups."""
    lines = [line for line in POETRY.splitlines() if not line.startswith(("groups", "markers"))]
    return "\n".join(lines).replace('lock-version = "2.1"', f'lock-version = "{version}"')


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_an_older_poetry_lock_is_walked_from_its_pyproject(version: str) -> None:
    pyproject = tomllib.loads("""
[tool.poetry.dependencies]
python = "^3.11"
acme-one = "^1.0"
windows = { version = "*", platform = "win32" }
older = { version = "*", python = "<3.12" }
extra-only = { version = "*", optional = true }
shared = { path = "../shared", develop = true }
[tool.poetry.extras]
az = ["extra-only"]
[tool.poetry.group.dev.dependencies]
tests-only = "*"
""")
    text = older(version)
    assert set(pins(read("poetry.lock", text, pyproject=pyproject))) == {
        "acme-one==1.0",
        "below==1.5",
    }
    more = read("poetry.lock", text, pyproject=pyproject, extras=("az",), groups=("dev",))
    assert {"extra-only==1", "tests-only==1"} < set(pins(more))
    assert "there is no pyproject.toml beside it" in problems("poetry.lock", text)


def test_the_oldest_poetry_lock_keeps_its_hashes_together() -> None:
    text = f"""
[[package]]
name = "below"
version = "1.5"
category = "main"
[metadata]
lock-version = "1.1"
[metadata.files]
below = [{{ file = "b.whl", hash = "sha256:{A}" }}]
"""
    pyproject = {"tool": {"poetry": {"dependencies": {"below": "*"}}}}
    assert pins(read("poetry.lock", text, pyproject=pyproject)) == {"below==1.5": (f"sha256:{A}",)}
