"""What tests build with is what they think it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lading.core.config.pyproject import parse_project
from local_sources import LocalSources
from tests.support import make_project, require

MISSING = "no-such-program-anywhere"


def test_a_missing_program_skips_on_a_laptop() -> None:
    with pytest.raises(pytest.skip.Exception, match=MISSING):
        require(MISSING, ambient={})


def test_a_missing_program_fails_in_ci() -> None:
    with pytest.raises(pytest.fail.Exception, match=MISSING):
        require(MISSING, ambient={"CI": "true"})


def test_a_present_program_is_all_right() -> None:
    require("git", ambient={"CI": "true"})


def test_a_project_is_one_that_lading_reads(sources: LocalSources, tmp_path: Path) -> None:
    root = make_project(
        tmp_path / "p",
        requirements=["azure-functions", "idna>=3"],
        python="3.13",
        sources=sources,
        files={"functionapp/data.bin": b"\0"},
        configuration='[tool.lading.targets.prod]\napp = "orders"\nsubscription = "s"\n'
        'resource-group = "g"\nfunction-app = "f"\n',
    )
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = parse_project(table["tool"]["lading"], root=root)
    (app,) = project.apps
    assert (root / app.folder / "host.json").is_file()
    assert (root / app.requirements).read_text().splitlines() == ["azure-functions", "idna>=3"]
    assert [source.name for source in project.sources] == ["acme", "acme-git"]
    assert [target.name for target in project.targets] == ["prod"]
    assert (root / "functionapp/data.bin").read_bytes() == b"\0"
