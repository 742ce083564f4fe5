"""What bytecode saves at a cold start: interpreter to first answer, with and without, in turn."""

from __future__ import annotations

import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lading.commands import Edges
from lading.core.bundle import assemble_layers
from lading.core.config import App, Project
from lading.edges.artifact_reader import read_artifact
from lading.edges.functions import Package
from lading.edges.functions.front import Front, House, Listener
from lading.edges.interpreters import find_interpreter
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.stages.import_package import Proving
from lading.stages.import_package.load_app import Loading, load_app

_PYTHON = "3.13"
_ROUNDS = 9
_APPS: Mapping[str, tuple[str, ...]] = {
    "light": (),
    "pandas": ("pandas", "requests", "pydantic", "azure-storage-blob"),
}
_IMPORTS = {"azure-storage-blob": "azure.storage.blob"}
_OK = 200


def show() -> None:
    """Measure and print a table. Needs the package index, and takes some minutes."""
    table = Table("app", "without s", "with s", "ratio", title="cold start, medians")
    with tempfile.TemporaryDirectory(prefix="lading-cold-start-") as scratch:
        folder = Path(scratch)
        environment = {**os.environ, "LADING_CACHE": str(folder / "store")}
        for name, requirements in _APPS.items():
            project = _write_project(folder / name, requirements)
            artifacts = [_build(project, kind, environment) for kind in ("off", "required")]
            seconds = _measure(artifacts, folder / "store")
            without, with_it = (statistics.median(taken) for taken in seconds)
            ratio = f"{with_it / without:.2f}"
            table.add_row(name, f"{without:.2f}", f"{with_it:.2f}", ratio)
    Console(highlight=False).print(table)


def _write_project(folder: Path, requirements: tuple[str, ...]) -> Path:
    app = folder / "app"
    app.mkdir(parents=True)
    (app / "host.json").write_text('{"version": "2.0"}\n')
    modules = ["azure.functions as func", *(_IMPORTS.get(one, one) for one in requirements)]
    imports = "".join(f"import {module}\n" for module in modules)
    (app / "function_app.py").write_text(
        f"{imports}\n"
        "app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)\n\n\n"
        "@app.route(route='it')\n"
        "def it(req: func.HttpRequest) -> str:\n    return 'here'\n"
    )
    lines = ("azure-functions", *requirements)
    (app / "requirements.txt").write_text("".join(f"{line}\n" for line in lines))
    return folder


def _build(project: Path, bytecode: str, environment: Mapping[str, str]) -> Path:
    """Build the app with bytecode "required" or "off", and return its artifact."""
    (project / "pyproject.toml").write_text(
        f'[tool.lading.apps.{bytecode}]\nfolder = "app"\npython = "{_PYTHON}"\n'
        f'bytecode = "{bytecode}"\nrequirements = "app/requirements.txt"\n'
    )
    command = [sys.executable, "-m", "lading", "build"]
    subprocess.run(command, cwd=project, env=environment, stdout=subprocess.DEVNULL, check=True)
    return project / f"dist/{bytecode}.zip"


def _measure(artifacts: list[Path], store: Path) -> tuple[list[float], ...]:
    """Return the seconds of each artifact's starts, which take turns: the machine is not alone."""
    loading = _loading(store)
    packages = [_read(artifact, loading.proving.store) for artifact in artifacts]
    seconds: tuple[list[float], ...] = tuple([] for _ in packages)
    for number in range(_ROUNDS + 1):
        for package, taken in zip(packages, seconds, strict=True):
            once = _first_answer(package, loading)
            # The first ones read the files from disk, and fetch the library.
            if number:
                taken.append(once)
    return seconds


def _loading(store: Path) -> Loading:
    project = Project(root=store.parent, apps=())
    app = App(name="app", folder="", requirements="", python=_PYTHON, lock="")
    edges = Edges(
        ambient=os.environ,
        shell=os.environ,
        store=Store(store),
        progress=Silence(),
        today=dt.datetime.now(dt.UTC).date(),
        clock=time.monotonic,
        remember=lambda _secret: None,
    )
    proving = Proving(
        interpreter=find_interpreter(_PYTHON, ambient=os.environ),
        find_engine=edges.engine_finder(project, app, access=edges.open_access(project)),
        enclosure=edges.open_sandbox(project, network=True),
        store=edges.store,
        ambient=os.environ,
        progress=edges.progress,
    )
    return Loading(python=_PYTHON, proving=proving, allow=(), on_log=lambda _line: None)


def _read(artifact: Path, store: Store) -> Package:
    opened = read_artifact(artifact, store=store)
    return Package(bundle=assemble_layers(opened.layers), label=opened.label)


def _first_answer(package: Package, loading: Loading) -> float:
    """Return how long it takes from nothing to an answered request, in seconds."""
    house = House(key="", version="0", say=lambda _line: None, clock=time.monotonic)
    with Listener("127.0.0.1", 0) as listener:
        started = time.monotonic()
        loaded = load_app(package, loading)
        try:
            listener.answer(Front(loaded.stage, house).answer)
            client = HTTPConnection("127.0.0.1", listener.port, timeout=60)
            client.request("GET", "/api/it")
            answer = client.getresponse()
            if (answer.status, answer.read()) != (_OK, b"here"):
                raise SystemExit(f"the app answered {answer.status}")
            ended = time.monotonic()
            client.close()
        finally:
            loaded.close()
    return ended - started


if __name__ == "__main__":
    show()
