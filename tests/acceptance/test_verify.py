"""`lading verify`, and what `build` says of the import: packages of lading and of other tools."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local_sources import LocalSources
from tests.support import make_project, require
from tests.user import User

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it loads what Linux loads")

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
BROKEN = "import azure.functions as func\nimport nosuchlib\n\napp = func.FunctionApp()\n"
WANTING = (
    "import os\nimport azure.functions as func\n\nURL = os.environ['SERVICE_URL']\n"
    "app = func.FunctionApp()\n\n\n@app.route(route='health')\n"
    "def health(req: func.HttpRequest) -> str:\n    return URL\n"
)
SECRET = "postgres://orders:not-a-real-password@db/orders"


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", python=PYTHON, sources=sources)


def rewrite(project: Path, text: str) -> None:
    (project / "functionapp/function_app.py").write_text(text)


def pack(folder: Path, *, into: Path) -> Path:
    """Pack a folder as many people do, with another tool."""
    require("zip")
    subprocess.run(["zip", "-qr", str(into), "."], cwd=folder, check=True)
    return into


def results(path: Path) -> list[dict[str, Any]]:
    (run,) = json.loads(path.read_text("utf-8"))["runs"]
    assert isinstance(run["results"], list)
    return run["results"]


def place(result: dict[str, Any]) -> object:
    return result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_build_names_the_functions_it_found(user: User, project: Path) -> None:
    said = user.builds(project)
    assert "imported: yes, 1 function (azure-functions-runtime" in said.stdout
    assert "  health httpTrigger all methods /api/health" in said.stdout
    report = json.loads((project / "dist/orders.json").read_text())
    assert [one["name"] for one in report["verdict"]["functions"]] == ["health"]
    assert report["proof"].startswith("imported: yes")


def test_build_refuses_what_would_not_be_imported(user: User, project: Path) -> None:
    rewrite(project, BROKEN)
    said = user.types(project, "build")
    assert said.code == 6
    assert "error import-error: function_app.py:2: ModuleNotFoundError" in (said.stderr)
    assert not (project / "dist/orders.zip").exists()
    user.builds(project, "--allow", "import-error", "--reason", "it is mounted there")


def test_without_an_interpreter_build_says_so_and_ends_well(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", python="3.14", sources=sources)
    said = user.builds(project, PATH="/usr/bin:/bin")
    assert "imported: no: there is no Python 3.14 on this machine" in said.stdout


def test_a_setting_that_is_wanted_is_a_warning_until_it_is_given(user: User, project: Path) -> None:
    rewrite(project, WANTING)
    said = user.builds(project)
    assert "warning import-needs-setting" in said.stdout
    assert "the setting SERVICE_URL was not given" in said.stdout
    assert "imported: no: KeyError, see the finding" in said.stdout
    (project / "local.env").write_text(f"SERVICE_URL={SECRET}\n")
    given = user.builds(project, "--settings", "local.env")
    assert "imported: yes, 1 function" in given.stdout


def test_the_one_target_of_an_app_gives_its_settings(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    target = (
        '[tool.lading.targets.prod]\napp = "orders"\nsubscription = "s"\nresource-group = "g"\n'
        'function-app = "orders-prod"\nsettings = ["settings/prod.env"]\n'
    )
    files = {"settings/prod.env": f"SERVICE_URL={SECRET}\n", "functionapp/function_app.py": WANTING}
    project = make_project(
        tmp_path / "project", python=PYTHON, sources=sources, configuration=target, files=files
    )
    assert "imported: yes" in user.builds(project).stdout


def test_no_value_of_a_setting_is_shown(user: User, project: Path) -> None:
    rewrite(project, WANTING + "\nprint(URL)\nraise RuntimeError(URL)\n")
    (project / "local.env").write_text(f"SERVICE_URL={SECRET}\n")
    said = user.types(project, "build", "--verbose", "--settings", "local.env")
    assert said.code == 6
    assert "RuntimeError" in said.stderr
    assert "not-a-real-password" not in said.text


def test_a_file_of_settings_that_is_not_there_is_told_before_any_work(
    user: User, project: Path
) -> None:
    said = user.types(project, "build", "--settings", "nowhere.env")
    assert said.code == 2
    assert "--settings nowhere.env cannot be read" in said.stderr


def test_a_package_of_lading_is_verified(user: User, project: Path) -> None:
    user.builds(project)
    said = user.types(project, "verify", "--json")
    assert said.code == 0, said.text
    found = said.document()
    built = json.loads((project / "dist/orders.json").read_text())
    assert found["artifact"]["made_by"] == "lading"
    assert found["artifact"]["content_sha256"] == built["artifact"]["content_sha256"]
    assert found["python"] == PYTHON
    assert found["findings"] == built["findings"] == []
    assert [one["name"] for one in found["verdict"]["functions"]] == ["health"]
    assert found["unchecked"] == []


def test_a_package_that_was_changed_since_is_refused(user: User, project: Path) -> None:
    user.builds(project)
    with zipfile.ZipFile(project / "dist/orders.zip", "a") as package:
        package.writestr("more.py", "X = 1\n")
    said = user.types(project, "verify")
    assert said.code == 6
    assert "error changed-artifact: lading.json" in said.stdout


def test_a_package_of_another_tool_is_verified_outside_any_project(
    user: User, project: Path, tmp_path: Path
) -> None:
    user.builds(project)
    stage = tmp_path / "stage"
    with zipfile.ZipFile(project / "dist/orders.zip") as package:
        package.extractall(stage)
    (stage / "lading.json").unlink()
    other = pack(stage, into=tmp_path / "theirs.zip")
    said = user.types(tmp_path, "verify", "--artifact", other.name, "--python", PYTHON)
    assert said.code == 0, said.text
    assert "made by another tool" in said.stdout
    assert "imported: yes, 1 function" in said.stdout
    assert "not checked: the lock" in said.stdout
    # Which Python it is for is nowhere in it.
    silent = user.types(tmp_path, "verify", "--artifact", other.name)
    assert silent.code == 2
    assert "--python 3.13" in silent.stderr


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ({"orders/host.json": "{}", "orders/function_app.py": ""}, "nested-package"),
        ({"host.json": "{}", "function_app.py": BROKEN}, "import-error"),
        ({"host.json": "{}", "readme.txt": ""}, "no-functions"),
        ({"function_app.py": ""}, "host-file"),
    ],
)
def test_a_broken_package_of_another_tool_is_refused(
    user: User, tmp_path: Path, inside: dict[str, str], code: str
) -> None:
    with zipfile.ZipFile(tmp_path / "any.zip", "w") as package:
        for name, text in inside.items():
            package.writestr(name, text)
    said = user.types(tmp_path, "verify", "--artifact", "any.zip", "--python", PYTHON, "--json")
    assert said.code == 6
    assert [finding["code"] for finding in said.document()["findings"]] == [code]


def test_what_may_pass_all_the_same_is_told_as_in_a_build(user: User, project: Path) -> None:
    user.builds(project)
    with zipfile.ZipFile(project / "dist/orders.zip", "a") as package:
        package.writestr("more.py", "X = 1\n")
    words = ("verify", "--sarif", "out/lading.sarif", "--allow", "changed-artifact:lading.json")
    said = user.types(project, *words, "--reason", "a hot fix")
    assert said.code == 0, said.text
    assert "allowed changed-artifact: lading.json" in said.stdout
    (result,) = results(project / "out/lading.sarif")
    assert result["suppressions"][0]["justification"] == "a hot fix"
    assert place(result) == "functionapp/requirements.txt"
    lacking = user.types(project, *words)
    assert lacking.code == 2
    assert "--allow wants a reason" in lacking.stderr


def test_findings_of_a_strangers_package_point_at_the_zip(user: User, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "any.zip", "w") as package:
        package.writestr("host.json", "{}")
        package.writestr("function_app.py", BROKEN)
    words = ("--artifact", "any.zip", "--python", PYTHON, "--sarif", "lading.sarif")
    assert user.types(tmp_path, "verify", *words).code == 6
    (result,) = results(tmp_path / "lading.sarif")
    assert place(result) == "any.zip"
    assert result["message"]["text"].startswith("function_app.py:2: ModuleNotFoundError")


@pytest.mark.parametrize("name", ["../escaped.py", "/absolute.py", "a\\b.py"])
def test_a_name_that_leads_elsewhere_refuses_the_whole_zip(
    user: User, tmp_path: Path, name: str
) -> None:
    with zipfile.ZipFile(tmp_path / "any.zip", "w") as package:
        package.writestr("host.json", "{}")
        package.writestr(zipfile.ZipInfo(name), "")
    said = user.types(tmp_path, "verify", "--artifact", "any.zip", "--python", PYTHON)
    assert said.code == 6
    assert "any.zip is refused" in said.stderr


def test_what_is_no_zip_or_not_there_is_told(user: User, tmp_path: Path) -> None:
    (tmp_path / "any.zip").write_text("no zip")
    said = user.types(tmp_path, "verify", "--artifact", "any.zip", "--python", PYTHON)
    assert said.code == 6
    assert "is not a zip" in said.stderr
    gone = user.types(tmp_path, "verify", "--artifact", "gone.zip", "--python", PYTHON)
    assert gone.code == 2
    wrong = user.types(tmp_path, "verify", "--artifact", "any.zip", "--python", "4.0")
    assert wrong.code in {2, 6}
    nowhere = user.types(tmp_path, "verify")
    assert nowhere.code == 2


def test_verify_without_network_says_what_is_missing(
    user: User, project: Path, tmp_path: Path
) -> None:
    user.builds(project)
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    fresh = {"LADING_CACHE": str(tmp_path / "cache")}
    said = user.types(project, "verify", "--offline", **fresh)
    assert said.code == 0
    assert "is not in the store, and --offline allows no network" in said.stdout
