"""What a user sees of slimming: the line, the report, the keys, and a package that verifies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local_sources import LocalSources
from tests.support import make_project
from tests.user import User, members

SITE = ".python_packages/lib/site-packages/"
TESTS = f"{SITE}acme_large/tests/test_large.py"
STUB = f"{SITE}acme_large/__init__.pyi"
APP = "[tool.lading.apps.orders]\n"


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    sources.passes_on = False
    sources.add_wheel(
        "acme-large",
        "1.0",
        files={
            "acme_large/__init__.py": "",
            "acme_large/__init__.pyi": "x: int\n",
            "acme_large/tests/__init__.py": "",
            "acme_large/tests/test_large.py": "# a large table of numbers\n" * 4000,
        },
    )
    return make_project(tmp_path / "p", requirements=["acme-large"], sources=sources)


def configure(project: Path, line: str) -> None:
    path = project / "pyproject.toml"
    path.write_text(path.read_text().replace(APP, f"{APP}{line}\n"))


def report(project: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((project / "dist/orders.json").read_text())
    return document


def test_what_was_spared_is_told_by_rule(user: User, project: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("")
    said = user.builds(project, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    (line,) = [one for one in said.stdout.splitlines() if "slimmed: " in one]
    assert "tests 105.5 KiB" in line
    assert "most of acme-large 105.5 KiB" in line
    assert "| tests | 2 | 105.5 KiB |" in summary.read_text()
    inside = members(project / "dist/orders.zip")
    assert TESTS not in inside
    assert b"test_large" not in inside[f"{SITE}acme_large-1.0.dist-info/RECORD"]
    told = report(project)
    assert [(one["rule"], one["files"], one["size"]) for one in told["slimming"]] == [
        ("tests", 2, 108000),
        ("stubs", 1, 7),
    ]
    (large,) = [one for one in told["distributions"] if one["name"] == "acme-large"]
    assert {one["name"]: one["rule"] for one in large["left_out"]}[
        "acme_large/tests/test_large.py"
    ] == "tests"


def test_a_slimmed_package_has_no_finding_of_verify(user: User, project: Path) -> None:
    user.builds(project)
    said = user.types(project, "verify", "--json")
    findings = {one["code"] for one in said.document()["findings"]}
    assert not findings & {"incomplete-distribution", "changed-artifact"}


def test_the_keys_undo_it(user: User, project: Path) -> None:
    configure(project, 'slim-except = ["Acme_Large:stubs", "acme-lagre"]')
    said = user.builds(project)
    inside = members(project / "dist/orders.zip")
    assert STUB in inside
    assert TESTS not in inside
    assert "is about no distribution of this app; did you mean acme-large?" in said.text
    slimmed = report(project)["artifact"]["content_sha256"]
    configure(project, 'slim = "off"')
    said = user.builds(project)
    assert "slimmed" not in said.text
    assert {STUB, TESTS} <= members(project / "dist/orders.zip").keys()
    assert report(project)["artifact"]["content_sha256"] != slimmed


def test_the_app_keeps_what_it_uses_and_the_report_says_why(user: User, project: Path) -> None:
    extra = project / "functionapp" / "helpers.py"
    extra.write_text("from acme_large.tests import test_large\n")
    user.builds(project)
    assert TESTS in members(project / "dist/orders.zip")
    kept = [one for entry in report(project)["distributions"] for one in entry["kept"]]
    assert kept == [
        {
            "rule": "tests",
            "name": "acme_large/tests/",
            "reason": "helpers.py refers to it",
        }
    ]


def test_vendor_slims_nothing(user: User, project: Path) -> None:
    assert user.types(project, "vendor").code == 0
    assert (project / "functionapp" / STUB).is_file()
    assert (project / "functionapp" / TESTS).is_file()


def test_a_rule_that_is_not_there_is_a_mistake_of_the_configuration(
    user: User, project: Path
) -> None:
    configure(project, 'slim = ["test"]')
    said = user.types(project, "build")
    assert said.code == 2
    assert 'there is no rule "test"; did you mean "tests"?' in said.text


def test_symbols_want_a_program_that_takes_them(user: User, project: Path, tmp_path: Path) -> None:
    configure(project, 'slim = ["default", "symbols"]')
    (tmp_path / "empty").mkdir()
    said = user.types(project, "build", PATH=str(tmp_path / "empty"))
    assert said.code == 2
    assert "Install binutils (strip) or LLVM (llvm-strip)" in said.text
    assert not (project / "dist").exists()
