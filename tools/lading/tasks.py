"""The door: declares the commands to Invoke, runs one command, renders, exits.

`from lading.tasks import namespace` in a `tasks.py` gives every command to `invoke`; the console
script `lading` offers the same. Nobody below this file reads the environment, prints, or exits.
Each command imports its story when it runs, so that `--list` and `--help` answer at once.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lading.core.config import Project, Target
from lading.core.errors import ConfigError, UsageError
from lading.edges.own_process import protect_own_process
from lading.edges.own_signals import hear_signals, heed_termination
from lading.visit import INTERRUPTED, ArtifactPlace, Visit, visit_of

if TYPE_CHECKING:
    from lading.commands.serve import Rebuild, ServeOptions

_APP = "the app's name in [tool.lading.apps]; needed only where there are several"
_JSON = "one JSON document on standard output, everything else on standard error"
_ALLOW = "CODE or CODE:PACKAGE of a finding to let pass; wants --reason"
_AUDIT = "ask the index for known vulnerabilities of what it gave (pip-audit)"
_REASON = "why --allow is right, for the report"
_SARIF = "also write the findings to this file, as SARIF"
_SETTINGS = "a file of app settings that the app wants at import: lines NAME=VALUE, or JSON"
_VERBOSE = "tell every request to a source, and what was made ready"
_LAST_PORT = 65535


def _door(*, as_json: bool = False, verbose: bool = False) -> AbstractContextManager[Visit]:
    # Before a variable is looked at: some hold tokens.
    protect_own_process()
    hear_signals()
    return visit_of(dict(os.environ), as_json=as_json, verbose=verbose)


@task(
    auto_shortflags=False,
    iterable=["allow"],
    help={
        "app": _APP,
        "frozen": "refuse to lock, and to go without bytecode",
        "offline": "use no network: everything must be in the store",
        "wheelhouse": "also write the wheels and their hashes to dist/APP-wheelhouse",
        "allow": _ALLOW,
        "reason": _REASON,
        "sarif": _SARIF,
        "settings": _SETTINGS,
        "audit": _AUDIT,
        "json": _JSON,
        "verbose": _VERBOSE,
    },
)
def build(  # noqa: PLR0913 - one for each option
    _context: Context,
    *,
    app: str = "",
    frozen: bool = False,
    offline: bool = False,
    wheelhouse: bool = False,
    allow: list[str] | None = None,
    reason: str = "",
    sarif: str = "",
    settings: str = "",
    audit: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Lock if there is no lock, fetch, build, vendor, pack and prove: dist/APP.zip.

    Beside it dist/APP.json says what is in it, from where, and how that was checked. With --frozen
    for CI: lading build --frozen
    """
    from lading.commands.build import BuildOptions
    from lading.commands.build import build as run
    from lading.commands.lock import find_lock
    from lading.core import report

    with _door(as_json=json, verbose=verbose) as visit:
        options = BuildOptions(
            app=app,
            frozen=frozen,
            offline=offline,
            wheelhouse=wheelhouse,
            allow=tuple(allow or ()),
            reason=reason,
            sarif=sarif,
            settings=settings,
            audit=audit,
        )
        chosen = visit.app(app)
        strictly = "--frozen" if frozen else "--offline" if offline else ""
        find = partial(find_lock, visit.project, chosen, strictly=strictly, edges=visit.edges)
        with visit.step(f"Building {chosen.name}"):
            result = run(visit.project, chosen, options, edges=visit.edges, find_lock=find)
        visit.tell(report.render_build_text(result), report.render_build_json(result))
        visit.summarise(report.render_build_markdown(result))


