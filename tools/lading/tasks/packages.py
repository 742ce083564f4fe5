"""The tasks that make a package, and that say why something is in it."""

from __future__ import annotations

from functools import partial

from invoke.context import Context
from invoke.tasks import task

from lading.core.errors import UsageError
from lading.tasks.door import ALLOW, APP, AUDIT, JSON, REASON, SARIF, SETTINGS, VERBOSE, door


@task(
    auto_shortflags=False,
    iterable=["allow"],
    help={
        "app": APP,
        "frozen": "refuse to lock, and to go without bytecode",
        "offline": "use no network: everything must be in the store",
        "wheelhouse": "also write the wheels and their hashes to dist/APP-wheelhouse",
        "allow": ALLOW,
        "reason": REASON,
        "sarif": SARIF,
        "settings": SETTINGS,
        "audit": AUDIT,
        "json": JSON,
        "verbose": VERBOSE,
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

    with door(as_json=json, verbose=verbose) as visit:
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
        "app": APP,
        "upgrade": "choose everything anew instead of keeping what is locked",
        "upgrade-package": "choose this distribution anew (several times for several)",
        "diff": "print what changed as Markdown, for a pull request",
        "json": JSON,
        "verbose": VERBOSE,
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

    with door(as_json=json, verbose=verbose) as visit:
        options = LockOptions(upgrade=upgrade, upgrade_packages=tuple(upgrade_package or ()))
        chosen = visit.app(app)
        with visit.step(f"Locking {chosen.name}"):
            outcome = run(visit.project, chosen, options, edges=visit.edges)
        text = render_diff(outcome.diff) if diff else render_lock_text(outcome)
        visit.tell(text, render_lock_json(outcome))


@task(
    auto_shortflags=False,
    positional=["name"],
    help={"name": "the distribution, however it is spelt", "app": APP, "json": JSON},
)
def explain(_context: Context, name: str, *, app: str = "", json: bool = False) -> None:
    """Tell why a distribution is there, who required it, from which source, file and hash.

    For example: lading explain acme-pricing
    """
    from lading.commands.explain import explain as run
    from lading.core.lock.explanation import render_explanation_json, render_explanation_text

    with door(as_json=json) as visit:
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
        "app": APP,
        "offline": "use no network: everything must be in the store",
        "json": JSON,
        "verbose": VERBOSE,
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

    with door(as_json=json, verbose=verbose) as visit:
        chosen = visit.app(app)
        strictly = "--offline" if offline else ""
        find = partial(find_lock, visit.project, chosen, strictly=strictly, edges=visit.edges)
        with visit.step(f"Vendoring {chosen.name}"):
            folder = run(visit.project, chosen, offline=offline, edges=visit.edges, find_lock=find)
        written = folder.relative_to(visit.project.root)
        visit.tell(f"{folder}", render_vendored_json(chosen, written))
