"""`serve`: an artifact answers HTTP here, in Microsoft's runtime library, until Ctrl-C."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lading.commands import Edges
from lading.core.bundle import Bundle, assemble_layers
from lading.core.config import App, Project
from lading.core.errors import LadingError, UsageError
from lading.core.functions import Indexed
from lading.core.functions.serving import Place
from lading.core.report import render_finding
from lading.core.runtimes import runtime_for
from lading.core.verification import parse_label
from lading.edges.app_settings import read_app_settings
from lading.edges.app_watch import AppWatch
from lading.edges.artifact_reader import OpenedArtifact, read_artifact
from lading.edges.functions import Package
from lading.edges.functions.front import Front, House, Listener
from lading.edges.installer import read_tool_version
from lading.edges.interpreters import find_interpreter
from lading.edges.workspace.app_files import scan_app_files
from lading.stages.compare_app import compare_app
from lading.stages.import_package import Proving
from lading.stages.import_package.load_app import LoadedApp, Loading, load_app

_LOCAL_SETTINGS = "local.settings.json"
_LOOK_SECONDS = 0.5
# Seconds that requests of the app that goes may still take.
_DRAIN = 5.0
_TOLD_FILES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What `serve` was told.

    `python` is "" where the artifact or the app says it; `key` "" for a new one, None for none.
    """

    artifact: Path
    python: str = ""
    settings: str = ""
    offline: bool = False
    host: str = "127.0.0.1"
    port: int = 7071
    key: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What `serve` says when it has begun to answer."""

    place: Place
    indexed: Indexed


Rebuild = Callable[[], object]


def serve(
    project: Project,
    app: App | None,
    options: ServeOptions,
    *,
    edges: Edges,
    rebuild: Rebuild | None,
    opened: Callable[[Opening], None],
) -> None:
    """Answer requests until somebody ends it with Ctrl-C, and return then.

    With `rebuild`, which makes the artifact anew, an app whose files change is built and loaded
    again; while the new one is refused the one before goes on. `opened` is told once where it
    answers. Raises UsageError for a port that cannot be had and for a package that cannot be loaded
    here, PackageRefused for one that Azure would not start.
    """
    watch = AppWatch(project, app) if rebuild is not None and app is not None else None
    if rebuild is not None:
        rebuild()
    show = _Show(project, app, options, edges=edges)
    loaded = show.load()
    house = House(
        key=_key(options),
        version=read_tool_version("lading"),
        say=edges.progress.note,
        clock=edges.clock,
        started=edges.clock(),
    )
    front = Front(loaded.stage, house)
    try:
        with Listener(options.host, options.port, front.answer) as listener:
            opened(show.opening(loaded, house, port=listener.port))
            while True:
                time.sleep(_LOOK_SECONDS)
                loaded = show.next(loaded, front, watch=watch, rebuild=rebuild)
    except KeyboardInterrupt:
        # How a server ends: nothing to be told of.
        return
    finally:
        loaded.close()


def _key(options: ServeOptions) -> str:
    if options.key is None:
        return ""
    return options.key or secrets.token_urlsafe(18)


class _Show:
    """One artifact after the other, each loaded with the same settings."""

    def __init__(
        self, project: Project, app: App | None, options: ServeOptions, *, edges: Edges
    ) -> None:
        self._project = project
        self._app = app
        self._options = options
        self._edges = edges
        self._artifact: OpenedArtifact | None = None
        self._given_up: LoadedApp | None = None

    def load(self) -> LoadedApp:
        """Load the artifact as it lies there now."""
        options, edges = self._options, self._edges
        artifact = read_artifact(options.artifact, store=edges.store)
        app = self._app_of(artifact)
        bundle = assemble_layers(artifact.layers)
        loading = Loading(
            python=app.python,
            proving=self._proving(app),
            allow=app.allow,
            on_log=lambda line: edges.progress.note(f"  | {line}"),
        )
        loaded = load_app(Package(bundle=bundle, label=artifact.label), loading)
        for finding in loaded.findings:
            edges.progress.warn(render_finding(finding))
        self._tell_differences(bundle)
        self._artifact = artifact
        return loaded

    def next(
        self, loaded: LoadedApp, front: Front, *, watch: AppWatch | None, rebuild: Rebuild | None
    ) -> LoadedApp:
        """Return what answers from now on: most often what did before."""
        changed = watch.changed() if watch is not None else ()
        ended = "" if loaded is self._given_up else loaded.process.ended
        if not changed and not ended:
            return loaded
        progress = self._edges.progress
        progress.note(f"{_few(changed)} changed" if changed else f"the app's process {ended}")
        try:
            if changed and rebuild is not None:
                rebuild()
            fresh = self.load()
        except LadingError as error:
            # What has ended is not tried again and again, but after the next change.
            self._given_up = loaded if loaded.process.ended else None
            end = "Nothing answers until" if self._given_up else "The app of before answers until"
            progress.warn(f"{error}\n{end} something changes.")
            return loaded
        front.swap(fresh.stage).drain(0.0 if ended else _DRAIN)
        loaded.close()
        progress.note("The new app answers.")
        return fresh

    def opening(self, loaded: LoadedApp, house: House, *, port: int) -> Opening:
        """Return what is said of an app that has begun to answer."""
        host = self._options.host
        name = f"[{host}]" if ":" in host else host
        place = Place(
            url=f"http://{name}:{port}",
            prefix=loaded.stage.prefix,
            key=house.key,
            artifact=str(self._options.artifact),
            sha256=self._artifact.sha256 if self._artifact else "",
        )
        return Opening(place=place, indexed=loaded.process.indexed)

    def _app_of(self, artifact: OpenedArtifact) -> App:
        options, app = self._options, self._app
        label = parse_label(artifact.label)
        python = options.python or (label.python if label else "") or (app.python if app else "")
        if not python:
            raise UsageError(
                f"{options.artifact.name} does not say which Python it is for",
                remedy="Say it: --python 3.13, or --app NAME where it is an app's of this project.",
            )
        runtime_for(python)
        if app is None:
            stem = options.artifact.stem
            return App(name=stem, folder="", requirements="", python=python, lock="")
        return replace(app, python=python)

    def _proving(self, app: App) -> Proving:
        project, edges = self._project, self._edges
        access = None if self._options.offline else edges.open_access(project)
        return Proving(
            interpreter=find_interpreter(app.python, ambient=edges.ambient),
            find_engine=edges.engine_finder(project, app, access=access),
            enclosure=edges.open_sandbox(project, network=True),
            store=edges.store,
            ambient=edges.ambient,
            progress=edges.progress,
            settings=self._settings(app),
        )

    def _settings(self, app: App) -> dict[str, str]:
        given = self._options.settings
        local = self._project.root / app.folder / _LOCAL_SETTINGS
        if not given and self._app is not None and local.is_file():
            self._edges.progress.note(f"App settings: {app.folder}/{_LOCAL_SETTINGS}")
            given = str(local)
        return read_app_settings(self._project, app, given, remember=self._edges.remember)

    def _tell_differences(self, bundle: Bundle) -> None:
        """Tell where the package is not what the app's folder is by now."""
        app = self._app
        if app is None or not (self._project.root / app.folder).is_dir():
            return
        try:
            files = scan_app_files(self._project, app, ambient=self._edges.ambient)
        except LadingError as error:
            self._edges.progress.warn(error.message)
            return
        if differing := compare_app(bundle, files):
            self._edges.progress.warn(
                f"the package is older than the app: {_few(differing)} changed since."
                " `lading build` packs it anew; `lading serve --watch` does so on every change."
            )


def _few(names: tuple[str, ...]) -> str:
    more = len(names) - _TOLD_FILES
    shown = ", ".join(names[:_TOLD_FILES])
    return f"{shown} and {more} more" if more > 0 else shown
