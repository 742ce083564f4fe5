from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from lading.core.errors import SourceError
from lading.edges.checkout import copy_checkout
from lading.edges.git import Git
from tests.support import require

TOKEN = "AUTHORIZATION: basic c2VjcmV0"


@pytest.fixture(autouse=True)
def _git() -> None:
    require("git")


def git(folder: Path, *words: str) -> str:
    empty = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@acme.example")
    done = subprocess.run(
        ["git", *who, *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **empty},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a checkout of two libraries, with a tag, a later commit, and CI's token in it."""
    root = tmp_path / "checkout"
    write(root, {"libs/tax/a.py": "1", "libs/tax/gone.py": "", "libs/core/c.py": "", "R.md": ""})
    write(root, {".gitignore": "*.log\n", "libs/tax/.env": "TOKEN=1"})
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "libs/tax/a.py", "libs/tax/gone.py", "libs/core", "R.md", ".gitignore")
    git(root, "commit", "--quiet", "-m", "First")
    git(root, "tag", "-a", "v1.2", "-m", "v1.2")
    write(root, {"R.md": "more"})
    git(root, "commit", "--quiet", "-a", "-m", "Second")
    git(root, "config", "http.https://github.com/.extraheader", TOKEN)
    git(root, "remote", "add", "origin", "https://user:secret@acme.example/r.git")
    return root


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def copied(folder: Path, tmp_path: Path, ambient: dict[str, str]) -> tuple[Path, str]:
    into = tmp_path / "copy"
    into.mkdir()
    return into, copy_checkout(folder, into, git=Git(ambient=ambient))


def test_a_library_in_a_checkout_has_its_history_and_what_is_around_it(
    repository: Path, tmp_path: Path, ambient: dict[str, str]
) -> None:
    into, inside = copied(repository / "libs/tax", tmp_path, ambient)
    assert inside == "libs/tax"
    assert git(into, "describe", "--tags", "--long", "--dirty").startswith("v1.2-1-g")
    assert git(into, "status", "--porcelain") == ""
    assert git(into, "branch", "--show-current") == "main"
    assert names(into) == {
        ".gitignore",
        "R.md",
        "libs/tax/a.py",
        "libs/tax/gone.py",
        "libs/core/c.py",
    }


def test_the_folder_is_taken_as_it_lies(
    repository: Path, tmp_path: Path, ambient: dict[str, str]
) -> None:
    tax = repository / "libs/tax"
    (tax / "gone.py").unlink()
    write(tax, {"a.py": "2", "new.py": "", "run.log": ""})
    into, inside = copied(tax, tmp_path, ambient)
    assert names(into / inside) == {"a.py", "new.py"}
    assert (into / inside / "a.py").read_text() == "2"
    assert git(into, "describe", "--tags", "--dirty").endswith("-dirty")


def test_nothing_that_stands_beside_the_history_comes_along(
    repository: Path, tmp_path: Path, ambient: dict[str, str]
) -> None:
    write(repository / ".git/hooks", {"post-checkout": "#!/bin/sh\ntouch /tmp/was-here\n"})
    (repository / ".git/hooks/post-checkout").chmod(0o755)
    into, _inside = copied(repository / "libs/tax", tmp_path, ambient)
    everything = [path.read_bytes() for path in (into / ".git").rglob("*") if path.is_file()]
    assert not [text for text in everything if b"c2VjcmV0" in text or b"secret" in text]
    assert not (into / ".git/hooks").exists()
    assert git(into, "remote") == ""


def test_the_original_is_not_written_to(
    repository: Path, tmp_path: Path, ambient: dict[str, str]
) -> None:
    before = {path: path.stat() for path in repository.rglob("*")}
    into, inside = copied(repository, tmp_path, ambient)
    assert inside == ""
    # Nor could it be: no file of the copy is one of the original.
    mine = {stat.st_ino for path, stat in before.items() if path.is_file()}
    assert not mine & {path.stat().st_ino for path in into.rglob("*") if path.is_file()}
    after = {path: path.stat() for path in repository.rglob("*")}
    assert {path: (s.st_mtime_ns, s.st_size) for path, s in after.items()} == {
        path: (s.st_mtime_ns, s.st_size) for path, s in before.items()
    }


@pytest.mark.parametrize("kind", ["worktree", "shallow", "borrowing", "detached"])
def test_every_kind_of_checkout_is_copied(
    repository: Path, tmp_path: Path, ambient: dict[str, str], kind: str
) -> None:
    other = tmp_path / "other"
    if kind == "worktree":
        git(repository, "worktree", "add", "--quiet", str(other))
    elif kind == "shallow":
        git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", str(other))
    elif kind == "borrowing":
        git(tmp_path, "clone", "--quiet", "--shared", str(repository), str(other))
    else:
        other = repository
        git(other, "checkout", "--quiet", "--detach", "v1.2")
    into, inside = copied(other / "libs/tax", tmp_path, ambient)
    assert inside == "libs/tax"
    assert git(into, "status", "--porcelain") == ""
    described = git(into, "describe", "--tags", "--always")
    assert described.startswith("v1.2") == (kind != "shallow")


def test_a_folder_without_git_is_just_a_folder(tmp_path: Path, ambient: dict[str, str]) -> None:
    write(tmp_path / "lib", {"a.py": "", "sub/b.py": "", ".env": "", "x/__pycache__/c.pyc": ""})
    into, inside = copied(tmp_path / "lib", tmp_path, ambient)
    assert (names(into), inside) == ({"a.py", "sub/b.py"}, "")


def test_a_repository_without_a_commit_is_just_a_folder(
    tmp_path: Path, ambient: dict[str, str]
) -> None:
    write(tmp_path / "lib", {"a.py": ""})
    git(tmp_path / "lib", "init", "--quiet")
    into, _inside = copied(tmp_path / "lib", tmp_path, ambient)
    assert names(into) == {"a.py"}


def test_a_damaged_history_is_told(
    repository: Path, tmp_path: Path, ambient: dict[str, str]
) -> None:
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    (repository / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(SourceError, match=r"history.*cannot be copied"):
        copied(repository / "libs/tax", tmp_path, ambient)
