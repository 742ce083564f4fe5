"""Small Function Apps, loaded by Microsoft's real runtime library from the real index."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lading.commands import Edges
from lading.core.bundle.appfiles import AppFile
from lading.core.config import App, Project
from lading.core.functions import Indexed
from lading.edges.functions import Package
from lading.edges.interpreters import find_interpreter
from lading.edges.store import Store
from lading.edges.terminal import Silence
from lading.stages.assemble import assemble_bundle
from lading.stages.import_package import Imported, Proving, import_package
from lading.stages.make_layers import make_layers
from tests.support import leave_out
from tests.wheels import wheel_at

HOST = '{"version": "2.0"}'
HOST_WITH_BUNDLE = '{"version": "2.0", "extensionBundle": {"id": "B", "version": "[4.*, 5.0.0)"}}'
V2 = """\
import azure.functions as func

app = func.FunctionApp()
"""
HEALTH = """

@app.route(route="health", methods=["GET"])
def health(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("ok")
"""


@dataclass(kw_only=True)
class Loader:
    """Loads apps; the library is fetched once into `folder`."""

    folder: Path
    ambient: Mapping[str, str]
    offline: bool = False
    time_limit: float = 120.0
    ran: list[float] = field(default_factory=list)

    def load(
        self,
        files: Mapping[str, str],
        *,
        python: str = "3.13",
        wheels: tuple[Path, ...] = (),
        settings: Mapping[str, str] | None = None,
    ) -> Imported:
        """Load an app of these files and wheels."""
        package, proving = self.prepare(files, python=python, wheels=wheels, settings=settings)
        started = time.perf_counter()
        imported = import_package(package, python, proving)
        self.ran.append(time.perf_counter() - started)
        return imported

    def prepare(
        self,
        files: Mapping[str, str],
        *,
        python: str = "3.13",
        wheels: tuple[Path, ...] = (),
        settings: Mapping[str, str] | None = None,
    ) -> tuple[Package, Proving]:
        """Return a package of these files and wheels, and what it is loaded with."""
        # The tests' own home has no interpreters.
        interpreter = find_interpreter(python, ambient=os.environ)
        if interpreter is None:
            leave_out(f"there is no Python {python}")
        app = App(name="orders", folder="app", requirements="", python=python, lock="lock")
        edges = self._edges()
        project = Project(root=self.folder, apps=())
        access = None if self.offline else edges.open_access(project)
        proving = Proving(
            interpreter=interpreter,
            find_engine=edges.engine_finder(project, app, access=access),
            enclosure=edges.open_sandbox(project),
            store=edges.store,
            ambient=self.ambient,
            progress=edges.progress,
            settings=settings or {},
            time_limit=self.time_limit,
        )
        return self._package(files, app, wheels), proving

    def codes(self, files: Mapping[str, str], **more: object) -> list[str]:
        """Load an app and return the codes of what was found."""
        load: Callable[..., Imported] = self.load
        return [finding.code for finding in load(files, **more).findings]

    def _edges(self) -> Edges:
        return Edges(
            ambient=self.ambient,
            shell=self.ambient,
            store=Store(self.folder / "store"),
            progress=Silence(),
            today=dt.date(2026, 11, 21),
            clock=time.monotonic,
            remember=lambda _secret: None,
        )

    def _package(self, files: Mapping[str, str], app: App, wheels: tuple[Path, ...]) -> Package:
        store = Store(self.folder / "store")
        layers = make_layers(
            [wheel_at(wheel) for wheel in wheels],
            store=store,
            compiler=None,
            runtime=app.runtime,
            progress=Silence(),
        )
        with store.scratch() as scratch:
            found = []
            for number, (name, text) in enumerate(sorted(files.items())):
                path = scratch / str(number)
                path.write_text(text, encoding="utf-8")
                found.append(AppFile(name=name, path=path, executable=False))
            bundle = assemble_bundle(found, layers, store=store, compiler=None)
        return Package(bundle=bundle, label=b"{}\n")


def indexed(imported: Imported) -> Indexed:
    """Return the verdict on a package that was loaded."""
    assert isinstance(imported.verdict, Indexed), imported.verdict
    return imported.verdict
