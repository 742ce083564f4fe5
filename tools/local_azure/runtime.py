"""The host of deployed packages: Microsoft's runtime library, as `lading serve` runs it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import urllib3

from lading.commands import Edges
from lading.core.bundle import assemble_layers
from lading.core.config import App, Project
from lading.core.errors import LadingError
from lading.core.functions import FunctionFacts
from lading.edges.artifact_reader import read_artifact
from lading.edges.functions import Package
from lading.edges.functions.front import Front, House, Listener, Stage
from lading.edges.functions.process import FunctionsProcess
from lading.edges.interpreters import find_interpreter
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.stages.import_package import Imported, Proving, prepare_import
from local_azure.answers import Answer, text_answer
from local_azure.asked import Asked
from local_azure.sites.functions_host import FunctionsHost, Listed, ReadOnlyHost, Start

# Azure's load balancer lets go of a request that is not answered in this time.
_SECONDS = 230.0
_KEY = "x-functions-key"
_NOT_PASSED_ON = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Starts packages; the runtime library is fetched once into `store`, from the usual index.

    `ambient` is for the programs that are started; interpreters are looked for in `machine`, the
    environment of whoever is at this machine.
    """

    store: Path
    ambient: Mapping[str, str]
    machine: Mapping[str, str]

    def start(self, start: Start) -> FunctionsHost:
        """Run a package, or read it where this machine lacks the Python that it is for."""
        interpreter = find_interpreter(start.python, ambient=self.machine)
        if interpreter is None:
            return ReadOnlyHost(start)
        # It has no sources: what it needs is in it. As on Azure it has the network.
        project = Project(root=start.package.parent, apps=())
        app = App(name="app", folder="", requirements="", python=start.python, lock="")
        edges = self._edges()
        proving = Proving(
            interpreter=interpreter,
            find_engine=edges.engine_finder(project, app, access=edges.open_access(project)),
            enclosure=edges.open_sandbox(project, network=True),
            store=edges.store,
            ambient=self.ambient,
            progress=edges.progress,
            settings=start.settings,
        )
        return RunningHost(start, proving)

    def _edges(self) -> Edges:
        return Edges(
            ambient=self.ambient,
            shell=self.ambient,
            store=Store(self.store),
            progress=Silence(),
            today=dt.datetime.now(dt.UTC).date(),
            clock=time.monotonic,
            remember=lambda _secret: None,
        )


class RunningHost:
    """A package in its own process, behind a port of its own that only this process knows."""

    def __init__(self, start: Start, proving: Proving) -> None:
        self.problem = ""
        self.functions: tuple[Listed, ...] = ()
        self.route_prefix = "api"
        self._start = start
        self._port = 0
        with ExitStack() as held:
            pool = urllib3.PoolManager(retries=False, timeout=_SECONDS)
            self._pool = held.enter_context(pool)
            try:
                self._load(proving, held)
            except LadingError as error:
                self.problem = error.message
            self._held = held.pop_all()

    def answer(self, asked: Asked) -> Answer:
        """Pass a request on to the app."""
        environ = asked.environ
        headers = _headers(asked)
        # The master key opens what the function keys open.
        shown = asked.header(_KEY) or asked.query.get("code", "")
        if shown == self._start.keys.master:
            headers[_KEY] = self._start.keys.default
        target = str(environ.get("REQUEST_URI") or asked.path)
        try:
            told = self._pool.request(
                asked.method,
                f"http://127.0.0.1:{self._port}{target}",
                body=b"".join(asked.chunks()),
                headers=headers,
                redirect=False,
                decode_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            return text_answer(f"The app does not answer: {type(error).__name__}\n", 502)
        kept = [pair for pair in told.headers.items() if pair[0].lower() not in _NOT_PASSED_ON]
        return Answer(status=told.status, body=told.data, headers=tuple(kept))

    def close(self) -> None:
        """End it, and all that it started."""
        self._held.close()

    def _load(self, proving: Proving, held: ExitStack) -> None:
        artifact = read_artifact(self._start.package, store=proving.store)
        package = Package(bundle=assemble_layers(artifact.layers), label=artifact.label)
        prepared = prepare_import(package, self._start.python, proving)
        if isinstance(prepared, Imported):
            said = prepared.findings
            self.problem = said[0].evidence if said else "it cannot be loaded here"
            return
        process = FunctionsProcess(package, prepared.bench, on_log=self._start.on_log)
        indexed = held.enter_context(process).indexed
        if indexed.problem is not None:
            self.problem = f"{indexed.problem.error}: {indexed.problem.message}"
            return
        self.functions = tuple(map(_listed, indexed.functions))
        self.route_prefix = prepared.host.route_prefix
        front = Front(Stage(process, prefix=self.route_prefix), self._house())
        listener = held.enter_context(Listener("127.0.0.1", 0))
        listener.answer(front.answer)
        self._port = listener.port

    def _house(self) -> House:
        return House(
            key=self._start.keys.default,
            version="local",
            say=self._start.on_log,
            clock=time.monotonic,
            started=time.monotonic(),
        )


def _headers(asked: Asked) -> dict[str, str]:
    """Return the headers of a request as names and texts; WSGI has joined repeated ones."""
    named = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(text)
        for name, text in asked.environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    return {name: text for name, text in named.items() if name not in _NOT_PASSED_ON}


def _listed(function: FunctionFacts) -> Listed:
    bindings = (
        {"name": one.name, "type": one.type, "direction": one.direction, **one.settings}
        for one in function.bindings
    )
    return Listed(name=function.name, bindings=tuple(bindings), file=function.script)
