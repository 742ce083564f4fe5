"""`serve`: an artifact answers HTTP here, in Microsoft's runtime library, until Ctrl-C."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from lading.commands import Edges
from lading.core.bundle import Bundle, assemble_layers
from lading.core.config import App, Project
from lading.core.errors import LadingError
from lading.core.functions import Indexed
from lading.core.functions.serving import Place, render_places
from lading.core.report import BuildReport, render_finding
from lading.core.verification import choose_python, parse_label
from lading.edges.app_settings import read_app_settings
from lading.edges.app_watch import LOCAL_SETTINGS, AppWatch
from lading.edges.artifact_reader import OpenedArtifact, read_artifact
from lading.edges.functions import Package
from lading.edges.functions.front import Front, House, Listener, Stage
from lading.edges.installer import read_tool_version
from lading.edges.interpreters import find_interpreter
from lading.edges.workspace.app_files import scan_app_files
from lading.stages.compare_app import compare_app
from lading.stages.import_package import Proving
from lading.stages.import_package.load_app import LoadedApp, Loading, load_app

_PYPROJECT = "pyproject.toml"
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


Rebuild = Callable[[], BuildReport]


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
    with Listener(options.host, options.port) as listener:
        show = _Show(project, app, options, edges=edges, rebuild=rebuild)
        try:
            show.begin()
            house = House(
                key=_key(options),
                version=read_tool_version("lading"),
                say=edges.progress.note,
                clock=edges.clock,
                started=edges.clock(),
                name=options.host,
            )
            front = Front(show.stage, house)
            listener.answer(front.answer)
            opened(show.opening(house, port=listener.port))
            _watch(show, front)
        finally:
            show.end()


def _watch(show: _Show, front: Front) -> None:
    """Look at what changes until somebody ends it: how a server ends, and nothing to be told of."""
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(_LOOK_SECONDS)
            show.look(front)


def _key(options: ServeOptions) -> str:
    if options.key is None:
        return ""
    return options.key or secrets.token_urlsafe(18)


class _Show:
    """One artifact after the other, each loaded with the same settings."""

    def __init__(
        self,
        project: Project,
        app: App | None,
        options: ServeOptions,
        *,
        edges: Edges,
        rebuild: Rebuild | None,
    ) -> None:
        self._project = project
        self._app = app
        self._options = options
        self._edges = edges
        self._rebuild = rebuild
        self._watch = AppWatch(project, app) if rebuild is not None and app is not None else None
        self._now: LoadedApp | None = None
        self._sha256 = ""
        self._place = Place(url="", prefix="")
        self._is_given_up = False

    @property
    def stage(self) -> Stage:
        """Return where the app of now answers."""
        return self._loaded.stage

    @property
    def _loaded(self) -> LoadedApp:
        if self._now is None:
            raise RuntimeError("nothing was loaded yet")
        return self._now

    def begin(self) -> None:
        """Load the first app, built before where that was asked for."""
        if self._rebuild is not None:
            self._rebuild()
        self._now = self._load()

    def end(self) -> None:
        """End the app."""
        if self._now is not None:
            self._now.close()

    def opening(self, house: House, *, port: int) -> Opening:
        """Return what is said of an app that has begun to answer."""
        host = self._options.host
        name = f"[{host}]" if ":" in host else host
        self._place = Place(
            url=f"http://{name}:{port}",
            prefix=self.stage.prefix,
            key=house.key,
            artifact=str(self._options.artifact),
            sha256=self._sha256,
        )
        return Opening(place=self._place, indexed=self._loaded.process.indexed)

    def look(self, front: Front) -> None:
        """Build and load again where the app's files have changed, or its process has ended."""
        changed = self._watch.changed() if self._watch is not None else ()
        ended = "" if self._is_given_up else self._loaded.process.ended
        if not changed and not ended:
            return
        progress = self._edges.progress
        progress.note(f"{_few(changed)} changed" if changed else f"the app is gone: {ended}")
        if _PYPROJECT in changed:
            progress.warn(f"{_PYPROJECT} was read at the start: start serve again for its changes")
        try:
            if changed and self._rebuild is not None and self._is_same(self._rebuild(), changed):
                progress.note("That changes nothing in the package.")
                return
            fresh = self._load()
        except LadingError as error:
            # What has ended is not tried again and again, but after the next change.
            self._is_given_up = self._loaded.process.ended != ""
            end = (
                "Nothing answers until" if self._is_given_up else "The app of before answers until"
            )
            progress.note(f"{error}\n{end} something changes.")
        else:
            self._replace(fresh, front)

    def _is_same(self, built: BuildReport, changed: tuple[str, ...]) -> bool:
        """Say whether what answers is what was built, with the settings of now."""
        settings = self._app is not None and self._app.path_of(LOCAL_SETTINGS) in changed
        return built.sha256 == self._sha256 and not settings and not self._loaded.process.ended

    def _replace(self, fresh: LoadedApp, front: Front) -> None:
        before, self._now = self._loaded, fresh
        self._is_given_up = False
        try:
            front.swap(fresh.stage).drain(0.0 if before.process.ended else _DRAIN)
        finally:
            before.close()
        known = {function.name for function in before.process.indexed.functions}
        new = [one for one in fresh.process.indexed.functions if one.name not in known]
        place = replace(self._place, prefix=fresh.stage.prefix)
        self._edges.progress.note("\n".join(("The new app answers.", *render_places(new, place))))

    def _load(self) -> LoadedApp:
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
        self._sha256 = artifact.sha256
        return loaded

    def _app_of(self, artifact: OpenedArtifact) -> App:
        options, app = self._options, self._app
        label = parse_label(artifact.label)
        name = options.artifact.name
        python = choose_python(name, asked=options.python, label=label, app=app)
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
        local = app.path_of(LOCAL_SETTINGS)
        if not given and self._app is not None and (self._project.root / local).is_file():
            self._edges.progress.note(f"App settings: {local}")
            given = str(self._project.root / local)
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
