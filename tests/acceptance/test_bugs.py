"""A bug keeps its traceback, without a secret or a local variable, whoever wants to see them."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from lading.core.secret import encodings
from tests.support import make_project
from tests.user import Said, User

TOKEN = "s3cr3t/+of-a-bug=="
AMBIENT = "an-ambient-token-nobody-used"
DOORS = {
    "lading": "from lading.program import main; main()",
    "invoke": "from invoke.main import program; program.run()",
}
# A user who wants to see everything, a library that logs everything, and a story with a bug.
BROKEN = """
import logging, sys, threading, urllib.parse
import rich.traceback; rich.traceback.install(show_locals=True)
logging.basicConfig(level=logging.DEBUG)
for library in ("azure.core.pipeline", "msal.telemetry", "urllib3.connectionpool"):
    logging.getLogger(library).setLevel(logging.DEBUG)
    logging.getLogger(library).addHandler(logging.StreamHandler())
import lading.commands.build as story
from lading.core.secret import Secret
def build(project, app, options, *, edges, find_lock):
    token = edges.ambient["ACME_TOKEN"]
    edges.remember(Secret(token))
    url = f"https://me:{token}@feed.test/simple/"
    for library in ("azure.core.pipeline", "msal.telemetry", "urllib3.connectionpool"):
        logging.getLogger(library).info("Authorization: %s", token)
        logging.getLogger(library).warning("a warning about %s", token)
    thread = threading.Thread(target=fail, args=(token,))
    thread.start(); thread.join()
    try:
        fail(urllib.parse.quote(token, safe=""))
    except ValueError as error:
        error.add_note(f"while reading {url}")
        raise KeyError(token, edges.ambient["AZURE_CLIENT_SECRET"]) from error
def fail(text):
    raise ValueError(f"unexpected: {text}")
story.build = build
"""


@pytest.fixture(params=list(DOORS))
def broken(request: pytest.FixtureRequest, user: User) -> User:
    user.program = [sys.executable, "-c", f"{BROKEN}\n{DOORS[request.param]}"]
    return user


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = make_project(tmp_path / "p", requirements=["idna"])
    (root / "tasks.py").write_text("from lading.tasks import namespace\n")
    return root


def builds(user: User, project: Path, *words: str, **variables: str) -> Said:
    return user.types(
        project, "build", *words, ACME_TOKEN=TOKEN, AZURE_CLIENT_SECRET=AMBIENT, **variables
    )


def check_told_without_secrets(said: Said) -> None:
    assert said.code == 1
    for word in ("Traceback", "KeyError", "ValueError: unexpected: ***", "This is a bug in lading"):
        assert word in said.stderr
    assert "https://***@feed.test" in said.stderr
    assert not any(form in said.text for form in (*encodings(TOKEN), AMBIENT))
    assert quote(TOKEN) not in said.text
    assert "locals" not in said.text


def test_a_bug_and_one_in_a_thread_are_told_without_secrets(broken: User, project: Path) -> None:
    said = builds(broken, project)
    check_told_without_secrets(said)
    # Of the thread, the cause, and what both were raised for.
    assert said.stderr.splitlines().count("Traceback (most recent call last):") == 3


def test_a_program_gets_a_document(broken: User, project: Path) -> None:
    said = builds(broken, project, "--json")
    check_told_without_secrets(said)
    document = said.document()
    assert document["exit_code"] == 1
    assert document["error"]["code"] == "bug"
    assert document["error"]["message"].startswith("KeyError: ")


def test_libraries_log_warnings_alone_and_redacted(broken: User, project: Path) -> None:
    said = builds(broken, project)
    assert "Authorization" not in said.text
    for library in ("azure.core.pipeline", "msal.telemetry", "urllib3.connectionpool"):
        assert said.stderr.count(f"{library}: a warning about ***") == 1
    assert said.stderr.count("a warning about") == 3


def test_a_bug_gives_a_ci_system_no_command(user: User, project: Path) -> None:
    broken = (
        "import lading.commands.build as story\n"
        "def build(*_, **__): raise ValueError('x\\n::add-path::/evil ##vso[task.complete]')\n"
        "story.build = build\n"
    )
    user.program = [sys.executable, "-c", broken + DOORS["lading"]]
    for variables in ({"TF_BUILD": "True"}, {"GITHUB_ACTIONS": "true"}):
        said = user.types(project, "build", **variables)
        assert said.code == 1
        assert "\n::add-path" not in said.stderr
        assert "##vso" not in said.stderr


def test_ctrl_c_is_no_bug(user: User, project: Path) -> None:
    broken = (
        "import lading.commands.build as story\n"
        "def build(*_, **__): raise KeyboardInterrupt\n"
        "story.build = build\n"
    )
    user.program = [sys.executable, "-c", broken + DOORS["lading"]]
    said = user.types(project, "build")
    assert said.code == 130
    assert "Traceback" not in said.text
