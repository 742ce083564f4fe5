"""The door: declares the commands to Invoke, creates the edges, runs one command, renders, exits.

`from lading.tasks import namespace` in a `tasks.py` gives every command to `invoke`; the console
script `lading` offers the same. Nobody below this file reads the environment, prints, or exits.
Each command imports its story when it runs, so that `--list` and `--help` answer at once.
"""

from __future__ import annotations

import datetime as dt
import difflib
import importlib.metadata
import json as json_format
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import NoReturn

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit, ParseError
from invoke.program import Program
from invoke.tasks import task

from lading.commands import Edges
from lading.core.config import App, Project
from lading.core.errors import LadingError, UsageError
from lading.core.secret import Secret, hide_userinfo, redact
from lading.edges.ci import CiLog, read_ci_system, write_summary
from lading.edges.store import Store, default_store_root
from lading.edges.terminal import Terminal
from lading.edges.workspace import read_environment, read_project

USAGE = 2
INTERRUPTED = 130
# What a shell reports of a program whose reader went away (SIGPIPE).
CUT_SHORT = 141

_APP = "the app's name in [tool.lading.apps]; needed only where there are several"
_JSON = "one JSON document on standard output, everything else on standard error"
_VERBOSE = "tell every request to a source, and what was made ready"


class Visit:
    """One command's stay: what it needs of the world, and how it speaks to person or program."""

    def __init__(self, *, ambient: Mapping[str, str], as_json: bool, verbose: bool) -> None:
        self._outer = ambient
        self._as_json = as_json
        self._secrets: list[Secret] = []
        self._ci = read_ci_system(ambient)
        self._progress: Terminal | CiLog = (
            CiLog(self._ci, verbose=verbose, redact=self._safe)
            if self._ci
            else Terminal(verbose=verbose, redact=self._safe)
        )

    @cached_property
    def project(self) -> Project:
        """Return the project around the current folder."""
        return read_project(Path.cwd())

    @cached_property
    def edges(self) -> Edges:
        """Return the world, with the project's `.env` below the real environment."""
        ambient = read_environment(self.project.root, self._outer)
        return Edges(
            ambient=ambient,
            store=Store(default_store_root(ambient)),
            progress=self._progress,
            today=dt.datetime.now(tz=dt.UTC).date(),
            clock=time.monotonic,
            remember=self._secrets.append,
        )

    def app(self, name: str) -> App:
        """Return the app of that name, or the only one."""
        apps = {app.name: app for app in self.project.apps}
        if name in apps:
            return apps[name]
        if not name and len(apps) == 1:
            return next(iter(apps.values()))
        known = ", ".join(sorted(apps)) or "none"
        raise UsageError(
            f"there is no app named {name}" if name else "there are several apps",
            remedy=f"Say --app NAME; [tool.lading.apps] has: {known}.",
        )

    def step(self, title: str) -> AbstractContextManager[None]:
        """Show that something is under way."""
        return self._progress.step(title)

    def tell(self, text: str, document: str) -> None:
        """Give the command's result: text for people, or the document for a program."""
        sys.stdout.write(self._safe(document if self._as_json else text.rstrip("\n") + "\n"))
        sys.stdout.flush()

    def summarise(self, markdown: str) -> None:
        """Put the result on the summary page of the CI run, where there is one."""
        if self._ci:
            page = self._safe(markdown)
            sys.stderr.write(write_summary(page, system=self._ci, ambient=self._outer))

    def fail(self, error: LadingError) -> NoReturn:
        """End the command with the error's text and exit code."""
        if self._as_json:
            document = {
                "error": {"code": error.code, "message": error.message, "remedy": error.remedy},
                "exit_code": error.exit_code,
            }
            sys.stdout.write(self._safe(json_format.dumps(document, indent=2)) + "\n")
        raise Exit(self._safe(f"lading: {error}"), error.exit_code)

    def _safe(self, text: str) -> str:
        return hide_userinfo(redact(text, self._secrets))


@contextmanager
def _door(*, as_json: bool = False, verbose: bool = False) -> Iterator[Visit]:
    """Turn every failure that a user can meet into a text and an exit code.

    Any other exception is a bug and keeps its traceback.
    """
    visit = Visit(ambient=dict(os.environ), as_json=as_json, verbose=verbose)
    try:
        yield visit
    except LadingError as error:
        visit.fail(error)
    except KeyboardInterrupt:
        raise Exit("lading: interrupted; what was there before is untouched", INTERRUPTED) from None


