"""`with-access` at a prompt: codes, signals, what the command gets, and tools that people use."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from lading.core.access.ambient import TOKEN_ADDRESSES, TOKEN_VARIABLES
from local_sources import LocalSources
from tests.support import make_project
from tests.user import User

PYTHON = (sys.executable, "-c")
posix = pytest.mark.skipif(os.name != "posix", reason="signals and terminals of POSIX")
# Says that it is ready and where the door is; ends with 9 when a signal asks for it.
PATIENT = """
import os, pathlib, signal, subprocess, sys, time
def end(number, frame):
    pathlib.Path(sys.argv[1], "asked").write_text(str(number))
    sys.exit(9)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, end)
if len(sys.argv) > 2:
    below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
    pathlib.Path(sys.argv[1], "below").write_text(str(below.pid))
pathlib.Path(sys.argv[1], "ready.tmp").write_text(f"{os.getpid()} {os.environ['PIP_INDEX_URL']}")
pathlib.Path(sys.argv[1], "ready.tmp").rename(pathlib.Path(sys.argv[1], "ready"))
time.sleep(120)
"""


@pytest.fixture
def project(sources: LocalSources, tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", sources=sources)


def lading(user: User, project: Path, *words: str, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [*user.program, "with-access", "--", *words], cwd=project, env=user.environment, **options
    )


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert path.exists()
    return path.read_text()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        if Path("/proc").is_dir() and sys.platform == "linux":
            return False
        return (
            subprocess.run(["ps", "-p", str(pid)], check=False, capture_output=True).returncode == 0
        )
    return state != "Z"


def is_open(door: str) -> bool:
    address = urlsplit(door)
    with socket.socket() as client:
        return client.connect_ex((address.hostname, address.port)) == 0


def check_both_ended(ready: str) -> None:
    pid, door = ready.split()
    assert not is_running(int(pid))
    assert not is_open(door)


@pytest.mark.parametrize("code", [0, 1, 2, 3, 5, 130])
def test_the_command_s_exit_code_is_passed_on(user: User, project: Path, code: int) -> None:
    assert (
        user.types(project, "with-access", "--", *PYTHON, f"raise SystemExit({code})").code == code
    )


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_command_that_a_signal_ended_gives_what_a_shell_gives(
    user: User, project: Path, number: signal.Signals
) -> None:
    script = "import os, signal, sys; number = int(sys.argv[1])\n"
    script += "if number != signal.SIGKILL: signal.signal(number, signal.SIG_DFL)\n"
    script += "os.kill(os.getpid(), number)"
    command = (*PYTHON, script, str(number.value))
    assert user.types(project, "with-access", "--", *command).code == 128 + number


@posix
def test_a_command_that_cannot_be_started_gives_what_a_shell_gives(
    user: User, project: Path
) -> None:
    missing = user.types(project, "with-access", "--", "no-such-program")
    assert missing.code == 127
    assert "no-such-program cannot be started" in missing.stderr
    (project / "text").write_text("no program")
    forbidden = user.types(project, "with-access", "--", "./text")
    assert forbidden.code == 126
    assert "./text cannot be started" in forbidden.stderr


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_lading_alone_ends_all_that_it_started_in_ci(
    user: User, project: Path, tmp_path: Path, number: signal.Signals
) -> None:
    process = lading(
        user, project, *PYTHON, PATIENT, str(tmp_path), "below", start_new_session=True
    )
    try:
        ready = wait_for(tmp_path / "ready", process)
        process.send_signal(number)
        assert process.wait(60) == 9
    finally:
        process.kill()
    check_both_ended(ready)
    below = int((tmp_path / "below").read_text())
    deadline = time.monotonic() + 60
    while is_running(below) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(below)


@posix
def test_ctrl_c_on_a_terminal_ends_both(user: User, project: Path, tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    process = lading(
        user,
        project,
        *("sh", "-c", f'exec {sys.executable} -c "$1" "$2"', "sh", PATIENT, str(tmp_path)),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(follower)
    try:
        ready = wait_for(tmp_path / "ready", process)
        os.write(leader, b"\x03")
        said = _read_all(leader)
        assert process.wait(60) == 9, said
    finally:
        process.kill()
        os.close(leader)
    assert (tmp_path / "asked").read_text() == str(signal.SIGINT.value)
    assert "Traceback" not in said
    check_both_ended(ready)


@posix
def test_sigterm_to_lading_on_a_terminal_ends_the_command(
    user: User, project: Path, tmp_path: Path
) -> None:
    leader, follower = pty.openpty()
    streams = {"stdin": follower, "stdout": follower, "stderr": follower}
    process = lading(
        user,
        project,
        *PYTHON,
        PATIENT,
        str(tmp_path),
        **streams,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(follower)
    try:
        ready = wait_for(tmp_path / "ready", process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 9
    finally:
        process.kill()
        os.close(leader)
    check_both_ended(ready)


def _take_terminal() -> None:
    import fcntl  # noqa: PLC0415 - POSIX only
    import termios  # noqa: PLC0415

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read_all(leader: int) -> str:
    said = b""
    while select.select([leader], [], [], 30)[0]:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    return said.decode(errors="replace")


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
