"""The app's files: what leaves and what never does, and which of them are links."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lading.core.errors import ConfigError
from lading.edges.workspace import read_project
from lading.edges.workspace.app_files import scan_app_files
from tests.edges.workspace.project import AMBIENT, CONFIGURATION, write


def names(root: Path) -> list[str]:
    project = read_project(root)
    return [file.name for file in scan_app_files(project, project.apps[0], ambient=AMBIENT)]


def refusal(root: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        names(root)
    return caught.value.problems


def test_the_apps_files_are_found_sorted_and_without_what_never_leaves(root: Path) -> None:
    for name in (
        *("app/a/b.py", "app/a.py", "app/requirements.lock", "app/sources.lock"),
        *("app/.env", "app/local.settings.json", "app/.git/config", "app/a/__pycache__/b.pyc"),
        *("app/.python_packages/lib/x.py", "app/environment/pyvenv.cfg", "app/environment/x.py"),
        *("app/static/dist/x.js", "dist/orders.zip"),
    ):
        write(root, name, "")

    assert names(root) == [
        "a.py",
        "a/b.py",
        "function_app.py",
        "host.json",
        "requirements.lock",
        "requirements.txt",
        "sources.lock",
        "static/dist/x.js",
    ]


def test_an_app_at_the_root_does_not_pack_what_lading_writes(root: Path) -> None:
    write(root, "pyproject.toml", CONFIGURATION.replace('"app"', '"."'))
    write(root, "host.json", "{}")
    write(root, "dist/orders.zip", "")

    assert names(root) == [
        "app/function_app.py",
        "app/host.json",
        "app/requirements.txt",
        "host.json",
        "pyproject.toml",
    ]


def test_funcignore_is_obeyed_in_any_encoding(root: Path) -> None:
    write(root, "app/.funcignore", "*.txt\ntests/\n".encode("utf-16"))
    write(root, "app/tests/test_x.py", "")

    assert names(root) == ["function_app.py", "host.json"]


def test_a_funcignore_that_leaves_out_the_host_is_refused(root: Path) -> None:
    write(root, "app/.funcignore", "*.json\n")

    assert refusal(root) == ("app: host.json is left out by .funcignore",)


def test_a_folder_without_a_host_is_no_app(root: Path) -> None:
    (root / "app/host.json").unlink()

    (problem,) = refusal(root)
    assert problem.startswith("app: has no host.json")


def test_links_that_leave_loop_or_reach_what_is_never_packed_are_refused(root: Path) -> None:
    write(root, "outside.txt", "")
    write(root, "app/.env", "TOKEN=1")
    app = root / "app"
    (app / "1").symlink_to(root / "outside.txt")
    (app / "2").symlink_to(app)
    (app / "3").symlink_to(app / ".env")
    (app / "4").symlink_to(app / "nothing")
    (app / "5").mkdir()
    (app / "5" / "up").symlink_to(app / "5")
    os.mkfifo(app / "6")

    assert refusal(root) == (
        "app: '1' is a symbolic link that leaves the app's folder",
        "app: '2' is a symbolic link to a folder above it",
        "app: '3' is a symbolic link to something that is never packed",
        "app: '4' is a symbolic link to nothing",
        "app: '5/up' is a symbolic link to a folder above it",
        "app: 6 is neither a file nor a folder",
    )


def test_links_inside_the_app_are_followed(root: Path) -> None:
    write(root, "app/code/x.py", "x")
    (root / "app/copy").symlink_to(root / "app/code")
    (root / "app/y.py").symlink_to(root / "app/code/x.py")

    assert names(root) == [
        "code/x.py",
        "copy/x.py",
        "function_app.py",
        "host.json",
        "requirements.txt",
        "y.py",
    ]
