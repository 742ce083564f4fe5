"""Packages that pip and zip made for real, by the commands that people copy from one another."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.corpus.case import Files, app
from tests.corpus.workbench import Outcome, Workbench
from tests.support import make_wheel, require

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it loads what Linux loads")

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
SITE = ".python_packages/lib/site-packages"


def lay(files: Files, folder: Path) -> Path:
    for name, content in files.items():
        assert isinstance(content, str)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def pip(folder: Path, *words: str | Path, environment: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", *map(str, words)],
        cwd=folder,
        env=dict(environment),
        check=True,
    )


def verified(workbench: Workbench, stage: Path) -> Outcome:
    require("zip")
    subprocess.run(["zip", "-qr", "../any.zip", "."], cwd=stage, check=True)
    return workbench.verify_zip(stage.parent / "any.zip", PYTHON)


@pytest.fixture
def wheels(tmp_path: Path) -> tuple[Path, Path]:
    """Return two distributions of one namespace."""
    shelf = tmp_path / "shelf"
    return (
        make_wheel(shelf, "acme-one", files={"acme/one/__init__.py": ""}),
        make_wheel(shelf, "acme-two", files={"acme/two/__init__.py": "", "acme/two/b.py": ""}),
    )


def test_what_pip_installed_at_once_is_well(
    workbench: Workbench, ambient: dict[str, str], tmp_path: Path, wheels: tuple[Path, Path]
) -> None:
    stage = lay(app("import acme.one, acme.two"), tmp_path / "stage")
    pip(stage, "--target", SITE, *wheels, environment=ambient)
    outcome = verified(workbench, stage)
    assert outcome.found == (), outcome.told
    assert outcome.is_imported


def test_a_second_installation_into_the_folder_is_found(
    workbench: Workbench, ambient: dict[str, str], tmp_path: Path, wheels: tuple[Path, Path]
) -> None:
    stage = lay(app("import acme.one, acme.two.b"), tmp_path / "stage")
    for wheel in wheels:
        pip(stage, "--target", SITE, wheel, environment=ambient)
    outcome = verified(workbench, stage)
    assert outcome.found == ("error incomplete-distribution",), outcome.told
    assert outcome.told.startswith("acme-two: 2 of its 2 modules are not there")


def test_an_upgrade_that_left_the_old_version_is_found(
    workbench: Workbench, ambient: dict[str, str], tmp_path: Path
) -> None:
    stage = lay(app("import acme_words"), tmp_path / "stage")
    for version in ("1.0", "2.0"):
        wheel = make_wheel(tmp_path, "acme-words", version, files={"acme_words.py": ""})
        pip(stage, "--target", SITE, "--upgrade", wheel, environment=ambient)
    outcome = verified(workbench, stage)
    assert outcome.found == ("error duplicate-distribution",), outcome.told


def test_an_editable_installation_is_found(
    workbench: Workbench, ambient: dict[str, str], tmp_path: Path
) -> None:
    library = tmp_path / "library"
    (library / "src/shared").mkdir(parents=True)
    (library / "src/shared/__init__.py").touch()
    (library / "pyproject.toml").write_text('[project]\nname = "shared"\nversion = "1"\n')
    stage = lay(app("import shared"), tmp_path / "stage")
    pip(stage, "--target", SITE, "-e", library, environment=ambient)
    outcome = verified(workbench, stage)
    assert outcome.found == ("error editable-install",), outcome.told
