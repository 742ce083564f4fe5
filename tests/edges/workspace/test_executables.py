"""Which files are executable is what Git says, not the disk."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from lading.core.config import Project
from lading.edges.workspace import read_project
from lading.edges.workspace.app_files import scan_app_files
from tests.edges.workspace.project import AMBIENT, write
from tests.support import require


def executables(project: Project) -> list[str]:
    files = scan_app_files(project, project.apps[0], ambient=AMBIENT)
    return [file.name for file in files if file.executable]


def git(folder: Path, *words: str) -> None:
    require("git")
    subprocess.run(["git", *words], cwd=folder, check=True, env=AMBIENT, capture_output=True)


def test_git_says_what_is_executable_and_the_disk_does_not(root: Path) -> None:
    write(root, "app/ä run.sh", "")
    write(root, "app/untracked.sh", "").chmod(0o755)
    write(root, "app/plain.sh", "").chmod(0o755)
    (root / "app/link.sh").symlink_to(root / "app/ä run.sh")
    git(root, "init", "-q")
    git(root, "add", "app/ä run.sh", "app/plain.sh", "app/link.sh")
    git(root, "update-index", "--chmod=+x", "app/ä run.sh")
    git(root, "update-index", "--chmod=-x", "app/plain.sh")

    assert executables(read_project(root)) == ["link.sh", "ä run.sh"]


@pytest.mark.skipif(
    getattr(os, "geteuid", int)() != 0 or os.name == "nt",
    reason="only root can give a folder to somebody else",
)
def test_a_checkout_of_another_user_gives_the_same(root: Path) -> None:
    write(root, "app/run.sh", "")
    git(root, "init", "-q")
    git(root, "add", "app/run.sh")
    git(root, "update-index", "--chmod=+x", "app/run.sh")
    # What a hostile repository would have Git start.
    git(root, "config", "core.fsmonitor", f"touch {root}/started")
    for path in (root, *root.rglob("*")):
        os.chown(path, 12345, 12345)

    assert executables(read_project(root)) == ["run.sh"]
    assert not (root / "started").exists()


def test_without_git_nothing_is_executable(root: Path) -> None:
    write(root, "app/run.sh", "").chmod(0o755)
    project = read_project(root)

    for ambient in (AMBIENT, {"PATH": str(root)}):
        files = scan_app_files(project, project.apps[0], ambient=ambient)
        assert [file.name for file in files if file.executable] == []
