"""Packages of every kind are loaded to be served, and say so where they cannot be."""

from __future__ import annotations

import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lading.core.functions.calls import CallProblem
from tests.loading import HOST, HOST_WITH_BUNDLE, V2, Loader
from tests.serving import CALL_SECONDS, Log, answer, call, problem, served
from tests.support import leave_out, make_wheel

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it serves what Linux serves")

BLUEPRINT = """\
import azure.functions as func

blueprint = func.Blueprint()


@blueprint.route(route="blue")
async def blue(req: func.HttpRequest) -> str:
    return "blue"
"""
V1_FUNCTION = """{
  "scriptFile": "run.py",
  "entryPoint": "start",
  "bindings": [
    {"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous"},
    {"type": "http", "direction": "out", "name": "$return"},
    {"type": "queue", "direction": "out", "name": "msg", "queueName": "q", "connection": "C"}
  ]
}"""
V1_RUN = """\
import azure.functions as func
from . import words
from ..shared.greeting import HELLO


def start(req: func.HttpRequest, msg: func.Out[str]) -> func.HttpResponse:
    msg.set(words.LAST)
    return func.HttpResponse(HELLO, headers={"Set-Cookie": "a=b; Max-Age=3"})
"""
V1 = {
    "host.json": HOST_WITH_BUNDLE,
    "hello/function.json": V1_FUNCTION,
    "hello/run.py": V1_RUN,
    "hello/words.py": "LAST = 'bye'\n",
    "shared/greeting.py": "HELLO = 'hello'\n",
}


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_an_app_of_the_first_model_answers_too(loader: Loader, python: str) -> None:
    with served(loader, V1, python=python) as process:
        told = answer(process, call("hello"))
        assert (told.body, [one.data for one in told.outputs]) == (b"hello", ["bye"])
        assert ("set-cookie", "a=b; max-age=3; domain=; path=") in told.headers


@pytest.mark.parametrize("python", ["3.10", "3.12"])
def test_every_python_of_azure_serves(loader: Loader, python: str) -> None:
    files = {"host.json": HOST, "function_app.py": V2 + BLUE, "parts.py": BLUEPRINT}
    with served(loader, files, python=python) as process:
        assert answer(process, call("blue")).body == b"blue"


BLUE = "from parts import blueprint\napp.register_functions(blueprint)\n"


def test_the_packages_own_libraries_are_used(loader: Loader, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "acme-tax", files={"acme_tax.py": "RATE = 19\n"})
    code = V2 + ROUTE.format(body="import acme_tax; return str(acme_tax.RATE)")
    files = {"host.json": HOST, "function_app.py": code}
    with served(loader, files, wheels=(wheel,), settings={"A": "1"}) as process:
        assert answer(process, call("one")).body == b"19"


ROUTE = """

@app.route(route="one")
def one(req: func.HttpRequest) -> str:
    {body}
"""
ENDINGS = {
    "import os; os._exit(3)": "ended with 3",
    "import ctypes; ctypes.string_at(0)": "was ended by SIGSEGV",
}


@pytest.mark.parametrize("how", ENDINGS)
def test_a_process_that_ends_answers_all_and_says_so(loader: Loader, how: str) -> None:
    waiting = "\n\n@app.route(route='w')\nasync def w(req: func.HttpRequest) -> str:\n"
    waiting += "    import asyncio\n    print('waits')\n    await asyncio.sleep(600)\n"
    code = V2 + waiting + ROUTE.format(body=how)
    log = Log()
    with (
        served(loader, {"host.json": HOST, "function_app.py": code}, log=log) as process,
        ThreadPoolExecutor(1) as pool,
    ):
        other = pool.submit(process.call, call("w"), time_limit=CALL_SECONDS)
        log.wait_for("waits")
        assert problem(process, "one").error == "Ended"
        told = other.result()
        assert isinstance(told, CallProblem)
        assert told.error == "Ended"
        assert process.ended == ENDINGS[how]
        assert problem(process, "one").message == f"the app's process {ENDINGS[how]}"


BROKEN: dict[str, tuple[str, str]] = {
    "an exception": ("raise RuntimeError('no')", "RuntimeError"),
    "the end": ("import os\nos._exit(3)", "Ended"),
    "sys.exit": ("import sys\nsys.exit(3)", "SystemExit"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_an_app_that_cannot_be_loaded_says_so_and_runs_no_more(loader: Loader, how: str) -> None:
    code, error = BROKEN[how]
    files = {"host.json": HOST, "function_app.py": f"print('at once')\n{code}\n"}
    with served(loader, files) as process:
        told = process.indexed.problem
        assert told is not None
        assert told.error == error
        assert "at once" in process.indexed.output
        assert problem(process, "one").error == "NoFunction"


def test_an_import_without_end_is_ended(loader: Loader) -> None:
    slow = Loader(folder=loader.folder, ambient=loader.ambient, time_limit=3.0)
    with served(slow, {"host.json": HOST, "function_app.py": "while True: pass\n"}) as process:
        assert process.indexed.problem is not None
        assert process.indexed.problem.error == "TimeLimit"


def test_the_app_sees_nothing_of_whoever_serves_it(loader: Loader) -> None:
    private = Path(loader.ambient["HOME"], ".azure")
    private.mkdir()
    (private / "token").write_text("secret")
    body = "import os, sys; return str([os.path.exists(PLACE), os.read(0, 9), sys.argv, ENV])"
    code = V2 + ROUTE.format(body=body)
    code += f"\nPLACE = {str(private)!r}\nimport os\nENV = 'CI_TOKEN' in os.environ\n"
    ambient = dict(loader.ambient) | {"CI_TOKEN": "secret"}
    mine = Loader(folder=loader.folder, ambient=ambient)
    with served(mine, {"host.json": HOST, "function_app.py": code}) as process:
        if process.indexed.confinement.startswith("none"):
            leave_out(process.indexed.confinement)
        assert answer(process, call("one")).body == b"[False, b'', ['worker.py'], False]"


def test_the_app_has_the_network(loader: Loader) -> None:
    body = "import socket; return str(socket.create_connection(('127.0.0.1', PORT)).getpeername())"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = V2 + ROUTE.format(body=body) + f"\nPORT = {port}\n"
        with served(loader, {"host.json": HOST, "function_app.py": code}) as process:
            assert answer(process, call("one")).body == f"('127.0.0.1', {port})".encode()


@pytest.mark.parametrize("noise", [b"x" * 64, b"\xff" * 64, b"\0" * 64, b"\0\0\0\2" + b"\0" * 64])
def test_an_app_that_writes_where_the_answers_go_is_ended(loader: Loader, noise: bytes) -> None:
    body = f"""import os, stat
    for number in range(3, 20):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode): os.write(number, {noise!r})
        except OSError: pass
    return 'wrote'"""
    files = {"host.json": HOST, "function_app.py": V2 + ROUTE.format(body=body)}
    with served(loader, files) as process:
        assert problem(process, "one").error == "Ended"
        assert process.ended.startswith("wrote what is no answer")
