"""A project, its configuration and its .env, found and read from any folder in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lading.core.errors import ConfigError
from lading.edges.workspace import read_environment, read_project
from tests.edges.workspace.project import CONFIGURATION, write


def test_a_project_is_found_from_any_folder_in_it(root: Path) -> None:
    write(root, "app/deep/pyproject.toml", "[project]\nname = 'another tool'\n")

    project = read_project(root / "app" / "deep")

    assert project.root == root.resolve()
    assert [app.name for app in project.apps] == ["orders"]


def test_a_folder_without_a_project_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no pyproject.toml with \[tool.lading\]") as caught:
        read_project(tmp_path)

    assert "[tool.lading.apps.orders]" in caught.value.remedy


def test_a_pyproject_with_a_bom_is_read_and_a_broken_one_names_its_line(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", b"\xef\xbb\xbf" + CONFIGURATION.encode())
    assert read_project(tmp_path).apps[0].name == "orders"

    write(tmp_path, "pyproject.toml", "[tool.lading]\nx = \n")
    with pytest.raises(ConfigError, match="line 2"):
        read_project(tmp_path)


def test_the_real_environment_wins_over_the_file(root: Path) -> None:
    write(
        root,
        ".env",
        "# comment\nA=file\nB=${A}-${HOME}\nexport C='c d'\nD=${NOTHING:-default}\nEMPTY\n",
    )

    assert read_environment(root, {"A": "real", "HOME": "/h"}) == {
        "A": "real",
        "HOME": "/h",
        "B": "real-/h",
        "C": "c d",
        "D": "default",
    }


def test_without_a_file_the_environment_is_the_real_one(root: Path) -> None:
    assert read_environment(root, {"A": "1"}) == {"A": "1"}
