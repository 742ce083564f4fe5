"""A program beside this process has pipes to it, and takes with it all that it started."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from lading.edges.processes import ProcessError, base_environment
from lading.edges.processes.running import Program, RunningProcess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="groups are POSIX's")

SECONDS = 60.0
ECHO = "import sys\nfor line in sys.stdin: print(line.upper(), end='', flush=True)"
# It ignores what asks politely, and has a child that holds its pipes.
STUBBORN = """\
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    print(os.getpid(), flush=True)
time.sleep(600)
"""


class Ends:
    """How programs ended."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self._came = threading.Event()

    def __call__(self, code: int) -> None:
        """Note an end."""
        self.codes.append(code)
        self._came.set()

    def wait(self) -> None:
        """Wait for one."""
        assert self._came.wait(SECONDS)


def run(code: str, home: Path, ends: Ends) -> RunningProcess:
    environment = base_environment(os.environ, home=home)
    program = Program(command=(sys.executable, "-c", code), environment=environment)
    return RunningProcess(program, on_end=ends)


def test_it_answers_by_its_pipes_until_its_input_ends(tmp_path: Path) -> None:
    ends = Ends()
    running = run(ECHO, tmp_path, ends)
    running.input.write(b"one\n")
    running.input.flush()
    assert running.output.readline() == b"ONE\n"
    assert not running.wait(0)
    running.input.close()
    ends.wait()
    assert ends.codes == [0]
    running.end()
    running.close()


def test_its_end_is_at_once_and_reaches_what_it_started(tmp_path: Path) -> None:
    ends = Ends()
    running = run(STUBBORN, tmp_path, ends)
    child = int(running.output.readline())
    running.end()
    ends.wait()
    # Its child held the pipe, and has gone too.
    assert running.output.read() == b""
    assert ends.codes == [-signal.SIGKILL]
    assert not Path(f"/proc/{child}/fd/1").exists()
    running.close()


def test_what_it_leaves_behind_is_ended(tmp_path: Path) -> None:
    ends = Ends()
    running = run("import subprocess; subprocess.Popen(['sleep', '600'])", tmp_path, ends)
    ends.wait()
    assert running.output.read() == b""
    running.end()
    running.close()


def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    program = Program(command=(str(tmp_path / "none"),), environment={})
    with pytest.raises(ProcessError, match="cannot be started: No such file"):
        RunningProcess(program, on_end=Ends())
