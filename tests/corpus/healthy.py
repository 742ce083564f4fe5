"""Apps that work: nothing is said against them, whoever packed them."""

from __future__ import annotations

from collections.abc import Iterable

from tests.corpus.case import (
    BUNDLE,
    HEALTH,
    HOST,
    NO_PREFIX,
    V2,
    Content,
    Files,
    Healthy,
    Offered,
    Project,
    app,
)
from tests.small_project import below, small_project

PYTHONS = ("3.10", "3.11", "3.12", "3.13")

_V1_FUNCTION = """{
  // comments are read as the host reads them
  "scriptFile": "run.py",
  "bindings": [
    {"type": "httpTrigger", "direction": "in", "name": "req", "methods": ["get"]},
    {"type": "http", "direction": "out", "name": "$return"}
  ]
}
"""
_V1: Files = {
    "host.json": HOST,
    "hello/function.json": _V1_FUNCTION,
    "hello/run.py": "import azure.functions as func\nfrom ..shared.words import HELLO\n\n\n"
    "def main(req: func.HttpRequest) -> str:\n    return HELLO\n",
    "nightly/function.json": '{"scriptFile": "__init__.py", "bindings": [{"type": "timerTrigger",'
    ' "direction": "in", "name": "timer", "schedule": "0 0 3 * * *"}]}',
    "nightly/__init__.py": "import azure.functions as func\n\n\n"
    "def main(timer: func.TimerRequest) -> None:\n    pass\n",
    "shared/__init__.py": "",
    "shared/words.py": "HELLO = 'hello'\n",
}
_BLUEPRINTS: Files = {
    **app(
        "from jobs.morning import blueprint",
        host=BUNDLE,
        code=V2 + HEALTH + "\n\napp.register_functions(blueprint)\n",
    ),
    "jobs/__init__.py": "",
    "jobs/morning.py": """\
import azure.functions as func

blueprint = func.Blueprint()


@blueprint.timer_trigger(schedule="0 0 6 * * *", arg_name="timer")
def morning(timer: func.TimerRequest) -> None:
    pass


@blueprint.queue_trigger(arg_name="msg", queue_name="in", connection="AzureWebJobsStorage")
@blueprint.queue_output(arg_name="out", queue_name="out", connection="AzureWebJobsStorage")
def pass_on(msg: func.QueueMessage, out: func.Out[str]) -> None:
    out.set(msg.get_body().decode())
""",
}
_FASTAPI = """\
import azure.functions as func
from fastapi import FastAPI
from pydantic import BaseModel


class Order(BaseModel):
    name: str


api = FastAPI()


@api.post("/orders")
async def order(order: Order) -> Order:
    return order


app = func.AsgiFunctionApp(app=api, http_auth_level=func.AuthLevel.ANONYMOUS)
"""
_FLASK = """\
import azure.functions as func
from flask import Flask

web = Flask(__name__)


@web.get("/hello")
def hello() -> str:
    return "hello"


app = func.WsgiFunctionApp(app=web.wsgi_app, http_auth_level=func.AuthLevel.ANONYMOUS)
"""
_DURABLE = """\
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="start")
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client) -> func.HttpResponse:
    number = await client.start_new("orders")
    return client.create_check_status_response(req, number)


@app.orchestration_trigger(context_name="context")
def orders(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("pack", "one"))


@app.activity_trigger(input_name="name")
def pack(name: str) -> str:
    return name
"""
_STREAMS = """\
import azure.functions as func
from azurefunctions.extensions.http.fastapi import Request, StreamingResponse

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="stream", methods=[func.HttpMethod.GET])
async def stream(req: Request) -> StreamingResponse:
    return StreamingResponse((part for part in (b"a", b"b")), media_type="text/plain")
"""


def _of(
    what: str,
    imports: str,
    *requirements: str,
    number: int | None = None,
    python: str = "3.13",
    beside: Files | None = None,
    offered: tuple[Offered, ...] = (),
    told: tuple[str, ...] = (),
    slow: bool = False,
) -> Healthy:
    """Return an app that imports these modules and has one HTTP function."""
    made = Project(
        files=app(*(f"import {name}" for name in imports.split())),
        requirements=_asked(requirements),
        python=python,
        beside=beside or {},
        offered=offered,
    )
    return Healthy(number=number, what=what, made=made, told=frozenset(told), slow=slow)


def _coded(
    what: str,
    code: str,
    *requirements: str,
    python: str = "3.13",
    host: str = HOST,
    slow: bool = False,
) -> Healthy:
    made = Project(
        files=app(code=code, host=host), requirements=_asked(requirements), python=python
    )
    return Healthy(what=what, made=made, told=_true_of(python), slow=slow)


def _asked(requirements: Iterable[str]) -> str:
    return "".join(f"{one}\n" for one in ("azure-functions", *requirements))


def _true_of(python: str) -> frozenset[str]:
    """Return what may be said of every app for a Python, depending on the day."""
    return frozenset({"warning end-of-support"}) if python == "3.10" else frozenset()


_UTF_16 = "azure-functions\r\nidna==3.10\r\n".encode("utf-16")
_SHARED: dict[str, Content] = dict(
    below("shared", small_project("acme-shared", files={"acme_shared.py": "RATE = 19\n"}))
)
_PKGUTIL = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
_SAME = "from pkgutil import extend_path\n\n__path__ = extend_path(__path__, __name__)\n"
_STALE = "raise SystemExit('a stale folder')\n"

