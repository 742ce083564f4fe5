"""`with-access` passes on exit codes and signals, and leaves nothing running."""

from __future__ import annotations

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.acceptance.with_access.prompt import PYTHON, posix
from tests.user import User

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


@pytest.fixture
def heard() -> Iterator[None]:
    """Let SIGHUP be heard by what is started, also where whoever runs the tests has it ignored."""
    earlier = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, earlier)


@posix
@pytest.mark.usefixtures("heard")
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
