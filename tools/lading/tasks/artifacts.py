"""The tasks about a package that is there: its checks, and running it here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lading.core.errors import UsageError
from lading.edges.own_signals import heed_termination
from lading.tasks.door import ALLOW, ARTIFACT, AUDIT, JSON, REASON, SARIF, SETTINGS, VERBOSE, door
from lading.visit import INTERRUPTED, ArtifactPlace

if TYPE_CHECKING:
    from lading.commands.serve import Rebuild, ServeOptions

_LAST_PORT = 65535


@task(
    auto_shortflags=False,
    iterable=["allow", "public"],
    help={
        "artifact": ARTIFACT,
        "app": "the app of this project whose package it is",
        "python": "the Python that it is for, where neither the zip nor the app says it",
        "settings": SETTINGS,
        "allow": ALLOW,
        "reason": REASON,
        "sarif": SARIF,
        "audit": AUDIT,
        "public": "a name, or a pattern of names, that --audit may ask for in any zip",
        "offline": "use no network: Microsoft's runtime library must be in the store",
        "json": JSON,
        "verbose": VERBOSE,
    },
)
def verify(  # noqa: PLR0913 - one for each option
    _context: Context,
    *,
    artifact: str = "",
    app: str = "",
    python: str = "",
    settings: str = "",
    allow: list[str] | None = None,
    reason: str = "",
    sarif: str = "",
    audit: bool = False,
    public: list[str] | None = None,
    offline: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Check a package as `build` does: what is in it, and what Microsoft's runtime makes of it.

    Exit code 6 says that it would not start, would not be found, or leaks. For a zip that another
    tool made: lading verify --artifact any.zip --python 3.13
    """
    from lading.commands.verify import VerifyOptions
    from lading.commands.verify import verify as run
    from lading.core import report, verification

    with door(as_json=json, verbose=verbose) as visit:
        place = visit.artifact(artifact, app)
        options = VerifyOptions(
            artifact=place.path,
            python=python,
            settings=settings,
            offline=offline,
            allow=tuple(allow or ()),
            reason=reason,
            sarif=sarif,
            audit=audit,
            public=tuple(public or ()),
        )
        with visit.step(f"Verifying {place.path.name}"):
            found = run(place.project, place.app, options, edges=place.edges)
        visit.tell(
            verification.render_verification_text(found),
            verification.render_verification_json(found),
        )
        for finding in found.findings:
            if finding.refuses:
                visit.alert(report.render_finding(finding))
    if found.exit_code:
        raise Exit(code=found.exit_code)


@task(
    auto_shortflags=False,
    help={
        "artifact": ARTIFACT,
        "app": "the app of this project whose package it is",
        "port": "where it answers; 0 for any port that is free",
        "host": "the address that it listens on; others than this machine's let others in",
        "key": "the key of functions that are not anonymous; a new one where nothing is said",
        "no-keys": "ask for no key, as `func start` does",
        "watch": "build first, and again whenever the app changes",
        "python": "the Python that it is for, where neither the zip nor the app says it",
        "settings": SETTINGS,
        "offline": "use no network: everything must be in the store",
        "json": "say where it answers as one JSON document on standard output",
        "verbose": VERBOSE,
    },
)
def serve(  # noqa: PLR0913 - one for each option
    _context: Context,
    *,
    artifact: str = "",
    app: str = "",
    port: str = "7071",
    host: str = "127.0.0.1",
    key: str = "",
    no_keys: bool = False,
    watch: bool = False,
    python: str = "",
    settings: str = "",
    offline: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Run a package here in Microsoft's runtime library, and answer its HTTP triggers.

    Ctrl-C ends it. Other functions start by POST /admin/functions/NAME; what an output binding
    would send is shown. While you write: lading serve --watch
    """
    from lading.commands.serve import Opening, ServeOptions
    from lading.commands.serve import serve as run
    from lading.core.functions import serving

    def tell(opening: Opening) -> None:
        document = serving.render_serving_json(opening.indexed, opening.place)
        visit.tell(serving.render_serving_text(opening.indexed, opening.place), document)

    with door(as_json=json, verbose=verbose) as visit:
        heed_termination()
        place = visit.artifact(artifact, app)
        options = ServeOptions(
            artifact=place.path,
            python=python,
            settings=settings,
            offline=offline,
            host=host,
            port=_port(port),
            key=None if no_keys else key,
        )
        rebuild = _rebuild(place, options, given=artifact) if watch else None
        run(place.project, place.app, options, edges=place.edges, rebuild=rebuild, opened=tell)
    # It ends because somebody ends it.
    raise Exit(code=INTERRUPTED)


def _port(text: str) -> int:
    if text.isdigit() and int(text) <= _LAST_PORT:
        return int(text)
    raise UsageError(f"--port {text} is no port", remedy="Write a number up to 65535; 0 for any.")


def _rebuild(place: ArtifactPlace, options: ServeOptions, *, given: str) -> Rebuild:
    """Return what builds the artifact that is served."""
    from lading.commands.build import BuildOptions
    from lading.commands.build import build as run
    from lading.commands.lock import find_lock

    project, app, edges = place.project, place.app, place.edges
    if given or app is None:
        raise UsageError(
            f"--watch builds an app of this project, and {given} is a package as it is",
            remedy="Leave one of them out: --watch, or --artifact.",
        )
    strictly = "--offline" if options.offline else ""
    find = partial(find_lock, project, app, strictly=strictly, edges=edges)
    build_options = BuildOptions(settings=options.settings, offline=options.offline)
    return partial(run, project, app, build_options, edges=edges, find_lock=find)
