"""A CI system hides every secret of a run before it could be seen, and keeps nothing of it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from lading.core.secret import encodings
from lading.edges.ci import System
from local_sources import LocalSources, write_sample_project
from tests.ci_reader import Reading, read_log
from tests.user import User

OWN_VARIABLE = {"azure-pipelines": {"TF_BUILD": "True"}, "github": {"GITHUB_ACTIONS": "true"}}
# What a step may hand on to the next ones, in files that the runner names.
HANDED_ON = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE")
FILES_OF_TOOLS = {".netrc", "_netrc", ".pypirc", "pip.conf", "pip.ini", ".git-credentials"}
# A tool that found the tokens elsewhere, and says them once it had access.
TALKATIVE = """
import json, pathlib, subprocess, sys
subprocess.run([sys.executable, "-m", "pip", "download", "-d", "d", "acme-core"], check=True)
subprocess.run(["git", "clone", "--quiet", sys.argv[2], "tree"], check=True)
sys.stdout.write(chr(10).join(json.loads(pathlib.Path(sys.argv[1]).read_text())))
"""


@pytest.fixture(params=["azure-pipelines", "github"])
def system(request: pytest.FixtureRequest) -> System:
    chosen: System = request.param
    return chosen


@pytest.fixture
def in_ci(user: User, system: System, tmp_path: Path) -> User:
    files = {name: tmp_path / "handed-on" / name for name in HANDED_ON}
    (tmp_path / "handed-on").mkdir()
    for path in files.values():
        path.touch()
    user.environment |= {name: str(path) for name, path in files.items()}
    user.environment |= OWN_VARIABLE[system]
    return user


def log_of(user: User, folder: Path, *words: str) -> str:
    """Run a command and return both streams as they come, as a job's log holds them."""
    finished = subprocess.run(
        [*user.program, *words],
        cwd=folder,
        env=user.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=240,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def check_masked(reading: Reading, tokens: tuple[str, ...]) -> None:
    """Check that every form of every token was named to the system and is seen nowhere."""
    for token in tokens:
        assert set(encodings(token)) <= set(reading.masks)
        assert not any(form in reading.shown for form in encodings(token))


def test_a_build_names_its_secrets_to_the_system_and_hands_nothing_on(
    in_ci: User, system: System, sources: LocalSources, tmp_path: Path
) -> None:
    project = write_sample_project(sources, tmp_path / "project")
    log = log_of(in_ci, project, "build", "--verbose")
    check_masked(read_log(log, system), (sources.token, sources.git_token))
    for command in ("task.setvariable", "::set-env", "::set-output", "::save-state", "::add-path"):
        assert command not in log
    assert all((tmp_path / "handed-on" / name).read_bytes() == b"" for name in HANDED_ON)
    assert [path for path in tmp_path.rglob("*") if path.name in FILES_OF_TOOLS] == []


def test_what_a_tool_says_of_a_secret_is_hidden_in_every_form(
    in_ci: User, system: System, sources: LocalSources, tmp_path: Path
) -> None:
    project = write_sample_project(sources, tmp_path / "project")
    tokens = (sources.token, sources.git_token)
    pairs = [
        base64.b64encode(f"{name}:{token}".encode()).decode()
        for name in ("a", "me", "you")
        for token in tokens
    ]
    forms = [*tokens, *(quote(token, safe="") for token in tokens), *pairs]
    known = tmp_path / "known.json"
    known.write_text(json.dumps(forms))
    tool = (sys.executable, "-c", TALKATIVE, str(known), sources.tax_url)
    log = log_of(in_ci, project, "with-access", "--", *tool)
    assert all(form in log for form in forms)
    check_masked(read_log(log, system), tokens)
