"""The tasks about sources: what works here, publishing, and other tools."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lading.core.config import Project
from lading.core.errors import ConfigError, UsageError
from lading.tasks.door import JSON, VERBOSE, door


@task(
    auto_shortflags=False,
    help={
        "folder": "the library's folder, with pyproject.toml or setup.py",
        "source": "the source's name in [tool.lading.sources]; an index",
        "json": JSON,
        "verbose": VERBOSE,
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

    with door(as_json=json, verbose=verbose) as visit:
        if not folder or not source:
            raise UsageError(
                f"publish was told no {'source' if folder else 'folder'}",
                remedy="Write lading publish --folder FOLDER --source SOURCE.",
            )
        options = PublishOptions(folder=Path(folder), source=source)
        with visit.step(f"Publishing {folder}"):
            publication = run(visit.project, options, edges=visit.edges)
        visit.tell(render_publication_text(publication), render_publication_json(publication))


@task(auto_shortflags=False, help={"verbose": VERBOSE})
def with_access(_context: Context, *, verbose: bool = False) -> None:
    """Run `-- COMMAND …` with access to the declared sources, without their credentials.

    For example: lading with-access -- pip install acme-pricing
    """
    from lading.commands.with_access import with_access as run

    with door(verbose=verbose) as visit:
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
        "target": "look at these targets only: names or patterns, with commas between them",
        "offline": "use no network: look at the configuration and this machine only",
        "json": JSON,
        "verbose": VERBOSE,
    },
)
def doctor(
    _context: Context,
    *,
    source: str = "",
    target: str = "",
    offline: bool = False,
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Tell what works here: configuration, interpreters, every source, every target.

    A refusal names the role or scope to grant; nothing is changed anywhere. Ways in which packages
    or credentials could go astray are told as risks, which do not fail.
    """
    from lading.commands.doctor import DoctorOptions
    from lading.commands.doctor import doctor as run
    from lading.core.diagnosis import report

    with door(as_json=json, verbose=verbose) as visit:
        project: Project | ConfigError
        try:
            project, edges = visit.project, visit.edges
        except ConfigError as error:
            project, edges = error, visit.edges_without_project
        names = tuple(name.strip() for name in target.split(",") if name.strip())
        options = DoctorOptions(source=source, targets=names, offline=offline)
        with visit.step(f"Examining {options.what}"):
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
