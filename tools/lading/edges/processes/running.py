"""A program that runs beside this process, with pipes to it, until either of them ends."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lading.edges.processes import start_child

_END_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is run: a list of words, its whole environment, and the folder that it starts in."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path | None = None


class RunningProcess:
    """A program under way, in a group of its own, with pipes.

    When it ends, all that it started is killed, and then `on_end` is called, in a thread, with how
    it ended (a signal's number, negative). It is killed itself when this process ends as processes
    should; one that is killed cannot see to that. Raises ProcessError when it cannot start.
    """

    def __init__(self, program: Program, *, on_end: Callable[[int], None]) -> None:
        self._ended = threading.Event()
        self._on_end = on_end
        started: Future[subprocess.Popen[bytes]] = Future()
        keep = threading.Thread(target=self._keep, args=(program, started), daemon=True)
        keep.start()
        self._child = started.result()
        atexit.register(self.end)

    @property
    def input(self) -> IO[bytes]:
        """Return the pipe that it reads from."""
        return _there(self._child.stdin)

    @property
    def output(self) -> IO[bytes]:
        """Return the pipe of its standard output."""
        return _there(self._child.stdout)

    @property
    def errors(self) -> IO[bytes]:
        """Return the pipe of its standard error."""
        return _there(self._child.stderr)

    def wait(self, seconds: float) -> bool:
        """Wait for its end, and say whether it came."""
        return self._ended.wait(seconds)

    def end(self) -> None:
        """Kill it and all that it started, at once; whoever reads a pipe sees its end."""
        _kill(self._child)
        self._ended.wait(_END_SECONDS)
        atexit.unregister(self.end)

    def close(self) -> None:
        """Let go of the pipes, which nobody reads or writes any more."""
        for pipe in (self._child.stdin, self._child.stdout, self._child.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _keep(self, program: Program, started: Future[subprocess.Popen[bytes]]) -> None:
        """Start a program and wait for its end.

        Both in one thread: a system that kills a program with its parent means the thread by that.
        """
        try:
            child = start_child(program.command, program.environment, program.folder)
        except Exception as error:  # noqa: BLE001 - it is raised where somebody waits
            started.set_exception(error)
            return
        started.set_result(child)
        code = _wait(child)
        self._ended.set()
        self._on_end(code)


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for a program's end and kill what it left; its number is nobody else's until then."""
    if hasattr(os, "waitid"):
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        _kill(child)
    return child.wait()


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("it was started without pipes")
    return pipe
