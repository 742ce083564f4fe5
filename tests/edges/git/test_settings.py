"""Git's settings are those that its user's Git reads, and a machine without Git has none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from lading.edges.git.settings import read_git_settings, read_git_version, read_tracked_names
from tests.support import require


@pytest.fixture
def repository(tmp_path: Path, ambient: dict[str, str]) -> Path:
    require("git")
    folder = tmp_path / "r"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, env=ambient, check=True)
    return folder


@pytest.fixture
def bare(ambient: dict[str, str]) -> dict[str, str]:
    return ambient | {"GIT_CONFIG_SYSTEM": os.devnull}


def test_the_users_and_the_repositorys_settings_are_read(
    repository: Path, bare: dict[str, str]
) -> None:
    own = Path(bare["HOME"], "own.cfg")
    own.write_text("[credential]\n\thelper = store\n")
    key = "http.https://git.test/.extraheader"
    header = "AUTHORIZATION: basic c2VjcmV0"
    subprocess.run(["git", "config", key, header], cwd=repository, env=bare, check=True)
    found = read_git_settings(repository, ambient=bare | {"GIT_CONFIG_GLOBAL": str(own)})
    assert [(one.kind, one.origin) for one in found] == [
        ("store", str(own)),
        ("header", ".git/config"),
    ]
    assert read_git_settings(repository, ambient=bare) == found[1:]


def test_a_header_that_is_included_from_elsewhere_is_found_there(
    repository: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    included = tmp_path / "runner.cfg"
    included.write_text('[http "https://git.test/"]\n\textraheader = AUTHORIZATION: basic x\n')
    words = ["git", "config", "include.path", str(included)]
    subprocess.run(words, cwd=repository, env=bare, check=True)
    (found,) = read_git_settings(repository, ambient=bare)
    assert found.origin == str(included)


def test_only_what_git_tracks_is_tracked(repository: Path, bare: dict[str, str]) -> None:
    for name in (".env", "other"):
        (repository / name).write_text("A=1\n")
    assert read_tracked_names(repository, (".env",), ambient=bare) == ()
    subprocess.run(["git", "add", "."], cwd=repository, env=bare, check=True)
    assert read_tracked_names(repository, (".env",), ambient=bare) == (".env",)


def test_outside_a_repository_nothing_is_tracked(tmp_path: Path, bare: dict[str, str]) -> None:
    assert read_tracked_names(tmp_path, (".env",), ambient=bare) == ()


def test_without_git_there_is_nothing(tmp_path: Path, bare: dict[str, str]) -> None:
    nowhere = bare | {"PATH": str(tmp_path)}
    assert read_git_version(nowhere) is None
    assert read_git_settings(tmp_path, ambient=nowhere) == ()
    assert read_tracked_names(tmp_path, (".env",), ambient=nowhere) == ()
