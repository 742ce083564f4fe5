"""The first hour of a new user: what goes wrong then has words, an exit code, and no traceback."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.support import make_project
from tests.user import Said, User


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "p", requirements=["idna"])


def refused(said: Said, code: int, *words: str) -> None:
    assert said.code == code, said.text
    assert "Traceback" not in said.text
    assert "  → " in said.stderr
    for word in words:
        assert word in said.stderr


@pytest.mark.parametrize(
    "command",
    ["build", "doctor", "lock", "explain", "vendor", "publish", "serve", "verify", "with-access"],
)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_shows_its_help(user: User, tmp_path: Path, command: str, flag: str) -> None:
    said = user.types(tmp_path, command, flag)
    assert said.code == 0, said.text
    assert command in said.stdout
    # Each option says what it is for.
    _, _, options = said.stdout.partition("Options:\n")
    lines = [line for line in options.splitlines() if line.startswith("  --")]
    assert lines
    assert all(len(line.split(maxsplit=1)) > 1 for line in lines), said.stdout


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("bild",), "Did you mean build?"),
        (("build", "--frozne"), "Did you mean --frozen?"),
        (("vendor", "--frozen"), "lading vendor --help"),
        (("with-access", "pip", "list"), "lading with-access -- pip …"),
        (("with-access",), "lading with-access -- "),
        (("explain",), "lading explain --help"),
        (("build", "--app", "ordrs"), "Did you mean orders?"),
        (("build", "--reason", "x"), "--allow CODE:PACKAGE"),
        (("lock", "--upgrade-package"), "--upgrade-package VALUE"),
        (("lock", "--upgrade-package", "--diff"), "--upgrade-package VALUE"),
        (("build", "--allow", "--reason", "x"), "--allow VALUE"),
        (("build", "--allow", "colision", "--reason", "x"), "did you mean collision?"),
        (("build", "--allow", "escaping-path", "--reason", "x"), "never allowed"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(
    user: User, project: Path, words: tuple[str, ...], hint: str
) -> None:
    said = user.types(project, *words)
    refused(said, 2, hint)
    assert f"Did you mean {words[-1]}?" not in said.stderr


def test_a_usage_error_is_a_document_too(user: User, project: Path) -> None:
    said = user.types(project, "build", "--frozne", "--json")
    assert said.code == 2
    assert said.document()["error"]["code"] == "usage"
    assert "--frozen" in said.document()["error"]["remedy"]


def test_a_project_without_an_app_is_told_so(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(sources.configuration())
    refused(user.types(tmp_path, "build"), 2, "declares no app")


def test_a_wrong_folder_is_told_before_anything_is_asked_for(
    user: User, sources: LocalSources, project: Path
) -> None:
    (project / "functionapp/host.json").unlink()
    refused(user.types(project, "build"), 2, "functionapp: has no host.json")
    assert not sources.log()
    assert not (project / "functionapp/requirements.lock").exists()


def test_the_first_build_and_the_second_give_the_same_package(user: User, project: Path) -> None:
    first = user.builds(project, "--json").document()["artifact"]
    second = user.builds(project, "--json").document()["artifact"]
    assert second == {**first, "changed": False}


def test_a_folder_further_down_is_the_project_too(
    user: User, project: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    said = user.builds(
        project / "functionapp", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page)
    )
    assert (project / "dist/orders.zip").is_file(), said.text
    assert "dist/orders.zip" in page.read_text("utf-8")


def test_a_missing_summary_page_does_not_fail_a_build_that_went_well(
    user: User, project: Path, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "nowhere" / "page.md")
    said = user.builds(project, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=nowhere)
    assert "::warning title=lading::no summary: " in said.stderr


@pytest.mark.parametrize("taken", ["dist", "dist/orders.zip/x", "dist/orders.json/x"])
def test_what_stands_in_the_place_of_the_artifact_is_named(
    user: User, project: Path, taken: str
) -> None:
    (project / taken).parent.mkdir(parents=True, exist_ok=True)
    (project / taken).write_text("")
    refused(user.types(project, "build"), 2, "cannot be written", "dist/orders.")


def test_a_vendored_folder_that_cannot_be_written_is_named(user: User, project: Path) -> None:
    (project / "functionapp/.python_packages").write_text("")
    refused(user.types(project, "vendor"), 2, "site-packages cannot be written")


def test_a_cache_that_is_a_file_is_named_with_its_variable(user: User, project: Path) -> None:
    (project / "cache").write_text("")
    for command in ("build", "lock", "vendor"):
        said = user.types(project, command, LADING_CACHE=str(project / "cache"))
        refused(said, 2, "cache/v1 cannot be written", "LADING_CACHE")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_a_full_disk_is_told_and_leaves_nothing(user: User, project: Path) -> None:
    user.types(project, "lock")
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    user.program = [sys.executable, "-c", f"{limited}; from lading.program import main; main()"]
    said = user.types(project, "build", LADING_CACHE=str(project / "cache"))
    refused(said, 2, "cannot be written", "LADING_CACHE")
    assert not [path for path in (project / "cache").rglob("*") if path.is_file()]
    assert not (project / "dist").exists()


def test_without_git_an_app_that_needs_none_is_built(
    user: User, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    said = user.builds(project, "--json", PATH=str(tmp_path / "bin"))
    assert said.document()["commit"] == ""


def test_without_git_a_git_requirement_says_what_to_install(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    asked = f"acme-tax @ git+{sources.tax_url}@v2.1.0"
    project = make_project(tmp_path / "p", requirements=[asked], sources=sources)
    (tmp_path / "bin").mkdir()
    said = user.types(project, "lock", PATH=str(tmp_path / "bin"))
    refused(said, 4, "Git is needed", "Install Git")


@pytest.mark.parametrize(
    ("token", "code", "told"),
    [
        (None, 3, "ACME_GIT_TOKEN is not set"),
        ("of-yesterday", 4, "did not accept the variable ACME_GIT_TOKEN"),
    ],
)
def test_a_git_source_without_a_valid_credential_says_so_once(
    user: User, sources: LocalSources, tmp_path: Path, token: str | None, code: int, told: str
) -> None:
    asked = f"acme-tax @ git+{sources.tax_url}@v2.1.0"
    project = make_project(tmp_path / "p", requirements=[asked], sources=sources)
    said = user.types(project, "lock", ACME_GIT_TOKEN=token)
    refused(said, code, "acme-git")
    assert said.stderr.count(told) == 1
    assert "git failed" not in said.stderr


def test_one_missing_credential_is_told_once_however_many_files_need_it(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "p", requirements=["acme-pricing"], sources=sources)
    assert user.types(project, "lock").code == 0
    empty = str(tmp_path / "empty")
    said = user.types(project, "build", ACME_TOKEN=None, LADING_CACHE=empty)
    refused(said, 3, "ACME_TOKEN")
    assert said.stderr.count("no credential for source acme") == 1


def test_without_an_interpreter_of_the_minor_it_warns_and_frozen_refuses(
    user: User, project: Path
) -> None:
    minor = next(
        python
        for python in ("3.10", "3.12", "3.13", "3.14")
        if python != f"{sys.version_info[0]}.{sys.version_info[1]}"
    )
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"3.11"', f'"{minor}"'))
    bare = {"PATH": str(project / "bin"), "PYENV_ROOT": str(project / "none")}
    said = user.builds(project, **bare)
    assert f"no-bytecode: Python {minor}" in said.stdout
    refused(user.types(project, "build", "--frozen", **bare), 5, f"uv python install {minor}")


EVIL = """\
raise SystemExit(
    "###vso[task.setvariable variable=PATH]evil\\n##[error]x\\n  ::add-mask::y\\n::add-path::z"
)
"""


@pytest.mark.parametrize("system", ["TF_BUILD", "GITHUB_ACTIONS"])
def test_a_build_back_end_gives_the_ci_system_no_command(
    user: User, tmp_path: Path, system: str
) -> None:
    evil = {
        "evil/setup.py": EVIL,
        "evil/pyproject.toml": '[build-system]\nrequires=["setuptools"]\n',
    }
    project = make_project(tmp_path / "p", requirements=["../evil"], files=evil)
    variables = {system: "true"}
    plain = user.types(project, "build")
    told = user.types(project, "build", **variables)
    document = user.types(project, "build", "--json", **variables)
    assert "##vso[task.setvariable" in plain.stderr
    assert told.code == document.code == 5
    assert "evil" in told.stderr
    for line in (told.text + document.text).splitlines():
        assert "##vso[task.setvariable" not in line
        assert "##[error]" not in line
        assert not line.lstrip().startswith(("::add", "::set"))
    assert "##vso[task.setvariable" in document.document()["error"]["message"]


def test_an_interrupted_lock_file_says_how_to_go_on(user: User, project: Path) -> None:
    (project / "functionapp/requirements.lock").write_text("<<<<<<< ours\n")
    for command in ("build", "lock"):
        refused(user.types(project, command), 6, "lading lock --upgrade")
    assert user.types(project, "lock", "--upgrade").code == 0


def test_vendor_tells_a_program_where_it_wrote(user: User, project: Path) -> None:
    document = user.types(project, "vendor", "--json").document()
    assert (project / document["folder"] / "idna/__init__.py").is_file()
    shutil.rmtree(project / document["folder"])
    again = user.types(project, "vendor", "--offline")
    assert (Path(again.stdout.strip()) / "idna/__init__.py").is_file()


def test_output_that_is_piped_is_the_result_and_nothing_else(user: User, project: Path) -> None:
    said = user.types(project, "lock", "--json", "--verbose")
    assert json.loads(said.stdout)["app"] == "orders"
    assert "\x1b" not in said.text
