"""Apps of web frameworks answer too, and those that stream answer at the runtime's own server."""

from __future__ import annotations

import http.client
import sys
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from lading.core.functions.calls import CallProblem, Done, HttpCall
from lading.core.runtimes import runtime_for
from tests.loading import Loader
from tests.serving import CALL_SECONDS, answer, served
from tests.stages.test_like_pip import pip

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it serves what Linux serves")

HOST = '{"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}'
ASGI = """\
import azure.functions as func
from fastapi import FastAPI

fast = FastAPI()


@fast.get("/prices/{item}")
async def price(item: int, tax: float = 0.0):
    return {"item": item, "tax": tax}


app = func.AsgiFunctionApp(app=fast, http_auth_level=func.AuthLevel.ANONYMOUS)
"""
WSGI = """\
import azure.functions as func
from flask import Flask, request

flask = Flask(__name__)


@flask.post("/prices/<int:item>")
def price(item):
    return {"item": item, "body": request.get_data(as_text=True)}, 201


app = func.WsgiFunctionApp(app=flask.wsgi_app, http_auth_level=func.AuthLevel.ANONYMOUS)
"""
STREAMING = """\
import asyncio

import azure.functions as func
from azurefunctions.extensions.http.fastapi import Request, StreamingResponse

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
more = asyncio.Event()


@app.route(route="count/{name}")
async def count(req: Request) -> StreamingResponse:
    async def parts():
        yield f"{req.path_params['name']} first "
        await more.wait()
        yield "second"

    return StreamingResponse(parts(), media_type="text/plain")


@app.route(route="size", methods=["POST"])
async def size(req: Request) -> StreamingResponse:
    more.set()
    total = 0
    async for chunk in req.stream():
        total += len(chunk)
    return StreamingResponse(iter([str(total)]), media_type="text/plain")


@app.route(route="raise")
async def raising(req: Request) -> StreamingResponse:
    raise ValueError("no")
"""


@pytest.fixture(scope="session")
def frameworks(
    machine: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, ...]:
    wheels = tmp_path_factory.mktemp("wheels")
    runtime = runtime_for("3.13")
    platforms = [word for tag in runtime.platforms for word in ("--platform", tag)]
    asked = ("azurefunctions-extensions-http-fastapi", "flask")
    only = ("--python-version", "3.13", "--only-binary", ":all:")
    pip("download", "-d", wheels, *platforms, *only, *asked, machine=machine, home=wheels)
    return tuple(sorted(wheels.glob("*.whl")))


def test_an_asgi_app_answers(loader: Loader, frameworks: tuple[Path, ...]) -> None:
    files = {"host.json": HOST, "function_app.py": ASGI}
    with served(loader, files, wheels=frameworks) as process:
        assert process.streaming_address is None
        (function,) = process.indexed.functions
        told = answer(
            process,
            HttpCall(
                function=function.name,
                method="GET",
                url="http://localhost/prices/7?tax=0.5",
                query=(("tax", "0.5"),),
                params={"route": "prices/7"},
            ),
        )
        assert (told.status, told.body) == (200, b'{"item":7,"tax":0.5}')


def test_a_wsgi_app_answers(loader: Loader, frameworks: tuple[Path, ...]) -> None:
    files = {"host.json": HOST, "function_app.py": WSGI}
    with served(loader, files, wheels=frameworks) as process:
        (function,) = process.indexed.functions
        told = answer(
            process,
            HttpCall(
                function=function.name,
                method="POST",
                url="http://localhost/prices/7",
                headers=(("Content-Type", "text/plain"),),
                params={"route": "prices/7"},
                body=b"hello",
            ),
        )
        assert (told.status, told.body) == (201, b'{"body":"hello","item":7}\n')


def test_what_streams_arrives_as_it_is_made(loader: Loader, frameworks: tuple[Path, ...]) -> None:
    files = {"host.json": HOST, "function_app.py": STREAMING}
    with (
        served(loader, files, wheels=frameworks) as process,
        ThreadPoolExecutor(4) as pool,
        ExitStack() as connections,
    ):
        address = process.streaming_address
        assert address is not None
        outcomes: list[Future[Done | CallProblem]] = []

        def ask(function: str, body: bytes = b"") -> http.client.HTTPResponse:
            name = str(uuid.uuid4())
            wanted = HttpCall(function=function, method="POST", url="", params={"name": "one"})
            outcomes.append(pool.submit(process.stream, wanted, name, time_limit=CALL_SECONDS))
            connection = http.client.HTTPConnection(*address, timeout=CALL_SECONDS)
            connections.callback(connection.close)
            connection.request("POST", f"/{function}", body, {"x-ms-invocation-id": name})
            return connection.getresponse()

        counting = ask("count")
        assert counting.read1(100) == b"one first "
        # The first goes on when the second has come.
        assert ask("size", b"x" * (3 << 20)).read() == str(3 << 20).encode()
        assert counting.read() == b"second"
        assert ask("raising").status == 500
        done, _, raised = (one.result() for one in outcomes)
        assert done == Done()
        assert isinstance(raised, CallProblem)
        assert raised.message == "no"
