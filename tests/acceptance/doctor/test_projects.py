"""`doctor` tells what is declared and what this machine has, whatever is wrong with either."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.acceptance.doctor.told import checks, examined
from tests.support import make_project
from tests.user import User


def test_a_healthy_project_on_a_clean_machine_has_no_failure_and_no_risk(
    careful: User, sources: LocalSources, project: Path
) -> None:
    said = examined(careful, project)
    assert said.stdout.endswith("\nAll well\n")
    assert "risk" not in said.stdout
    assert re.search(r"ok +acme-pricing +1 file, newest 1\.9\.0, \d+ ms\n", said.stdout)
    assert re.search(r"platform/_git/acme-tax\n +4 refs; v2\.1\.0 is there, \d+ ms\n", said.stdout)
    assert f"sent to {sources.git_url} and nowhere else" in said.stdout
    assert "the variable ACME_TOKEN" in said.stdout
    assert re.search(r"ok +Python 3\.11 +3\.11\.\d+ for orders: ", said.stdout)
    assert str(careful.environment["HOME"]) not in said.stdout
    for secret in (sources.token, sources.git_token):
        assert secret not in said.text


@pytest.mark.parametrize(("verdict", "code"), [("wrong", 4), ("note", 0)])
def test_a_missing_git_fails_where_a_requirement_needs_it(
    careful: User, sources: LocalSources, tmp_path: Path, verdict: str, code: int
) -> None:
    git = [f"acme-tax @ git+{sources.tax_url}@v2.1.0"] if code else []
    project = make_project(
        tmp_path / "app", requirements=["idna", "acme-pricing", *git], sources=sources
    )
    (tmp_path / "bin").mkdir()
    said = examined(careful, project, "--json", code=code, PATH=str(tmp_path / "bin"))
    check = checks(said, "machine")["git"]
    assert (check["verdict"], check["remedy"]) == (verdict, "Install Git, and put it on PATH.")


def test_without_a_project_the_machine_is_examined(careful: User, tmp_path: Path) -> None:
    said = examined(careful, tmp_path, code=2)
    assert "no pyproject.toml with [tool.lading]" in said.stdout
    assert re.search(r"ok +git +\d", said.stdout)


def test_a_broken_project_tells_every_mistake_and_the_machine(
    careful: User, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.lading.apps.orders]\nfolder = 3\n")
    said = examined(careful, tmp_path, "--json", code=2)
    problem = checks(said, "project")["configuration"]
    assert len(problem["text"].splitlines()) > 1
    assert checks(said, "machine")["git"]["verdict"] == "good"


def test_without_sources_everything_comes_from_the_default_index(
    careful: User, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "p", requirements=["idna"])
    said = examined(careful, project)
    assert "0 sources: every name comes from the default index" in said.stdout
    assert "PIP_INDEX_URL" in said.stdout


def test_requirements_that_cannot_be_read_keep_no_source_from_being_asked(
    careful: User, project: Path
) -> None:
    (project / "functionapp/requirements.txt").write_text("idna ==\n")
    said = examined(careful, project, "--json", code=2)
    assert "requirements.txt:1" in str(checks(said, "project"))
    assert checks(said, "sources", name="acme")["reached"]["verdict"] == "good"
