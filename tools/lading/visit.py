"""One command's visit: the world that it needs, and how it speaks to a person or a program."""

from __future__ import annotations

import datetime as dt
import difflib
import json as json_format
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from invoke.exceptions import Exit

from lading.bugs import Bug, hooks, render_traceback
from lading.commands import Edges
from lading.core.access.ambient import holds_token
from lading.core.config import App, Project, Target
from lading.core.deployment.targets import choose_targets
from lading.core.errors import ConfigError, DiskError, LadingError, UsageError
from lading.core.secret import Secret, hide_userinfo, redact
from lading.edges.ci import CiLog, defuse, defuse_json, read_ci_system, write_summary
from lading.edges.loggers import pin_loggers
from lading.edges.store import Store, default_store_root
from lading.edges.terminal import Page, Terminal, hung, read_page, without_controls, wrapped
from lading.edges.workspace import read_environment, read_project

INTERRUPTED = 130
# A shorter value of a variable that may hold a token could be any word.
_SHORTEST_TOKEN = 16


class Interrupted(LadingError):  # noqa: N818 - it is what happened, as in core.errors
    """Somebody pressed Ctrl-C."""

    exit_code = INTERRUPTED
    code = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactPlace:
    """A package that a command is about, and the world around it; `app` None for a stranger's."""

    path: Path
    project: Project
    app: App | None
    edges: Edges


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
        try:
            here = Path.cwd()
        except FileNotFoundError:
            raise UsageError(
                "the current folder is not there any more", remedy="Go to the project's folder."
            ) from None
        return read_project(here)

    @cached_property
    def edges(self) -> Edges:
        """Return the world, with the project's `.env` below the real environment."""
        return self._edges(read_environment(self.project.root, self._outer))

    @property
    def edges_without_project(self) -> Edges:
        """Return the world as it is where no project can be read."""
        return self._edges(self._outer)

    @property
    def page(self) -> Page:
        """Return what the result is written on."""
        return read_page(sys.stdout)

    def app(self, name: str) -> App:
        """Return the app of that name, or the only one."""
        apps = {app.name: app for app in self.project.apps}
        if name in apps:
            return apps[name]
        if not name and len(apps) == 1:
            return next(iter(apps.values()))
        if not apps:
            raise UsageError(
                "pyproject.toml declares no app", remedy="Add [tool.lading.apps.NAME] to it."
            )
        near = difflib.get_close_matches(name, apps, n=1)
        hint = f"Did you mean {near[0]}? " if near else "Say --app NAME. "
        raise UsageError(
            f"there is no app named {name}" if name else "there are several apps",
            remedy=f"{hint}[tool.lading.apps] has: {', '.join(sorted(apps))}.",
        )

    def targets(self, names: str) -> tuple[Target, ...]:
        """Return the targets of these names and patterns, between commas, in their order."""
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        return choose_targets(self.project.targets, wanted or [""])

    def confirm(
        self, question: str, *, instead: str = "Add --yes: the plan is performed then."
    ) -> None:
        """Ask somebody at a terminal; raises UsageError where nobody is there, or says no."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError("nobody is here to be asked", remedy=instead)
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        answer = ""
        try:
            answer = sys.stdin.readline()
        finally:
            # Neither Ctrl-C nor Ctrl-D ends the line.
            if not answer.endswith("\n"):
                sys.stderr.write("\n")
        if answer.strip().lower() not in {"y", "yes"}:
            raise UsageError(
                "nothing was changed, as nobody said y", remedy="It goes ahead on y or yes."
            )

    def ask_to_reveal(self, question: str) -> None:
        """Ask whether values may be shown; raises UsageError where others could read them."""
        instead = "Leave --show-values out, or run it at a terminal: values go into no file or log."
        if self._as_json or self._ci or not sys.stdout.isatty():
            raise UsageError("values are shown on a terminal alone", remedy=instead)
        self.confirm(question, instead=instead)

    def reveal(self, text: str) -> None:
        """Show what is hidden everywhere else, to who said so."""
        sys.stdout.write(without_controls(text) + "\n")

    def show(self, text: str) -> None:
        """Show a person something before the result, on standard error."""
        self._progress.note(hung(text, read_page(sys.stderr).width))

    def artifact(self, path: str, app: str) -> ArtifactPlace:
        """Return which package is meant: a zip, of an app of this project or of nobody here."""
        if not path:
            chosen = self.app(app)
            place = self.project.root / "dist" / f"{chosen.name}.zip"
            return ArtifactPlace(
                path=_shortest(place), project=self.project, app=chosen, edges=self.edges
            )
        if app:
            return ArtifactPlace(
                path=Path(path), project=self.project, app=self.app(app), edges=self.edges
            )
        try:
            project = self.project
        except ConfigError:
            # Somebody else's zip, and no project around.
            project = Project(root=Path.cwd(), apps=())
            return ArtifactPlace(
                path=Path(path), project=project, app=None, edges=self.edges_without_project
            )
        own = Path(path).resolve()
        chosen_by_place = [
            one for one in project.apps if own == project.root / "dist" / f"{one.name}.zip"
        ]
        return ArtifactPlace(
            path=Path(path),
            project=project,
            app=chosen_by_place[0] if chosen_by_place else None,
            edges=self.edges,
        )

    def alert(self, text: str) -> None:
        """Have the CI system show a warning beside the run; elsewhere the result says it."""
        if self._ci:
            self._progress.warn(text)

    def step(self, title: str) -> AbstractContextManager[None]:
        """Show that something is under way."""
        return self._progress.step(title)

    def tell_hung(self, text: str, document: str) -> None:
        """Give a result of lists and columns, whose long lines go on below where they begin."""
        self.tell(hung(text, self.page.width), document)

    def tell(self, text: str, document: str) -> None:
        """Give the command's result: text for people, or the document for a program."""
        whole = wrapped(text.rstrip("\n") + "\n", self.page.width)
        sys.stdout.write(self._document(document) if self._as_json else self._text(whole))
        sys.stdout.flush()

    def line(self, text: str) -> None:
        """Give one line of a result that comes bit by bit."""
        sys.stdout.write(self._text(text) + "\n")
        sys.stdout.flush()

    def summarise(self, markdown: str) -> None:
        """Put the result on the summary page of the CI run, where there is one."""
        if self._ci:
            page = self._safe(markdown)
            try:
                sys.stderr.write(write_summary(page, system=self._ci, ambient=self._outer))
            except DiskError as error:
                # What was asked for is done; only the page about it is missing.
                self._progress.warn(f"no summary: {error.message}")

    def fail(self, error: LadingError) -> NoReturn:
        """End the command with the error's text and exit code."""
        if self._as_json:
            sys.stdout.write(self._document(render_failure(error)))
        width = read_page(sys.stderr).width
        raise Exit(wrapped(self._text(f"lading: {error}"), width), error.exit_code)

    def crash(self, error: Exception) -> NoReturn:
        """End the command with a bug's traceback and exit code."""
        bug = Bug(f"{type(error).__name__}: {error}")
        if self._as_json:
            sys.stdout.write(self._document(redact(render_failure(bug), self._ambient_tokens)))
        report = self.report(f"{render_traceback(error)}lading: {bug.remedy}")
        raise Exit(report, bug.exit_code) from None

    def report(self, text: str) -> str:
        """Return what may be shown of a text that a library or a bug made of anything."""
        return self._text(redact(text, self._ambient_tokens))

    def _edges(self, ambient: Mapping[str, str]) -> Edges:
        return Edges(
            ambient=ambient,
            shell=self._outer,
            store=Store(default_store_root(ambient)),
            progress=self._progress,
            today=dt.datetime.now(tz=dt.UTC).date(),
            clock=time.monotonic,
            remember=self._remember,
            transfer=self._progress.transfer,
        )

    def _remember(self, secret: Secret) -> None:
        """Take note of a secret; from then on neither this run nor the CI system shows it."""
        self._secrets.append(secret)
        if isinstance(self._progress, CiLog):
            self._progress.mask(secret)

    def _text(self, text: str) -> str:
        """Return what may be shown: a message may quote a build back end, a name its author."""
        safe = self._safe(text)
        return defuse(safe) if self._ci else safe

    def _document(self, document: str) -> str:
        safe = self._safe(document)
        return defuse_json(safe) if self._ci else safe

    def _safe(self, text: str) -> str:
        return without_controls(hide_userinfo(redact(text, self._secrets)))

    @cached_property
    def _ambient_tokens(self) -> tuple[Secret, ...]:
        """Return tokens that nobody has used yet, but a library may have met."""
        values = (value for name, value in self._outer.items() if holds_token(name))
        return tuple(Secret(value) for value in values if len(value) >= _SHORTEST_TOKEN)


def _shortest(path: Path) -> Path:
    """Return a path as it is written from the current folder, where that is above it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@contextmanager
def visit_of(
    ambient: Mapping[str, str], *, as_json: bool = False, verbose: bool = False
) -> Iterator[Visit]:
    """Turn every failure that a user can meet into a text and an exit code.

    Any other exception is a bug and keeps its traceback, redacted.
    """
    visit = Visit(ambient=ambient, as_json=as_json, verbose=verbose)
    pin_loggers(visit.report)
    try:
        with hooks(visit.report):
            yield visit
    except LadingError as error:
        visit.fail(error)
    except KeyboardInterrupt:
        visit.fail(
            Interrupted("interrupted", remedy="What was there before is untouched; run it again.")
        )
    except (Exit, BrokenPipeError):
        # An end that was chosen, and a reader that has seen enough.
        raise
    except Exception as error:  # noqa: BLE001 - whatever is left is a bug
        visit.crash(error)


def render_failure(error: LadingError) -> str:
    """Return the JSON document of a command that failed."""
    document = {
        "error": {"code": error.code, "message": error.message, "remedy": error.remedy},
        "exit_code": error.exit_code,
    }
    return json_format.dumps(document, indent=2) + "\n"