@task(
    auto_shortflags=False,
    iterable=["allow"],
    help={
        "app": _APP,
        "frozen": "refuse to lock, and to go without bytecode",
        "offline": "use no network: everything must be in the store",
        "wheelhouse": "also write the wheels and their hashes to dist/APP-wheelhouse",
        "allow": "CODE or CODE:PACKAGE of a finding to let pass; wants --reason",
        "reason": "why --allow is right, for the report",
        "json": _JSON,
        "verbose": _VERBOSE,
    },
)
def build(
    _context: Context,
    *,
    app: str = "",
    frozen: bool = False,
    offline: bool = False,
    wheelhouse: bool = False,
    allow: list[str] | None = None,
    reason: str = "",
    json: bool = False,
    verbose: bool = False,
) -> None:
    """Lock if there is no lock, fetch, build, vendor, pack and prove: dist/APP.zip."""
    from lading.commands.build import BuildOptions
    from lading.commands.build import build as run
    from lading.commands.lock import find_lock
    from lading.core import report

    with _door(as_json=json, verbose=verbose) as visit:
        options = BuildOptions(
            frozen=frozen,
            offline=offline,
            wheelhouse=wheelhouse,
            allow=tuple(allow or ()),
            reason=reason,
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
    """Choose one version of everything for the app's Python on Azure, and write it down."""
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


@task(auto_shortflags=False, positional=["name"], help={"app": _APP, "json": _JSON})
def explain(_context: Context, name: str, *, app: str = "", json: bool = False) -> None:
    """Tell why a distribution is there, who required it, from which source, file and hash."""
    from lading.commands.explain import explain as run
    from lading.core.lock.explanation import render_explanation_json, render_explanation_text

    with _door(as_json=json) as visit:
        explanations = run(visit.project, visit.app(app), name)
        visit.tell(render_explanation_text(explanations), render_explanation_json(explanations))


@task(
    auto_shortflags=False,
    help={"app": _APP, "offline": "use no network", "verbose": _VERBOSE},
)
def vendor(
    _context: Context, *, app: str = "", offline: bool = False, verbose: bool = False
) -> None:
    """Write .python_packages/lib/site-packages into the app's folder, for `func start`."""
    from lading.commands.lock import find_lock
    from lading.commands.vendor import vendor as run

    with _door(verbose=verbose) as visit:
        chosen = visit.app(app)
        strictly = "--offline" if offline else ""
        find = partial(find_lock, visit.project, chosen, strictly=strictly, edges=visit.edges)
        with visit.step(f"Vendoring {chosen.name}"):
            folder = run(visit.project, chosen, offline=offline, edges=visit.edges, find_lock=find)
        visit.tell(f"{folder}", "")


@task(auto_shortflags=False, help={"verbose": _VERBOSE})
def with_access(_context: Context, *, verbose: bool = False) -> None:
    """Run `-- COMMAND …` with access to the declared sources, without their credentials."""
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


namespace = Collection(build, lock, explain, vendor, with_access)


class LadingProgram(Program):
    """Invoke's program, with the exit codes of the contract: 2 for usage, 130 for Ctrl-C."""

    def run(self, argv: list[str] | None = None, exit: bool = True) -> None:  # noqa: A002, FBT001, FBT002
        """Run the command line; Invoke itself answers both with 1."""
        try:
            super().run(argv, exit)
        except SystemExit as ending:
            if isinstance(ending.__context__, ParseError):
                sys.stderr.write(_suggestion(str(ending.__context__)))
                raise SystemExit(USAGE) from None
            if isinstance(ending.__context__, KeyboardInterrupt):
                raise SystemExit(INTERRUPTED) from None
            raise
        except BrokenPipeError:
            # Whoever read the output has seen enough. The interpreter must not try to flush it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(CUT_SHORT) from None

    def print_help(self) -> None:
        """Show the commands; Invoke's own options are of no use here."""
        sys.stdout.write("Usage: lading COMMAND [--options]\n\n")
        self.list_tasks()
        sys.stdout.write("lading COMMAND --help tells the options of one of them.\n")


def _suggestion(problem: str) -> str:
    """Return the line that helps after Invoke's complaint about a word."""
    word = re.search(r"'(?P<word>[^']+)'", problem)
    known = [*namespace.task_names, *_flags()]
    near = difflib.get_close_matches(word["word"], known, n=1) if word else []
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"  → {hint}lading --help shows the commands, lading COMMAND --help their options.\n"


def _flags() -> Iterator[str]:
    for command in namespace.tasks.values():
        for argument in command.get_arguments():
            yield from (f"--{name.replace('_', '-')}" for name in argument.names)


def main() -> None:
    """Run the console script `lading`."""
    LadingProgram(
        name="lading", namespace=namespace, version=importlib.metadata.version("lading")
    ).run()
