"""Child processes: a list, never a shell; a built-up environment, never an inherited one.

Nobody outside this room may import `subprocess` or start a program.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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
_CHUNK = 1 << 16
# Signals that are taken note of at once; more of them wake once more.
_RINGS = 4096
_POSIX = os.name == "posix"


class ProcessError(LadingError):
    """A program could not be started, or did not end within its time."""

    exit_code = 5
    code = "process"


class TimeLimitError(ProcessError):
    """A program did not end within its time."""


class NotFoundError(ProcessError):
    """A program that somebody named does not exist."""

    exit_code = 127


class NotExecutableError(ProcessError):
    """A program that somebody named cannot be executed."""

    exit_code = 126


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
    most_output: int | None = None,
) -> Completed:
    """Run a program to its end and return what it said; the caller judges the exit code.

    `timeout` is in seconds; of each stream no more than `most_output` bytes are kept. The program
    and everything that it started are killed when the time is up, or when this process is
    interrupted. Raises ProcessError when it cannot start, TimeLimitError when it is slow.
    """
    words = tuple(str(word) for word in command)
    with start_child(words, environment, folder) as process, _ended_at_exit(process):
        try:
            if most_output is None:
                out, err = process.communicate(standard_input.encode(), timeout=timeout)
            else:
                standard = standard_input.encode()
                out, err = _read_capped(process, standard, timeout=timeout, most=most_output)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise TimeLimitError(
                f"{' '.join(words[:3])} did not end within {timeout:.0f} s",
                remedy="Run it again; if it hangs again, look at what it waits for.",
            ) from error
        except BaseException:
            _end(process)
            raise
    return Completed(command=words, code=process.returncode, stdout=_text(out), stderr=_text(err))


def _read_capped(
    process: subprocess.Popen[bytes], standard_input: bytes, *, timeout: float, most: int
) -> tuple[bytes, bytes]:
    """Read both streams to their ends, and drop what is more than anybody wants to hold."""
    kept = (bytearray(), bytearray())

    def drain(stream: IO[bytes] | None, buffer: bytearray) -> None:
        while stream is not None and (chunk := os.read(stream.fileno(), _CHUNK)):
            buffer += chunk[: max(0, most - len(buffer))]

    def feed() -> None:
        # It need not read what it is told.
        with suppress(BrokenPipeError), process.stdin or nullcontext() as stream:
            if stream is not None:
                stream.write(standard_input)

    pairs = zip((process.stdout, process.stderr), kept, strict=True)
    threads = [threading.Thread(target=drain, args=pair, daemon=True) for pair in pairs]
    threads.append(threading.Thread(target=feed, daemon=True))
    until = time.monotonic() + timeout
    for thread in threads:
        thread.start()
    process.wait(timeout)
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            # Something that it started holds the stream.
            raise subprocess.TimeoutExpired(process.args, timeout)
    return bytes(kept[0]), bytes(kept[1])


@contextmanager
def _ended_at_exit(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Let a program end with this process: Ctrl-C wakes the main thread only, not the one here."""

    def end() -> None:
        if process.returncode is None:
            _end(process)

    atexit.register(end)
    try:
        yield
    finally:
        atexit.unregister(end)


def start_child(
    words: tuple[str, ...], environment: Mapping[str, str], folder: Path | None
) -> subprocess.Popen[bytes]:
    """Start a program in a group of its own, with pipes; raises ProcessError where that fails."""
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
    """Run a program on this terminal and return its exit code.

    Ctrl-C reaches both; what would end this process (SIGTERM, SIGHUP) is handed to the program,
    which decides when it has cleaned up. A program that a signal ended gives 128 plus the signal's
    number, as a shell does. Raises NotFoundError or NotExecutableError.
    """
    # With a terminal the program must stay in its foreground group: the terminal sends Ctrl-C there
    # itself. Without one, in CI, a group of its own lets a signal reach all that it started.
    is_grouped = _POSIX and not _has_terminal()
    with _forwarded(to_group=is_grouped) as forward, _woken() as sleep:
        try:
            process = subprocess.Popen(  # noqa: S603 - a list of words, never a shell
                list(command), env=dict(environment), process_group=0 if is_grouped else None
            )
        except OSError as error:
            is_missing = isinstance(error, FileNotFoundError)
            kind = NotFoundError if is_missing else NotExecutableError
            raise _cannot_start(command[0], error, kind) from error
        forward(process)
        while (code := process.poll()) is None:
            # Where nothing is handed on, Windows told the program itself.
            with suppress(KeyboardInterrupt):
                sleep(process)
        return code if code >= 0 else 128 - code


@contextmanager
def _forwarded(*, to_group: bool) -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """Hand signals on to the program that is named inside; one that came before it, then.

    Signals that this process ignores (behind `nohup`, in the background) stay ignored.
    """
    started: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def hand_on(number: int, _frame: object) -> None:
        if not started:
            early.append(number)
        elif to_group:
            with suppress(ProcessLookupError):
                os.killpg(started[0].pid, number)
        elif number != signal.SIGINT:
            started[0].send_signal(number)

    def forward(process: subprocess.Popen[bytes]) -> None:
        started.append(process)
        for number in early:
            hand_on(number, None)

    names = ("SIGINT", "SIGTERM", "SIGHUP") if _takes_signals() else ()
    numbers = [getattr(signal, name) for name in names]
    before = {number: signal.getsignal(number) for number in numbers}
    kept = {number: handler for number, handler in before.items() if handler != signal.SIG_IGN}
    for number in kept:
        signal.signal(number, hand_on)
    try:
        yield forward
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@contextmanager
def _woken() -> Iterator[Callable[[subprocess.Popen[bytes]], object]]:
    """Give a wait for a program's end that every signal ends as well.

    The system may hand a signal to any thread, and only the main one acts on it. A plain wait there
    would sleep on, and Ctrl-C would reach a program that had ended long since.
    """
    if not _takes_signals():
        yield subprocess.Popen.wait
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # Python rings for signals alone that have a handler: the end of a child must be one.
    before = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    bell = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield lambda _process: os.read(reader, _RINGS)
    finally:
        signal.set_wakeup_fd(bell)
        signal.signal(signal.SIGCHLD, before)
        os.close(reader)
        os.close(writer)


def _takes_signals() -> bool:
    return _POSIX and threading.current_thread() is threading.main_thread()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True


def _cannot_start(
    program: str, error: OSError, kind: type[ProcessError] = ProcessError
) -> ProcessError:
    is_there = issubclass(kind, NotExecutableError)
    return kind(
        f"{program} cannot be started: {error.strerror or error}",
        remedy="Name a program that you may execute."
        if is_there
        else "Install it, or put it on PATH.",
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
