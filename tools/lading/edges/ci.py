"""The CI systems: masks, groups, warnings and summaries in the words that each understands."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rich.console import Console

from lading.core.secret import Secret, encodings
from lading.edges.disk import written
from lading.edges.terminal import Quarters

System = Literal["azure-pipelines", "github"]

_PAGE_REMEDY = (
    "See what the variable that names it says: GITHUB_STEP_SUMMARY or AGENT_TEMPDIRECTORY."
)
# What stands in "##vso[" and "##[", also behind further "#".
_HASHES = re.compile(r"#(?=#+(?:vso)?\[)", re.IGNORECASE)
# A mask holds for the whole job: a shorter one would blacken words that have nothing to do with it.
SHORTEST_MASKED = 6
# Bytes that a pipe takes at once, without another program's between them.
_ONE_WRITE = 4096
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def read_ci_system(ambient: Mapping[str, str]) -> System | None:
    """Return the CI system in which this run takes place, None on a laptop."""
    if ambient.get("TF_BUILD", "").lower() == "true":
        return "azure-pipelines"
    if ambient.get("GITHUB_ACTIONS", "").lower() == "true":
        return "github"
    return None


def is_ci(ambient: Mapping[str, str]) -> bool:
    """Say whether this run takes place in a CI system, of whichever maker."""
    return ambient.get("CI", "").lower() == "true" or read_ci_system(ambient) is not None


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

    def mask(self, secret: Secret) -> None:
        """Have the system hide a secret in whatever the job says from here on, in every form.

        Programs that were started before may be saying something meanwhile.
        """
        chunk = ""
        for line in render_masks(secret, system=self._system):
            if chunk and len((chunk + line).encode()) >= _ONE_WRITE:
                self._write_raw(chunk)
                chunk = ""
            chunk += line
        self._write_raw(chunk)

    def note(self, text: str) -> None:
        """Tell something worth knowing."""
        self._write(defuse(self._redact(text)))

    def warn(self, text: str) -> None:
        """Tell something that the user should do something about, in the run's summary too."""
        line = _one_line(defuse(self._redact(text)))
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
        self._write(f"{start}{_one_line(defuse(self._redact(title)))}")
        try:
            yield
        finally:
            self._write(end)

    @contextmanager
    def transfer(self, title: str, size: int) -> Iterator[Callable[[int], None]]:
        """Tell of something large on its way, each quarter of it."""
        yield Quarters(title, size, self.note).add

    def _write(self, text: str) -> None:
        self._console.print(text, markup=False, emoji=False)

    def _write_raw(self, chunk: str) -> None:
        # GitHub reads a command only where a line begins, and would show it anywhere else: another
        # program may have left its line open.
        begin = "\n" if chunk and self._system == "github" else ""
        self._console.file.write(begin + chunk)
        self._console.file.flush()


def render_masks(secret: Secret, *, system: System) -> tuple[str, ...]:
    """Return the lines, each with its end, by which a system masks every form of a secret.

    Both compare line by line: a key of several lines is masked by its lines.
    """
    # Both decode what they read, "%" last. Sources: the agent's CommandStringConvertor, the
    # runner's ActionCommand.
    command, percent = {
        "azure-pipelines": ("##vso[task.setsecret]", "%AZP25"),
        "github": ("::add-mask::", "%25"),
    }[system]
    forms = [form for form in encodings(secret.reveal()) if len(form.splitlines()) == 1]
    return tuple(
        f"{command}{form.replace('%', percent)}\n" for form in forms if len(form) >= SHORTEST_MASKED
    )


def write_summary(markdown: str, *, system: System, ambient: Mapping[str, str]) -> str:
    """Add Markdown to the run's summary page.

    GitHub reads a file that it names itself. Azure Pipelines attaches a file of the job's temporary
    folder when it sees a command in the log: that line is returned, "" where none is needed. Raises
    DiskError where the page cannot be written.
    """
    if system == "github":
        page = ambient.get("GITHUB_STEP_SUMMARY")
        if page:
            with (
                written(Path(page), remedy=_PAGE_REMEDY),
                Path(page).open("a", encoding="utf-8", newline="\n") as file,
            ):
                file.write(markdown + "\n")
        return ""
    folder = ambient.get("AGENT_TEMPDIRECTORY")
    if not folder:
        return ""
    attached = Path(folder, f"lading-{uuid.uuid4().hex[:12]}.md").absolute()
    with written(attached, remedy=_PAGE_REMEDY):
        attached.write_text(markdown, encoding="utf-8", newline="\n")
    return f"##vso[task.uploadsummary]{attached}\n"


def defuse(text: str) -> str:
    """Return a text in which neither system finds a command, wherever the text is from.

    Headings of Markdown stay. Letters that nobody sees go: a reader that skips them would find what
    stands around them.
    """
    seen = _UNSEEN.sub("", text).replace("\r", "\n")
    lines = _HASHES.sub("# ", seen).split("\n")
    return "\n".join(re.sub(r"^(\s*)::", r"\1: :", line) for line in lines)


def defuse_json(document: str) -> str:
    """Return the same JSON document, written so that neither system finds a command in it."""
    return document.replace("#", "\\u0023")


def _one_line(text: str) -> str:
    return " ".join(text.split())
