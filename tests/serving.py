"""Small Function Apps that answer calls, in Microsoft's real runtime library."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lading.core.functions.calls import CallProblem, HttpAnswer, HttpCall
from lading.core.functions.engine import EngineWish
from lading.core.functions.host import parse_function
from lading.edges.functions import Bench
from lading.edges.functions.process import FunctionsProcess
from lading.edges.sandbox import Sandbox
from tests.loading import Loader

CALL_SECONDS = 60.0


class Log:
    """The lines that an app printed or logged."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._came = threading.Condition()

    def __call__(self, line: str) -> None:
        """Keep a line."""
        with self._came:
            self.lines.append(line)
            self._came.notify_all()

    def wait_for(self, line: str) -> None:
        """Wait until a line came."""
        with self._came:
            assert self._came.wait_for(lambda: line in self.lines, CALL_SECONDS), self.lines


def call(function: str, *, body: bytes = b"", query: tuple[tuple[str, str], ...] = ()) -> HttpCall:
    """Return a plain request for a function."""
    url = f"http://localhost/api/{function}"
    return HttpCall(function=function, method="POST", url=url, query=query, body=body)


def answer(process: FunctionsProcess, call: HttpCall) -> HttpAnswer:
    """Return the answer to a request, which has one."""
    outcome = process.call(call, time_limit=CALL_SECONDS)
    assert isinstance(outcome, HttpAnswer), outcome
    return outcome


def problem(process: FunctionsProcess, function: str) -> CallProblem:
    """Return why a plain request for a function is not answered."""
    outcome = process.call(call(function), time_limit=CALL_SECONDS)
    assert isinstance(outcome, CallProblem)
    return outcome


@contextmanager
def served(
    loader: Loader,
    files: Mapping[str, str],
    *,
    python: str = "3.13",
    wheels: tuple[Path, ...] = (),
    settings: Mapping[str, str] | None = None,
    log: Log | None = None,
) -> Iterator[FunctionsProcess]:
    """Give an app of these files and wheels that answers."""
    functions = tuple(
        parse_function(text, directory=name.partition("/")[0])
        for name, text in files.items()
        if name.endswith("/function.json")
    )
    package, proving = loader.prepare(files, python=python, wheels=wheels, settings=settings)
    assert proving.interpreter is not None
    major, minor = python.split(".")
    wish = EngineWish(model="v1" if functions else "v2", python=(int(major), int(minor)))
    bench = Bench(
        interpreter=proving.interpreter,
        engine=proving.find_engine(wish, proving.interpreter),
        enclosure=Sandbox(ambient=loader.ambient, network=True),
        store=proving.store,
        settings=proving.settings,
        ambient=proving.ambient,
        functions=functions,
        time_limit=loader.time_limit,
    )
    with FunctionsProcess(package, bench, on_log=log or Log()) as process:
        yield process
