"""Bundle → Verdict: small apps in Microsoft's real runtime library, healthy and broken ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lading.core.functions import NotImported
from tests.loading import HEALTH, HOST, HOST_WITH_BUNDLE, V2, Loader, indexed
from tests.network_guard import NetworkGuard
from tests.support import make_wheel

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it loads what Linux loads")

V1_FUNCTION = """{
  // read as the host reads it
  "scriptFile": "run.py",
  "bindings": [
    {"type": "httpTrigger", "direction": "in", "name": "req", "methods": ["get"]},
    {"type": "http", "direction": "out", "name": "$return"}
  ]
}"""
V1_RUN = """\
import azure.functions as func
from ..shared.words import HELLO


def main(req: func.HttpRequest) -> str:
    return HELLO
"""
V1_APP = {
    "host.json": HOST,
    "hello/function.json": V1_FUNCTION,
    "hello/run.py": V1_RUN,
    "shared/words.py": "HELLO = 'hello'\n",
}
BLUEPRINT = """\
import azure.functions as func

blueprint = func.Blueprint()


@blueprint.timer_trigger(schedule="0 0 6 * * *", arg_name="timer")
def morning(timer: func.TimerRequest) -> None:
    pass
"""
REGISTERED = "from morning import blueprint\n\napp.register_functions(blueprint)\n"
QUEUE = """

@app.queue_trigger(arg_name="msg", queue_name="orders", connection="AzureWebJobsStorage")
def take(msg: func.QueueMessage) -> None:
    pass
"""
FASTAPI_LIKE = """\
import azure.functions as func


async def asgi(scope, receive, send):
    pass


app = func.AsgiFunctionApp(app=asgi, http_auth_level=func.AuthLevel.ANONYMOUS)
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture
def loader(library: Path, ambient: dict[str, str]) -> Loader:
    return Loader(folder=library, ambient=ambient)


def app(code: str, host: str = HOST) -> dict[str, str]:
    return {"host.json": host, "function_app.py": code}


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_a_healthy_app_is_indexed_on_every_python(loader: Loader, python: str) -> None:
    imported = loader.load(app(V2 + HEALTH), python=python)
    found = indexed(imported)
    assert not imported.findings
    assert [(one.name, one.trigger, one.route) for one in found.functions] == [
        ("health", "httpTrigger", "health")
    ]
    assert found.python.startswith(f"{python}.")
    # azure-functions 2 is for 3.13 and later.
    assert found.sdk.startswith("2." if python == "3.13" else "1.")
    assert found.sdk_from == "engine"


