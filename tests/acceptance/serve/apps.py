"""The apps that are served: what a function can be, and each kind of app that there is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.support import make_project

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


def project_of(folder: Path, app: str, host: str, *more: str) -> Path:
    files: dict[str, str | bytes] = {
        "functionapp/function_app.py": app,
        "functionapp/host.json": host,
    }
    return make_project(folder, python=PYTHON, requirements=("azure-functions", *more), files=files)
