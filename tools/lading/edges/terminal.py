"""Progress and text for people: a live line on a terminal, plain lines elsewhere.

Everything goes to standard error, so that standard output stays a program's.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Protocol

from rich.console import Console

# What a terminal is told (SGR): green, dim, yellow, bold red, bold.
_STYLES = {"good": "32", "note": "2", "risk": "33", "wrong": "1;31", "title": "1"}
# What is indented stands as it is, to be copied; a table keeps its rows. A remedy is neither.
_AS_IT_IS = re.compile(r"(?!  → )[ |]")
_REMEDY = "  → "
# All but these, tabs and ends of lines; letters that turn the direction of writing, too.
_CONTROL = re.compile(
    rf"(?P<own>\x1b\[(?:0|{'|'.join(_STYLES.values())})m)"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


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
        self._console.print(wrapped(self._redact(text), width), markup=False, style=style)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show that something is under way: a spinner on a terminal, a line elsewhere."""
        if self._console.is_terminal:
            with self._console.status(title):
                yield
        else:
            self.note(title)
            yield


class Silence:
    """Progress that nobody reads."""

    def note(self, text: str) -> None:
        """Tell nobody."""

    def warn(self, text: str) -> None:
        """Tell nobody."""

    def detail(self, text: str) -> None:
        """Tell nobody."""
