"""A pyproject.toml as the list of what is needed: groups, workspaces, places of Poetry."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.acceptance.input_forms.projects import REQUIREMENTS, add_modules
from tests.small_project import below, small_project
from tests.support import make_project
from tests.user import User, modules


@pytest.mark.parametrize("place", ["project", "group"])
def test_a_pyproject_with_extras_and_groups(
    user: User, sources: LocalSources, tmp_path: Path, place: str
) -> None:
    names = ("acme-always", "acme-extra", "acme-group", "acme-inner", "acme-never")
    add_modules(sources, *names)
    always = 'dependencies = ["acme-always"]\n' if place == "project" else ""
    text = f"""
[project]
name = "shop"
version = "1"
{always}
[project.optional-dependencies]
azure = ["acme-extra ; sys_platform == 'linux'", "acme-never ; sys_platform == 'win32'"]
tests = ["acme-never"]

[dependency-groups]
run = ["acme-group", {{include-group = "inner"}}]
inner = ["acme-inner", {'"acme-always"' if place == "group" else ""}]
dev = ["acme-never"]
"""
    project = make_project(tmp_path / "p", sources=sources, files={"shop/pyproject.toml": text})
    table = (project / "pyproject.toml").read_text()
    asked = 'requirements = "shop/pyproject.toml"\nextras = ["azure"]\ngroups = ["run"]'
    (project / "pyproject.toml").write_text(
        table.replace(f'requirements = "{REQUIREMENTS}"', asked)
    )
    user.builds(project)
    assert modules(project).keys() == {*("acme_always", "acme_extra", "acme_group", "acme_inner")}


def with_requirements(project: Path, path: str) -> Path:
    text = (project / "pyproject.toml").read_text()
    asked = f'requirements = "{REQUIREMENTS}"'
    (project / "pyproject.toml").write_text(text.replace(asked, f'requirements = "{path}"'))
    return project


def test_members_of_a_uv_workspace_become_wheels_without_a_lock(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    add_modules(sources, "acme-below")
    shared = small_project("acme-shared", requires=["acme-inner"])
    shared["pyproject.toml"] += '\n[tool.uv.sources]\nacme-inner = { path = "../inner" }\n'
    inner = small_project("acme-inner", requires=["acme-below"])
    app = '[project]\nname = "orders"\nversion = "1"\ndependencies = ["acme-shared"]\n'
    app += "[tool.uv.sources]\nacme-shared = { workspace = true }\n"
    project = make_project(
        tmp_path / "p",
        sources=sources,
        files={
            **below("packages/shared", shared),
            **below("packages/inner", inner),
            "functionapp/pyproject.toml": app,
        },
        configuration='[tool.uv.workspace]\nmembers = ["functionapp", "packages/*"]\n',
    )
    user.builds(with_requirements(project, "functionapp/pyproject.toml"))
    assert modules(project).keys() == {"acme_shared", "acme_inner", "acme_below"}


@pytest.mark.parametrize("has_project", [True, False])
def test_places_of_poetry_become_wheels_without_a_lock(
    user: User, sources: LocalSources, tmp_path: Path, *, has_project: bool
) -> None:
    for version in ("1.0", "1.9", "2.0"):
        sources.add_wheel(
            "acme-ranged", version, files={"acme_ranged.py": f"VERSION = {version!r}\n"}
        )
    asked = 'dependencies = ["acme-shared", "acme-ranged>=1,<2"]\n'
    head = f'[project]\nname = "orders"\nversion = "1"\n{asked}' if has_project else ""
    own = "" if has_project else 'python = "^3.11"\nacme-ranged = "^1.0"\n'
    app = f"{head}[tool.poetry.dependencies]\n{own}"
    app += 'acme-shared = { path = "../shared", develop = true }\n'
    project = make_project(
        tmp_path / "p",
        sources=sources,
        files={
            **below("shared", small_project("acme-shared")),
            "functionapp/pyproject.toml": app,
        },
    )
    user.builds(with_requirements(project, "functionapp/pyproject.toml"))
    assert modules(project) == {
        "acme_shared": "VERSION = '1.0'\n",
        "acme_ranged": "VERSION = '1.9'\n",
    }
