"""Frames to and from the program that serves a package: who waits for which, and until when."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO, Any

from lading.core.functions.calls import CallProblem
from lading.core.functions.messages import (
    SIZES,
    FrameError,
    Reply,
    parse_head,
    parse_reply,
    parse_server,
    render_frame,
)
from lading.edges.functions.bench import MOST_OUTPUT, Enclosure
from lading.edges.processes.running import RunningProcess
from lading.edges.sandbox import Errand

_CHUNK = 1 << 16
_MOST_LINE = 1 << 16
# More is no head of ours, whatever the app wrote.
_MOST_HEAD = 64 << 20
_DRAIN_SECONDS = 2.0
_LOADED = "loaded"

Frame = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of the order: the answer's text, "" for none.

    `code` is how the process ended where it did; `is_late` says that it took too long.
    """

    text: str
    code: int | None = None
    is_late: bool = False


class _Waiting:
    """Somebody who waits for an answer."""

    def __init__(self) -> None:
        self.came = threading.Event()
        self.outcome: Reply | CallProblem | str | None = None

    def give(self, outcome: Reply | CallProblem | str) -> None:
        self.outcome = outcome
        self.came.set()


class Exchange:
    """The pipes of one process; answers go to whoever waits for them, lines to `on_log`."""

    def __init__(self, *, on_log: Callable[[str], None]) -> None:
        self._on_log = on_log
        self._running: RunningProcess | None = None
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}
        self._frames: SimpleQueue[Frame | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._opened = threading.Event()
        self._output: list[str] = []
        self._output_size = 0
        self._wrong = ""
        self._code: int | None = None
        self.ended = ""
        self.server: tuple[str, int] | None = None

    @property
    def output(self) -> str:
        """Return what was printed so far; all of it once the process was closed."""
        return "\n".join(self._output)

    def open(self, errand: Errand, enclosure: Enclosure) -> None:
        """Start the process; raises ProcessError when it cannot start."""
        self._running = enclosure.start(errand, on_end=self._end)
        pipes = self._running.input, self._running.output, self._running.errors
        for work, pipe in zip((self._write, self._read, self._log), pipes, strict=True):
            thread = threading.Thread(target=work, args=(pipe,), daemon=True)
            self._threads.append(thread)
            thread.start()
        self._opened.set()

    def load(self, order: Frame, *, time_limit: float) -> Loaded:
        """Send the order and wait for its answer, `time_limit` seconds."""
        waiting = self._send(_LOADED, order)
        is_late = not waiting.came.wait(time_limit)
        text = waiting.outcome if isinstance(waiting.outcome, str) else ""
        if is_late or not text:
            self.close()
        return Loaded(text=text, code=self._code, is_late=is_late)

    def ask(self, name: str, frame: Frame, *, time_limit: float) -> Reply | CallProblem:
        """Send what starts a function and wait for what comes of it, `time_limit` seconds."""
        waiting = self._send(name, frame)
        if not waiting.came.wait(time_limit):
            with self._lock:
                self._waiting.pop(name, None)
            self._frames.put(render_frame({"cancel": name}))
            return CallProblem(
                error="TimeLimit", message=f"the function did not end in {time_limit:.0f} s"
            )
        outcome = waiting.outcome
        return outcome if isinstance(outcome, Reply | CallProblem) else self._gone()

    def close(self) -> None:
        """End the process and all that it started; who waits is told so."""
        if self._running is None:
            return
        self._running.end()
        self._frames.put(None)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_DRAIN_SECONDS)
        self._running.close()
        self._fail("was stopped")

    def _send(self, name: str, frame: Frame) -> _Waiting:
        waiting = _Waiting()
        with self._lock:
            if self.ended:
                waiting.give(self._gone())
                return waiting
            self._waiting[name] = waiting
        self._frames.put(frame)
        return waiting

    def _write(self, pipe: IO[bytes]) -> None:
        # What cannot be written has no reader any more, which its end tells.
        with suppress(OSError, ValueError):
            while (frame := self._frames.get()) is not None:
                pipe.writelines(frame)
                pipe.flush()

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            while True:
                self._take(*_next_frame(pipe))
        except EOFError:
            return
        except (FrameError, OSError, ValueError, OverflowError, MemoryError) as error:
            self._wrong = f"wrote what is no answer ({error})"
            if self._running is not None:
                self._running.end()

    def _take(self, text: bytes, payload: bytes) -> None:
        head = parse_head(text)
        name = str(head.get("id", _LOADED))
        with self._lock:
            waiting = self._waiting.pop(name, None)
        if waiting is None:  # it was given up
            return
        if name == _LOADED:
            self.server = parse_server(head)
            waiting.give(text.decode())
            return
        problem = head.get("problem")
        waiting.give(_problem(problem) if problem is not None else parse_reply(head, payload))

    def _log(self, pipe: IO[bytes]) -> None:
        rest = b""
        with suppress(OSError, ValueError):
            while chunk := os.read(pipe.fileno(), _CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._line(line)
                if len(rest) > _MOST_LINE:
                    self._line(rest)
                    rest = b""
        if rest:
            self._line(rest)

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", errors="replace").rstrip("\r")
        if self._output_size < MOST_OUTPUT:
            self._output_size += len(text) + 1
            self._output.append(text)
        # Where nobody hears it any more, the app must go on all the same.
        with suppress(OSError, ValueError):
            self._on_log(text)

    def _end(self, code: int) -> None:
        """Take note of the process's end, after the last that it said."""
        self._opened.wait()
        for thread in self._threads[1:]:
            thread.join(_DRAIN_SECONDS)
        self._code = code
        self._fail(self._wrong or _end_words(code))

    def _fail(self, why: str) -> None:
        with self._lock:
            self.ended = self.ended or why
            waiting, self._waiting = self._waiting, {}
        for one in waiting.values():
            one.give(self._gone())

    def _gone(self) -> CallProblem:
        return CallProblem(error="Ended", message=f"the app's process {self.ended}")


def _end_words(code: int) -> str:
    if code >= 0:
        return f"ended with {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    """Return as many bytes; raises EOFError where the pipe ends before."""
    data = pipe.read(size)
    if len(data) != size:
        raise EOFError
    return data


def _next_frame(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    """Return head and payload; raises EOFError at the end, FrameError for what is no frame."""
    head_size, size = SIZES.unpack(_exactly(pipe, SIZES.size))
    if head_size > _MOST_HEAD:
        raise FrameError("too long a head")
    return _exactly(pipe, head_size), _exactly(pipe, size)


def _problem(table: Mapping[str, Any]) -> CallProblem:
    try:
        return CallProblem(
            error=str(table["error"]),
            message=str(table["message"]),
            file=str(table["file"]),
            line=int(table["line"]),
            trace=str(table["trace"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FrameError(repr(error)) from error
