"""Packages of other tools that are broken in the app's own files, as people reported them."""

from __future__ import annotations

import base64
import random

from tests.corpus.case import (
    BUNDLE,
    HEALTH,
    HOST,
    V2,
    Broken,
    Packed,
    Refusal,
    app,
    installed,
    packed,
)

_DER = base64.encodebytes(random.Random(1).randbytes(1200))  # noqa: S311
PRIVATE_KEY = b"-----BEGIN PRIVATE KEY-----\n" + _DER + b"-----END PRIVATE KEY-----\n"
_QUEUE = """

@app.queue_trigger(arg_name="msg", queue_name="orders", connection="AzureWebJobsStorage")
def take(msg: func.QueueMessage) -> None:
    pass
"""
_ASGI = """\
import azure.functions as func


async def asgi(scope, receive, send):
    pass


app = func.AsgiFunctionApp(app=asgi, http_auth_level=func.AuthLevel.ANONYMOUS)
"""
_HIDDEN = """

@app.route(route="orders/{id}")
def details(req: func.HttpRequest) -> str:
    return "one"


@app.route(route="orders/list")
def listed(req: func.HttpRequest) -> str:
    return "all"
"""
_BLUEPRINT = """\
import azure.functions as func

blueprint = func.Blueprint()


@blueprint.timer_trigger(schedule="0 0 6 * * *", arg_name="timer")
def morning(timer: func.TimerRequest) -> None:
    pass
"""
_TIMER = """

@app.timer_trigger(schedule="0 0 6 ? * MON-FRI", arg_name="timer")
def morning(timer: func.TimerRequest) -> None:
    pass
"""
_FUNCTION = """{
  "scriptFile": "__init__.py",
  "bindings": [
    {"type": "httpTrigger", "direction": "in", "name": "req"},
    {"type": "http", "direction": "out", "name": "$return"}
  ]
}
"""


NAMES = [
    packed(
        10,
        "protobuf in place of the worker's own",
        "error worker-shadowed",
        {
            **app("import google.protobuf"),
            **installed("protobuf", "6.0", {"google/protobuf/__init__.py": ""}),
        },
        python="3.12",
    ),
    packed(
        10,
        "grpcio beside the worker's own",
        "warning worker-shadowed",
        {**app("import grpc"), **installed("grpcio", "1.70.0", {"grpc/__init__.py": ""})},
    ),
    packed(
        34,
        "azure-functions-worker among the requirements",
        "error worker-shadowed",
        {**app(), **installed("azure-functions-worker", "1.1.9", {"afw/__init__.py": ""})},
        python="3.11",
    ),
    packed(
        52,
        "a function's folder is called numpy",
        "error module-hidden",
        {
            "host.json": HOST,
            "numpy/function.json": _FUNCTION,
            "numpy/__init__.py": "import azure.functions as func\nfrom numpy import array\n\n\n"
            "def main(req: func.HttpRequest) -> str:\n    return str(array)\n",
            **installed("numpy", "2.0", {"numpy/__init__.py": "array = list\n"}),
        },
    ),
    packed(
        52,
        "the app's calendar.py is everybody's",
        "error stdlib-shadowed",
        {**app("import calendar"), "calendar.py": "MONTHS = 12\n"},
        python="3.12",
    ),
    packed(
        52,
        "the app's tests are hidden by the worker's",
        "error module-hidden",
        {**app("from tests.data import ROWS"), "tests/data.py": "ROWS = ()\n"},
    ),
    packed(
        52,
        "a backport hides the standard library",
        "error stdlib-shadowed",
        {**app(), **installed("enum34", "1.1.10", {"enum.py": "from re import *\n"})},
    ),
]

FUNCTIONS = [
    packed(2, "an error at import is swallowed", "error import-error", {**app("1 / 0")}),
    packed(
        2,
        "no function: a blueprint that nobody registered",
        "error no-functions",
        {**app("import morning", code=V2), "morning.py": _BLUEPRINT},
    ),
    packed(2, "no file of functions", "error no-functions", {"host.json": HOST, "other.py": ""}),
    packed(
        36,
        "a dependency that only the developer has",
        "error import-error",
        {**app("import requests")},
    ),
    packed(
        37,
        "a decorator that does not exist",
        "error import-error",
        {**app(code=V2 + HEALTH.replace("app.route(", "app.warmup_trigger_("))},
    ),
    packed(
        None,
        "two functions on one route",
        "error duplicate-route",
        {**app(code=V2 + HEALTH + HEALTH.replace("def health", "def check"))},
    ),
    packed(
        None,
        "AsgiFunctionApp behind the default route prefix",
        "error invalid-route",
        app(code=_ASGI),
    ),
    packed(
        None,
        "a route that the host keeps for itself",
        "error reserved-route",
        app(code=V2 + HEALTH.replace('"health"', '"admin/health"')),
    ),
    packed(
        None,
        "a function that another one hides",
        "warning hidden-route",
        app(code=V2 + _HIDDEN),
    ),
    packed(
        None,
        "a queue without an extension bundle",
        "error extension-bundle",
        {**app(code=V2 + _QUEUE)},
    ),
    packed(
        None,
        "a timer with a schedule of Quartz",
        "error invalid-schedule",
        app(code=V2 + HEALTH + _TIMER),
    ),
    packed(None, "no host.json", "error host-file", {"function_app.py": V2 + HEALTH}),
    packed(None, "a host.json with a slip", "error host-file", {**app(host='{"version": "2.0",')}),
    packed(
        None,
        "a host.json with the version of Functions",
        "error host-file",
        {**app(host='{"version": "4.0"}')},
    ),
    packed(
        None,
        "a setting that is wanted at import",
        "warning import-needs-setting",
        {**app("import os", "URL = os.environ['SERVICE_URL']")},
    ),
    packed(
        None,
        "a host that is asked for a token at import",
        "warning import-needs-setting",
        {
            **app(
                "import socket",
                "socket.create_connection(('login.microsoftonline.com', 443), timeout=5)",
                host=BUNDLE,
            ),
        },
    ),
]

SECRETS = [
    packed(58, "a private key", "error private-key", {**app(), "server.pem": PRIVATE_KEY}),
    packed(
        58,
        "the token of a clone, in .git/config",
        "error credential-in-app-file",
        {**app(), ".git/config": "[core]\n"},
    ),
    packed(
        58,
        "the developer's local.settings.json",
        "error credential-in-app-file",
        {**app(), "local.settings.json": '{"Values": {}}'},
    ),
    packed(
        58,
        "the settings of production, in .env.production",
        "error credential-in-app-file",
        {**app(), ".env.production": "MODE=fast\n", ".env.example": "MODE=\n"},
    ),
    packed(
        None,
        "a private key in a distribution",
        "warning key-in-wheel",
        {**app(), **installed("acme-client", "1.0", {"acme_client/key.pem": PRIVATE_KEY})},
    ),
]

OUTSIDE = [
    Broken(
        number=None,
        what="a name in the zip leads out of it",
        gives=Refusal(exit_code=6, says="any.zip is refused"),
        made=Packed(files={**app(), "../escaped.py": ""}),
    ),
]

OWN_WRONG = [*NAMES, *FUNCTIONS, *SECRETS, *OUTSIDE]
