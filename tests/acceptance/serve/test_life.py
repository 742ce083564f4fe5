"""How `lading serve` begins, goes on and ends: flags, settings, --watch, crashes, signals."""

from __future__ import annotations

import shutil
import signal
import sys
import zipfile
from pathlib import Path

import pytest

from tests.acceptance.serve.apps import BUNDLE, MORE, ORDERS, PYTHON, project_of
from tests.served import ServedApp, serves
from tests.user import User

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it serves what Linux serves")


def replace(path: Path, text: str) -> None:
    """Write a file as editors do: a new one in its place."""
    fresh = path.with_name(f".{path.name}.swp")
    fresh.write_text(text)
    fresh.replace(path)


def test_a_port_that_is_taken_and_flags_that_cannot_be_are_told(
    orders: ServedApp, someone: User, orders_project: Path
) -> None:
    taken = someone.types(orders_project, "serve", "--port", str(orders.port))
    assert taken.code == 2
    assert f"port {orders.port} of 127.0.0.1 is taken" in taken.stderr
    assert someone.types(orders_project, "serve", "--port", "x").code == 2
    both = someone.types(orders_project, "serve", "--watch", "--artifact", "dist/orders.zip")
    assert both.code == 2
    assert "--watch builds an app of this project" in both.stderr
    gone = someone.types(orders_project, "serve", "--artifact", "gone.zip")
    assert gone.code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_and_leaves_nothing_behind(
    someone: User, orders_project: Path, home: Path, number: int
) -> None:
    before = set((home / "tmp").iterdir())
    with serves(someone, orders_project, "--no-keys") as served:
        assert served.status("/v2/api/closed") == 200
        assert served.ends(number) == 130
        assert served.process.stdout
        assert served.process.stdout.read() == ""
    assert not [line for line in served.said if "Traceback" in line or "interrupted" in line]
    assert set((home / "tmp").iterdir()) == before


def test_another_tools_package_is_served_outside_any_project(
    someone: User, orders_project: Path, tmp_path: Path
) -> None:
    with (
        zipfile.ZipFile(orders_project / "dist/orders.zip") as ours,
        zipfile.ZipFile(tmp_path / "any.zip", "w") as theirs,
    ):
        for item in ours.infolist():
            if item.filename != "lading.json":
                theirs.writestr(item.filename, ours.read(item))
    words = ("--artifact", "any.zip", "--python", PYTHON, "--key", "my-own")
    with serves(someone, tmp_path, *words) as served:
        assert served.told["key"] == "my-own"
        assert served.status("/v2/api/closed?code=my-own") == 200


@pytest.mark.parametrize(
    ("app", "told"),
    [
        ("import nosuchlib\n", "error import-error: function_app.py:1"),
        ("import azure.functions as func\n\napp = func.FunctionApp()\n", "error no-functions"),
        ("import os\n\nos.environ['WANTED']\n", "the setting WANTED was not given"),
    ],
)
def test_a_broken_package_is_refused_with_its_finding(
    someone: User, tmp_path: Path, app: str, told: str
) -> None:
    with zipfile.ZipFile(tmp_path / "any.zip", "w") as package:
        package.writestr("host.json", "{}")
        package.writestr("function_app.py", app)
    said = someone.types(
        tmp_path, "serve", "--port", "0", "--artifact", "any.zip", "--python", PYTHON
    )
    assert said.code == 6
    assert told in said.stderr
    assert ("before it is imported" in said.stderr) is (told != "error no-functions")


def test_settings_of_the_app_are_those_of_its_local_file(
    someone: User, orders_project: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(orders_project, project)
    (project / "functionapp/more.py").write_text(
        MORE.replace('"more"\n', 'os.environ["GREETING"]\n').replace(
            "import az", "import os\n\nimport az"
        )
    )
    (project / "functionapp/local.settings.json").write_text(
        '{"IsEncrypted": false, "Values": {"GREETING": "from the file"}}'
    )
    with serves(someone, project) as served:
        # What is packed is what was built.
        assert served.text("/v2/api/more") == "more"
        served.hears("the package is older than the app: more.py changed since")
    someone.builds(project)
    with serves(someone, project) as served:
        assert served.text("/v2/api/more") == "from the file"


def test_watch_builds_again_and_a_refused_build_takes_nothing_away(
    someone: User, orders_project: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(orders_project, project)
    shutil.rmtree(project / "dist")
    more = project / "functionapp/more.py"
    with serves(someone, project, "--watch") as served:
        assert served.text("/v2/api/more") == "more"
        replace(more, "def broken(:\n")
        served.hears("The app of before answers until something changes")
        assert "import-error: more.py:1" in "\n".join(served.said)
        assert served.text("/v2/api/more") == "more"
        served.said.clear()
        replace(more, MORE.replace('"more"\n', '"changed"\n'))
        served.hears("The new app answers")
        assert served.text("/v2/api/more") == "changed"
        (project / "functionapp/.funcignore").write_text("*.log\n")
        (project / "functionapp/requirements.txt").touch()
        served.hears("That changes nothing in the package")
        assert served.text("/v2/api/more") == "changed"


def test_an_app_that_ends_its_process_is_started_again(someone: User, tmp_path: Path) -> None:
    app = ORDERS.replace('raise ValueError("no price")', "__import__('os')._exit(3)")
    project = project_of(tmp_path / "project", app, "{" + f'"version": "2.0", {BUNDLE}' + "}")
    (project / "functionapp/more.py").write_text(MORE)
    someone.builds(project)
    with serves(someone, project) as served:
        assert served.status("/api/boom") == 500
        served.hears("The new app answers")
        assert served.text("/api/more") == "more"