# With a prefix the host would not start: the route of such an app begins with a slash.
HOST_AT_ROOT = '{"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}'
HEALTHY = {
    "v1": V1_APP,
    "a registered blueprint": {
        **app(V2 + REGISTERED),
        "morning.py": BLUEPRINT,
    },
    "an ASGI app": app(FASTAPI_LIKE, HOST_AT_ROOT),
    "a queue with a bundle": app(V2 + QUEUE, HOST_WITH_BUNDLE),
    "one route, two methods": app(
        V2 + HEALTH + HEALTH.replace("GET", "POST").replace("def health", "def check")
    ),
    "an app that prints much": app("print('x' * 3_000_000)\n" + V2 + HEALTH),
    "an app that writes where the answer goes": app(
        "import os, sys\nos.write(1, b'{}')\nsys.__stdout__.write('{}')\n" + V2 + HEALTH
    ),
    "an app that starts a thread": app(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n"
        + V2
        + HEALTH
    ),
    "an app that reads its own files": app(
        "import json, os\njson.load(open('host.json'))\nassert os.path.exists('lading.json')\n"
        + V2
        + HEALTH
    ),
    "a default for a setting": app(
        "import os\nURL = os.getenv('SERVICE_URL', 'https://x')\nassert 'Y' not in os.environ\n"
        + V2
        + HEALTH
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_app_gives_no_finding(loader: Loader, name: str) -> None:
    imported = loader.load(HEALTHY[name])
    assert not imported.findings
    assert indexed(imported).functions


BROKEN = {
    "a missing module": (app("import nosuchlib\n" + V2 + HEALTH), "import-error"),
    "a missing module behind a package": (
        {**app("import parts.inner\n" + V2 + HEALTH), "parts/inner.py": "import nosuchlib.sub\n"},
        "import-error",
    ),
    "a wrong decorator": (app(V2 + HEALTH.replace("route(", "rout(")), "import-error"),
    "a syntax error": (app(V2 + "def broken(:\n"), "import-error"),
    "sys.exit": (app("import sys\nsys.exit(3)\n"), "import-error"),
    "os._exit": (app("import os\nos._exit(3)\n"), "import-error"),
    "a crash": (app("import ctypes\nctypes.string_at(0)\n"), "import-error"),
    "a write into the package": (app("open('made', 'w')\n" + V2 + HEALTH), "import-error"),
    "a parameter without a binding": (
        app(V2 + HEALTH.replace("(req: func.HttpRequest)", "(req: func.HttpRequest, more: str)")),
        "import-error",
    ),
    "v1 without its entry point": (
        {**V1_APP, "hello/run.py": "def other():\n    pass\n"},
        "import-error",
    ),
    "no app": (app("import azure.functions\n"), "import-error"),
    "no functions": (app(V2), "no-functions"),
    "a blueprint that nobody registered": (
        {**app(V2 + "import morning\n"), "morning.py": BLUEPRINT},
        "no-functions",
    ),
    "no file of functions": ({"host.json": HOST, "other.py": ""}, "no-functions"),
    "a host.json that is none": (app(V2 + HEALTH, host='{"version": '), "host-file"),
    "a host.json of another version": (app(V2 + HEALTH, host='{"version": "4.0"}'), "host-file"),
    "a function.json that is none": ({**V1_APP, "hello/function.json": "[]"}, "host-file"),
    "no host.json": ({"function_app.py": V2 + HEALTH}, "host-file"),
    "one route twice": (
        app(V2 + HEALTH + HEALTH.replace("def health", "def check")),
        "duplicate-route",
    ),
    "a queue without a bundle": (app(V2 + QUEUE), "extension-bundle"),
    "a missing setting": (
        app("import os\nURL = os.environ['SERVICE_URL']\n" + V2 + HEALTH),
        "import-needs-setting",
    ),
    "a missing setting as None": (
        app("import os\nPORT = int(os.getenv('SERVICE_PORT'))\n" + V2 + HEALTH),
        "import-needs-setting",
    ),
    "a missing setting, told by the app": (
        app(
            "import os\nif not os.environ.get('URL'):\n    raise RuntimeError('URL is not set')\n"
            + V2
            + HEALTH
        ),
        "import-needs-setting",
    ),
    "a missing setting with an empty default, which the app tells in its own words": (
        app(
            "import os\nURL = os.getenv('URL', '')\n\nif not URL:\n"
            "    raise ValueError('no address')\n" + V2 + HEALTH
        ),
        "import-needs-setting",
    ),
    "the network at import": (
        app("import socket\nsocket.create_connection(('192.0.2.1', 443))\n" + V2 + HEALTH),
        "import-needs-setting",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_app_gives_its_finding_and_nothing_else(loader: Loader, name: str) -> None:
    files, code = BROKEN[name]
    assert loader.codes(files) == [code]


def test_the_place_and_the_module_are_told(loader: Loader) -> None:
    files, _ = BROKEN["a missing module behind a package"]
    (finding,) = loader.load(files).findings
    assert finding.place == "parts/inner.py:1"
    assert finding.evidence == "ModuleNotFoundError: No module named 'nosuchlib'"
    assert "nosuchlib" in finding.remedy


def test_the_line_of_a_broken_host_file_is_told(loader: Loader) -> None:
    host = '{\n  /* two\n     lines */\n  "version": 2.0.0\n}'
    (finding,) = loader.load(app(V2 + HEALTH, host=host)).findings
    assert finding.place == "host.json:4"


def test_sys_exit_is_told_as_what_it_is(loader: Loader) -> None:
    (finding,) = loader.load(BROKEN["sys.exit"][0]).findings
    assert finding.place == "function_app.py:2"
    assert "SystemExit: the app ended the interpreter" in finding.evidence


def test_what_the_library_says_is_told_as_a_sentence(loader: Loader) -> None:
    (finding,) = loader.load(BROKEN["v1 without its entry point"][0]).findings
    assert "cannot load function hello: function main() is not present" in finding.evidence


def test_the_setting_is_named_and_mends_it(loader: Loader) -> None:
    files, _ = BROKEN["a missing setting"]
    (finding,) = loader.load(files).findings
    assert "the setting SERVICE_URL was not given" in finding.evidence
    assert not loader.load(files, settings={"SERVICE_URL": "https://x"}).findings


def test_a_setting_says_which_file_has_the_functions(loader: Loader) -> None:
    files = {"host.json": HOST, "main.py": V2 + HEALTH}
    (finding,) = loader.load(files).findings
    assert finding.code == "no-functions"
    assert "no setting PYTHON_SCRIPT_FILE_NAME was given" in finding.evidence
    assert not loader.load(files, settings={"PYTHON_SCRIPT_FILE_NAME": "main.py"}).findings


def test_the_packages_own_libraries_are_used(loader: Loader, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "acme-tax", files={"acme_tax.py": "RATE = 19\n"})
    code = "import acme_tax\nassert '.python_packages' in acme_tax.__file__\n" + V2 + HEALTH
    assert not loader.load(app(code), wheels=(wheel,)).findings
    assert loader.codes(app(code)) == ["import-error"]


def test_the_builders_own_libraries_are_not(loader: Loader) -> None:
    # pytest is where this runs, and lading too.
    for name in ("pytest", "lading", "pip"):
        running = f"{sys.version_info[0]}.{sys.version_info[1]}"
        found = loader.codes(app(f"import {name}\n{V2}{HEALTH}"), python=running)
        assert found == ["import-error"], name


@pytest.mark.parametrize(("python", "own_wins"), [("3.12", True), ("3.13", False)])
def test_what_comes_first_is_what_comes_first_on_azure(
    loader: Loader, tmp_path: Path, python: str, *, own_wins: bool
) -> None:
    wheel = make_wheel(tmp_path, "acme-tax", files={"acme_tax.py": "OWN = False\n"})
    files = app(f"import acme_tax\nassert acme_tax.OWN is {own_wins}\n" + V2 + HEALTH)
    files["acme_tax.py"] = "OWN = True\n"
    assert not loader.load(files, python=python, wheels=(wheel,)).findings


def test_an_import_without_end_is_ended(loader: Loader) -> None:
    loader.time_limit = 3.0
    (finding,) = loader.load(app("while True:\n    pass\n")).findings
    assert finding.code == "import-error"
    assert "it was not imported in 3 s" in finding.evidence


def test_a_package_that_brings_the_library_gets_its_own(loader: Loader, library: Path) -> None:
    loader.load(app(V2 + HEALTH))
    wheel = next((library / "store").rglob("azure_functions_runtime-1*.whl"))
    code = "import azure_functions_runtime as own\nassert '.python_packages' in own.__file__\n"
    assert not loader.load(app(code + V2 + HEALTH), wheels=(wheel,)).findings


def test_the_report_says_how_it_was_confined(loader: Loader) -> None:
    found = indexed(loader.load(app(V2 + HEALTH)))
    assert found.confinement.endswith("namespaces") or found.confinement.startswith("none")


def test_an_equal_package_is_not_loaded_twice(loader: Loader) -> None:
    files = app(V2 + HEALTH.replace("health", "once"))
    first, again = loader.load(files), loader.load(files)
    # The seconds of the first time.
    assert again.verdict == first.verdict
    changed = loader.load(files, settings={"A": "1"})
    assert indexed(changed).seconds != indexed(first).seconds


def test_what_failed_is_tried_again(loader: Loader) -> None:
    files = BROKEN["a missing module"][0]
    first, again = loader.load(files), loader.load(files)
    assert indexed(first).seconds != indexed(again).seconds


def test_without_network_the_store_is_enough(
    loader: Loader, library: Path, ambient: dict[str, str], network: NetworkGuard
) -> None:
    loader.load(app(V2 + HEALTH))
    with network.loopback_only():
        offline = Loader(folder=library, ambient=ambient, offline=True)
        assert indexed(offline.load(app(V2 + HEALTH.replace("health", "far")))).functions


def test_without_network_and_store_it_says_so(tmp_path: Path, ambient: dict[str, str]) -> None:
    offline = Loader(folder=tmp_path, ambient=ambient, offline=True)
    imported = offline.load(app(V2 + HEALTH))
    assert not imported.findings
    assert imported.verdict == NotImported(
        reason="azure-functions-runtime could not be had:"
        " azure-functions-runtime is not in the store, and --offline allows no network"
    )


def test_a_library_that_was_touched_is_unpacked_again(loader: Loader, library: Path) -> None:
    loader.load(app(V2 + HEALTH))
    for place in (library / "store").rglob("azure_functions_runtime/loader.py"):
        place.write_text("raise RuntimeError('touched')\n")
    assert not loader.load(app(V2 + HEALTH.replace("health", "mended"))).findings
