"""Which of the app's own files a package does not have as they lie in its folder."""

from __future__ import annotations

from pathlib import Path

from lading.core.bundle import Bundle
from lading.core.bundle.appfiles import AppFile
from lading.edges.store import Store
from lading.stages.assemble import assemble_bundle
from lading.stages.compare_app import compare_app


def app_files(folder: Path) -> tuple[AppFile, ...]:
    return tuple(
        AppFile(name=path.name, path=path, executable=False) for path in sorted(folder.iterdir())
    )


def packed(folder: Path, tmp_path: Path) -> Bundle:
    return assemble_bundle(app_files(folder), (), store=Store(tmp_path / "store"), compiler=None)


def test_what_was_changed_added_and_removed_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    for name in ("same.py", "changed.py", "removed.py"):
        (folder / name).write_text("1\n")
    bundle = packed(folder, tmp_path)
    assert compare_app(bundle, app_files(folder)) == ()
    (folder / "changed.py").write_text("2\n")
    (folder / "removed.py").unlink()
    (folder / "added.py").write_text("1\n")
    assert compare_app(bundle, app_files(folder)) == ("added.py", "changed.py", "removed.py")


def test_a_file_that_goes_while_it_is_looked_for_differs(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "gone.py").write_text("1\n")
    bundle, files = packed(folder, tmp_path), app_files(folder)
    (folder / "gone.py").unlink()
    assert compare_app(bundle, files) == ("gone.py",)
