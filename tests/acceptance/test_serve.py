"""`lading serve` beside a plain client: each thing that an app does, by a request."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_sources import LocalSources
from tests.served import SECONDS, ServedApp, serves
from tests.support import make_project
from tests.user import User

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it serves what Linux serves")

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
BUNDLE = (
    '"extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*]"}'
)
AT_ROOT = '{"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}'

ORDERS = """\
import json
import logging

import azure.functions as func
from more import blueprint

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(blueprint)


@app.route(route="orders/{id:int}", methods=["GET", "PUT"])
def order(req: func.HttpRequest) -> func.HttpResponse:
    told = {"id": req.route_params["id"], "method": req.method, "q": dict(req.params)}
    return func.HttpResponse(json.dumps(told), mimetype="application/json")


@app.route(route="orders/{name:alpha:maxlength(5)}")
def named(req: func.HttpRequest) -> str:
    return f"named {req.route_params['name']}"


@app.route(route="orders/{*rest}")
def others(req: func.HttpRequest) -> str:
    return f"others {req.route_params.get('rest')}"


@app.route(route="orders/zzz/{file}.{ext?}")
def zzz_is_hidden(req: func.HttpRequest) -> str:
    return "never"


@app.route(route="files/{file}.{ext?}")
def files(req: func.HttpRequest) -> str:
    return f"{req.route_params['file']} {req.route_params.get('ext')}"


@app.route(route="echo")
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    headers = {"x-type": req.headers.get("content-type", ""), "x-method": req.method}
    return func.HttpResponse(req.get_body(), headers=headers, mimetype="application/octet-stream")


@app.route(route="cookies")
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse(req.headers.get("cookie", ""), status_code=202)
    response.headers.add("Set-Cookie", "one=1; Path=/; HttpOnly")
    response.headers.add("Set-Cookie", "two=2; Max-Age=60")
    return response


@app.route(route="closed", auth_level=func.AuthLevel.FUNCTION)
@app.queue_output(arg_name="msg", queue_name="outgoing", connection="AzureWebJobsStorage")
def closed(req: func.HttpRequest, msg: func.Out[str]) -> func.HttpResponse:
    msg.set("an order")
    print("printed by the app")
    logging.info("logged by the app")
    return func.HttpResponse("open")


@app.route(route="boom")
def boom(req: func.HttpRequest) -> str:
    raise ValueError("no price")


@app.timer_trigger(schedule="0 0 6 * * *", arg_name="tick")
def clean(tick: func.TimerRequest) -> None:
    logging.warning("cleaned, late: %s", tick.past_due)


@app.queue_trigger(arg_name="msg", queue_name="incoming", connection="AzureWebJobsStorage")
def take(msg: func.QueueMessage) -> None:
    logging.warning("took %s", msg.get_body().decode())
"""
MORE = """\
import azure.functions as func

blueprint = func.Blueprint()


@blueprint.route(route="more", auth_level=func.AuthLevel.ANONYMOUS)
async def more(req: func.HttpRequest) -> str:
    return "more"
"""
FASTAPI = """\
import azure.functions as func
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

api = FastAPI()


@api.get("/items/{item}")
async def item(item: int, q: str = "") -> dict:
    return {"item": item, "q": q}


