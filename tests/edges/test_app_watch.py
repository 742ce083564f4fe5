"""Which changes make a build of an app worth while."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from lading.core.config import App, Project
from lading.core.lock import Lock, LockedSource
from lading.edges.app_watch import AppWatch
from lading.edges.lock_folder import write_lock

APP = App(
    name="orders",
    folder="app",
    requirements="needs/requirements.txt",
    python="3.13",
    lock="needs/requirements.lock",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("app/host.json", "app/lib/prices.py", "needs/requirements.txt", "pyproject.toml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1\n")
    return tmp_path


def watch(root: Path) -> AppWatch:
    return AppWatch(Project(root=root, apps=(APP,)), APP)


def test_nothing_changes_by_itself(root: Path) -> None:
    watching = watch(root)
    assert watching.changed() == ()


@pytest.mark.parametrize(
    "name",
    [
        "app/host.json",
        "app/lib/prices.py",
        "app/lib/new.py",
        "needs/requirements.txt",
        "needs/requirements.lock",
        "pyproject.toml",
        "app/local.settings.json",
        "app/.funcignore",
    ],
)
def test_a_change_is_told_once(root: Path, name: str) -> None:
    watching = watch(root)
    (root / name).write_text("another text\n")
    assert watching.changed() == (name,)
    assert watching.changed() == ()


def test_a_file_that_is_replaced_by_one_as_long_is_changed(root: Path) -> None:
    watching = watch(root)
    path = root / "app/lib/prices.py"
    times = path.stat()
    (root / "fresh").write_text("2\n")
    os.utime(root / "fresh", ns=(times.st_atime_ns, times.st_mtime_ns))
    (root / "fresh").replace(path)
    assert watching.changed() == ("app/lib/prices.py",)


def test_a_file_that_goes_is_changed(root: Path) -> None:
    watching = watch(root)
    (root / "app/lib/prices.py").unlink()
    assert watching.changed() == ("app/lib/prices.py",)


def test_what_is_never_packed_is_not_looked_at(root: Path) -> None:
    (root / "app/.funcignore").write_text("notes/\n*.log\n")
    (root / "app/venv").mkdir()
    (root / "app/venv/pyvenv.cfg").write_text("")
    watching = watch(root)
    for name in (
        "app/notes/x.py",
        "app/x.log",
        "app/.git/HEAD",
        "app/__pycache__/x.pyc",
        "app/.python_packages/lib/x.py",
        "app/venv/x.py",
        "dist/orders.zip",
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1\n")
    assert watching.changed() == ()


def test_an_app_at_the_root_is_looked_at_but_for_what_was_built(root: Path) -> None:
    app = replace(APP, folder=".")
    watching = AppWatch(Project(root=root, apps=(app,)), app)
    for name in ("build/steps.py", "dist/orders.zip", "local.settings.json"):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("1\n")
    assert watching.changed() == ("build/steps.py", "local.settings.json")


def test_what_the_lock_takes_from_a_path_is_looked_at(root: Path) -> None:
    (root / "shared").mkdir()
    (root / "shared/tax.py").write_text("1\n")
    (root / "tools.whl").write_text("1\n")
    sources = tuple(
        LockedSource(kind="path", name=name, version="1.0", path=path)
        for name, path in (("tax", "shared"), ("tools", "tools.whl"))
    )
    lock = Lock(python="3.13", platform="linux", fingerprint="0" * 64, files=(), sources=sources)
    write_lock(root, APP, lock)
    watching = watch(root)
    (root / "shared/tax.py").write_text("22\n")
    (root / "tools.whl").write_text("22\n")
    assert watching.changed() == ("shared/tax.py", "tools.whl")


def test_a_lock_that_cannot_be_read_names_no_folder(root: Path) -> None:
    (root / "needs/requirements.lock").write_text("no lock\n")
    (root / "needs/sources.lock").write_text("no lock\n")
    assert watch(root).changed() == ()
