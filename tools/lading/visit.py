"""One command's visit: the world that it needs, and how it speaks to a person or a program."""

from __future__ import annotations

import datetime as dt
import difflib
import json as json_format
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from invoke.exceptions import Exit

from lading.commands import Edges
from lading.core.config import App, Project
from lading.core.errors import DiskError, LadingError, UsageError
from lading.core.secret import Secret, hide_userinfo, redact
from lading.edges.ci import CiLog, defuse, defuse_json, read_ci_system, write_summary
from lading.edges.store import Store, default_store_root
from lading.edges.terminal import Terminal
from lading.edges.workspace import read_environment, read_project

INTERRUPTED = 130


class Interrupted(LadingError):  # noqa: N818 - it is what happened, as in core.errors
    """Somebody pressed Ctrl-C."""

    exit_code = INTERRUPTED
    code = "interrupted"


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

    def step(self, title: str) -> AbstractContextManager[None]:
        """Show that something is under way."""
        return self._progress.step(title)

    def tell(self, text: str, document: str) -> None:
        """Give the command's result: text for people, or the document for a program."""
        whole = text.rstrip("\n") + "\n"
        sys.stdout.write(self._document(document) if self._as_json else self._text(whole))
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
        raise Exit(self._text(f"lading: {error}"), error.exit_code)

    def _text(self, text: str) -> str:
        """Return what may be shown: a message may quote a build back end, a name its author."""
        safe = self._safe(text)
        return defuse(safe) if self._ci else safe

    def _document(self, document: str) -> str:
        safe = self._safe(document)
        return defuse_json(safe) if self._ci else safe

    def _safe(self, text: str) -> str:
        return hide_userinfo(redact(text, self._secrets))


@contextmanager
def visit_of(
    ambient: Mapping[str, str], *, as_json: bool = False, verbose: bool = False
) -> Iterator[Visit]:
    """Turn every failure that a user can meet into a text and an exit code.

    Any other exception is a bug and keeps its traceback.
    """
    visit = Visit(ambient=ambient, as_json=as_json, verbose=verbose)
    try:
        yield visit
    except LadingError as error:
        visit.fail(error)
    except KeyboardInterrupt:
        visit.fail(
            Interrupted("interrupted", remedy="What was there before is untouched; run it again.")
        )


def render_failure(error: LadingError) -> str:
    """Return the JSON document of a command that failed."""
    document = {
        "error": {"code": error.code, "message": error.message, "remedy": error.remedy},
        "exit_code": error.exit_code,
    }
    return json_format.dumps(document, indent=2) + "\n"