@api.post("/raw")
async def raw(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


app = func.AsgiFunctionApp(app=api, http_auth_level=func.AuthLevel.ANONYMOUS)
"""
FLASK = """\
import azure.functions as func
from flask import Flask, request

web = Flask(__name__)


@web.route("/hi/<name>", methods=["GET", "POST"])
def hi(name):
    return f"hi {name} {request.args.get('q')} {len(request.get_data())}", 203


app = func.WsgiFunctionApp(app=web.wsgi_app, http_auth_level=func.AuthLevel.ANONYMOUS)
"""
STREAMS = """\
import asyncio

import azure.functions as func
from azurefunctions.extensions.http.fastapi import Request, StreamingResponse

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
gate = []


@app.route(route="up", methods=[func.HttpMethod.POST])
async def up(req: Request) -> str:
    size = 0
    async for part in req.stream():
        if part:
            print("came", part[:5], flush=True)
        size += len(part)
    return str(size)


@app.route(route="down")
async def down(req: Request) -> StreamingResponse:
    async def parts():
        yield b"one"
        while not gate:
            await asyncio.sleep(0.01)
        yield b"two"

    return StreamingResponse(parts(), media_type="text/plain")


@app.route(route="open/{how}")
async def open_gate(req: Request) -> str:
    gate.append(1)
    return req.query_params["by"] + req.path_params["how"]


@app.route(route="boom")
async def boom(req: Request) -> StreamingResponse:
    raise ValueError("no stream")
"""
V1 = {
    "functionapp/hello/function.json": json.dumps(
        {
            "scriptFile": "../shared/handlers.py",
            "entryPoint": "hello",
            "bindings": [
                {
                    "type": "httpTrigger",
                    "direction": "in",
                    "name": "req",
                    "authLevel": "anonymous",
                    "methods": ["get"],
                    "route": "v1/{name}",
                },
                {"type": "http", "direction": "out", "name": "$return"},
            ],
        }
    ),
    "functionapp/shared/__init__.py": "",
    "functionapp/shared/handlers.py": (
        "import azure.functions as func\n\n\n"
        "def hello(req: func.HttpRequest) -> func.HttpResponse:\n"
        "    return func.HttpResponse(f\"v1 {req.route_params['name']}\")\n"
    ),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def someone(machine: dict[str, str], shared_sources: LocalSources, store: Path, home: Path) -> User:
    """Return a user who lives as long as the servers of this module."""
    temporary = home / "tmp"
    temporary.mkdir()
    own = {"HOME": str(home), "TMPDIR": str(temporary), "LADING_CACHE": str(store)}
    environment = shared_sources.environment(machine | own, public=True)
    return User(environment=environment | shared_sources.credentials)


def project_of(folder: Path, app: str, host: str, *more: str) -> Path:
    files: dict[str, str | bytes] = {
        "functionapp/function_app.py": app,
        "functionapp/host.json": host,
    }
    return make_project(folder, python=PYTHON, requirements=("azure-functions", *more), files=files)


@pytest.fixture(scope="module")
def orders_project(someone: User, home: Path) -> Path:
    host = '{"version": "2.0", "extensions": {"http": {"routePrefix": "v2/api"}}, ' + BUNDLE + "}"
    project = project_of(home / "orders", ORDERS, host)
    (project / "functionapp/more.py").write_text(MORE)
    someone.builds(project)
    return project


@pytest.fixture(scope="module")
def orders(someone: User, orders_project: Path) -> Iterator[ServedApp]:
    with serves(someone, orders_project) as served:
        yield served


def test_routes_are_found_as_azure_finds_them(orders: ServedApp) -> None:
    assert json.loads(orders.text("/v2/api/orders/7?a=1&a=2&b=")) == {
        "id": "7",
        "method": "GET",
        "q": {"a": "1,2"},
    }
    assert orders.text("/v2/api/orders/ann") == "named ann"
    assert orders.text("/v2/api/orders/annabel") == "others annabel"
    assert orders.text("/v2/api/orders/a/b%20c") == "others a/b c"
    assert orders.text("/V2/API/Orders/zzz/x.txt") == "others zzz/x.txt"
    assert orders.text("/v2/api/files/a.b.txt") == "a.b txt"
    assert orders.text("/v2/api/files/a") == "a None"
    assert orders.text("/v2/api/more/") == "more"
    assert orders.status("/api/more") == 404
    assert orders.status("/v2/api/nowhere") == 404


def test_what_a_name_hides_was_told_at_the_start(orders: ServedApp) -> None:
    assert "zzz_is_hidden is never called" in "\n".join(orders.said)


def test_methods_are_those_of_the_function(orders: ServedApp) -> None:
    assert orders.status("/v2/api/orders/7", "PUT") == 200
    # It goes on to the next route that fits.
    assert orders.ask("/v2/api/orders/7", "DELETE")[1] == b"others 7"
    for method in ("OPTIONS", "PATCH", "QUERY", "HEAD"):
        answer, body = orders.ask("/v2/api/echo", method)
        assert (answer.status, answer.headers["x-method"], body) == (200, method, b"")


def test_bodies_are_passed_on_byte_by_byte(orders: ServedApp) -> None:
    raw = bytes(range(256)) * 5000
    answer, body = orders.ask("/v2/api/echo", "POST", body=raw, content_type="image/png")
    assert (body, answer.headers["x-type"]) == (raw, "image/png")
    assert answer.headers["content-type"] == "application/octet-stream"
    chunks = [b"one,", b"", b"\x00two"]
    assert orders.ask("/v2/api/echo", "POST", body=iter(chunks))[1] == b"one,\x00two"


def test_cookies_go_both_ways(orders: ServedApp) -> None:
    answer, body = orders.ask("/v2/api/cookies", Cookie="a=1; b=2")
    assert (answer.status, body) == (202, b"a=1; b=2")
    cookies = answer.headers.get_all("set-cookie") or []
    assert [cookie.partition(";")[0] for cookie in cookies] == ["one=1", "two=2"]
    assert "httponly" in cookies[0].lower()


def test_a_key_opens_what_is_not_anonymous(orders: ServedApp) -> None:
    assert orders.status("/v2/api/closed") == 401
    assert orders.status(f"/v2/api/closed?code={orders.told['key']}") == 200
    answer, body = orders.ask("/v2/api/closed", key=True)
    assert (answer.status, body) == (200, b"open")
    said = orders.hears("not sent: queue msg to outgoing: an order")
    assert "  | printed by the app" in said
    assert "logged by the app" in said
    assert "GET /v2/api/closed → closed 401" in said


def test_a_function_that_raises_is_a_500_and_told_with_its_place(orders: ServedApp) -> None:
    answer, body = orders.ask("/v2/api/boom")
    assert (answer.status, body) == (500, b"")
    line = ORDERS.splitlines().index('    raise ValueError("no price")') + 1
    orders.hears(f"function_app.py:{line}: ValueError: no price")


def test_functions_without_a_request_start_by_hand(orders: ServedApp) -> None:
    assert orders.status("/admin/functions/clean", "POST") == 401
    assert orders.ask("/admin/functions/clean", "POST", body=b"{}", key=True)[0].status == 202
    assert "cleaned, late: False" in orders.hears("clean → done")
    body = b'{"input": "a message"}'
    assert orders.ask("/admin/functions/take", "POST", body=body, key=True)[0].status == 202
    assert "took a message" in orders.hears("take → done")
    assert orders.ask("/admin/functions/nobody", "POST", body=b"{}", key=True)[0].status == 404


def test_the_host_tells_of_itself(orders: ServedApp) -> None:
    status = json.loads(orders.ask("/admin/host/status", key=True)[1])
    assert status["state"] == "Running"
    told = json.loads(orders.ask("/admin/functions", key=True)[1])
    assert {"order", "more", "clean"} <= {one["name"] for one in told}
    assert orders.status("/admin/host/ping") == 200
    assert "up and running" in orders.text("/")
    assert orders.told["artifact"]["path"] == "dist/orders.zip"
    assert len(orders.told["artifact"]["sha256"]) == 64


def test_a_port_that_is_taken_and_flags_that_cannot_be_are_told(
    orders: ServedApp, someone: User, orders_project: Path
) -> None:
    taken = someone.types(orders_project, "serve", "--port", str(orders.port))
    assert taken.code == 2
    assert f"port {orders.port} of 127.0.0.1 is taken" in taken.stderr
    assert someone.types(orders_project, "serve", "--port", "x").code == 2
    both = someone.types(orders_project, "serve", "--watch", "--artifact", "dist/orders.zip")
    assert both.code == 2
    assert "--watch builds an app of this project" in both.stderr
    gone = someone.types(orders_project, "serve", "--artifact", "gone.zip")
    assert gone.code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_and_leaves_nothing_behind(
    someone: User, orders_project: Path, home: Path, number: int
) -> None:
    before = set((home / "tmp").iterdir())
    with serves(someone, orders_project, "--no-keys") as served:
        assert served.status("/v2/api/closed") == 200
        assert served.ends(number) == 130
        assert served.process.stdout
        assert served.process.stdout.read() == ""
    assert not [line for line in served.said if "Traceback" in line or "interrupted" in line]
    assert set((home / "tmp").iterdir()) == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port), 5)


def test_another_tools_package_is_served_outside_any_project(
    someone: User, orders_project: Path, tmp_path: Path
) -> None:
    with (
        zipfile.ZipFile(orders_project / "dist/orders.zip") as ours,
        zipfile.ZipFile(tmp_path / "any.zip", "w") as theirs,
    ):
        for item in ours.infolist():
            if item.filename != "lading.json":
                theirs.writestr(item.filename, ours.read(item))
    words = ("--artifact", "any.zip", "--python", PYTHON, "--key", "my-own")
    with serves(someone, tmp_path, *words) as served:
        assert served.told["key"] == "my-own"
        assert served.status("/v2/api/closed?code=my-own") == 200


@pytest.mark.parametrize(
    ("app", "told"),
    [
        ("import nosuchlib\n", "error import-error: function_app.py:1"),
        ("import azure.functions as func\n\napp = func.FunctionApp()\n", "error no-functions"),
        ("import os\n\nos.environ['WANTED']\n", "the setting WANTED was not given"),
    ],
)
def test_a_broken_package_is_refused_with_its_finding(
    someone: User, tmp_path: Path, app: str, told: str
) -> None:
    with zipfile.ZipFile(tmp_path / "any.zip", "w") as package:
        package.writestr("host.json", "{}")
        package.writestr("function_app.py", app)
    said = someone.types(
        tmp_path, "serve", "--port", "0", "--artifact", "any.zip", "--python", PYTHON
    )
    assert said.code == 6
    assert told in said.stderr


def test_settings_of_the_app_are_those_of_its_local_file(
    someone: User, orders_project: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(orders_project, project)
    (project / "functionapp/more.py").write_text(
        MORE.replace('"more"\n', 'os.environ["GREETING"]\n').replace(
            "import az", "import os\n\nimport az"
        )
    )
    (project / "functionapp/local.settings.json").write_text(
        '{"IsEncrypted": false, "Values": {"GREETING": "from the file"}}'
    )
    with serves(someone, project) as served:
        # What is packed is what was built.
        assert served.text("/v2/api/more") == "more"
        assert "the package is older than the app: more.py changed since" in "\n".join(served.said)
    someone.builds(project)
    with serves(someone, project) as served:
        assert served.text("/v2/api/more") == "from the file"


def test_watch_builds_again_and_a_refused_build_takes_nothing_away(
    someone: User, orders_project: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(orders_project, project)
    shutil.rmtree(project / "dist")
    more = project / "functionapp/more.py"
    with serves(someone, project, "--watch") as served:
        assert served.text("/v2/api/more") == "more"
        replace(more, "def broken(:\n")
        served.hears("The app of before answers until something changes")
        assert "import-error: more.py:1" in "\n".join(served.said)
        assert served.text("/v2/api/more") == "more"
        replace(more, MORE.replace('"more"\n', '"changed"\n'))
        served.hears("The new app answers")
        assert served.text("/v2/api/more") == "changed"
        (project / "functionapp/.funcignore").write_text("*.log\n")
        (project / "functionapp/requirements.txt").touch()
        served.hears("That changes nothing in the package")
        assert served.text("/v2/api/more") == "changed"


def replace(path: Path, text: str) -> None:
    """Write a file as editors do: a new one in its place."""
    fresh = path.with_name(f".{path.name}.swp")
    fresh.write_text(text)
    fresh.replace(path)


def test_an_app_that_ends_its_process_is_started_again(someone: User, tmp_path: Path) -> None:
    app = ORDERS.replace('raise ValueError("no price")', "__import__('os')._exit(3)")
    project = project_of(tmp_path / "project", app, "{" + f'"version": "2.0", {BUNDLE}' + "}")
    (project / "functionapp/more.py").write_text(MORE)
    someone.builds(project)
    with serves(someone, project) as served:
        assert served.status("/api/boom") == 500
        served.hears("The new app answers")
        assert served.text("/api/more") == "more"


def test_an_asgi_app_answers(someone: User, tmp_path: Path) -> None:
    project = project_of(tmp_path / "project", FASTAPI, AT_ROOT, "fastapi")
    someone.builds(project)
    with serves(someone, project) as served:
        assert json.loads(served.text("/items/7?q=x%20y")) == {"item": 7, "q": "x y"}
        assert served.status("/items/x") == 422
        assert served.ask("/raw", "POST", body=b"x" * 100_000)[1] == b"100000"
        assert served.status("/nowhere") == 404


def test_a_wsgi_app_answers(someone: User, tmp_path: Path) -> None:
    project = project_of(tmp_path / "project", FLASK, AT_ROOT, "flask")
    someone.builds(project)
    with serves(someone, project) as served:
        answer, body = served.ask("/hi/ann?q=1", "POST", body=b"123")
        assert (answer.status, body) == (203, b"hi ann 1 3")
        assert served.status("/hi/ann", "DELETE") == 405


def test_an_app_of_the_first_model_answers(someone: User, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", python=PYTHON, files=V1)
    (project / "functionapp/function_app.py").unlink()
    someone.builds(project)
    with serves(someone, project) as served:
        assert served.text("/api/v1/ann") == "v1 ann"
        assert served.status("/api/v1/ann", "POST") == 404


def test_streams_pass_as_they_come(someone: User, tmp_path: Path) -> None:
    extension = "azurefunctions-extensions-http-fastapi"
    project = project_of(tmp_path / "project", STREAMS, '{"version": "2.0"}', extension)
    someone.builds(project)
    with serves(someone, project) as served:
        address = ("127.0.0.1", served.port)
        with socket.create_connection(address, SECONDS) as wire:
            wire.sendall(
                b"POST /api/up HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                b"Connection: close\r\n\r\n5\r\nfirst\r\n"
            )
            # The second part is sent after the function has had the first.
            served.hears("came b'first'")
            wire.sendall(b"6\r\nsecond\r\n0\r\n\r\n")
            told = b"".join(iter(lambda: wire.recv(65536), b""))
            assert told.startswith(b"HTTP/1.1 200 ")
            assert b"11" in told
        with socket.create_connection(address, SECONDS) as wire:
            wire.sendall(b"GET /api/down HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            told = b""
            while not told.endswith(b"3\r\none\r\n"):
                told += wire.recv(65536)
            # The second part is made after the first came.
            assert served.text("/api/open/hand?by=x") == '"xhand"'
            told += b"".join(iter(lambda: wire.recv(65536), b""))
            assert told.endswith(b"3\r\ntwo\r\n0\r\n\r\n")
        large = b"x" * 3_000_000
        assert b"3000000" in served.ask("/api/up", "POST", body=large)[1]
        assert served.status("/api/boom") == 500
        served.hears("ValueError: no stream")
