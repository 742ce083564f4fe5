"""Progress and text for people: a live line on a terminal, plain lines elsewhere.

Everything goes to standard error, so that standard output stays a program's.
"""

from __future__ import annotations

import re
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Protocol

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bars
from rich.text import Text

# What a terminal is told (SGR): green, dim, yellow, bold red, bold.
_STYLES = {"good": "32", "note": "2", "risk": "33", "wrong": "1;31", "title": "1"}
# What is indented stands as it is, to be copied; a table keeps its rows. A remedy is neither.
_AS_IT_IS = re.compile(r"(?!  → )[ |]")
_REMEDY = "  → "
# How far in the text of a line begins: behind its mark, number, name or column.
_BEGINNING = re.compile(r" *(?:(?:\S+(?: \S+)? {2,}|(?:\d+|→|[-+~]|note:|note) )+)?")
# A narrower column is no help to anybody.
_NARROWEST = 30
# All but these, tabs and ends of lines; letters that turn the direction of writing, too.
_CONTROL = re.compile(
    rf"(?P<own>\x1b\[(?:0|{'|'.join(_STYLES.values())})m)"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)

# Bytes: what is smaller is there before anybody has read a line about it.
_WORTH_A_LINE = 8 * 1024 * 1024


def without_controls(text: str) -> str:
    """Return a text that moves no cursor, and sets no title and no clipboard.

    It may quote foreign code, which must not write over what lading says.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(lambda found: found["own"] or "\ufffd", lines)


def wrapped(text: str, width: int | None) -> str:
    """Return a text whose lines end between words; None is a width that nobody looks at.

    Left alone, a terminal breaks a word where its last column is.
    """
    if width is None:
        return text
    lines = (_wrapped_line(line, width) for line in text.splitlines(keepends=True))
    return "".join(lines)


def _wrapped_line(line: str, width: int) -> str:
    if len(line) <= width or _AS_IT_IS.match(line):
        return line
    filled = textwrap.fill(
        line.rstrip(),
        width=width,
        subsequent_indent=" " * len(_REMEDY) if line.startswith(_REMEDY) else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled + ("\n" if line.endswith("\n") else "")


def hung(text: str, width: int | None) -> str:
    """Return a text whose long lines go on below where their text begins, list or column."""
    if width is None:
        return text
    return "\n".join(_hung_line(line, width) for line in text.split("\n"))


def _hung_line(line: str, width: int) -> str:
    found = _BEGINNING.match(line)
    indent = len(found.group()) if found else 0
    if len(line) <= width or width - indent < _NARROWEST:
        return line
    return textwrap.fill(
        line[indent:],
        width=width,
        initial_indent=line[:indent],
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a result is written on: `width` in columns, None where nobody looks at lines."""

    width: int | None
    colours: bool

    def paint(self, style: str, text: str) -> str:
        """Return text in the colour of a style, or as it is where there are no colours."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colours else text


def read_page(stream: IO[str]) -> Page:
    """Return what a stream leads to; NO_COLOR and FORCE_COLOR are heeded."""
    console = Console(file=stream)
    has_colours = console.color_system is not None and not console.no_color
    return Page(
        width=console.width if console.is_terminal else None,
        colours=has_colours and not console.legacy_windows,
    )


class Progress(Protocol):
    """What the stages tell while they work. The text must not hold a secret."""

    def note(self, text: str) -> None:
        """Tell something worth knowing."""

    def warn(self, text: str) -> None:
        """Tell something that the user should do something about."""

    def detail(self, text: str) -> None:
        """Tell something that only `--verbose` shows."""


class Transfer(Protocol):
    """Shows how something large goes over the wire."""

    def __call__(self, title: str, size: int) -> AbstractContextManager[Callable[[int], None]]:
        """Show it, `size` bytes, for as long as the context lasts; give what is told of bytes."""


@contextmanager
def unseen_transfer(title: str, size: int) -> Iterator[Callable[[int], None]]:
    """Show nobody how something goes over the wire."""
    del title, size
    yield lambda _count: None


class Terminal:
    """Progress for a person, or for a log that a person reads later."""

    def __init__(
        self,
        *,
        verbose: bool = False,
        console: Console | None = None,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._verbose = verbose
        self._redact = redact
        self._sharing = threading.Lock()
        self._bars: Bars | None = None

    def note(self, text: str) -> None:
        """Tell something worth knowing."""
        self._print(text)

    def warn(self, text: str) -> None:
        """Tell something that the user should do something about."""
        self._print(f"warning: {text}", style="yellow")

    def detail(self, text: str) -> None:
        """Tell something that only `--verbose` shows."""
        if self._verbose:
            self._print(text, style="dim")

    def _print(self, text: str, *, style: str | None = None) -> None:
        width = self._console.width if self._console.is_terminal else None
        told = wrapped(self._redact(text), width)
        self._console.print(told, markup=False, emoji=False, style=style)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show that something is under way: a spinner on a terminal, a line elsewhere."""
        if self._console.is_terminal:
            with self._console.status(Text(self._redact(title))):
                yield
        else:
            self.note(title)
            yield

    @contextmanager
    def transfer(self, title: str, size: int) -> Iterator[Callable[[int], None]]:
        """Show something large on its way: a bar on a terminal, a line each quarter elsewhere."""
        if not self._console.is_terminal:
            yield Quarters(title, size, self.note).add
            return
        with self._sharing:
            if self._bars is None:
                self._bars = _new_bars(self._console)
                self._bars.start()
            bars = self._bars
            task = bars.add_task(self._redact(title), total=size)
        try:
            yield lambda count: bars.advance(task, count)
        finally:
            with self._sharing:
                bars.remove_task(task)
                if not bars.tasks:
                    bars.stop()
                    self._bars = None


class Quarters:
    """Tells of something large that is on its way, in a log that somebody reads later."""

    def __init__(self, title: str, size: int, tell: Callable[[str], None]) -> None:
        self._title = title
        self._size = size
        self._tell = tell
        self._sent = self._quarters = 0

    def add(self, count: int) -> None:
        """Count bytes that have left."""
        self._sent += count
        quarters = 4 * self._sent // max(self._size, 1)
        if quarters > self._quarters and self._size >= _WORTH_A_LINE:
            self._quarters = quarters
            self._tell(f"{self._title}: {min(25 * quarters, 100)} %")


def _new_bars(console: Console) -> Bars:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    return Bars(*columns, TransferSpeedColumn(), console=console, transient=True)


class Silence:
    """Progress that nobody reads."""

    def note(self, text: str) -> None:
        """Tell nobody."""

    def warn(self, text: str) -> None:
        """Tell nobody."""

    def detail(self, text: str) -> None:
        """Tell nobody."""
