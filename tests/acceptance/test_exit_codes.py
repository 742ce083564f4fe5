"""Each exit code of the contract, under `lading` and under `invoke`."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.support import make_project
from tests.user import User

LADING = [sys.executable, "-m", "lading"]
INVOKE = [sys.executable, "-m", "invoke"]


@pytest.fixture(params=[LADING, INVOKE], ids=["lading", "invoke"])
def prompt(request: pytest.FixtureRequest, user: User) -> User:
    user.program = request.param
    return user


def project_of(folder: Path, **details: object) -> Path:
    root = make_project(folder, **details)  # type: ignore[arg-type]
    (root / "tasks.py").write_text("from lading.tasks import namespace\n")
    return root


def test_0_done(prompt: User, tmp_path: Path) -> None:
    assert prompt.types(project_of(tmp_path / "p", requirements=["idna"]), "build").code == 0


def test_2_configuration(prompt: User, tmp_path: Path) -> None:
    project = project_of(tmp_path / "p", configuration="[tool.lading.apps.orders.pyhton]\n")
    said = prompt.types(project, "build")
    assert said.code == 2
    assert "tool.lading.apps.orders.pyhton" in said.stderr
    assert "python" in said.stderr


def test_2_usage(prompt: User, tmp_path: Path) -> None:
    said = prompt.types(project_of(tmp_path / "p"), "build", "--app", "nosuch")
    assert said.code == 2
    assert "orders" in said.stderr


def test_2_explain_without_a_lock(prompt: User, tmp_path: Path) -> None:
    said = prompt.types(project_of(tmp_path / "p"), "explain", "idna")
    assert said.code == 2
    assert "orders has no lock" in said.stderr
    assert "lading lock" in said.stderr


def test_2_unknown_flag_under_lading_and_1_under_plain_invoke(prompt: User, tmp_path: Path) -> None:
    said = prompt.types(project_of(tmp_path / "p"), "build", "--frozne")
    assert said.code == (2 if prompt.program == LADING else 1)
    assert "--frozne" in said.stderr
    assert ("Did you mean --frozen?" in said.stderr) == (prompt.program == LADING)
    assert "Traceback" not in said.text


def test_3_credential(prompt: User, sources: LocalSources, tmp_path: Path) -> None:
    project = project_of(tmp_path / "p", requirements=["acme-pricing"], sources=sources)
    said = prompt.types(project, "build", ACME_TOKEN=None)
    assert said.code == 3
    assert "ACME_TOKEN" in said.stderr


def test_4_source(prompt: User, sources: LocalSources, tmp_path: Path) -> None:
    project = project_of(tmp_path / "p", requirements=["acme-pricing"], sources=sources)
    said = prompt.types(project, "build", ACME_TOKEN="an-old-one")
    assert said.code == 4
    assert "an-old-one" not in said.text


def test_5_resolution(prompt: User, sources: LocalSources, tmp_path: Path) -> None:
    project = project_of(tmp_path / "p", requirements=["acme-core>=77"], sources=sources)
    said = prompt.types(project, "build")
    assert said.code == 5
    assert "acme-core" in said.stderr


def test_5_build(prompt: User, sources: LocalSources, tmp_path: Path) -> None:
    sources.add_sdist("acme-broken", "1.0", setup_py="raise SystemExit('no compiler today')\n")
    project = project_of(tmp_path / "p", requirements=["acme-broken"], sources=sources)
    said = prompt.types(project, "build")
    assert said.code == 5
    assert "acme-broken" in said.stderr
    assert "no compiler today" in said.stderr


def test_6_package(prompt: User, sources: LocalSources, tmp_path: Path) -> None:
    for name in ("acme-left", "acme-right"):
        sources.add_wheel(name, "1.0", files={"shared.py": f"NAME = {name!r}\n"})
    project = project_of(tmp_path / "p", requirements=["acme-left", "acme-right"], sources=sources)
    said = prompt.types(project, "build")
    assert said.code == 6
    assert "collision" in said.stderr


def test_130_interrupted(prompt: User, sources: LocalSources, tmp_path: Path) -> None:
    project = project_of(tmp_path / "p", requirements=["acme-pricing"], sources=sources)
    sources.index.fail("hang")
    process = subprocess.Popen(
        [*prompt.program, "build"],
        cwd=project,
        env=prompt.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    sources.log.wait_for(lambda request: request.host == "index", seconds=120)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "interrupted" in err
    assert "Traceback" not in err


def test_130_interrupted_before_the_commands_are_loaded(user: User, tmp_path: Path) -> None:
    (tmp_path / "invoke.py").write_text("raise KeyboardInterrupt\n")
    said = user.types(tmp_path, "build", PYTHONPATH=str(tmp_path))
    assert (said.code, said.text) == (130, "")


def test_outside_any_project_the_remedy_is_shown(user: User, tmp_path: Path) -> None:
    said = user.types(tmp_path, "build")
    assert said.code == 2
    assert "[tool.lading" in said.stderr


@pytest.mark.parametrize(
    "door",
    ["from lading.program import main; main()", "from invoke.main import program; program.run()"],
    ids=["lading", "invoke"],
)
def test_1_a_bug_keeps_its_traceback(user: User, tmp_path: Path, door: str) -> None:
    project = project_of(tmp_path / "p", requirements=["idna"])
    broken = "import lading.commands.build as story; story.build = None"
    user.program = [sys.executable, "-c", f"{broken}; {door}"]
    said = user.types(project, "build")
    assert said.code == 1
    assert "TypeError" in said.stderr
    assert "Traceback" in said.stderr


def test_json_gives_one_document_for_failures_too(user: User, tmp_path: Path) -> None:
    said = user.types(make_project(tmp_path / "p"), "build", "--app", "nosuch", "--json")
    assert said.code == 2
    document = said.document()
    assert document["exit_code"] == 2
    assert document["error"]["code"] == "usage"
