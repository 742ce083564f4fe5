"""`with-access` for the tools that people use, and for none that would go past the door."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from lading.core.access.ambient import TOKEN_ADDRESSES, TOKEN_VARIABLES
from local_sources import LocalSources
from tests.acceptance.with_access.prompt import PYTHON, posix
from tests.user import User


def test_no_token_of_the_ci_system_is_handed_on(user: User, project: Path, tmp_path: Path) -> None:
    names = [name.replace("*", "SOME") for name in (*TOKEN_VARIABLES, *TOKEN_ADDRESSES)]
    tokens = {name: f"an-ambient-value-{number}" for number, name in enumerate(names)}
    told = tmp_path / "told.json"
    script = f"import json, os; json.dump(dict(os.environ), open({str(told)!r}, 'w'))"
    said = user.types(project, "with-access", "--", *PYTHON, script, **tokens)
    assert said.code == 0, said.text
    assert "an-ambient-value" not in told.read_text()
    assert not set(names) & json.loads(told.read_text()).keys()
    # What is missing is told, so that nobody has to guess.
    assert "not handed to the command: " in said.stderr
    assert "GH_TOKEN" in said.stderr
    assert "an-ambient-value" not in said.text


@pytest.mark.parametrize(
    "words", [("poetry", "install"), ("pip", "install", "-i", "https://x.test", "y")]
)
def test_a_tool_that_would_go_past_the_door_is_refused(
    user: User, project: Path, words: tuple[str, ...]
) -> None:
    said = user.types(project, "with-access", "--", *words)
    assert said.code == 2
    assert "  → " in said.stderr


PIPFILE = """\
[[source]]
name = "all"
url = "{url}"
verify_ssl = true

[packages]
acme-core = "*"
idna = "*"
"""


@pytest.mark.parametrize("url", ["${PIP_INDEX_URL}", PYPI_SIMPLE_ENDPOINT])
def test_pipenv_locks_and_installs(
    user: User, sources: LocalSources, project: Path, url: str
) -> None:
    (project / "Pipfile").write_text(PIPFILE.format(url=url))
    own = {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_NOSPIN": "1", "CI": "1"}
    pipenv = str(Path(sys.executable).with_name("pipenv"))
    said = user.types(project, "with-access", "--", pipenv, "install", **own)
    assert said.code == 0, said.text
    assert list((project / ".venv").rglob("acme_core-1.4.0.dist-info"))
    lock = (project / "Pipfile.lock").read_text()
    assert "127.0.0.1" not in lock
    assert json.loads(lock)["_meta"]["sources"][0]["url"] == url
    assert sources.log.leaks("acme", home="index") == ()


# For Poetry and for uv.
_LIBRARY = """
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11,<4"
dependencies = ["acme-core"]

[tool.poetry]
package-mode = false
"""


@pytest.fixture
def poetry(machine: dict[str, str], tmp_path: Path) -> Path:
    """Return the real Poetry with the plugins that the advice names, in a place of its own."""
    place = tmp_path / "poetry"
    plugins = ("poetry-plugin-export", "poetry-plugin-pypi-mirror")
    uv = str(Path(sys.executable).with_name("uv"))
    own = machine | {"UV_DEFAULT_INDEX": machine.get("PIP_INDEX_URL", PYPI_SIMPLE_ENDPOINT)}
    for words in (
        ("venv", "--python", sys.executable, str(place)),
        ("pip", "install", "--python", str(place), "poetry>=2.0", *plugins),
    ):
        subprocess.run([uv, "--quiet", *words], check=True, env=own, timeout=240)
    return place / "bin" / "poetry"


def runs(user: User, project: Path, *words: str) -> None:
    """Run a tool without access."""
    subprocess.run(words, cwd=project, env=user.environment, check=True, timeout=120)


@posix
def test_what_is_advised_for_poetry_works(
    user: User, sources: LocalSources, project: Path, poetry: Path
) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write(_LIBRARY)
    user.environment |= {"POETRY_VIRTUALENVS_IN_PROJECT": "true"}
    user.environment["PATH"] = f"{poetry.parent}{os.pathsep}{user.environment['PATH']}"
    for verb in ("lock", "install"):
        refused = user.types(project, "with-access", "--", "poetry", verb)
        assert refused.code == 2
        advised = f'POETRY_PYPI_MIRROR_URL="$PIP_INDEX_URL" poetry {verb}'
        assert advised in refused.stderr
        said = user.types(project, "with-access", "--", "sh", "-c", advised)
        assert said.code == 0, said.text
    assert list((project / ".venv").rglob("acme_core-1.4.0.dist-info"))
    assert "127.0.0.1" not in (project / "poetry.lock").read_text()
    runs(user, project, str(poetry), "export", "-o", "requirements.txt")
    pip = (sys.executable, "-m", "pip", "install", "--target", "site", "-r", "requirements.txt")
    said = user.types(project, "with-access", "--", *pip)
    assert said.code == 0, said.text
    assert (project / "site/acme_core-1.4.0.dist-info").is_dir()
    assert sources.log.leaks("acme", home="index") == ()


@posix
def test_what_is_advised_for_uv_projects_works(
    user: User, sources: LocalSources, project: Path
) -> None:
    # The uv beside this Python, also where no environment is activated.
    beside = Path(sys.executable).parent
    user.environment["PATH"] = f"{beside}{os.pathsep}{user.environment['PATH']}"
    with (project / "pyproject.toml").open("a") as file:
        file.write(_LIBRARY.partition("[tool.poetry]")[0])
    refused = user.types(project, "with-access", "--", "uv", "sync")
    assert refused.code == 2
    # The lock of a team names the feed; the one that is made behind the door names the door.
    said = user.types(project, "with-access", "--", "sh", "-c", "uv lock --quiet")
    assert said.code == 0, said.text
    lock = (project / "uv.lock").read_text()
    assert "http://127.0.0.1:" in lock
    (project / "uv.lock").write_text(re.sub(r"http://127\.0\.0\.1:\d+", "https://feed.test", lock))
    export = "uv export --frozen --no-emit-project -o requirements.txt"
    sync = "uv pip sync requirements.txt"
    assert export in refused.stderr
    assert sync in refused.stderr
    runs(user, project, *export.split(), "--quiet")
    said = user.types(project, "with-access", "--", *sync.split(), "--target", "site")
    assert said.code == 0, said.text
    assert (project / "site/acme_core-1.4.0.dist-info").is_dir()
    assert sources.log.leaks("acme", home="index") == ()
