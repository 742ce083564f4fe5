"""What an app asks for, in whichever file and encoding it stands."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from lading.core.errors import ConfigError, RequirementsError
from lading.core.requirements import NamedRequirement
from lading.edges.workspace import read_project
from lading.edges.workspace.requirements import read_requirements
from tests.edges.workspace.project import CONFIGURATION, requirement_names, write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_requirements_are_read_in_the_encodings_of_all_shells(root: Path, encoding: str) -> None:
    write(root, "app/requirements.txt", "b==1\r\n-r more.txt\r\n".encode(encoding))
    write(root, "app/more.txt", "c".encode(encoding))

    assert requirement_names(root) == ["b", "c"]


def test_requirements_that_are_not_text_are_refused(root: Path) -> None:
    write(root, "app/requirements.txt", "gr\u00f6\u00dfer".encode("latin-1"))

    with pytest.raises(RequirementsError, match=r"app/requirements.txt: cannot be read"):
        requirement_names(root)


def test_included_files_are_read_from_anywhere_in_the_project(root: Path) -> None:
    write(root, "app/requirements.txt", "-r ../shared/base.txt\n-c limits.txt\n")
    write(root, "shared/base.txt", "-r more.txt\n-r ../app/requirements.txt\n")
    write(root, "shared/more.txt", "m\n")
    write(root, "app/limits.txt", "m<2\n")
    project = read_project(root)

    requirements = read_requirements(project, project.apps[0])

    assert [item.name for item in requirements.named] == ["m"]
    assert requirements.constraints == (
        NamedRequirement(name="m", text="m<2", origin="app/limits.txt:1"),
    )


def test_a_symbolic_link_does_not_lead_an_included_file_out_of_the_project(root: Path) -> None:
    with tempfile.TemporaryDirectory() as outside:
        write(Path(outside), "secret.txt", "x")
        (root / "app/link.txt").symlink_to(Path(outside, "secret.txt"))
        write(root, "app/requirements.txt", "-r link.txt\n")

        with pytest.raises(RequirementsError, match=r"there is no file app/link.txt"):
            requirement_names(root)


def test_missing_requirements_name_the_key_to_correct(root: Path) -> None:
    (root / "app/requirements.txt").unlink()

    with pytest.raises(RequirementsError, match=r"app/requirements.txt: there is no such file"):
        requirement_names(root)


def test_a_lock_of_pipenv_is_refused_with_what_to_write(root: Path) -> None:
    write(root, "pyproject.toml", f'{CONFIGURATION}requirements = "Pipfile.lock"\n')

    with pytest.raises(RequirementsError, match="pipenv requirements --hash"):
        requirement_names(root)


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pylock.toml", "pylock.prod.toml"])
def test_a_lock_that_is_no_toml_is_told_with_its_line(root: Path, name: str) -> None:
    write(root, "pyproject.toml", f'{CONFIGURATION}requirements = "app/{name}"\n')
    write(root, f"app/{name}", "version = 1\n<<<<<<< HEAD\n")

    with pytest.raises(ConfigError, match=rf"app/{name}: .*line 2"):
        requirement_names(root)


def test_a_pyproject_can_hold_the_requirements(root: Path) -> None:
    write(
        root,
        "pyproject.toml",
        '[project]\nname = "x"\ndependencies = ["a"]\n[dependency-groups]\nprod = ["p"]\n'
        f'{CONFIGURATION}requirements = "pyproject.toml"\ngroups = ["prod"]\n',
    )

    assert requirement_names(root) == ["a", "p"]