@task(
    auto_shortflags=False,
    iterable=["upgrade_package"],
    help={
        "app": _APP,
        "upgrade": "choose everything anew instead of keeping what is locked",
        "upgrade-package": "choose this distribution anew (several times for several)",
        "diff": "print what changed as Markdown, for a pull request",
        "json": _JSON,
        "verbose": _VERBOSE,
    },
)
def lock(
    _context: Context,
    *,
    app: str = "",
    upgrade: bool = False,
    upgrade_package: list[str] | None = None,
    diff: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Choose one version of everything for the app's Python on Azure, and write it down.

    What is locked already stays as long as it answers the requirements. Commit both files:
    requirements.lock and, where something has to be built, sources.lock beside it.
    """
    from lading.commands.lock import LockOptions
    from lading.commands.lock import lock as run
    from lading.core.lock.diff import render_diff
    from lading.core.lock.report import render_lock_json, render_lock_text

    with _door(as_json=json, verbose=verbose) as visit:
        options = LockOptions(upgrade=upgrade, upgrade_packages=tuple(upgrade_package or ()))
        chosen = visit.app(app)
        with visit.step(f"Locking {chosen.name}"):
            outcome = run(visit.project, chosen, options, edges=visit.edges)
        text = render_diff(outcome.diff) if diff else render_lock_text(outcome)
        visit.tell(text, render_lock_json(outcome))


@task(
    auto_shortflags=False,
    positional=["name"],
    help={"name": "the distribution, however it is spelt", "app": _APP, "json": _JSON},
)
def explain(_context: Context, name: str, *, app: str = "", json: bool = False) -> None:
    """Tell why a distribution is there, who required it, from which source, file and hash.

    For example: lading explain acme-pricing
    """
    from lading.commands.explain import explain as run
    from lading.core.lock.explanation import render_explanation_json, render_explanation_text

    with _door(as_json=json) as visit:
        if name.startswith("-"):
            # Invoke takes the next word for the name, whatever it is.
            raise UsageError(
                f"{name} is no name of a distribution",
                remedy="Write lading explain NAME; invoke --help explain shows the options.",
            )
        explanations = run(visit.project, visit.app(app), name)
        visit.tell(render_explanation_text(explanations), render_explanation_json(explanations))


@task(
    auto_shortflags=False,
    help={
        "app": _APP,
        "offline": "use no network: everything must be in the store",
        "json": _JSON,
        "verbose": _VERBOSE,
    },
)
def vendor(
    _context: Context,
    *,
    app: str = "",
    offline: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Write .python_packages/lib/site-packages into the app's folder, for `func start`.

    It replaces the whole folder, and writes no bytecode: a local Python makes its own.
    """
    from lading.commands.lock import find_lock
    from lading.commands.vendor import vendor as run
    from lading.core.report import render_vendored_json

    with _door(as_json=json, verbose=verbose) as visit:
        chosen = visit.app(app)
        strictly = "--offline" if offline else ""
        find = partial(find_lock, visit.project, chosen, strictly=strictly, edges=visit.edges)
        with visit.step(f"Vendoring {chosen.name}"):
            folder = run(visit.project, chosen, offline=offline, edges=visit.edges, find_lock=find)
        written = folder.relative_to(visit.project.root)
        visit.tell(f"{folder}", render_vendored_json(chosen, written))


@task(
    auto_shortflags=False,
    help={
        "folder": "the library's folder, with pyproject.toml or setup.py",
        "source": "the source's name in [tool.lading.sources]; an index",
        "json": _JSON,
        "verbose": _VERBOSE,
    },
)
def publish(
    _context: Context,
    *,
    folder: str = "",
    source: str = "",
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Build a library's wheel and source archive, check them, and upload them to a source.

    Never replaces what is there. For example: lading publish --folder libs/acme-tax --source acme
    """
    from lading.commands.publish import PublishOptions
    from lading.commands.publish import publish as run
    from lading.core.publication.report import render_publication_json, render_publication_text

    with _door(as_json=json, verbose=verbose) as visit:
        if not folder or not source:
            raise UsageError(
                f"publish was told no {'source' if folder else 'folder'}",
                remedy="Write lading publish --folder FOLDER --source SOURCE.",
            )
        options = PublishOptions(folder=Path(folder), source=source)
        with visit.step(f"Publishing {folder}"):
            publication = run(visit.project, options, edges=visit.edges)
        visit.tell(render_publication_text(publication), render_publication_json(publication))


@task(auto_shortflags=False, help={"verbose": _VERBOSE})
def with_access(_context: Context, *, verbose: bool = False) -> None:
    """Run `-- COMMAND …` with access to the declared sources, without their credentials.

    For example: lading with-access -- pip install acme-pricing
    """
    from lading.commands.with_access import with_access as run

    with _door(verbose=verbose) as visit:
        # Invoke joins what stands behind `--` into one string; the words are needed as they are.
        words = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
        if not words:
            raise UsageError(
                "with-access was given no command",
                remedy="Write it behind two dashes: lading with-access -- pip download acme-tax",
            )
        code = run(visit.project, tuple(words), edges=visit.edges)
    if code:
        raise Exit(code=code)


@task(
    auto_shortflags=False,
    help={
        "source": "ask this source only",
        "offline": "use no network: look at the configuration and this machine only",
        "json": _JSON,
        "verbose": _VERBOSE,
    },
)
def doctor(
    _context: Context,
    *,
    source: str = "",
    offline: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Tell what works here: configuration, interpreters, every source with its credential.

    A refusal names the role or scope to grant. Ways in which packages or credentials could go
    astray on this machine are told as risks, which do not fail.
    """
    from lading.commands.doctor import DoctorOptions
    from lading.commands.doctor import doctor as run
    from lading.core.diagnosis import report

    with _door(as_json=json, verbose=verbose) as visit:
        project: Project | ConfigError
        try:
            project, edges = visit.project, visit.edges
        except ConfigError as error:
            project, edges = error, visit.edges_without_project
        options = DoctorOptions(source=source, offline=offline)
        with visit.step("Examining this machine" if offline else "Examining the sources"):
            found = run(project, options, edges=edges, now=dt.datetime.now().astimezone())
        page = visit.page
        text = report.render_diagnosis_text(found, width=page.width, paint=page.paint)
        visit.tell(text, report.render_diagnosis_json(found))
        for check in found.checks:
            if check.verdict in {"risk", "wrong"}:
                visit.alert(report.render_alert(check))
        visit.summarise(report.render_diagnosis_markdown(found))
    if found.exit_code:
        raise Exit(code=found.exit_code)


@task(
    auto_shortflags=False,
    iterable=["allow", "public"],
    help={
        "artifact": "the zip, made by lading or any other tool; dist/APP.zip where nothing is said",
        "app": "the app of this project whose package it is",
        "python": "the Python that it is for, where neither the zip nor the app says it",
        "settings": _SETTINGS,
        "allow": _ALLOW,
        "reason": _REASON,
        "sarif": _SARIF,
        "audit": _AUDIT,
        "public": "a name, or a pattern of names, that --audit may ask for in any zip",
        "offline": "use no network: Microsoft's runtime library must be in the store",
        "json": _JSON,
        "verbose": _VERBOSE,
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

    with _door(as_json=json, verbose=verbose) as visit:
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
        "artifact": "the zip, made by lading or any other tool; dist/APP.zip where nothing is said",
        "app": "the app of this project whose package it is",
        "port": "where it answers; 0 for any port that is free",
        "host": "the address that it listens on; others than this machine's let others in",
        "key": "the key of functions that are not anonymous; a new one where nothing is said",
        "no-keys": "ask for no key, as `func start` does",
        "watch": "build first, and again whenever the app changes",
        "python": "the Python that it is for, where neither the zip nor the app says it",
        "settings": _SETTINGS,
        "offline": "use no network: everything must be in the store",
        "json": "say where it answers as one JSON document on standard output",
        "verbose": _VERBOSE,
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

    with _door(as_json=json, verbose=verbose) as visit:
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


@task(
    auto_shortflags=False,
    help={
        "target": "names or patterns of [tool.lading.targets], with commas between them",
        "artifact": "this zip, whatever the checkout is; one without its report is verified first",
        "plan": "say what would be done, and change nothing",
        "yes": "perform the plan without asking; needed where nobody is at a terminal",
        "json": _JSON,
        "verbose": _VERBOSE,
    },
)
def deploy(
    _context: Context,
    *,
    target: str = "",
    artifact: str = "",
    plan: bool = False,
    yes: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Bring the package that was built to where it should run: plan, perform, prove.

    It never builds. 7: the app runs what it ran before; 8: nobody knows, or it is a mixture, and
    what is known is said. For example: lading deploy --target prod --plan
    """
    from lading.commands.deploy import DeployOptions, perform_plans, plan_deployments
    from lading.commands.verify import VerifyOptions
    from lading.commands.verify import verify as run
    from lading.core.deployment import outcome_report, outcomes, plan_report

    with _door(as_json=json, verbose=verbose) as visit:
        heed_termination()
        project, edges = visit.project, visit.edges
        options = DeployOptions(
            targets=_targets(visit, target, artifact=artifact),
            artifact=Path(artifact) if artifact else None,
        )
        with visit.step(f"Looking at {', '.join(one.name for one in options.targets)}"):
            intents = plan_deployments(
                project,
                options,
                edges=edges,
                verify=lambda path, app: run(
                    project, app, VerifyOptions(artifact=path), edges=edges
                ),
            )
        plans = tuple(intent.plan for intent in intents)
        text = "\n\n".join(plan_report.render_plan_text(one) for one in plans)
        code = max(one.exit_code for one in plans)
        if plan:
            visit.tell(text, plan_report.render_plans_json(plans))
            raise Exit(code=code)
        visit.show(text)
        if not yes and not code and not all(one.is_done for one in plans):
            visit.confirm("Do this?")
        found = perform_plans(intents, edges=edges)
        visit.tell(
            outcome_report.render_outcomes_text(found), outcome_report.render_outcomes_json(found)
        )
        code = outcomes.exit_code_of_all(found)
    if code:
        raise Exit(code=code)


def _targets(visit: Visit, names: str, *, artifact: str) -> tuple[Target, ...]:
    """Return the targets that are meant; one package is that of one app."""
    targets = visit.targets(names)
    apps = dict.fromkeys(target.app for target in targets)
    if artifact and len(apps) > 1:
        raise UsageError(
            f"--artifact names one package, and the targets want those of {', '.join(apps)}",
            remedy="Name the targets of one app.",
        )
    return targets


namespace = Collection(
    *(build, deploy, doctor, lock, explain, vendor, publish, serve, verify, with_access)
)
