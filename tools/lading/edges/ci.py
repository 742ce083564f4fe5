"""The CI systems: groups, warnings and summaries in the words that each of them understands."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rich.console import Console

System = Literal["azure-pipelines", "github"]


def read_ci_system(ambient: Mapping[str, str]) -> System | None:
    """Return the CI system in which this run takes place, None on a laptop."""
    if ambient.get("TF_BUILD", "").lower() == "true":
        return "azure-pipelines"
    if ambient.get("GITHUB_ACTIONS", "").lower() == "true":
        return "github"
    return None


class CiLog:
    """Progress for the log of a CI system.

    It writes to standard error, which both systems read for their commands, so that standard
    output stays a program's. Foreign text cannot smuggle a command in: one begins with `##`, or
    with `::` where a line begins, and both are broken up.
    """

    def __init__(
        self,
        system: System,
        *,
        verbose: bool = False,
        console: Console | None = None,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._system = system
        self._verbose = verbose
        self._console = console or Console(
            stderr=True, highlight=False, soft_wrap=True, no_color=True, width=200
        )
        self._redact = redact

    def note(self, text: str) -> None:
        """Tell something worth knowing."""
        self._write(_defused(self._redact(text)))

    def warn(self, text: str) -> None:
        """Tell something that the user should do something about, in the run's summary too."""
        line = _one_line(_defused(self._redact(text)))
        if self._system == "azure-pipelines":
            self._write(f"##vso[task.logissue type=warning]{line}")
        else:
            self._write(f"::warning title=lading::{line}")

    def detail(self, text: str) -> None:
        """Tell something that only `--verbose` shows."""
        if self._verbose:
            self.note(text)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Fold what is told meanwhile under a title."""
        start, end = {
            "azure-pipelines": ("##[group]", "##[endgroup]"),
            "github": ("::group::", "::endgroup::"),
        }[self._system]
        self._write(f"{start}{_one_line(_defused(title))}")
        try:
            yield
        finally:
            self._write(end)

    def _write(self, text: str) -> None:
        self._console.print(text, markup=False)


def write_summary(markdown: str, *, system: System, ambient: Mapping[str, str]) -> str:
    """Add Markdown to the run's summary page.

    GitHub reads a file that it names itself. Azure Pipelines attaches a file of the job's temporary
    folder when it sees a command in the log: that line is returned, "" where none is needed.
    """
    if system == "github":
        page = ambient.get("GITHUB_STEP_SUMMARY")
        if page:
            with Path(page).open("a", encoding="utf-8", newline="\n") as file:
                file.write(markdown + "\n")
        return ""
    folder = ambient.get("AGENT_TEMPDIRECTORY")
    if not folder:
        return ""
    attached = Path(folder, f"lading-{uuid.uuid4().hex[:12]}.md").absolute()
    attached.write_text(markdown, encoding="utf-8", newline="\n")
    return f"##vso[task.uploadsummary]{attached}\n"


def _defused(text: str) -> str:
    lines = text.replace("##", "# #").replace("\r", "\n").split("\n")
    return "\n".join(re.sub(r"^(\s*)::", r"\1: :", line) for line in lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())
