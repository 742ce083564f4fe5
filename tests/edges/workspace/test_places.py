"""Folders that are required: what they say of themselves, and where they are."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from lading.core.errors import RequirementsError
from lading.core.requirements import PathRequirement
from lading.edges.workspace import read_project
from lading.edges.workspace.requirements import read_requirements
from tests.edges.workspace.project import requirement_names, write


def test_the_fingerprint_covers_what_a_path_says_about_itself(root: Path) -> None:
    def fingerprint() -> str:
        project = read_project(root)
        return read_requirements(project, project.apps[0]).fingerprint

    write(root, "app/requirements.txt", "./lib\n")
    write(root, "app/lib/pyproject.toml", "[project]\nname = 'lib'\n")
    first = fingerprint()

    write(root, "app/lib/module.py", "changed = True\n")
    write(root, "app/lib/pyproject.toml", "[project]\r\nname = 'lib'\r\n")
    assert fingerprint() == first

    write(root, "app/lib/pyproject.toml", "[project]\nname = 'lib'\ndependencies = ['y']\n")
    assert fingerprint() != first


def test_a_path_that_is_not_there_is_told_with_its_line(root: Path) -> None:
    write(root, "app/requirements.txt", "./lib\n\n./empty\n./ok\n./w-1-py3-none-any.whl\n")
    write(root, "app/ok/setup.py", "")
    write(root, "app/w-1-py3-none-any.whl", b"wheel")
    (root / "app/empty").mkdir()
    project = read_project(root)

    with pytest.raises(RequirementsError) as caught:
        read_requirements(project, project.apps[0])

    assert caught.value.problems == (
        f"app/requirements.txt:1: there is no app/lib in {root}",
        "app/requirements.txt:3: app/empty has neither pyproject.toml nor setup.py",
    )


def test_a_path_outside_of_the_project_is_read(root: Path) -> None:
    with tempfile.TemporaryDirectory(dir=root.parent) as outside:
        write(Path(outside), "pyproject.toml", "")
        place = f"../{Path(outside).name}"
        write(root, "app/requirements.txt", f"../{place}\n")
        project = read_project(root)

        assert read_requirements(project, project.apps[0]).direct == (
            PathRequirement(name=None, path=place, origin="app/requirements.txt:1"),
        )


UNREADABLE = {
    "dependencies that only a build tells": (
        '[project]\nname = "shared"\ndynamic = ["dependencies"]\n',
        "dependencies that only a build tells cannot be read",
    ),
    "an index of its own": (
        '[project]\nname = "shared"\ndependencies = ["inner"]\n',
        "uv takes inner from an index of its own",
    ),
    "a line that is none": (
        '[project]\nname = "shared"\ndependencies = ["inner >>> 1"]\n',
        "shared/pyproject.toml:project.dependencies[0]",
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_places_of_a_required_folder_are_never_passed_over(root: Path, case: str) -> None:
    head, why = UNREADABLE[case]
    write(root, "app/requirements.txt", "../shared\n")
    write(root, "shared/pyproject.toml", f'{head}[tool.uv.sources]\ninner = {{ index = "own" }}\n')
    with pytest.raises(RequirementsError) as caught:
        requirement_names(root)
    assert why in caught.value.message
    assert "shared/pyproject.toml" in caught.value.message


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_required_folder_without_places_is_left_to_its_metadata(root: Path, case: str) -> None:
    write(root, "app/requirements.txt", "../shared\n")
    write(root, "shared/pyproject.toml", UNREADABLE[case][0])
    assert requirement_names(root) == []
