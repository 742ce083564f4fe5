"""Child processes: a list, never a shell; a built-up environment, never an inherited one.

Nobody else may import `subprocess` or start a program.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lading.core.errors import LadingError

# What a program needs to run at all. Everything else that a child gets is named by its caller.
_INHERITED = (
    "PATH",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "COMSPEC",
    "PATHEXT",
    "WINDIR",
    "NUMBER_OF_PROCESSORS",
)
_GRACE_SECONDS = 2.0
_POSIX = os.name == "posix"


class ProcessError(LadingError):
    """A program could not be started, or did not end within its time."""

    exit_code = 5
    code = "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a program ended, and what it said (UTF-8, undecodable bytes replaced)."""

    command: tuple[str, ...]
    code: int
    stdout: str
    stderr: str


def base_environment(ambient: Mapping[str, str], *, home: Path) -> dict[str, str]:
    """Return the smallest environment in which a program runs, with `home` as its home and temp.

    The temporary folder is `home/tmp`, which is created.
    """
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    environment = {name: ambient[name] for name in _INHERITED if name in ambient}
    environment |= {"HOME": str(home), "USERPROFILE": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return environment


def run_process(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    timeout: float,
    folder: Path | None = None,
    standard_input: str = "",
) -> Completed:
    """Run a program to its end and return what it said; the caller judges the exit code.

    `timeout` is in seconds. The program and everything that it started are killed when the time
    is up, or when this process is interrupted. Raises ProcessError when it cannot start or is slow.
    """
    words = tuple(str(word) for word in command)
    with _start(words, environment, folder) as process:
        try:
            out, err = process.communicate(standard_input.encode(), timeout=timeout)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise ProcessError(
                f"{' '.join(words[:3])} did not end within {timeout:.0f} s",
                remedy="Run it again; if it hangs again, look at what it waits for.",
            ) from error
        except BaseException:
            _end(process)
            raise
    return Completed(command=words, code=process.returncode, stdout=_text(out), stderr=_text(err))


def _start(
    words: tuple[str, ...], environment: Mapping[str, str], folder: Path | None
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - a list of words, never a shell
            words,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A group of its own, so that the end of a build reaches the compilers that it started.
            start_new_session=_POSIX,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            # Build back ends record the modes of the files that they pack.
            umask=0o022 if _POSIX else -1,
        )
    except OSError as error:
        raise _cannot_start(words[0], error) from error


def attach_process(command: Sequence[str], *, environment: Mapping[str, str]) -> int:
    """Run a program on this terminal and return its exit code; Ctrl-C reaches both.

    A program that a signal ended gives 128 plus the signal's number, as a shell does.
    """
    try:
        process = subprocess.Popen(list(command), env=dict(environment))  # noqa: S603
    except OSError as error:
        raise _cannot_start(command[0], error) from error
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # The terminal sent the signal to the child too; it decides when it has cleaned up.
            continue
        return code if code >= 0 else 128 - code


def _cannot_start(program: str, error: OSError) -> ProcessError:
    return ProcessError(
        f"{program} cannot be started: {error.strerror or error}",
        remedy="Install it, or put it on PATH.",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    for stop in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        try:
            os.killpg(process.pid, stop) if _POSIX else process.terminate()
        except ProcessLookupError:
            return
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")