FORMS = [
    Healthy(what="v1", made=Project(files=_V1)),
    Healthy(
        what="a host.json that the host reads and JSON's standard does not",
        made=Project(files=app(host="{'version': '2.0', // of the file\nlogging: {},}\n")),
    ),
    Healthy(what="v1", made=Project(files=_V1, python="3.11"), slow=True),
    *(
        Healthy(
            what="v2 with blueprints",
            made=Project(files=_BLUEPRINTS, python=python),
            told=_true_of(python),
        )
        for python in PYTHONS
    ),
    _coded("FastAPI", _FASTAPI, "fastapi", host=NO_PREFIX),
    _coded("Flask", _FLASK, "flask", host=NO_PREFIX),
    _coded("durable", _DURABLE, "azure-functions-durable", host=BUNDLE),
]

INPUTS = [
    Healthy(
        number=43,
        what="requirements in UTF-16, from PowerShell",
        made=Project(files=app("import idna"), requirements=_UTF_16),
    ),
    _of("a path requirement", "acme_shared", "../shared", number=14, beside=_SHARED),
    _of("an editable requirement", "acme_shared", "-e ../shared", number=15, beside=_SHARED),
    _of(
        "markers that differ from Python to Python",
        "idna",
        'idna ; python_version >= "3.12"',
        'nosuch-backport ; python_version < "3.12"',
        number=44,
    ),
    Healthy(
        number=49,
        what="a stale vendored folder and a virtual environment beside the app",
        made=Project(
            files={
                **app("import idna"),
                ".python_packages/lib/site-packages/idna/__init__.py": _STALE,
                ".venv/pyvenv.cfg": "home = /usr/bin\n",
                ".venv/lib/python3.13/site-packages/idna/__init__.py": _STALE,
                "local.settings.json": "{}",
                ".funcignore": ".venv\n",
            },
            requirements="azure-functions\nidna\n",
        ),
    ),
    _of(
        "two private distributions of one namespace",
        "acme.one acme.two",
        *("acme-one", "acme-two"),
        number=20,
        offered=(
            Offered(name="acme-one", files={"acme/one.py": ""}),
            Offered(name="acme-two", files={"acme/two/__init__.py": ""}),
        ),
    ),
    _of(
        "two distributions that open their namespace in other words",
        "acme.one acme.two",
        *("acme-one", "acme-two"),
        number=20,
        offered=(
            Offered(name="acme-one", files={"acme/__init__.py": _PKGUTIL, "acme/one.py": ""}),
            Offered(name="acme-two", files={"acme/__init__.py": _SAME, "acme/two.py": ""}),
        ),
    ),
    Healthy(
        what="an app with its tests and a folder of tools",
        made=Project(
            files={
                **app("from tools.words import HELLO"),
                "tests/__init__.py": "",
                "tests/test_app.py": "from tests import data\n",
                "tools/words.py": "HELLO = 'hello'\n",
            }
        ),
    ),
    Healthy(
        number=19,
        what="a pyproject.toml and no requirements.txt",
        made=Project(
            files=app("import idna"),
            configuration='requirements = "pyproject.toml"\n\n[project]\nname = "orders"\n'
            'version = "1"\ndependencies = ["azure-functions", "idna"]\n',
        ),
    ),
]

LIBRARIES = [
    _of(
        "azure namespace packages",
        "azure.identity azure.storage.blob azure.servicebus",
        *("azure-identity", "azure-storage-blob", "azure-servicebus"),
        slow=True,
    ),
    _of(
        "google namespace packages",
        "google.auth google.resumable_media.requests google_crc32c",
        *("google-auth", "google-resumable-media[requests]", "google-crc32c"),
    ),
    _of(
        "google-cloud-storage, which brings protobuf",
        "google.cloud.storage google.auth google.protobuf.message",
        "google-cloud-storage",
        told=("warning worker-shadowed",),
        slow=True,
    ),
    _coded("streaming", _STREAMS, "azurefunctions-extensions-http-fastapi", slow=True),
    _of(
        "database drivers and other native modules",
        "psycopg lxml.etree cryptography.hazmat.bindings._rust PIL.Image orjson",
        *("psycopg[binary]", "lxml", "cryptography", "pillow", "orjson"),
        slow=True,
    ),
    Healthy(
        number=22,
        what="pyodbc, which takes unixODBC from the image",
        made=Project(files=app("import pyodbc"), requirements="azure-functions\npyodbc\n"),
        wants="libodbc.so.2",
    ),
    _of("opencv without windows", "cv2", "opencv-python-headless", slow=True),
    _of("pandas", "pandas", "pandas", slow=True),
    _of("pandas", "pandas", "pandas", python="3.12", slow=True),
    _of("pandas", "pandas", "pandas", python="3.11", slow=True),
    _of("rasterio", "rasterio", "rasterio", slow=True),
    _of("scikit-learn", "sklearn.linear_model", "scikit-learn", slow=True),
    _coded("FastAPI", _FASTAPI, "fastapi", host=NO_PREFIX, python="3.10", slow=True),
    _coded("FastAPI", _FASTAPI, "fastapi", host=NO_PREFIX, python="3.11", slow=True),
    _coded("FastAPI", _FASTAPI, "fastapi", host=NO_PREFIX, python="3.12", slow=True),
    _coded("durable", _DURABLE, "azure-functions-durable", host=BUNDLE, python="3.11", slow=True),
    _coded("durable", _DURABLE, "azure-functions-durable", host=BUNDLE, python="3.12", slow=True),
]

HEALTHY = [*FORMS, *INPUTS, *LIBRARIES]
