"""Nothing of an app that is served outlives whoever served it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loading import HOST, V2, Loader
from tests.serving import CALL_SECONDS, answer, call, served
from tests.support import leave_out, require

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")

ROOT = Path(__file__).parents[3]
# One that answers, one with a program of its own, one that lets no other thread run.
APP = f"""{V2}
import ctypes
import subprocess


@app.route(route="fine")
def fine(req: func.HttpRequest) -> str:
    return "fine"


@app.route(route="child")
def child(req: func.HttpRequest) -> str:
    subprocess.Popen(["sleep", "600"], start_new_session=req.params.get("own") == "1")
    return "started"


@app.route(route="stuck")
def stuck(req: func.HttpRequest) -> str:
    print("stuck", flush=True)
    return str(ctypes.PyDLL(None).sleep(600))
"""
FILES = {"host.json": HOST, "function_app.py": APP}
# What it is told to call, then it says so and waits.
SERVER = """\
import os, sys, threading
from pathlib import Path
from tests.edges.functions.test_process_end import FILES
from tests.loading import Loader
from tests.serving import Log, call, served

folder, home, mark, function = sys.argv[1:]
log = Log()
loader = Loader(folder=Path(folder), ambient={**os.environ, "HOME": home})
with served(loader, FILES, settings={"MARK": mark}, log=log) as process:
    calling = threading.Thread(
        target=process.call, args=(call(function),), kwargs={"time_limit": 600}, daemon=True
    )
    calling.start()
    if function == "stuck":
        log.wait_for("stuck")
    else:
        calling.join()
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def mark() -> Iterator[str]:
    value = uuid.uuid4().hex
    yield value
    for process in alive(value):
        os.kill(process, signal.SIGKILL)


def alive(mark: str) -> list[int]:
    """Return the processes that were given a mark in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def wait_until_gone(mark: str) -> None:
    until = time.monotonic() + CALL_SECONDS
    while alive(mark) and time.monotonic() < until:
        time.sleep(0.05)  # no event tells of the end of what is nobody's child
    assert not alive(mark)


@pytest.mark.parametrize("function", ["fine", "child"])
def test_closing_ends_all_at_once(loader: Loader, mark: str, function: str) -> None:
    with served(loader, FILES, settings={"MARK": mark}) as process:
        answer(process, call(function))
        assert alive(mark)
    wait_until_gone(mark)


def test_where_processes_are_apart_none_escapes(loader: Loader, mark: str) -> None:
    with served(loader, FILES, settings={"MARK": mark}) as process:
        if "pid" not in process.indexed.confinement:
            leave_out(process.indexed.confinement)
        answer(process, call("child", query=(("own", "1"),)))
    wait_until_gone(mark)


@pytest.mark.parametrize("function", ["fine", "child", "stuck"])
def test_a_kill_leaves_nothing_behind(loader: Loader, mark: str, function: str) -> None:
    require("setpriv")
    with served(loader, FILES):
        pass  # the library is in the store now
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, loader.folder, loader.ambient["HOME"], mark, function],
        env={**loader.ambient, **os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tools'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        assert alive(mark)
        server.kill()
    wait_until_gone(mark)
